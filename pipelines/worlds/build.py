"""Build a world chunk by chunk: the only place that knows the order of the steps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.worlds.casting import cast_accounts
from pipelines.worlds.chunks import Chunk
from pipelines.worlds.events import GEO_COLUMNS, write_log
from pipelines.worlds.infrastructure import build_infrastructure
from pipelines.worlds.mess import lose_rows, soil
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.situations import assign_situations
from pipelines.worlds.subscriptions import list_subscriptions
from pipelines.worlds.truths import answer_accounts, answer_devices, answer_networks
from pipelines.worlds.watching import watch

EVENT_COLUMNS = (
    "ts",
    "account_id",
    "device_id",
    "ip",
    "event_type",
    "device_type",
    "duration_s",
    *GEO_COLUMNS,
    "profile_id",
    "event_id",
)


@dataclass(frozen=True)
class World:
    """A log, what the service knows of its accounts, and the truth behind both."""

    settings: WorldSettings
    events: pl.DataFrame
    accounts: pl.DataFrame
    """The service's own table: partner, country, plan, since when."""
    truth_accounts: pl.DataFrame
    truth_devices: pl.DataFrame
    truth_networks: pl.DataFrame


def build_world(settings: WorldSettings) -> World:
    """Simulate a whole world in memory; `pipelines.worlds.write.simulate` writes large ones.

    Args:
        settings: The same settings give the same world.

    Examples:
        >>> from pipelines.worlds.settings import WorldSettings
        >>> world = build_world(WorldSettings(accounts=40, days=7, seed=3))
        >>> sorted(world.truth_accounts["label"].unique())
        ['ambiguous', 'shared', 'single']
    """
    parts = list(build_chunks(settings))
    return World(
        settings=settings,
        events=pl.concat([p.events for p in parts]).sort("ts", maintain_order=True),
        accounts=pl.concat([p.accounts for p in parts]),
        truth_accounts=pl.concat([p.truth_accounts for p in parts]),
        truth_devices=pl.concat([p.truth_devices for p in parts]),
        truth_networks=merge_networks([p.truth_networks for p in parts]),
    )


def build_chunks(settings: WorldSettings) -> Iterator[World]:
    """Simulate one chunk of accounts after the other; networks are common to all."""
    infrastructure = build_infrastructure(settings)
    situations = assign_situations(settings)
    for first in range(0, settings.accounts, settings.accounts_per_chunk):
        accounts = range(first, min(first + settings.accounts_per_chunk, settings.accounts))
        cast = cast_accounts(accounts, situations, infrastructure, settings)
        rng = np.random.default_rng([settings.seed, first])
        yield _build_chunk(Chunk(cast, infrastructure, settings, rng))


def merge_networks(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """One row for each network that any chunk met."""
    return pl.concat(parts).unique().sort("network", "kind")


def _build_chunk(chunk: Chunk) -> World:
    settings = chunk.settings
    log = lose_rows(write_log(chunk, watch(chunk)), settings, int(chunk.rng.integers(2**62)))
    devices = answer_devices(log)
    told = GEO_COLUMNS if settings.geo_columns else ()
    hidden = {*GEO_COLUMNS} - {*(told[:1] if settings.country_only else told)}
    columns = [column for column in EVENT_COLUMNS if column not in hidden]
    return World(
        settings=settings,
        events=soil(log.select(columns), settings, int(chunk.rng.integers(2**62))),
        accounts=list_subscriptions(chunk.cast, chunk.world.geography, settings),
        truth_accounts=answer_accounts(chunk.cast, devices),
        truth_devices=devices,
        truth_networks=answer_networks(log),
    )
