"""Plays become rows of a log: logins, starts and stops."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.worlds.chunks import Chunk
from pipelines.worlds.geolocation import locate
from pipelines.worlds.hashing import Ints, mix
from pipelines.worlds.identities import ids_per_device, name_accounts, name_devices
from pipelines.worlds.pools import KINDS
from pipelines.worlds.sheets import OUTSIDER, TYPES
from pipelines.worlds.texts import write_addresses
from pipelines.worlds.watching import Watched

EVENT_TYPES = ("login", "playback_start", "playback_stop", "login_failed")
LOGIN, START, STOP, REFUSED = range(len(EVENT_TYPES))
GEO_COLUMNS = ("country", "city", "latitude", "longitude", "asn", "as_org", "connection_type")

_LOGIN_SECONDS = (15, 90)
"""A login comes that long before the play."""

_FIRST_LOGIN = 0.1
"""Devices signed in within the window although they were never reset."""


@dataclass(frozen=True)
class _Lines:
    """Rows of the log: which play, what happened, when."""

    play: Ints
    event_type: Ints
    seconds: Ints


def write_log(chunk: Chunk, watched: Watched) -> pl.DataFrame:
    """Write the rows of the log, sorted by time.

    Returns:
        The columns of the log, and `network`, `kind` and `household`, which only the truth may
        know.
    """
    lines = _draw_lines(chunk, watched)
    midnight = datetime.combine(chunk.settings.first_day, time(), UTC)
    stop = pl.Series(lines.event_type == STOP)
    happened = pl.DataFrame(
        {
            "ts": pl.Series(lines.seconds * 1_000_000).cast(pl.Duration("us")),
            "event_type": _texts(EVENT_TYPES, lines.event_type),
            "duration_s": pl.Series(watched.plays.seconds[lines.play]).set(~stop, None),
            "event_id": _number_events(chunk, len(lines.play)),
        }
    ).with_columns(ts=pl.lit(midnight).cast(pl.Datetime("us", "UTC")) + pl.col("ts"))
    described = _describe_plays(chunk, watched)
    return pl.concat([happened, described[lines.play]], how="horizontal")


def _texts(names: tuple[str, ...], codes: Ints) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(pl.Series(codes))


def _draw_lines(chunk: Chunk, watched: Watched) -> _Lines:
    """A start for each play, a stop at its end, and logins before some; outsiders fail."""
    start, seconds = watched.plays.start, watched.plays.seconds
    refused = _is_outside(chunk, watched)
    every, failed = np.flatnonzero(~refused), np.flatnonzero(refused)
    login = np.setdiff1d(_logins(chunk, watched), failed)
    ahead = chunk.rng.integers(*_LOGIN_SECONDS, len(login))
    parts = [
        (every, START, start[every]),
        (login, LOGIN, start[login] - ahead),
        (failed, REFUSED, start[failed]),
    ]
    if chunk.settings.durations:
        parts.append((every, STOP, (start + seconds)[every]))
    play = np.concatenate([p for p, _, _ in parts])
    kind = np.concatenate([np.full(len(p), k) for p, k, _ in parts])
    when = np.concatenate([w for _, _, w in parts])
    inside = (when >= 0) & (when < chunk.settings.days * 86_400)
    order = np.lexsort((kind[inside], play[inside], when[inside]))
    return _Lines(*(column[inside][order] for column in (play, kind, when)))


def _is_outside(chunk: Chunk, watched: Watched) -> NDArray[np.bool_]:
    return chunk.cast.devices.number[watched.device] == OUTSIDER


def _logins(chunk: Chunk, watched: Watched) -> Ints:
    """The plays that begin with a login: after a reset, after signing in, or just so."""
    code, order = watched.device_code, np.argsort(watched.plays.start, kind="stable")
    first = order[np.unique(code[order], return_index=True)[1]]
    reset = code[first] % ids_per_device(chunk.settings.days) > 0
    first = first[reset | (chunk.rng.random(len(first)) < _FIRST_LOGIN)]
    again = np.flatnonzero(chunk.rng.random(len(code)) < chunk.settings.habits.relogin_share)
    return np.union1d(first, again)


def _describe_plays(chunk: Chunk, watched: Watched) -> pl.DataFrame:
    devices, device = chunk.cast.devices, watched.device
    profile = pl.Series(watched.profile).cast(pl.String)
    columns = pl.DataFrame(
        {
            "account_id": name_accounts(devices.account[device]),
            "device_id": _device_ids(chunk, watched.device_code),
            "device_type": _texts(TYPES, devices.type[device]),
            "profile_id": profile.set(pl.Series(_is_outside(chunk, watched)), None),
            "household": devices.number[device],
            "kind": _texts(KINDS, watched.addresses.kind),
        }
    ).with_columns(profile_id="p" + pl.col("profile_id"))
    return pl.concat([columns, _describe_addresses(chunk, watched)], how="horizontal")


def _device_ids(chunk: Chunk, code: Ints) -> pl.Series:
    codes, inverse = np.unique(code, return_inverse=True)
    device, generation = np.divmod(codes, ids_per_device(chunk.settings.days))
    names = name_devices(chunk.device_keys()[device], generation, chunk.settings.seed)
    return names.gather(pl.Series(inverse))


def _describe_addresses(chunk: Chunk, watched: Watched) -> pl.DataFrame:
    """Text and geolocation, worked out once for each address."""
    addresses = watched.addresses
    key = mix(addresses.high, addresses.low)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    table = write_addresses(addresses.high[first], addresses.low[first])
    if chunk.settings.geo_columns:
        where = locate(watched.pool[first], addresses.prefix[first], chunk.world, chunk.settings)
        table = pl.concat([table, where], how="horizontal")
    return table[inverse]


def _number_events(chunk: Chunk, count: int) -> pl.Series:
    first = int(chunk.cast.answers.account[0]) * 1_000_000
    return pl.Series(np.arange(count) + first).cast(pl.String).str.replace("^", "e")
