"""A survey in files finds what one in memory does, however buckets are cut."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pytest

from detector.networks.survey import survey as survey_in_memory
from detector.settings import Settings
from fixtures.sighted import sight
from pipelines.local import survey
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
def records(sightings):
    """Every second account was sold by the provider of its least known line."""
    sold = sightings.group_by("account_id").agg(partner=pl.col("as_org").drop_nulls().min())
    return sold.sort("account_id").gather_every(2).with_columns(country_of_record=pl.lit("ES"))


@pytest.fixture(scope="module")
def whole(sightings, records):
    return survey_in_memory([sightings], SETTINGS, records)


@pytest.fixture(params=[1, 3, 9])
def buckets(request, sightings, tmp_path):
    """So many of them, the last first."""
    count = request.param
    numbered = sightings.with_columns(bucket=pl.col("account_id").hash(seed=1) % count)
    paths = [tmp_path / f"sightings-{number}.parquet" for number in range(count)]
    for number, path in enumerate(paths):
        write_table(numbered.filter(pl.col("bucket") == number).drop("bucket"), path)
    return paths[::-1]


def side_by_side(work, paths):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, paths))


@pytest.fixture(params=[survey.AT_ONCE, 100], ids=["whole", "in parts"])
def dealt(request, monkeypatch, buckets, tmp_path, records):
    monkeypatch.setattr(survey, "AT_ONCE", request.param)
    return survey_buckets(buckets, SETTINGS, tmp_path / "survey", side_by_side, records)


def test_networks_are_those_of_all_accounts_at_once(dealt, whole):
    assert pl.concat(dealt.networks()).equals(whole.networks)


def test_so_are_shared_devices_and_scattering_providers(dealt, whole):
    assert dealt.device_accounts.equals(whole.device_accounts)
    assert dealt.scatter.equals(whole.scatter)
    assert dealt.bonds.equals(whole.bonds)


def test_so_are_the_lines_of_partners(dealt, whole):
    assert dealt.partner_lines.equals(whole.partner_lines)
    assert not whole.partner_lines.is_empty()


def test_without_an_accounts_table_no_partner_has_any(buckets, tmp_path):
    alone = survey_buckets(buckets, SETTINGS, tmp_path / "alone", side_by_side)
    assert alone.partner_lines.is_empty()


def test_a_bucket_is_given_its_own_networks(dealt, buckets, whole):
    for bucket in buckets:
        own = pl.read_parquet(bucket, columns=["network"]).unique()
        expected = whole.networks.join(own, on="network", how="semi")
        assert dealt.of_bucket(bucket).equals(expected)


def test_a_bucket_dealt_later_is_given_what_was_noted(dealt, tmp_path, whole):
    late = tmp_path / "late.parquet"
    dealt.note(late, pl.concat([whole.networks.head(5), whole.networks.head(3)]))
    assert dealt.of_bucket(late).equals(whole.networks.head(5))
