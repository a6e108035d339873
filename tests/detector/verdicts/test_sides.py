from datetime import date, timedelta

import polars as pl
import pytest

from detector.events.accounts import AccountRecords
from detector.evidence.observations import Observations
from detector.verdicts.scores import GroupScores
from detector.verdicts.sides import face_sides, home_is_in_country, home_signed_up
from tests.detector.builders import table, visits
from tests.detector.evidence.scenes import observed

MAY = date(2026, 5, 4)
PLAIN = observed(visits("ada", "tv-home", 0), visits("ada", "tv-away", 1)).row(0, named=True)


def later(days):
    return MAY + timedelta(days=days)


def face(*groups, records=()):
    """Groups 1.. of one account; each with whether it is external, and what was seen of it."""
    seen = [PLAIN | {"group": n} | facts for n, (_, facts) in enumerate(groups, start=1)]
    scores = [
        {"account_id": "ada", "group": n, "micro_bits": 0, "probability": 0.5, "household": n,
         "external": external, "lives_with": 0}
        for n, (external, _) in enumerate(groups, start=1)
    ]  # fmt: skip
    return face_sides(
        table(Observations, seen), table(GroupScores, scores), table(AccountRecords, records)
    )


class TestFaceSides:
    def test_home_is_held_against_the_largest_of_those_that_are_external(self):
        found = face((False, {"devices": 9}), (True, {"devices": 5}), (True, {"devices": 1}))
        assert found.select("devices", "external_households").rows() == [(5, 2)]

    def test_an_account_without_an_external_household_has_no_sides(self):
        assert face((False, {})).is_empty()

    def test_all_external_households_tell_where_and_since_when_they_are(self):
        found = face(
            (True, {"country": "ES", "first": later(3)}), (True, {"country": None, "first": MAY})
        )
        assert found["other_countries"].to_list() == [["ES", None]]
        assert found["others_first"].to_list() == [MAY]

    def test_a_record_of_another_account_is_not_this_ones(self):
        told = [{"account_id": "bob", "country_of_record": "ES", "signed_up": MAY}]
        assert face((True, {}), records=told)["country_of_record"].to_list() == [None]


def in_country(record, home, *others):
    row = {"country_of_record": [record], "h_country": [home], "other_countries": [[*others]]}
    shape = dict.fromkeys(row, pl.String) | {"other_countries": pl.List(pl.String)}
    return pl.DataFrame(row, schema=shape).select(home_is_in_country()).item()


class TestHomeIsInCountry:
    def test_home_alone(self):
        assert in_country("ES", "ES", "FR", "PT") == 1

    def test_another_alone(self):
        assert in_country("ES", "FR", "PT", "ES") == -1

    @pytest.mark.parametrize(
        "case",
        [
            (None, "ES", "FR"),
            ("ES", None, "ES"),
            ("ES", "ES", "ES"),
            ("ES", "FR", "PT"),
            ("Spain", "ES", "FR"),
            ("ES", "ES", None),
        ],
    )
    def test_what_tells_nobody_apart_is_no_witness(self, case):
        assert in_country(*case) is None


def signed_up(at, home, others):
    row = {"signed_up": [at], "h_first": [home], "others_first": [others]}
    return pl.DataFrame(row, schema=dict.fromkeys(row, pl.Date)).select(home_signed_up()).item()


class TestHomeSignedUp:
    def test_home_was_there_on_the_first_day(self):
        assert signed_up(MAY, MAY, later(9)) == 1

    def test_others_were(self):
        assert signed_up(MAY, later(9), later(1)) == -1

    @pytest.mark.parametrize(
        "case",
        [
            (None, MAY, later(9)),
            (MAY, MAY, later(1)),
            (date(2020, 1, 1), MAY, later(9)),
            (MAY, later(5), later(9)),
            (MAY, None, MAY),
        ],
    )
    def test_what_tells_nobody_apart_is_no_witness(self, case):
        assert signed_up(*case) is None
