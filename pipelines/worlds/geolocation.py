"""What a geolocation database says about an address: a noisy witness.

Each /24 or /48 has one fixed position for the whole window, right or wrong.
"""

import numpy as np
import polars as pl

from pipelines.worlds.geography import TOWNS_PER_CITY, Geography
from pipelines.worlds.hashing import Ints, Words, uniform
from pipelines.worlds.infrastructure import Infrastructure
from pipelines.worlds.settings import WorldSettings

_SISTER = 1 / 12
"""Blocks of a provider that its sister company announces: the ASN of a television changes in
5 % (FACTS)."""

_V6 = np.uint64(1 << 40)
"""A /48 is above it, a /24 of IPv4 below."""


def locate(
    pool: Ints, prefix: Words, world: Infrastructure, settings: WorldSettings
) -> pl.DataFrame:
    """Describe addresses as an enriched log does.

    Args:
        pool: Pool of each address.
        prefix: Its /24 or /48 as a number.
        world: Providers and positions.
        settings: How wrong databases are.

    Returns:
        Columns country, city, latitude, longitude, asn, as_org, connection_type.
    """
    geography, providers = world.geography, world.providers.all
    spot = _positions(pool, prefix, world, settings)
    provider = world.pools.provider[pool]
    asn = np.array([p.asn for p in providers])[provider]
    sister = np.array([p.sister_asn for p in providers])[provider]
    asn = np.where((sister > 0) & (uniform(_block(prefix), 41) < _SISTER), sister, asn)
    missing = uniform(prefix, 42) < settings.geolocation.connection_type_missing
    connection = pl.Series([p.connection for p in providers]).gather(provider)
    return pl.DataFrame(
        {
            "country": pl.Series(geography.countries).gather(geography.country[spot]),
            "city": pl.Series(geography.names).gather(spot),
            "latitude": geography.latitude[spot],
            "longitude": geography.longitude[spot],
            "asn": asn,
            "as_org": pl.Series([p.name for p in providers]).gather(provider),
            "connection_type": connection.set(pl.Series(missing), None),
        }
    )


def _block(prefix: Words) -> Words:
    """The /16 or the /32 of a prefix: it belongs to one provider (FACTS)."""
    return np.where(prefix < _V6, prefix >> np.uint64(8), prefix >> np.uint64(16))


def _positions(pool: Ints, prefix: Words, world: Infrastructure, settings: WorldSettings) -> Ints:
    """Rows of the geography: mostly the pool's usual one, else nearby, else anywhere."""
    geography, errors = world.geography, settings.geolocation
    usual = world.pools.usual_city[pool]
    draw, where = uniform(prefix, 43), uniform(prefix, 44)
    nearby = _town_near(usual, where, geography)
    country = geography.country[usual]
    wrong = uniform(prefix, 45) < errors.wrong_country
    anywhere = _any_city(
        np.where(wrong, _other_country(country, where, geography), country), where, geography
    )
    spot = np.where(draw < errors.prefix_at_pool + errors.prefix_nearby, nearby, anywhere)
    spot = np.where(draw < errors.prefix_at_pool, usual, spot)
    return np.where(wrong, anywhere, spot)


def _town_near(usual: Ints, draw: np.ndarray, geography: Geography) -> Ints:
    n = geography.n_cities
    city = np.where(usual < n, usual, (usual - n) // TOWNS_PER_CITY)
    return n + city * TOWNS_PER_CITY + (draw * TOWNS_PER_CITY).astype(np.int64)


def _other_country(country: Ints, draw: np.ndarray, geography: Geography) -> Ints:
    n = len(geography.countries)
    return (country + 1 + (draw * (n - 1)).astype(np.int64)) % n


def _any_city(country: Ints, draw: np.ndarray, geography: Geography) -> Ints:
    """A city of the country or a town around it, all alike."""
    first = np.searchsorted(
        geography.country[: geography.n_cities], np.arange(len(geography.countries) + 1)
    )
    count = (first[1:] - first[:-1])[country]
    city = first[country] + (draw * count).astype(np.int64)
    return np.where((draw * 1e6) % 1 < 0.5, city, _town_near(city, (draw * 1e3) % 1, geography))
