from datetime import timedelta

import polars as pl
import pytest

from detector.networks.survey import survey, survey_gathered
from detector.settings import Settings
from fixtures.sighted import sight
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, WorldSettings

SETTINGS = Settings()


@pytest.fixture(scope="module")
def sightings():
    """Some of each kind of account, as the reader sees them."""
    made = WorldSettings(accounts=150, seed=5, mess=CLEAN)
    world = build_world(made)
    days = (made.first_day, made.first_day + timedelta(days=made.days - 1))
    return sight(world.events, world.truth_accounts, world.truth_devices, days).sightings


class Told:
    """Notes what an engine is asked, in its order."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, step):
        def answer(*given):
            self.asked.append(step)
            return ANSWERS[step]

        return answer


ANSWERS = {
    "hops": pl.DataFrame(schema={"prefix_a": pl.String, "prefix_b": pl.String, "hoppers": int}),
    "describe": "the counts, wherever they are",
    "decide": "the networks, wherever they are",
    "meetings": pl.DataFrame(schema={"pool": pl.String, "joint": pl.Int64, "matched": pl.Int64}),
    "shared_devices": "the devices, wherever they are",
}


class TestSurvey:
    @pytest.mark.slow
    def test_shards_add_up_to_the_whole(self, sightings):
        shard = pl.col("account_id").hash(seed=1) % 5
        parts = survey((part for _, part in sightings.group_by(shard)), SETTINGS)
        whole = survey([sightings], SETTINGS)
        assert parts.networks.equals(whole.networks)
        assert parts.device_accounts.equals(whole.device_accounts)
        assert parts.scatter.equals(whole.scatter)

    def test_an_engine_is_asked_for_one_step_after_the_other(self):
        engine = Told()
        found = survey_gathered(engine, SETTINGS)
        assert engine.asked == list(ANSWERS)
        assert found.networks == ANSWERS["decide"]
        assert found.device_accounts == ANSWERS["shared_devices"]
