"""Distances on the Earth, as Polars expressions."""

import polars as pl

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG); the ellipsoid's 0.5 % does not matter beside geolocation errors."""


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
