import polars as pl
import pytest

from detector.errors import InputError, MissingColumnsError
from pipelines.worlds.reactions.orders import read_orders
from pipelines.worlds.settings import WorldSettings

SETTINGS = WorldSettings(accounts=100, days=42)
ADA, BOB = "acc-0000001", "acc-0000002"


def waves(**columns: object) -> pl.DataFrame:
    usual = {"account_id": [ADA], "wave": ["one"], "day": ["2026-02-20"]}
    return pl.DataFrame(usual | columns)


class TestReadOrders:
    def test_counts_days_from_the_first_of_the_world(self):
        assert read_orders(waves(), None, SETTINGS).steps["day"].to_list() == [46]

    def test_the_first_step_is_notice(self):
        empty = waves(treatment=pl.Series([None], dtype=pl.String))
        for given in (waves(), empty):
            assert read_orders(given, None, SETTINGS).steps["treatment"].to_list() == ["notify"]

    def test_a_ladder_is_several_rows(self):
        given = waves(
            account_id=[ADA, ADA],
            wave=["one", "one"],
            day=["2026-02-20", "2026-03-06"],
            treatment=["notify", "verify_device"],
        )
        assert read_orders(given, None, SETTINGS).steps.height == 2

    def test_one_step_told_for_two_devices_is_one(self):
        given = pl.concat([waves(), waves()])
        assert read_orders(given, None, SETTINGS).steps.height == 1

    def test_nobody_held_out_is_among_the_steps(self):
        given = pl.concat([waves(), waves(account_id=[BOB])])
        arms = pl.DataFrame({"account_id": [ADA, BOB], "arm": ["treated", "hold-out"]})
        orders = read_orders(given, arms, SETTINGS)
        assert orders.steps["account_id"].to_list() == [ADA]
        assert orders.held.to_list() == [BOB]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"day": ["soon"]}, "whose day is none"),
            ({"day": ["2025-12-31"]}, "before the log begins"),
            ({"treatment": ["shout"]}, "unknown treatment: acc-0000001"),
            ({"account_id": ["acc-0000100"]}, "that the world does not have"),
            ({"account_id": ["ada"]}, "that the world does not have"),
            ({"account_id": pl.Series([None], dtype=pl.String)}, "that the world does not have"),
        ],
        ids=["no day", "early", "unknown treatment", "beyond the last", "no such name", "no name"],
    )
    def test_says_what_is_wrong(self, changes, words):
        with pytest.raises(InputError, match=words):
            read_orders(waves(**changes), None, SETTINGS)

    def test_an_account_is_in_one_arm(self):
        arms = pl.DataFrame({"account_id": [ADA, ADA], "arm": ["treated", "hold-out"]})
        with pytest.raises(InputError, match="in two arms"):
            read_orders(waves(), arms, SETTINGS)

    def test_needs_its_columns(self):
        with pytest.raises(MissingColumnsError, match="day"):
            read_orders(waves().drop("day"), None, SETTINGS)
        with pytest.raises(MissingColumnsError, match="arm"):
            read_orders(waves(), pl.DataFrame({"account_id": [ADA]}), SETTINGS)
