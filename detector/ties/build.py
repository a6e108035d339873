"""Visits → ties: which devices of an account belong together, and how surely."""

import dataframely as dy
import numpy as np
import polars as pl

from detector.kernels.arrays import Floats, Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop, part
from detector.kernels.positions import locate
from detector.kernels.sorts import sort_rows
from detector.kinds import NETWORK_KINDS, is_by_coordinates
from detector.schemas import ACCOUNT, DEVICE, Places, Ties, Visits
from detector.settings import TieSettings
from detector.ties.crowds import only_crowds, tell_by_crowd
from detector.ties.overlap import MICRO, Stretches, compare_devices, cut_stretches, likeness_alone

V, P, T = Visits, Places, Ties
_BY_COORDINATES = is_by_coordinates(P.kind.col, P.ipv6_days.col, P.latitude.col)


def build_ties(
    visits: pl.DataFrame, places: pl.DataFrame, settings: TieSettings
) -> dy.DataFrame[Ties]:
    """Tie devices of one account by where they are at home.

    Two witnesses, of which the better counts. *Likeness*: how alike the two devices share
    out their days over places (Morisita's index of overlap, 1959, which hardly depends on how
    many days were seen). *Company*: on which share of one device's days the other was at the
    same place; so the television in a second home is tied to the phones that are there
    whenever it plays, and a guest's phone that came twice is not tied to the host's. Each
    place counts by how telling it is: a private line fully, an office or a hotel little. Where
    both only have places found by coordinates, the crowd at each says how telling it is
    (`detector.ties.crowds`).

    Args:
        visits: Of any subset of accounts, whole accounts only.
        places: Their places, with kinds.
        settings: How telling each kind of network is.

    Returns:
        One row per pair of devices that share a place, sorted; `device_a` < `device_b`.

    Examples:
        Ada's phone is at home whenever the television plays; Bob's has never met it:

        >>> from datetime import date
        >>> days = [date(2026, 5, 1), date(2026, 5, 2)]
        >>> visits = Visits.sample(overrides={
        ...     "account_id": "ada", "device_id": ["ada's"] * 2 + ["bob's"] * 2 + ["tv"] * 2,
        ...     "day": days * 3, "place": [0, 0, 1, 1, 0, 0]})
        >>> places = Places.sample(overrides={
        ...     "account_id": "ada", "place": [0, 1], "kind": "home_line"})
        >>> ties = build_ties(visits, places, TieSettings())
        >>> ties.select("device_a", "device_b", "strength", "days_together").rows()
        [("ada's", 'tv', 1.0, 2)]
    """
    rows = AccountRows.of(visits)
    place, day = rows.numbers(V.place.name), rows.numbers(V.day.name)
    weight, crowd = _weigh(rows, place, places, settings)
    stretches = cut_stretches(rows.devices, place, day, weight, crowd)
    limits = settings.sparse_share, settings.habit_share, settings.strangers_elsewhere
    left, right, strength, days = _tie_all(
        stretches, rows.first_devices, settings.max_devices, (*limits, settings.even_bits)
    )
    first = rows.devices[left]
    return Ties.cast(
        pl.DataFrame(
            {
                T.account_id.name: rows.frame[ACCOUNT].gather(pl.Series(first)),
                T.device_a.name: rows.frame[DEVICE].gather(pl.Series(first)),
                T.device_b.name: rows.frame[DEVICE].gather(pl.Series(rows.devices[right])),
                T.strength.name: pl.Series(strength).clip(0, 1).round(4),
                T.days_together.name: days.astype(np.uint32),
            }
        )
    )


def _weigh(
    rows: AccountRows, place: Ints, places: pl.DataFrame, settings: TieSettings
) -> tuple[Floats, Ints]:
    """How telling the place of each visit is, nan where it is not known; and the crowd there."""
    told = settings.model_dump()
    weight = np.array([told[kind] for kind in NETWORK_KINDS], np.float64)
    kind = places[P.kind.name].cast(pl.Enum(NETWORK_KINDS)).to_physical().to_numpy()
    account = locate(rows.first_of(rows.accounts, ACCOUNT), places[P.account_id.name])
    number = places[P.place.name].cast(pl.Int64).to_numpy()
    order = np.argsort(account, kind="stable")
    order = order[np.searchsorted(account[order], 0) :]
    spread = rows.accounts, place, account[order], number[order]
    telling, found = _spread(*spread, weight[kind[order]]), places.select(_BY_COORDINATES)
    if not found.to_series().any():
        return telling, np.zeros(len(place), np.int64)
    crowd = places.select(pl.when(_BY_COORDINATES).then(P.accounts.col.cast(pl.Float64)))
    crowds = _spread(*spread, crowd.to_series().to_numpy()[order])
    return telling, np.nan_to_num(crowds).astype(np.int64)


@loop
def _spread(accounts: Ints, place: Ints, owner: Ints, number: Ints, weight: Floats) -> Floats:
    """Give the number of each account's place, sorted by account, to the visits there."""
    of_row = np.empty(len(place))
    room, k = 0, 0
    for i in range(len(number)):
        room = max(room, number[i] + 1)
    found, stamp = np.empty(room), np.full(room, -1, np.int64)
    for account in range(len(accounts) - 1):
        while k < len(owner) and owner[k] == account:
            found[number[k]], stamp[number[k]] = weight[k], account
            k += 1
        for row in range(accounts[account], accounts[account + 1]):
            of_row[row] = np.nan
            if 0 <= place[row] < room and stamp[place[row]] == account:
                of_row[row] = found[place[row]]
    return of_row


@loop
def _tie_all(
    s: Stretches, accounts: Ints, most: int, limits: tuple[float, float, float, float]
) -> tuple[Ints, Ints, Floats, Ints]:
    """Pairs of devices that share a place, in order."""
    least, habit, elsewhere, even = limits
    room = 0
    for account in range(len(accounts) - 1):
        size = min(accounts[account + 1] - accounts[account], most)
        room += size * (size - 1) // 2
    left, right = np.empty(room, np.int64), np.empty(room, np.int64)
    strength, together, count = np.empty(room), np.empty(room, np.int64), 0
    for account in range(len(accounts) - 1):
        mine = _busiest(s, accounts[account], accounts[account + 1], most)
        alone = np.empty(len(mine))
        for i in range(len(mine)):
            alone[i] = likeness_alone(s, mine[i], least)
        for i in range(len(mine)):
            for j in range(i + 1, len(mine)):
                places, alike, company, company_b, days = compare_devices(s, mine[i], mine[j])
                if places == 0:
                    continue
                basis = alone[i] * alone[j]
                likeness = alike / np.sqrt(basis) if basis > 0 else 0.0
                left[count], right[count], together[count] = mine[i], mine[j], days
                strength[count] = max(likeness, company / MICRO, company_b / MICRO)
                if only_crowds(s, mine[i]) and only_crowds(s, mine[j]):
                    bits = tell_by_crowd(s, mine[i], mine[j], habit, elsewhere)
                    strength[count] = 1 / (1 + 2 ** (even - bits))
                count += 1
    return left[:count], right[:count], strength[:count], together[:count]


@part
def _busiest(s: Stretches, begin: int, end: int, most: int) -> Ints:
    """Devices of an account that were at any place, the busiest if they are too many."""
    mine, count = np.empty(end - begin, np.int64), 0
    for device in range(begin, end):
        if s.total[device] > 0:
            mine[count] = device
            count += 1
    if count > most:
        rarely, itself = np.empty(end, np.int64), np.arange(end)
        for device in range(begin, end):
            rarely[device] = -s.total[device]
        sort_rows(mine[:count], rarely, itself)
        sort_rows(mine[:most], itself, itself)
        count = most
    return mine[:count]
