"""Two lines under one roof are one household, however seldom one visits the other."""

import polars as pl
import pytest

from pipelines.worlds.build import World
from tests.pipelines.worlds.rows import TV, plays, world_of

pytestmark = pytest.mark.slow

ANNEXES = ("grandparents_annex", "flat_share", "line_for_work", "outbuilding")


@pytest.fixture(scope="module")
def roofs() -> World:
    return world_of(*ANNEXES, accounts=320)


def lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each account, the IPv4 networks of its televisions, and how many days each was met."""
    fixed = rows.filter(pl.col("device_type") == "tv", ~pl.col("v6"))
    return fixed.group_by("account_id", "network").agg(pl.col("day").n_unique())


def devices_by_screen(rows: pl.DataFrame) -> pl.DataFrame:
    """How many televisions' networks each carried device was seen on, in each account."""
    spots = rows.filter(pl.col("device_type").is_in(TV[:2])).select(
        "account_id", "network", screen="device_id"
    )
    carried = rows.filter(pl.col("device_type").is_in(("phone", "tablet", "laptop")))
    met = carried.join(spots.unique(), on=["account_id", "network"])
    return met.group_by("account_id", "device_id").agg(pl.col("screen").n_unique())


class TestAnnexes:
    @pytest.mark.parametrize("name", ANNEXES)
    def test_nobody_lends_anything(self, roofs, name):
        assert plays(roofs, name)["household"].unique().to_list() == [0]

    def test_they_are_about_one_in_two_hundred_honest_accounts(self, world):
        honest = world.truth_accounts.filter(pl.col("label") == "single")["situation"]
        assert 0.003 < honest.is_in(ANNEXES).mean() < 0.008

    def test_often_both_lines_are_of_one_provider(self, roofs):
        rows = plays(roofs, "grandparents_annex").filter(pl.col("device_type").is_in(TV))
        providers = rows.group_by("account_id").agg(pl.col("as_org").n_unique())["as_org"]
        assert 0.3 < (providers == 1).mean() < 0.9

    def test_both_lines_are_in_one_country(self, roofs):
        rows = plays(roofs, "grandparents_annex").filter(pl.col("device_type").is_in(TV))
        usual = rows.group_by("account_id", "device_id").agg(pl.col("country").mode().first())
        countries = usual.group_by("account_id").agg(pl.col("country").n_unique())["country"]
        assert (countries == 1).mean() > 0.9

    def test_grandparents_have_a_profile_of_their_own(self, roofs):
        rows = plays(roofs, "grandparents_annex")
        assert (
            rows.group_by("account_id").agg(pl.col("profile_id").n_unique())["profile_id"].min()
            >= 2
        )

    def test_some_hardly_ever_visit_and_some_do_daily(self, roofs):
        met = devices_by_screen(plays(roofs, "grandparents_annex"))
        crossing = met.group_by("account_id").agg((pl.col("screen") > 1).mean())["screen"]
        assert crossing.quantile(0.2) < 0.25
        assert crossing.quantile(0.8) > 0.35

    def test_the_line_for_work_is_used_on_workdays(self, roofs):
        rows = plays(roofs, "line_for_work").filter(pl.col("connection_type") == "fixed")
        main = rows.filter(pl.col("device_type").is_in(TV)).select("account_id", "as_org").unique()
        other = rows.join(main, on=["account_id", "as_org"], how="anti")
        weekend = other["ts"].dt.weekday() >= 6
        assert weekend.mean() < 0.92 * (rows["ts"].dt.weekday() >= 6).mean()

    def test_the_outbuilding_has_a_television_on_another_line(self, roofs):
        rows = plays(roofs, "outbuilding")
        kept = lines(rows.filter(pl.col("device_type") == "tv"))
        assert kept.group_by("account_id").len()["len"].median() >= 2
