from datetime import timedelta

import polars as pl
import pytest

from detector.networks.survey import Counted, survey, survey_counted
from detector.settings import Settings
from fixtures.sighted import sight
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, WorldSettings
from tests.detector.builders import sightings_of, stays

SETTINGS = Settings()


@pytest.fixture(scope="module")
def sightings():
    """Some of each kind of account, as the reader sees them."""
    made = WorldSettings(accounts=150, seed=5, mess=CLEAN)
    world = build_world(made)
    days = (made.first_day, made.first_day + timedelta(days=made.days - 1))
    return sight(world.events, world.truth_accounts, world.truth_devices, days).sightings


class TestSurvey:
    @pytest.mark.slow
    def test_disjoint_accounts_add_up_to_the_whole(self, sightings):
        shard = pl.col("account_id").hash(seed=1) % 5
        parts = [part for _, part in sightings.group_by(shard)]
        each = [Counted.of(part, SETTINGS.networks) for part in parts]
        names = ["networks", "meetings", "hops"]
        counted = Counted(*(pl.concat(getattr(part, name) for part in each) for name in names))
        found = survey_counted(
            pl.concat(parts).lazy(), counted, SETTINGS, lambda _, table: table.collect().lazy()
        )
        whole = survey([sightings], SETTINGS)
        assert found.networks.collect().equals(whole.networks)
        assert found.device_accounts.collect().equals(whole.device_accounts)
        assert found.scatter.equals(whole.scatter)
        assert found.bonds.equals(whole.bonds)

    def test_in_whatever_order_rows_come(self):
        rows = sightings_of(
            [row for n in range(9) for row in stays(f"home-{n}", ["tv", "phone"], f"81.2.69.{n}")]
        )
        shuffled = survey([rows.sample(fraction=1, shuffle=True, seed=1)], SETTINGS)
        assert shuffled.networks.equals(survey([rows], SETTINGS).networks)
