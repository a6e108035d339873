"""A part of the household is elsewhere for long, and nothing is lent."""

import numpy as np
import polars as pl
import pytest

from pipelines.worlds.build import World
from pipelines.worlds.sheets import SLOTS
from tests.pipelines.worlds.rows import TV, cast_of, only, plays, world_of

pytestmark = pytest.mark.slow

LIVES = ("months_in_hospital", "rotation", "tablet_lent_to_kin", "short_break")


@pytest.fixture(scope="module")
def absences() -> World:
    return world_of(*LIVES, accounts=240)


def at_home(rows: pl.DataFrame) -> pl.DataFrame:
    """Each play, and whether it was with the provider of the account's usual television."""
    screens = rows.filter(pl.col("device_type").is_in(TV))
    usual = screens.group_by("account_id").agg(home=pl.col("as_org").mode().sort().first())
    return rows.join(usual, on="account_id").with_columns(here=pl.col("as_org") == pl.col("home"))


def days_away(situation: str) -> list[float]:
    """Of each account, the days that one member spends elsewhere a week or more at a time."""
    settings = only(situation, accounts=60)
    cast = cast_of(settings)
    length = (cast.stays.end - cast.stays.start) / SLOTS
    long = length >= 7
    days = np.zeros(len(cast.persons))
    np.add.at(days, cast.stays.person[long], length[long])
    return [float(days[cast.persons.account == a].max()) for a in range(settings.accounts)]


class TestAbsences:
    @pytest.mark.parametrize("name", LIVES)
    def test_nobody_lends_anything(self, absences, name):
        assert plays(absences, name)["household"].unique().to_list() == [0]

    def test_a_patient_is_away_for_weeks_on_end(self, absences):
        rows = at_home(plays(absences, "months_in_hospital")).filter(
            pl.col("device_type") == "phone", pl.col("connection_type") == "fixed"
        )
        by_device = rows.group_by("account_id", "device_id").agg(pl.col("here").mean(), pl.len())
        absent = (
            by_device.filter(pl.col("len") >= 10).group_by("account_id").agg(pl.col("here").min())
        )
        assert (absent["here"] < 0.5).mean() > 0.4

    def test_a_rotation_is_weeks_away_and_weeks_at_home(self):
        away = np.array(days_away("rotation"))
        assert (away >= 7).mean() > 0.9
        assert ((away >= 7) & (away <= 38)).mean() > 0.7

    def test_a_stay_in_hospital_takes_most_of_the_window(self):
        assert np.mean(np.array(days_away("months_in_hospital")) >= 21) > 0.6

    def test_the_tablet_carries_the_childs_profile(self, absences):
        rows = plays(absences, "tablet_lent_to_kin")
        lent = rows.filter(pl.col("device_type") == "tablet")
        others = rows.filter(pl.col("device_type") != "tablet").select("account_id", "profile_id")
        known = lent.join(others.unique(), on=["account_id", "profile_id"], how="semi")
        assert known.height / lent.height > 0.9

    def test_a_holiday_television_plays_for_a_few_days(self, absences):
        rows = plays(absences, "short_break").filter(pl.col("device_type").is_in(TV))
        spans = rows.group_by("account_id", "device_id").agg(
            days=(pl.col("day").max() - pl.col("day").min()).dt.total_days() + 1
        )
        assert (spans["days"] <= 5).any()
        short = spans.filter(pl.col("days") <= 5)["account_id"].n_unique()
        assert short / rows["account_id"].n_unique() > 0.5
