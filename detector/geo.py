"""Positions and distances on the Earth, as Polars expressions."""

import polars as pl

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG); the ellipsoid's 0.5 % does not matter beside geolocation errors."""

UNITS = 10_000
"""Parts of a degree that positions are told in, about 11 m."""

_LON_BITS, _SPOT_BITS = 22, 44
_SCRAMBLE = 0x5851F42D4C95
_UNSCRAMBLE = pow(_SCRAMBLE, -1, 1 << _SPOT_BITS)


def to_spot(lat: pl.Expr, lon: pl.Expr) -> pl.Expr:
    """Make one number of a position, so that the least of several is one of them.

    The position in 1e-4 degrees, multiplied by an odd number modulo 2^44: one to one, and in no
    order that latitude or longitude would know. So a minimum is as good as any pair, and never
    puts one's latitude beside another's longitude.

    Args:
        lat: Degrees, -90 to 90.
        lon: Degrees, -180 to 180.

    Examples:
        >>> there = pl.DataFrame({"lat": [45.76, None], "lon": [4.84, 4.84]})
        >>> spot = there.select(spot=to_spot(pl.col("lat"), pl.col("lon")))
        >>> spot.select(*from_spot(pl.col("spot"))).rows()
        [(45.76, 4.84), (None, None)]
    """
    north = ((lat + 90) * UNITS).round().cast(pl.Int64)
    east = ((lon + 180) * UNITS).round().cast(pl.Int64)
    return _multiplied(north * (1 << _LON_BITS) + east, _SCRAMBLE)


def from_spot(spot: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Tell the latitude and the longitude of a number from `to_spot`."""
    place = _multiplied(spot, _UNSCRAMBLE)
    lat, lon = place // (1 << _LON_BITS), place % (1 << _LON_BITS)
    north, east = lat - 90 * UNITS, lon - 180 * UNITS
    return (north / UNITS).round(4).alias("latitude"), (east / UNITS).round(4).alias("longitude")


def _multiplied(number: pl.Expr, factor: int) -> pl.Expr:
    """Modulo 2^44, in halves of 22 bits so that no product leaves 64 bits."""
    half = 1 << _LON_BITS
    high, low = number // half, number % half
    upper = (high * (factor % half) + low * (factor // half % half)) % half
    return (upper * half + low * (factor % half)) % (1 << _SPOT_BITS)


def distance_km(lat_a: pl.Expr, lon_a: pl.Expr, lat_b: pl.Expr, lon_b: pl.Expr) -> pl.Expr:
    """Measure the great-circle distance between two positions, in kilometres.

    The haversine form, which stays exact for short distances (R. W. Sinnott, 1984).

    Args:
        lat_a: Latitude of the first position, degrees.
        lon_a: Longitude of the first position, degrees.
        lat_b: Latitude of the second position, degrees.
        lon_b: Longitude of the second position, degrees.

    Returns:
        Kilometres; null where a coordinate is null.

    Examples:
        Lyon to Lisbon:

        >>> apart = distance_km(pl.lit(45.76), pl.lit(4.84), pl.lit(38.72), pl.lit(-9.14))
        >>> round(pl.select(apart).item())
        1389
    """
    half_lat = (lat_b - lat_a).radians() / 2
    half_lon = (lon_b - lon_a).radians() / 2
    chord = half_lat.sin().pow(2) + lat_a.radians().cos() * lat_b.radians().cos() * (
        half_lon.sin().pow(2)
    )
    return 2 * EARTH_RADIUS_KM * chord.clip(0, 1).sqrt().arcsin()
