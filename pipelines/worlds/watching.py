"""Let people live through the window and watch: from whereabouts to plays with addresses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.accesses import Accesses, find_accesses
from pipelines.worlds.choices import choose_devices
from pipelines.worlds.chunks import Chunk
from pipelines.worlds.habits import Plays, Sittings, draw_plays, draw_sittings
from pipelines.worlds.hashing import Ints
from pipelines.worlds.identities import MOST_RESETS, find_generations
from pipelines.worlds.leases import Addresses, Uses, find_addresses
from pipelines.worlds.sheets import STICK
from pipelines.worlds.whereabouts import follow_people

_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Watched:
    """Everything known about each play."""

    plays: Plays
    person: Ints
    device: Ints
    device_code: Ints
    """Device and number of its resets so far: each code has a device id of its own."""
    addresses: Addresses
    pool: Ints


def watch(chunk: Chunk) -> Watched:
    """Follow everybody of a chunk through the window."""
    where = follow_people(chunk)
    sittings = draw_sittings(chunk, where)
    device = choose_devices(chunk, sittings)
    sittings, device = _with_errands(chunk, _only(sittings, device >= 0), device[device >= 0])
    accesses = find_accesses(chunk, sittings, device)
    offset = chunk.world.geography.utc_offset_minutes()[accesses.city]
    plays = _one_at_a_time(draw_plays(sittings, offset, chunk.rng), device)
    return _address(chunk, sittings.person[plays.sitting], device, accesses, plays)


def _only(sittings: Sittings, mask: NDArray[np.bool_]) -> Sittings:
    return Sittings(**{name: column[mask] for name, column in vars(sittings).items()})


def _with_errands(chunk: Chunk, sittings: Sittings, device: Ints) -> tuple[Sittings, Ints]:
    errands = chunk.cast.errands
    once = np.ones(len(errands), np.int64)
    more = Sittings(errands.person, errands.day, errands.slot, errands.spot, once)
    both = {
        name: np.concatenate([column, vars(more)[name]]) for name, column in vars(sittings).items()
    }
    return Sittings(**both), np.concatenate([device, errands.device])


def _one_at_a_time(plays: Plays, device: Ints) -> Plays:
    """Stop a play when the next one begins on the same device."""
    used = device[plays.sitting]
    order = np.lexsort((plays.start, used))
    follows = used[order][1:] == used[order][:-1]
    until_next = np.full(len(used), np.iinfo(np.int64).max)
    until_next[order[:-1][follows]] = np.diff(plays.start[order])[follows]
    return Plays(plays.sitting, plays.start, np.minimum(plays.seconds, until_next))


def _address(chunk: Chunk, person: Ints, device: Ints, accesses: Accesses, plays: Plays) -> Watched:
    row, devices, key = plays.sitting, chunk.cast.devices, chunk.device_keys()
    used = device[row]
    speaks_v6 = accesses.v6[row] & (devices.v6[used] > 0)
    uses = Uses(
        pool=accesses.pool[row],
        line=accesses.line[row],
        device=key[used],
        minute=plays.start // 60,
        v6=speaks_v6 & (chunk.rng.random(len(row)) < chunk.settings.networks.ipv6_plays),
        keeps_interface=devices.type[used] <= STICK,
    )
    day = np.clip(plays.start // _DAY_SECONDS, 0, chunk.settings.days - 1)
    generation = find_generations(devices, used, day, key, chunk.settings.days)
    code = used * (MOST_RESETS + 1) + generation
    return Watched(plays, person, used, code, find_addresses(uses, chunk.world.pools), uses.pool)
