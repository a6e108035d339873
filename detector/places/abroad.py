"""Weeks on a mobile network of another country are a place, if not one on the map of a town.

At home a phone on its carrier's network is nowhere in particular; one that is on another country's
day after day is in that country. Geolocation errs about towns, but hardly ever about countries.
Relays are no witness: anybody may seem to be anywhere.
"""

import numpy as np
import polars as pl

from detector.kernels.arrays import Flags, Ints
from detector.networks.lookup import Gazetteer
from detector.places.layout import CELLULAR, Nodes, Stays
from detector.schemas import Networks

_KEY = ["account", "country"]


def place_abroad(
    stays: Stays, nodes: Nodes, number: Ints, gazetteer: Gazetteer, min_days: int
) -> Ints:
    """Give mobile networks of countries other than home's a place for each such country.

    Args:
        stays: Of any accounts.
        nodes: Their networks.
        number: The place of each network, -1 for none; its first place tells an account's country.
        gazetteer: Knows the countries.
        min_days: On which some device of the account was there.

    Returns:
        `number`, with the places abroad after those of the account's own country.
    """
    country = gazetteer.networks[Networks.country.name]
    if country.null_count() == len(country):
        return number
    code = (country.rank("dense").cast(pl.Int64) - 1).fill_null(-1).to_numpy()[nodes.network]
    account = np.repeat(np.arange(len(nodes.starts) - 1), np.diff(nodes.starts))
    known = pl.DataFrame({"account": account, "country": code, "number": number})
    home = (
        known.filter(pl.col("number") == 0, pl.col("country") >= 0)
        .group_by(_KEY)
        .len()
        .sort("account", -pl.col("len").cast(pl.Int64), "country")
        .group_by("account", maintain_order=True)
        .agg(home=pl.col("country").first())
    )
    if not (may_be := (number < 0) & (nodes.kind == CELLULAR) & (code >= 0)).any():
        return number
    new = _long_stays(stays, known, home, may_be, min_days)
    given = known.with_row_index("node").filter(pl.Series(may_be)).join(new, on=_KEY)
    added = number.copy()
    added[given["node"].to_numpy()] = given["place"].to_numpy()
    return added


def _long_stays(
    stays: Stays, known: pl.DataFrame, home: pl.DataFrame, may_be: Flags, min_days: int
) -> pl.DataFrame:
    """account, country, place: where some device was on so many days."""
    rows = np.flatnonzero((stays.node >= 0) & may_be[stays.node])
    last = known.group_by("account").agg(last=pl.col("number").max())
    return (
        known[stays.node[rows]]
        .select(_KEY)
        .with_columns(day=pl.Series(stays.day[rows]))
        .join(home, on="account")
        .filter(pl.col("country") != pl.col("home"))
        .group_by(_KEY)
        .agg(days=pl.col("day").n_unique())
        .filter(pl.col("days") >= min_days)
        .join(last, on="account")
        .sort(_KEY)
        .with_columns(place=pl.col("last") + 1 + pl.int_range(pl.len()).over("account"))
        .select(*_KEY, "place")
    )
