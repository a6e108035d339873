"""Home lines of an account's places that other accounts were on, so that people find those."""

import numpy as np
import polars as pl

from detector.kernels.arrays import Flags, Ints
from detector.kernels.loops import loop
from detector.kernels.texts import hash_texts
from detector.networks.lookup import Gazetteer
from detector.places.layout import Nodes, Stays
from detector.schemas import Networks, Places

N, P = Networks, Places
NEVER = np.iinfo(np.int64).max


def tell_common_lines(
    stays: Stays, nodes: Nodes, gazetteer: Gazetteer, order: Ints, starts: Ints
) -> dict[str, pl.Series]:
    """Of each place the best-used common home line, and the days that the account was on it.

    An address is one family's today and another's tomorrow: only days tell whether two accounts
    were on it together. The line is told as a hash, so that nobody reads an address off it; who
    holds `networks.parquet` can tell.

    Args:
        stays: Which device was on which network when.
        nodes: The networks of each account.
        gazetteer: What is known of networks.
        order: Nodes by place, the best-used first.
        starts: Where each place begins in them.

    Returns:
        `common_line`, `line_first_day`, `line_last_day`: null where there is no such line.
    """
    facts = gazetteer.networks
    common = (facts[N.kind.name] == "home_line") & (facts[N.accounts.name] > 1)
    at = first_true(common.to_numpy()[nodes.network[order]], starts)
    places = np.flatnonzero(at >= 0)
    chosen = order[at[places]]
    lines = hash_texts(pl.Series(nodes.line[chosen]).cast(pl.String))
    first, last = _days_of(stays, chosen, len(nodes.network))
    told = {
        P.common_line.name: pl.Series(lines, dtype=pl.UInt64),
        P.line_first_day.name: pl.Series(first.astype(np.int32)).cast(pl.Date),
        P.line_last_day.name: pl.Series(last.astype(np.int32)).cast(pl.Date),
    }
    size = len(starts) - 1
    blank = {n: pl.repeat(None, size, dtype=each.dtype, eager=True) for n, each in told.items()}
    return {name: blank[name].scatter(places, each) for name, each in told.items()}


def _days_of(stays: Stays, chosen: Ints, nodes: int) -> tuple[Ints, Ints]:
    """The first and the last day on each chosen node."""
    place = np.full(nodes + 1, -1)
    place[chosen] = np.arange(len(chosen))
    there = place[stays.node]
    rows = np.flatnonzero(there >= 0)
    first, last = np.full(len(chosen), NEVER), np.full(len(chosen), -1)
    np.minimum.at(first, there[rows], stays.day[rows])
    np.maximum.at(last, there[rows], stays.day[rows])
    return first, last


@loop
def first_true(told: Flags, starts: Ints) -> Ints:
    """Where in each place's rows the first true one is; -1 if none is."""
    found = np.full(len(starts) - 1, -1, np.int64)
    for place in range(len(found)):
        for k in range(starts[place], starts[place + 1]):
            if told[k]:
                found[place] = k
                break
    return found
