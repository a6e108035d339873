"""Devices met once, and strangers who fail to sign in."""

import polars as pl
import pytest

from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, HabitSettings, WorldSettings
from tests.pipelines.worlds.rows import all_plays

pytestmark = pytest.mark.slow


def ids_seen_once(world) -> float:
    """Share of all device ids seen on one day only."""
    days = all_plays(world).group_by("account_id", "device_id").agg(pl.col("day").n_unique())
    return float((days["day"] == 1).mean())


class TestUseDevicesOnce:
    def test_as_many_ids_are_seen_on_one_day_as_in_real_logs(self, world):
        assert ids_seen_once(world) == pytest.approx(0.22, abs=0.04)

    def test_less_without_guests_and_private_windows(self, world):
        habits = HabitSettings(one_offs=0, private_windows=(0, 0))
        settled = build_world(WorldSettings(accounts=300, seed=11, mess=CLEAN, habits=habits))
        assert ids_seen_once(settled) < 0.7 * ids_seen_once(world)

    def test_televisions_in_hotels_are_among_them(self, world):
        rows = all_plays(world).filter(pl.col("device_type") == "tv")
        kinds = rows.join(world.truth_networks, on="network", how="inner")
        assert kinds.filter(pl.col("kind") == "venue").height > 0


class TestOutsiders:
    @pytest.fixture
    def refused(self, world):
        return world.events.filter(pl.col("event_type") == "login_failed")

    def test_a_few_accounts_are_tried(self, world, refused):
        tried = refused["account_id"].n_unique() / world.settings.accounts
        assert tried == pytest.approx(0.02, abs=0.012)

    def test_who_is_refused_never_gets_in_and_is_nobodys(self, world, refused):
        ids = refused.select("account_id", "device_id").unique()
        assert ids.join(world.truth_devices, on=ids.columns, how="semi").is_empty()
        others = world.events.filter(pl.col("event_type") != "login_failed")
        assert ids.join(others, on=ids.columns, how="semi").is_empty()

    def test_who_is_refused_sees_no_profile(self, refused):
        assert refused["profile_id"].null_count() == refused.height
        assert refused["duration_s"].null_count() == refused.height
