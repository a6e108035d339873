# pyright: reportArgumentType=false, reportReturnType=false
"""How alike two devices' days are, and how many they share, in whole millionths.

Each account's visits are cut into *stretches*: one device at one place, its days in order. Pairs
of devices then go through their stretches side by side. Whole millionths are summed, so that no
sum depends on its order.
"""

from typing import NamedTuple

import numpy as np

from detector.kernels.arrays import Floats, Ints
from detector.kernels.loops import loop, part
from detector.kernels.sorts import sort_rows

MICRO = 1_000_000


class Stretches(NamedTuple):
    """The days of each device at each place."""

    devices: Ints
    """The first stretch of each device, and the number of stretches."""

    place: Ints
    weight: Floats
    """How telling each place is."""

    crowd: Ints
    """Accounts seen at each place that was found by coordinates; 0 for a line."""

    rows: Ints
    """The first row of each stretch in `day`, and the number of rows."""

    day: Ints
    total: Ints
    """Of each device: its days at any place."""


@loop
def cut_stretches(devices: Ints, place: Ints, day: Ints, weight: Floats, crowd: Ints) -> Stretches:
    """Cut visits at places into stretches.

    Args:
        devices: The first visit of each device, and the number of visits.
        place: Of each visit; below 0 for those that are nowhere, which are left out.
        day: Of each visit.
        weight: How telling its place is; nan for a place of which nothing is known.
        crowd: Accounts seen at its place, if it was found by coordinates; else 0.
    """
    order = np.arange(len(place))
    first, starts = np.zeros(len(devices), np.int64), np.empty(len(place) + 1, np.int64)
    at, telling = np.empty(len(place), np.int64), np.empty(len(place))
    crowds = np.zeros(len(place), np.int64)
    days, total = np.empty(len(place), np.int64), np.zeros(len(devices) - 1, np.int64)
    count, filled = 0, 0
    for device in range(len(total)):
        first[device] = count
        mine = order[devices[device] : devices[device + 1]]
        sort_rows(mine, place, day)
        last = np.int64(-1)
        for row in mine:
            if place[row] < 0:
                continue
            total[device] += 1
            if np.isnan(weight[row]):
                continue
            if place[row] != last:
                last = place[row]
                at[count], telling[count], starts[count] = last, weight[row], filled
                crowds[count] = crowd[row]
                count += 1
            days[filled] = day[row]
            filled += 1
    first[-1], starts[count] = count, filled
    told = telling[:count], crowds[:count]
    return Stretches(first, at[:count], *told, starts[: count + 1], days[:filled], total)


@loop
def _micro(value: float) -> np.int64:
    return np.int64(np.rint(value * MICRO))


@part
def likeness_alone(s: Stretches, device: int, least: float) -> float:
    """How alike a device's days are among themselves, corrected for how few they are.

    With a handful of days the correction would leave nothing; a share of the plain value is kept.
    """
    plain, fair, total = 0, 0, float(s.total[device])
    pairs = total * (total - 1.0)
    for k in range(s.devices[device], s.devices[device + 1]):
        days = float(s.rows[k + 1] - s.rows[k])
        share = days / total
        plain += _micro(s.weight[k] * (share * share))
        if pairs > 0:
            fair += _micro(s.weight[k] * days * (days - 1.0) / pairs)
    return max(float(fair), plain * least)


@part
def compare_devices(s: Stretches, a: int, b: int) -> tuple[int, int, int, int, int]:
    """Go through the places of two devices.

    Returns:
        Places they share, millionths of likeness, and of each one's company; days together.
    """
    places, alike, company, company_b, days = 0, 0, 0, 0, 0
    total, total_b = float(s.total[a]), float(s.total[b])
    i, j = s.devices[a], s.devices[b]
    while i < s.devices[a + 1] and j < s.devices[b + 1]:
        if s.place[i] == s.place[j]:
            together = _count_common(s, i, j)
            share = (s.rows[i + 1] - s.rows[i]) / total
            share_b = (s.rows[j + 1] - s.rows[j]) / total_b
            places += 1
            alike += _micro(s.weight[i] * share * share_b)
            company += _micro(s.weight[i] * together / total)
            company_b += _micro(s.weight[i] * together / total_b)
            days += together
            i, j = i + 1, j + 1
        elif s.place[i] < s.place[j]:
            i += 1
        else:
            j += 1
    return places, alike, company, company_b, days


@part
def _count_common(s: Stretches, i: int, j: int) -> int:
    """Days that are in both of two stretches."""
    at, other, count = s.rows[i], s.rows[j], 0
    while at < s.rows[i + 1] and other < s.rows[j + 1]:
        if s.day[at] == s.day[other]:
            count += 1
            at, other = at + 1, other + 1
        elif s.day[at] < s.day[other]:
            at += 1
        else:
            other += 1
    return count
