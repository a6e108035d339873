"""When people sit down to watch, on which device, and how many plays it becomes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.chunks import Chunk
from pipelines.worlds.hashing import Floats, Ints
from pipelines.worlds.sheets import NOWHERE, SLOT_STARTS, SLOTS
from pipelines.worlds.whereabouts import Whereabouts, weekend_days

_ADULT = ((0.04, 0.04, 0.06, 0.13, 0.27, 0.46), (0.05, 0.05, 0.13, 0.22, 0.25, 0.30))
_CHILD = ((0.01, 0.06, 0.08, 0.27, 0.40, 0.18), (0.01, 0.14, 0.23, 0.26, 0.24, 0.12))
"""Share of a day's plays by slot, on workdays and weekends; our estimate."""

_MINUTES = ((0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 1.0), (1, 4, 11, 21, 38, 50, 95, 150))
"""Quantiles of the minutes of a play (FACTS); the tail holds films."""

HOME_FACTOR = 1.25
"""Makes up for evenings lost to outings, shared screens and nightfall; calibrated to the
138 plays of FACTS."""

_SITE_FACTOR, _ROAD_FACTOR = np.array([0.8, 0.8, 0.35, 0.35, 0.6, 0.8]), 0.5
"""Appetite by slot at work, in hotels and cafés, and on the road, against that at home."""


@dataclass(frozen=True)
class Sittings:
    """Somebody sits down to watch: a row each."""

    person: Ints
    day: Ints
    slot: Ints
    spot: Ints
    plays: Ints


@dataclass(frozen=True)
class Plays:
    """One title played: a row each; the sitting gives who, where and on what."""

    sitting: Ints
    start: Ints
    """Seconds of UTC since the first midnight."""
    seconds: Ints


def draw_sittings(chunk: Chunk, where: Whereabouts) -> Sittings:
    """Decide for each person, day and slot whether they watch and how many plays."""
    settings, rng = chunk.settings, chunk.rng
    wish = _wish(chunk) * _appetite(where, chunk)
    chance = -np.expm1(-wish / settings.habits.plays_per_sitting)
    hit = np.flatnonzero(rng.random(wish.size, np.float32) < chance.reshape(-1))
    expected = wish.reshape(-1)[hit] / chance.reshape(-1)[hit]
    more = np.maximum(expected - 1, 0)
    person, rest = np.divmod(hit, settings.days * SLOTS)
    day, slot = np.divmod(rest, SLOTS)
    spot = where.reshape(-1)[hit].astype(np.int64)
    return Sittings(person, day, slot, spot, 1 + rng.poisson(more))


def _wish(chunk: Chunk) -> NDArray[np.float32]:
    """Plays wanted per person, day and slot.

    A household has its days: some it watches a lot, some not at all. The more it watches, the
    fewer idle days, which gives FACTS' active days.
    """
    persons, households = chunk.cast.persons, chunk.cast.households
    settings = chunk.settings
    rate = np.maximum(households.plays_per_day, 1e-6)
    shape = np.maximum(0.15, 0.44 * rate**0.85)
    mood = chunk.rng.gamma(shape[:, None], 1 / shape[:, None], (len(rate), settings.days))
    weekend = weekend_days(settings).astype(np.int64)
    profile = np.array([_ADULT, _CHILD])[persons.is_child][:, weekend]
    eager = np.where(weekend == 1, settings.habits.weekend_factor, 1.0)
    base = persons.plays_per_day[:, None] * mood[persons.household] * eager * HOME_FACTOR
    return (base[:, :, None] * profile).astype(np.float32)


def _appetite(where: Whereabouts, chunk: Chunk) -> NDArray[np.float32]:
    at_home = (where >= chunk.n_sites) | (where == chunk.cast.persons.home[:, None, None])
    factor = np.where(at_home, 1.0, _SITE_FACTOR)
    factor = np.where(where < 0, _ROAD_FACTOR, factor)
    return np.where(where == NOWHERE, 0.0, factor).astype(np.float32)


def draw_plays(sittings: Sittings, utc_offset: Ints, rng: np.random.Generator) -> Plays:
    """String the plays of each sitting one after the other; bedtime ends it.

    Args:
        sittings: Rows that have a device to watch on.
        utc_offset: Minutes east of UTC of each sitting.
        rng: The chunk's stream.
    """
    starts = np.array(SLOT_STARTS)
    length = (starts[sittings.slot + 1] - starts[sittings.slot]) * 3600
    drawn = rng.random(len(sittings.day))
    into = np.where(sittings.slot == 0, drawn**3, drawn * 0.95) * length
    row = np.repeat(np.arange(len(sittings.day)), sittings.plays)
    quantiles, minutes = _MINUTES
    seconds = np.interp(rng.random(len(row)), quantiles, np.array(minutes) * 60.0)
    pause = rng.exponential(90, len(row))
    begun = _running_total(seconds + pause, sittings.plays)
    keep = (begun == 0) | (into[row] + begun < length[row])
    local = sittings.day * 86_400 + starts[sittings.slot] * 3600 + into
    start = (local - utc_offset * 60)[row] + begun
    return Plays(row[keep], start[keep].astype(np.int64), seconds[keep].astype(np.int64))


def _running_total(values: Floats, group_sizes: Ints) -> Floats:
    """Sum of the values before each one, within its group."""
    before = np.cumsum(values) - values
    first = np.cumsum(group_sizes) - group_sizes
    return before - np.repeat(before[first], group_sizes)
