"""Whether two places were given new addresses at one time, as the two protocols of one line are.

A router that reconnects gets a new IPv4 address and a new IPv6 prefix at many providers. At others
prefixes last longer (R. Padmanabhan et al., DynamIPs, CoNEXT 2020), so that a change on one side
alone says little, and the same night on both sides much.
"""

import numpy as np
import polars as pl

from detector.kernels.arrays import Flags, Ints
from detector.places.layout import CARRIER_NAT, Nodes, Stays

PAIR = ["older", "newer"]
"""The places of a pair: on IPv4, and on IPv6."""
_MOST_DAYS_BETWEEN = 4
"""Days between two addresses of a place beyond which nobody knows when it was numbered anew."""


def list_leases(stays: Stays, nodes: Nodes, at: Ints, wanted: Flags) -> pl.DataFrame:
    """From when to when each address of a place was in use.

    Args:
        stays: The sightings.
        nodes: Their networks.
        at: The place of each sighting, -1 for none.
        wanted: The places that are asked about.

    Returns:
        at, first, last; of no place behind a carrier's gateway, whose addresses tell nothing.
    """
    nat = np.zeros(len(wanted), np.bool_)
    nat[at[np.append(nodes.kind, 0)[stays.node] == CARRIER_NAT]] = True
    rows = np.flatnonzero((wanted & ~nat)[at])
    seen = {"at": at[rows], "line": nodes.line[stays.node[rows]], "day": stays.day[rows]}
    day = pl.col("day")
    leases = pl.DataFrame(seen).group_by("at", "line").agg(first=day.min(), last=day.max())
    return leases.drop("line").sort("at", "first", "last")


def compare_renumberings(leases: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Count how often two places were numbered anew at once, and how often one by itself.

    Args:
        leases: From `list_leases`.
        pairs: older, newer: the places to compare.

    Returns:
        older, newer; at_once; apart, changes of one side while an address of the other lasted.

    Examples:
        >>> leases = pl.DataFrame({
        ...     "at": [0, 0, 1, 1, 2], "first": [1, 9, 2, 9, 1], "last": [8, 20, 7, 19, 20]})
        >>> pairs = pl.DataFrame({"older": [0, 0], "newer": [1, 2]})
        >>> compare_renumberings(leases, pairs).sort("newer").rows()
        [(0, 1, 1, 0), (0, 2, 0, 1)]
    """
    before = pl.col("last").shift().over("at").alias("left")
    changes = leases.select("at", before, taken="first").filter(pl.col("taken") >= pl.col("left"))
    known = changes.filter(pl.col("taken") - pl.col("left") <= _MOST_DAYS_BETWEEN)
    older, newer = PAIR
    at_once = (
        pairs.join(known, left_on=older, right_on="at")
        .join(known, left_on=newer, right_on="at", suffix="_n")
        .filter(
            pl.max_horizontal("left", "left_n") <= pl.min_horizontal("taken", "taken_n"),
        )
        .group_by(PAIR)
        .agg(at_once=pl.len())
    )
    alone = pl.concat(
        pairs.join(changes, left_on=one, right_on="at")
        .join(leases, left_on=other, right_on="at")
        .filter(pl.col("first") < pl.col("left"), pl.col("taken") < pl.col("last"))
        .select(*PAIR, "taken")
        for one, other in (PAIR, PAIR[::-1])
    )
    apart = alone.group_by(PAIR).agg(apart=pl.len())
    return (
        pairs.join(at_once, on=PAIR, how="left")
        .join(apart, on=PAIR, how="left")
        .with_columns(pl.col("at_once", "apart").fill_null(0))
    )
