"""Which access network carries a sitting: the line of the dwelling, a site, a mobile network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.chunks import Chunk
from pipelines.worlds.habits import Sittings
from pipelines.worlds.hashing import Ints
from pipelines.worlds.infrastructure import Infrastructure
from pipelines.worlds.sheets import DUAL_STACK, PHONE, TABLET, V4_ONLY, Cast

_TABLET_OFF_WIFI = 0.3
"""Tablets with a SIM card, against phones."""

_SITE_OFF_WIFI = 0.35
"""Plays on a phone in an office, hotel or café that avoid its Wi-Fi."""

_HOME_ROUTED = 0.6
"""Subscribers whose roaming traffic leaves at their own operator."""


@dataclass(frozen=True)
class Accesses:
    """For each sitting the pool, the line within it, and the protocols of the line."""

    pool: Ints
    line: Ints
    v6: Ints
    """`V4_ONLY`, `DUAL_STACK` or `STRICT`."""
    city: Ints
    """Where the people are."""


def find_accesses(chunk: Chunk, sittings: Sittings, device: Ints) -> Accesses:
    """Follow each sitting's device to the network it is on."""
    cast, world, n_sites = chunk.cast, chunk.world, chunk.n_sites
    tunnel = cast.devices.tunnel[device]
    spot = np.where(tunnel >= 0, tunnel + n_sites, sittings.spot)
    at_home = spot >= n_sites
    premise = np.where(at_home, spot - n_sites, 0)
    second = _on_second_line(chunk, premise, sittings.day)
    home = cast.premises
    pool = np.where(second, home.second_pool[premise], home.pool[premise])
    line = np.where(second, home.second_number[premise], home.number[premise])
    v6 = np.where(second, home.second_v6[premise], home.v6[premise])
    city = _city(cast, sittings.spot, sittings.day, world)
    pool = np.where(at_home, pool, np.maximum(spot, 0))
    cellular = _off_wifi(chunk, sittings, device) | (spot < 0)
    gateway = _gateway(cast, sittings.person, city, world)
    pool = np.where(cellular, gateway, pool)
    exits = chunk.rng.random(len(spot)) < cast.devices.exit_share[device]
    pool = np.where(exits, cast.devices.exit_pool[device], pool)
    on_line = at_home & ~cellular & ~exits
    mobile = cellular & ~exits & (world.pools.v6_base[pool] > 0)
    protocols = np.where(on_line, v6, np.where(mobile, DUAL_STACK, V4_ONLY))
    return Accesses(pool, np.where(on_line, line, 0), protocols, city)


def _on_second_line(chunk: Chunk, premise: Ints, day: Ints) -> NDArray[np.bool_]:
    home = chunk.cast.premises
    either = chunk.rng.random(len(premise)) < home.second_share[premise]
    return either | (day >= home.switch_day[premise])


def _city(cast: Cast, spot: Ints, day: Ints, world: Infrastructure) -> Ints:
    n_sites, home = len(world.pools), cast.premises
    premise = np.where(spot >= n_sites, spot - n_sites, 0)
    moved = (day >= home.switch_day[premise]) & (home.second_city[premise] >= 0)
    city = np.where(moved, home.second_city[premise], home.city[premise])
    at_site = world.pools.city[np.clip(spot, 0, n_sites - 1)]
    return np.where(spot >= n_sites, city, np.where(spot >= 0, at_site, -1 - spot))


def _off_wifi(chunk: Chunk, sittings: Sittings, device: Ints) -> NDArray[np.bool_]:
    """Phones that use their own network although there is a line."""
    cast = chunk.cast
    kind, tunnel = cast.devices.type[device], cast.devices.tunnel[device]
    chance = np.full(len(device), chunk.settings.habits.phone_off_wifi)
    site = (sittings.spot >= 0) & (sittings.spot < chunk.n_sites)
    chance[site] = _SITE_OFF_WIFI
    chance *= np.where(kind == PHONE, 1.0, np.where(kind == TABLET, _TABLET_OFF_WIFI, 0.0))
    always = cast.persons.always_cellular[sittings.person] > 0
    chance = np.where(always & (cast.devices.holder[device] >= 0), 1.0, chance)
    return (chunk.rng.random(len(device)) < chance) & (tunnel < 0)


def _gateway(cast: Cast, person: Ints, city: Ints, world: Infrastructure) -> Ints:
    """The mobile pool: where the person is, or that of home for home-routed roaming."""
    country = world.geography.country
    sim, operator = cast.persons.sim_city[person], cast.persons.operator[person]
    home = np.where(sim >= 0, sim, cast.persons.city[person])
    abroad = country[home] != country[city]
    routed = abroad & (person % 10 < 10 * _HOME_ROUTED)
    return world.cell_pool[operator, np.where(routed, home, city)]
