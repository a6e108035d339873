"""Ties → households: which devices live together, and which of the groups is home."""

from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.households.alternatives import find_clusters
from detector.households.home import Marks, give_places, number_groups
from detector.households.layout import Lives, count_days
from detector.households.linkage import link_groups
from detector.households.unsettled import adopt_strays
from detector.kernels.arrays import Flags, Floats, Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
from detector.kernels.positions import find_devices
from detector.kernels.sorts import sort_rows
from detector.kinds import DEVICE_TYPES
from detector.schemas import (
    ACCOUNT,
    DEVICE,
    DeviceGroups,
    Devices,
    PlaceGroups,
    Sightings,
    Ties,
)
from detector.settings import HouseholdSettings

D, S, T = Devices, Sightings, Ties


@dataclass(frozen=True)
class Groups:
    """Devices and places of some accounts with the group each belongs to; 0 is home."""

    devices: dy.DataFrame[DeviceGroups]
    places: dy.DataFrame[PlaceGroups]


def group_devices(
    visits: pl.DataFrame,
    places: pl.DataFrame,
    ties: pl.DataFrame,
    devices: pl.DataFrame,
    settings: HouseholdSettings,
) -> Groups:
    """Group the devices of each account into those that live as one household.

    Args:
        visits: Of any subset of accounts, whole accounts only.
        places: Their places, with what is on record of their account if anything is.
        ties: Their ties.
        devices: One row per device with `device_type` and `accounts`.
        settings: How strong a tie joins two devices.

    Returns:
        Group 0 is home, where most of the account's life is, unless what is on record tells of
        another; the others follow in the same order.

    Examples:
        Ada's phone and television live together, Bob's phone does not:

        >>> from datetime import date
        >>> from detector.schemas import Places, Visits
        >>> days = [date(2026, 5, day) for day in (1, 2)]
        >>> visits = Visits.sample(overrides={
        ...     "account_id": "ada", "device_id": ["ada's"] * 2 + ["bob's"] + ["tv"] * 2,
        ...     "day": days + days[:1] + days, "place": [0, 0, 1, 0, 0]})
        >>> ties = Ties.sample(overrides={
        ...     "account_id": ["ada"], "device_a": "ada's", "device_b": "tv", "strength": 1.0})
        >>> devices = pl.DataFrame({
        ...     "account_id": "ada", "device_id": ["ada's", "bob's", "tv"], "accounts": 1})
        >>> places = Places.sample(overrides={"account_id": "ada", "place": [0, 1]})
        >>> groups = group_devices(visits, places, ties, devices, HouseholdSettings())
        >>> groups.devices.select("device_id", "group").rows()
        [("ada's", 0), ("bob's", 1), ('tv', 0)]
    """
    rows = AccountRows.of(visits)
    lives = Lives.of(rows)
    real = _find_real(rows, devices, settings.max_accounts_per_device)
    label = adopt_strays(lives, _link(rows, lives, ties, real, settings), settings)
    marks = Marks.of(rows.frame, places, settings)
    group = number_groups(lives, label, marks, settings)
    owner, place, winner = give_places(lives, group)
    kept = group >= 0
    names = rows.frame.select(ACCOUNT, DEVICE)[rows.devices[:-1][kept]]
    accounts = rows.frame.select(ACCOUNT)[rows.accounts[owner]]
    return Groups(
        DeviceGroups.cast(names.with_columns(group=pl.Series(group[kept]))),
        PlaceGroups.cast(
            accounts.with_columns(place=pl.Series(place), group=pl.Series(winner)),
        ),
    )


def _find_real(rows: AccountRows, devices: pl.DataFrame, most: int) -> Flags:
    """Devices that are one, and no default value of a log."""
    (found,) = find_devices(rows, devices[ACCOUNT], devices[DEVICE])
    known = (found >= 0) & (devices[D.accounts.name].cast(pl.Int64) <= most).to_numpy()
    real = np.zeros(len(rows.devices) - 1, np.bool_)
    real[found[known]] = True
    return real


def _link(
    rows: AccountRows, lives: Lives, ties: pl.DataFrame, real: Flags, settings: HouseholdSettings
) -> Ints:
    """Label each device with the first one of those that it lives with; -1 for no device."""
    point, device = np.cumsum(real) - 1, np.flatnonzero(real)
    ends = find_devices(rows, ties[T.account_id.name], ties[T.device_a.name], ties[T.device_b.name])
    kept = np.logical_and.reduce([np.append(real, False)[end] for end in ends])
    left, right = (point[end[kept]] for end in ends)
    order = np.lexsort((right, left))
    ties_of_points = left[order], right[order], ties[T.strength.name].to_numpy()[kept][order]
    starts = np.append(0, np.cumsum(real))[lives.accounts]
    days = np.maximum(count_days(lives)[device], 1).astype(np.float64)
    label = np.full(len(real), -1, np.int64)
    label[device] = device[_cluster(starts, days, ties_of_points, settings)]
    return label


def _cluster(
    starts: Ints, days: Floats, ties: tuple[Ints, Ints, Floats], settings: HouseholdSettings
) -> Ints:
    """Join devices; by average linkage a phone seen twice cannot chain two homes together."""
    if settings.method == "average":
        return link_groups(starts, days, *ties, settings.min_strength)
    labels = np.arange(len(days))
    for cluster in find_clusters(*ties, settings):
        labels[cluster] = cluster[0]
    return labels


def list_devices(sightings: pl.DataFrame, device_accounts: pl.DataFrame) -> pl.DataFrame:
    """Describe each device of each account.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        device_accounts: On how many accounts each device id was seen in the whole log;
            devices on one account only may be left out.

    Returns:
        account_id, device_id, device_type, active_days, first_day, last_day, accounts.

    Examples:
        Bob's television called itself unknown at first, and was seen on a neighbour's account too:

        >>> from datetime import date
        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": "bob", "device_id": "tv", "device_type": ["unknown", "tv"],
        ...     "day": [date(2026, 5, 1), date(2026, 5, 9)]})
        >>> devices = list_devices(sightings, pl.DataFrame({"device_id": ["tv"], "accounts": [2]}))
        >>> devices.select("device_type", "active_days", "accounts").row(0)
        ('tv', 2, 2)
    """
    rows = AccountRows.of(sightings)
    begin = rows.devices[:-1]
    kind, days, first, last = _describe_all(
        rows.devices, rows.numbers(S.device_type.name), rows.numbers(S.day.name)
    )
    kinds = pl.Series(DEVICE_TYPES, dtype=pl.Enum(DEVICE_TYPES)).gather(pl.Series(kind))
    return (
        rows.frame.select(ACCOUNT, DEVICE)[begin]
        .with_columns(
            device_type=kinds,
            active_days=pl.Series(days.astype(np.uint32)),
            first_day=pl.Series(first.astype(np.int32)).cast(pl.Date),
            last_day=pl.Series(last.astype(np.int32)).cast(pl.Date),
        )
        .join(device_accounts, on=DEVICE, how="left", maintain_order="left")
        .with_columns(D.accounts.col.fill_null(1))
    )


@loop
def _describe_all(devices: Ints, kind: Ints, day: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Kind, number of days, first and last day of each device.

    One that once called itself a television is one; "unknown" yields to all.
    """
    size, order = len(devices) - 1, np.arange(len(day))
    kinds, days = np.empty(size, np.int64), np.zeros(size, np.int64)
    first, last = np.empty(size, np.int64), np.empty(size, np.int64)
    for device in range(size):
        mine = order[devices[device] : devices[device + 1]]
        sort_rows(mine, day, kind)
        kinds[device], days[device] = kind[mine[0]], 1
        first[device], last[device] = day[mine[0]], day[mine[-1]]
        for k in range(1, len(mine)):
            kinds[device] = min(kinds[device], kind[mine[k]])
            days[device] += day[mine[k]] != day[mine[k - 1]]
    return kinds, days, first, last
