"""Flagged accounts take part, alone, with whom they belong to, or as regions."""

import polars as pl
import pytest

from detector.errors import InputError
from detector.rollout.pilots.members import list_members
from tests.detector.rollout.pilots.pilots import plan


def accounts(*ids: str, **columns) -> pl.DataFrame:
    told = {
        "flagged": True,
        "probability": 0.995,
        "partner": "Orbita",
        "country_of_record": "ES",
        "pattern": "second_household",
    }
    return pl.DataFrame({"account_id": ids}).with_columns(
        **{
            name: pl.Series(value) if isinstance(value, list) else pl.lit(value)
            for name, value in (told | columns).items()
        }
    )


class TestListMembers:
    def test_those_not_flagged_do_not_take_part(self):
        found = list_members(accounts("ada", "bob", flagged=[True, False]), plan())
        assert found["account_id"].to_list() == ["ada"]

    def test_strata_are_named_by_what_they_are(self):
        found = list_members(accounts("ada", partner=None, probability=0.9), plan())
        assert found["stratum"].to_list() == ["direct · ES · 0.9 to 0.99 · second_household"]

    def test_a_borrowers_new_account_goes_with_the_lenders(self):
        links = pl.DataFrame({"account_id": ["cy"], "lender": ["ada"]})
        given = accounts("ada", "bob", "cy", country_of_record=["ES", "ES", "FR"])
        found = list_members(given, plan(), links=links)
        assert found["unit"].to_list() == ["ada", "bob", "ada"]
        assert found["stratum"].n_unique() == 1

    def test_two_accounts_of_borrowers_of_one_lender_go_together(self):
        """Though the lender is not flagged any more."""
        links = pl.DataFrame({"account_id": ["bob", "cy"], "lender": ["ada", "ada"]})
        found = list_members(accounts("bob", "cy"), plan(), links=links)
        assert found["unit"].to_list() == ["ada", "ada"]

    def test_regions_are_of_the_stratum_of_most_of_their_accounts(self):
        given = accounts("ada", "bob", "cy", country_of_record=["ES", "FR", "FR"])
        regions = pl.DataFrame({"account_id": ["ada", "bob", "cy"], "cluster": "north"})
        told = plan(unit="cluster", strata=("country",))
        found = list_members(given, told, clusters=regions)
        assert found.select("unit", "stratum").unique().rows() == [("north", "FR")]

    @pytest.mark.parametrize(
        ("regions", "problem"),
        [
            (None, "no account's region"),
            ({"account_id": ["bob"], "cluster": ["x"]}, "1 flagged accounts have no region, ada"),
            ({"account_id": ["ada", "ada"], "cluster": ["x", "y"]}, "1 accounts have two regions"),
        ],
        ids=["no regions", "one without", "one with two"],
    )
    def test_refuses_regions_that_do_not_hold_everybody(self, regions, problem):
        given = None if regions is None else pl.DataFrame(regions)
        with pytest.raises(InputError, match=problem):
            list_members(accounts("ada"), plan(unit="cluster"), clusters=given)

    def test_refuses_a_run_that_flags_nobody(self):
        with pytest.raises(InputError, match="flags nobody"):
            list_members(accounts("ada", flagged=False), plan())
