from datetime import timedelta

import polars as pl
import pytest

from detector.networks.prefixes import block_of
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


def in_parts(by, tables):
    whole = pl.concat(tables)
    return [whole.filter(by.hash() % 3 == number) for number in range(3)]


class TestSurvey:
    @pytest.mark.slow
    def test_disjoint_accounts_add_up_to_the_whole(self, sightings):
        shard = pl.col("account_id").hash(seed=1) % 5
        parts = [part for _, part in sightings.group_by(shard)]
        each = [Counted.of(part, SETTINGS.networks) for part in parts]
        names = ["meetings", "hops"]
        others = (pl.concat(getattr(part, name) for part in each) for name in names)
        networks = in_parts(block_of(pl.col("network")), (part.networks[0] for part in each))
        devices = in_parts(pl.col("device_id"), (part.devices[0] for part in each))
        counted = Counted(networks, devices, *others)
        found = survey_counted(
            pl.concat(parts).lazy(), counted, SETTINGS, lambda _, table: table.collect().lazy()
        )
        whole = survey([sightings], SETTINGS)
        networks = pl.concat(found.networks).sort("network").collect()
        assert networks.equals(whole.networks)
        assert found.device_accounts.collect().equals(whole.device_accounts)
        assert found.scatter.equals(whole.scatter)

    def test_in_whatever_order_rows_come(self):
        rows = sightings_of(
            [row for n in range(9) for row in stays(f"home-{n}", ["tv", "phone"], f"81.2.69.{n}")]
        )
        shuffled = survey([rows.sample(fraction=1, shuffle=True, seed=1)], SETTINGS)
        assert shuffled.networks.equals(survey([rows], SETTINGS).networks)
