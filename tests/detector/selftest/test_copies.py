from datetime import timedelta

import polars as pl
import pytest

from detector.networks.survey import Surroundings
from detector.schemas import Networks
from detector.selftest.choose import Pair
from detector.selftest.copies import (
    join_pairs,
    know_renamed,
    put_beside,
    relabel,
    shift,
    thin,
    thin_seconds,
    without_profiles,
)
from tests.detector.builders import DAYS, MONDAY, day_of, sightings_of, stays

HOME = stays("ada", ["tv-ada", "phone-ada"], "10.0.0.1", profiles=0b11)
OTHER = stays("bob", ["tv-bob"], "10.0.9.1", profiles=0b01)
BOTH = sightings_of(HOME + OTHER)
KEY = ["account_id", "device_id", "network", "day"]
PAIR = [Pair("ada", "bob", turn=2)]


def profiles_of(sightings, device):
    return sightings.filter(device_id=device)["profiles"].unique().to_list()


class TestJoinPairs:
    def test_all_that_either_did_is_done_by_one(self):
        joined = join_pairs(BOTH, PAIR)
        same = ["device_id", "network", "day", "seen"]
        assert joined.select(same).sort(same).equals(BOTH.select(same).sort(same))
        assert joined["account_id"].n_unique() == 1

    def test_profiles_of_one_name_stay_two_peoples(self):
        joined = join_pairs(BOTH, PAIR)
        assert profiles_of(joined, "tv-ada") == [0b0011]
        assert profiles_of(joined, "tv-bob") == [0b0100]

    def test_nobody_else_comes_in(self):
        others = sightings_of(HOME + OTHER + stays("cyd", ["tv-cyd"], "10.0.7.1"))
        assert "tv-cyd" not in join_pairs(others, PAIR)["device_id"]


class TestThinSeconds:
    def test_the_first_home_is_as_it_was(self):
        left = thin_seconds(BOTH, PAIR)
        mine = pl.col("account_id") == "ada"
        assert left.filter(mine).equals(BOTH.filter(mine))
        assert 0 < left.filter(~mine).height < len(DAYS) / 2


class TestWithoutProfiles:
    def test_nothing_else_is_lost(self):
        bare = without_profiles(BOTH)
        assert bare["profiles"].max() == 0
        assert bare.drop("profiles").equals(BOTH.drop("profiles"))


class TestRelabel:
    def test_every_id_is_another_and_the_rest_as_it_was(self):
        other = relabel(BOTH)
        for name in ("account_id", "device_id"):
            assert not set(other[name]) & set(BOTH[name])
            assert other[name].n_unique() == BOTH[name].n_unique()
        same = ["network", "day", "seen", "device_type"]
        assert other.select(same).sort(same).equals(BOTH.select(same).sort(same))

    def test_profiles_are_as_many(self):
        ones = pl.col("profiles").bitwise_count_ones()
        assert relabel(BOTH).select(ones).sum().equals(BOTH.select(ones).sum())
        assert not set(relabel(BOTH)["profiles"]) & set(BOTH["profiles"])


class TestKnowRenamed:
    def test_a_default_id_is_one_under_its_other_name_too(self):
        common = pl.DataFrame(
            {"device_id": ["tv-ada"], "accounts": pl.Series([99], dtype=pl.UInt32)}
        )
        around = know_renamed(Surroundings(Networks.create_empty(), common, pl.DataFrame()))
        renamed = relabel(BOTH).join(around.device_accounts, on="device_id")
        assert renamed.height == len(DAYS)
        assert set(renamed["accounts"]) == {99}


class TestShift:
    def test_everything_is_later(self):
        later = shift(BOTH, 28)
        assert (later["day"] - BOTH["day"] == timedelta(days=28)).all()


class TestThin:
    def test_whole_days_are_left_out(self):
        left = thin(BOTH).filter(account_id="ada")
        days = left["day"].n_unique()
        assert left.height == 2 * days
        assert 0 < days < len(DAYS)

    def test_the_same_days_every_time(self):
        shuffled = thin(BOTH.sample(fraction=1, shuffle=True, seed=1))
        assert thin(BOTH).sort(KEY).equals(shuffled.sort(KEY))


class TestPutBeside:
    @pytest.mark.parametrize("span", [1, 7, 14])
    def test_both_lives_are_lived_on_the_same_days_on_one_line(self, span):
        beside, met = put_beside(sightings_of(HOME), MONDAY, span)
        assert beside.height == len(HOME)
        assert beside["device_id"].n_unique() == 4
        assert beside["day"].n_unique() == len(DAYS) / 2
        assert met.rows() == [("ada", len(DAYS) / 2, len(DAYS) / 2)]

    def test_a_line_that_is_another_in_the_other_half_is_told(self):
        before = stays("ada", ["tv"], "10.0.0.1", range(14))
        after = stays("ada", ["tv"], "10.0.0.2", range(14, 28))
        _, met = put_beside(sightings_of(before + after), MONDAY, 14)
        assert met.rows() == [("ada", 14, 0)]

    def test_weekdays_stay_where_weeks_lie_side_by_side(self):
        mondays = sightings_of(stays("ada", ["tv"], "10.0.0.1", range(0, 28, 7)))
        beside, _ = put_beside(mondays, MONDAY, 7)
        assert set(beside["day"]) == {day_of(0), day_of(14)}
