"""A survey in files finds what one in memory does, however buckets and parts are cut."""

from datetime import timedelta

import polars as pl
import pytest

from detector.networks.survey import survey
from detector.settings import Settings
from fixtures.sighted import sight
from pipelines.local import survey as surveying
from pipelines.local.portions import Portions
from pipelines.local.survey import survey_buckets
from pipelines.reading.shared.tables import write_table
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, WorldSettings

pytestmark = pytest.mark.slow

SETTINGS = Settings()


@pytest.fixture(scope="module")
def sightings():
    made = WorldSettings(accounts=60, seed=5, mess=CLEAN)
    world = build_world(made)
    days = (made.first_day, made.first_day + timedelta(days=made.days - 1))
    return sight(world.events, world.truth_accounts, world.truth_devices, days).sightings


@pytest.fixture(scope="module")
def whole(sightings):
    return survey([sightings], SETTINGS)


@pytest.fixture(params=[(1, 4), (3, 4), (9, 1), (7, 3)], ids=str)
def buckets(request, sightings, monkeypatch, tmp_path):
    """So many buckets, and so many of them to a part."""
    count, at_once = request.param
    monkeypatch.setattr(surveying, "BUCKETS_AT_ONCE", at_once)
    dealt = sightings.with_columns(bucket=pl.col("account_id").hash(seed=1) % count)
    paths = [tmp_path / f"sightings-{number}.parquet" for number in range(count)]
    for number, path in enumerate(paths):
        write_table(dealt.filter(pl.col("bucket") == number).drop("bucket"), path)
    return paths


@pytest.fixture
def atlas(buckets, tmp_path):
    return survey_buckets(buckets, SETTINGS, tmp_path / "survey", threads=2)


def test_networks_are_those_of_all_accounts_at_once(atlas, whole):
    assert pl.concat(atlas.networks()).equals(whole.networks)


def test_so_are_shared_devices_and_scattering_providers(atlas, whole):
    assert atlas.device_accounts.equals(whole.device_accounts)
    assert atlas.scatter.equals(whole.scatter)


def test_a_bucket_is_given_its_own_networks(atlas, buckets, whole):
    for bucket in buckets:
        own = pl.read_parquet(bucket, columns=["network"]).unique()
        expected = whole.networks.join(own, on="network", how="semi")
        assert atlas.of_bucket(bucket).sort("network").equals(expected)


def test_a_bucket_dealt_later_is_given_what_was_noted(atlas, tmp_path, whole):
    late = tmp_path / "late.parquet"
    atlas.note(late, pl.concat([whole.networks.head(5), whole.networks.head(3)]))
    assert atlas.of_bucket(late).sort("network").equals(whole.networks.head(5))


def test_portions_are_the_rows_of_each_number(tmp_path):
    frame = pl.DataFrame(
        {"n": [2, 0, 2, 4], "text": ["a", None, "c" * 20, "d"], "nothing": [None] * 4},
        {"n": pl.Int32, "text": pl.String, "nothing": pl.Int64},
    )
    portions = Portions.deal(frame, frame["n"].to_numpy(), 5, tmp_path / "rows")
    for number in range(5):
        assert portions.read(number).equals(frame.filter(pl.col("n") == number))


def test_no_rows_have_all_columns(tmp_path):
    none = pl.DataFrame(schema={"n": pl.Int32, "text": pl.String})
    assert Portions.write(none, [0], tmp_path / "rows").read(0).equals(none)
