"""Let people live through the window and watch: from whereabouts to plays with addresses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.accesses import Accesses, find_accesses
from pipelines.worlds.choices import choose_devices
from pipelines.worlds.chunks import Chunk
from pipelines.worlds.habits import Plays, Sittings, draw_plays, draw_sittings
from pipelines.worlds.hashing import Ints
from pipelines.worlds.identities import find_generations, ids_per_device
from pipelines.worlds.leases import Addresses, Uses, find_addresses
from pipelines.worlds.pools import VENUE
from pipelines.worlds.sheets import STICK, STRICT, V4_ONLY, WHEREVER
from pipelines.worlds.whereabouts import Whereabouts, follow_people

_DAY_SECONDS = 86_400
_CHOSEN_AGAIN = 0.08
"""Plays within a sitting for which a device picks a protocol anew."""


@dataclass(frozen=True)
class Watched:
    """Everything known about each play."""

    plays: Plays
    person: Ints
    profile: Ints
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
    some = device >= 0
    sittings, device = _with_errands(chunk, where, _only(sittings, some), device[some])
    accesses = find_accesses(chunk, sittings, device)
    offset = chunk.world.geography.utc_offset_minutes()[accesses.city]
    plays = _one_at_a_time(draw_plays(sittings, offset, chunk.rng), device)
    return _address(chunk, sittings.person, device, accesses, plays)


def _only(sittings: Sittings, mask: NDArray[np.bool_]) -> Sittings:
    return Sittings(**{name: column[mask] for name, column in vars(sittings).items()})


def _with_errands(
    chunk: Chunk, where: Whereabouts, sittings: Sittings, device: Ints
) -> tuple[Sittings, Ints]:
    errands = chunk.cast.errands
    there = where[errands.person, errands.day, errands.slot]
    spot = np.where(errands.spot == WHEREVER, there, errands.spot)
    more = Sittings(errands.person, errands.day, errands.slot, spot, errands.plays)
    happens = (errands.spot != WHEREVER) | _at_hand(chunk, spot, errands.device)
    more = _only(more, happens)
    both = {
        name: np.concatenate([column, vars(more)[name]]) for name, column in vars(sittings).items()
    }
    return Sittings(**both), np.concatenate([device, errands.device[happens]])


def _at_hand(chunk: Chunk, spot: Ints, device: Ints) -> NDArray[np.bool_]:
    """Whether somebody else's device can be met at a spot: a television in a room to sleep in."""
    site = np.clip(spot, 0, chunk.n_sites - 1)
    room = (spot >= chunk.n_sites) | (chunk.world.pools.kind[site] == VENUE)
    return (spot >= 0) & (room | (chunk.cast.devices.type[device] > STICK))


def _one_at_a_time(plays: Plays, device: Ints) -> Plays:
    """Stop a play when the next one begins on the same device."""
    used = device[plays.sitting]
    order = np.lexsort((plays.start, used))
    follows = used[order][1:] == used[order][:-1]
    until_next = np.full(len(used), np.iinfo(np.int64).max)
    until_next[order[:-1][follows]] = np.diff(plays.start[order])[follows]
    return Plays(plays.sitting, plays.start, np.minimum(plays.seconds, until_next))


def _over_v6(chunk: Chunk, device: Ints, accesses: Accesses, row: Ints) -> NDArray[np.bool_]:
    """Whether a play goes over IPv6: each device has its habit, a strict line its rule.

    Most plays go the way of their sitting: of the device-days with IPv6, 24 % show IPv4 (FACTS).
    """
    devices = chunk.cast.devices
    kept_apart = np.where(devices.type[device] <= STICK, 0.0, 1.0)
    share = np.where(accesses.v6 == STRICT, kept_apart, devices.v6[device])
    drawn = chunk.rng.random(len(device))[row]
    again = np.flatnonzero(chunk.rng.random(len(row)) < _CHOSEN_AGAIN)
    drawn[again] = chunk.rng.random(len(again))
    return (accesses.v6[row] != V4_ONLY) & (drawn < share[row])


def _profiles(chunk: Chunk, person: Ints) -> Ints:
    """Mostly one's own; now and then that of the household's last one."""
    persons, rng = chunk.cast.persons, chunk.rng
    household = persons.household[person]
    first = np.searchsorted(persons.household, household)
    size = np.searchsorted(persons.household, household, side="right") - first
    other = first + (rng.random(len(person)) * size).astype(np.int64)
    slips = rng.random(len(person)) < chunk.settings.habits.other_profile
    return persons.profile[np.where(slips, other, person)]


def _address(chunk: Chunk, person: Ints, device: Ints, accesses: Accesses, plays: Plays) -> Watched:
    row, devices, key = plays.sitting, chunk.cast.devices, chunk.device_keys()
    used = device[row]
    uses = Uses(
        pool=accesses.pool[row],
        line=accesses.line[row],
        device=key[used],
        minute=plays.start // 60,
        v6=_over_v6(chunk, device, accesses, row),
        keeps_interface=devices.type[used] <= STICK,
    )
    day = np.clip(plays.start // _DAY_SECONDS, 0, chunk.settings.days - 1)
    generation = find_generations(devices, used, day, key, chunk.settings.days)
    code = used * ids_per_device(chunk.settings.days) + generation
    addresses = find_addresses(uses, chunk.world.pools)
    profile = _profiles(chunk, person)[row]
    return Watched(plays, person[row], profile, used, code, addresses, uses.pool)
