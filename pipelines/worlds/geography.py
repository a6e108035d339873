"""Countries, their cities and the towns around them."""

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from pipelines.worlds.atlas import ATLAS, hours_from_utc
from pipelines.worlds.hashing import Floats, Ints, uniform

HUBS_PER_COUNTRY = 3
"""Cities in which providers of a country have a hub: the largest ones."""

TOWNS_PER_CITY = 4
_BEARINGS = ("North", "East", "South", "West")


@dataclass(frozen=True)
class Geography:
    """Cities first, then four towns around each; one row per position a database can give."""

    countries: tuple[str, ...]
    names: tuple[str, ...]
    country: Ints
    latitude: Floats
    longitude: Floats
    hub: Ints
    weight: Floats
    n_cities: int

    def cities_of(self, country: int) -> Ints:
        """The cities of a country, largest first as in the atlas."""
        return np.flatnonzero(self.country[: self.n_cities] == country)

    def utc_offset_minutes(self) -> Ints:
        """Standard time by the clocks of each position; no bedtime here hangs on summer time."""
        country: list[int] = self.country.tolist()
        longitude: list[float] = self.longitude.tolist()
        zones = zip(country, longitude, strict=True)
        return np.array([60 * hours_from_utc(self.countries[c], east) for c, east in zones])

    def other_city(self, rng: Random, city: int, *, abroad: bool = False) -> int:
        """Draw another city, of the same country or of another one."""
        same = self.country[: self.n_cities] == self.country[city]
        mask = ~same if abroad else same & (np.arange(self.n_cities) != city)
        options: list[int] = np.flatnonzero(mask).tolist()
        weights: list[float] = np.sqrt(self.weight[options]).tolist()
        return rng.choices(options, weights=weights)[0]


def build_geography() -> Geography:
    """Lay out the atlas; the towns around a city are 8 to 60 km away."""
    cities = [(c, *city) for c, listed in enumerate(ATLAS.values()) for city in listed]
    country = np.array([row[0] for row in cities])
    lat = np.array([row[2] for row in cities])
    lon = np.array([row[3] for row in cities])
    n = len(cities)
    parent = np.repeat(np.arange(n), TOWNS_PER_CITY)
    side = np.tile(np.arange(TOWNS_PER_CITY), n)
    away = 8 + 52 * uniform(parent, side, 71)
    north = np.choose(side, [1, 0, -1, 0]) * away / 111
    east = np.choose(side, [0, 1, 0, -1]) * away / (111 * np.cos(np.radians(lat[parent])))
    towns = [f"{cities[p][1]} {_BEARINGS[s]}" for p, s in zip(parent, side, strict=True)]
    return Geography(
        countries=tuple(ATLAS),
        names=(*(str(row[1]) for row in cities), *towns),
        country=np.concatenate([country, country[parent]]),
        latitude=np.round(np.concatenate([lat, lat[parent] + north]), 4),
        longitude=np.round(np.concatenate([lon, lon[parent] + east]), 4),
        hub=_nearest_hub(country, lat, lon),
        weight=np.array([float(row[4]) for row in cities]),
        n_cities=n,
    )


def _nearest_hub(country: NDArray[np.int64], lat: Floats, lon: Floats) -> Ints:
    hub = np.zeros(len(country), np.int64)
    for c in np.unique(country):
        mine = np.flatnonzero(country == c)
        hubs = mine[:HUBS_PER_COUNTRY]
        gap = np.hypot(lat[mine][:, None] - lat[hubs], lon[mine][:, None] - lon[hubs])
        hub[mine] = hubs[gap.argmin(axis=1)]
    return hub
