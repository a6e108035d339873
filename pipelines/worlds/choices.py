"""Which device a sitting takes place on."""

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.chunks import Chunk
from pipelines.worlds.habits import Sittings
from pipelines.worlds.hashing import Floats, Ints
from pipelines.worlds.sheets import SLOTS, Cast

_FIXED, _PORTABLE = 6, 5
"""Devices of a dwelling, and of a person, that come into question."""

_JOIN_AT_SCREEN, _JOIN = 0.7, 0.45
"""Share who watch along, so make no play of their own, when the screen is taken, and when
somebody else of the household watches anything at the same spot; calibrated to two devices at once
on 15 % of days (FACTS)."""

AT_HOME = np.array([1.0, 0.75, 0.9, 0.19, 0.5, 0.74, 0.6])
AT_SITE = np.array([0.0, 0.0, 0.3, 0.5, 0.4, 0.7, 0.0])
ON_ROAD = np.array([0.0, 0.0, 0.0, 1.0, 0.15, 0.08, 0.0])
"""Taste for each device type in the three kinds of spot; calibrated to FACTS' device mix."""


def choose_devices(chunk: Chunk, sittings: Sittings) -> Ints:
    """Choose a device for each sitting from those at hand; -1 where there is none."""
    cast, rng = chunk.cast, chunk.rng
    options, weights = _options(cast, sittings, chunk.n_sites)
    chosen = _pick(options, weights, rng)
    standing = (chosen >= 0) & (cast.devices.premise[chosen] >= 0)
    taken = _not_first(chosen, standing, sittings)
    weights[taken, :_FIXED] = 0.0
    chosen[taken] = _pick(options[taken], weights[taken], rng)
    household = cast.persons.household[sittings.person]
    company = _not_first(household, sittings.spot >= chunk.n_sites, sittings)
    chance = np.where(taken, _JOIN_AT_SCREEN, np.where(company, _JOIN, 0.0))
    return np.where(rng.random(len(chosen)) < chance, -1, chosen)


def _options(cast: Cast, sittings: Sittings, n_sites: int) -> tuple[Ints, Floats]:
    devices, persons = cast.devices, cast.persons
    fixed = _slots(devices.premise, len(cast.premises), _FIXED)
    portable = _slots(devices.holder, len(persons), _PORTABLE)
    at_home = sittings.spot >= n_sites
    premise = np.where(at_home, sittings.spot - n_sites, 0)
    standing = np.where(at_home[:, None], fixed[premise], -1)
    options = np.concatenate([standing, portable[sittings.person]], axis=1)
    kind = devices.type[options]
    taste = np.where(at_home[:, None], AT_HOME[kind], AT_SITE[kind])
    taste = np.where((sittings.spot < 0)[:, None], ON_ROAD[kind], taste)
    return options, np.where(options >= 0, taste * devices.weight[options], 0.0)


def _slots(owner: Ints, n_owners: int, width: int) -> Ints:
    """The first few devices of each owner, in columns; -1 where there are fewer."""
    table = np.full((n_owners, width), -1, np.int64)
    rows = np.flatnonzero(owner >= 0)
    rows = rows[np.argsort(owner[rows], kind="stable")]
    mine = owner[rows]
    rank = np.arange(len(rows)) - np.searchsorted(mine, mine)
    fits = rank < width
    table[mine[fits], rank[fits]] = rows[fits]
    return table


def _pick(options: Ints, weights: Floats, rng: np.random.Generator) -> Ints:
    total = np.cumsum(weights, axis=1)
    if not len(total):
        return np.zeros(0, np.int64)
    mark = rng.random(len(options)) * total[:, -1]
    column = np.minimum((total <= mark[:, None]).sum(axis=1), options.shape[1] - 1)
    chosen = options[np.arange(len(options)), column]
    return np.where(total[:, -1] > 0, chosen, -1)


def _not_first(who: Ints, among: NDArray[np.bool_], sittings: Sittings) -> NDArray[np.bool_]:
    """Sittings, among some, in a slot in which the same device or household has one already."""
    rows = np.flatnonzero(among)
    key = (who[rows] * 100_000 + sittings.day[rows]) * SLOTS + sittings.slot[rows]
    later = among.copy()
    later[rows[np.unique(key, return_index=True)[1]]] = False
    return later
