"""Loops over the events of many sightings: spread over days, grouped, united, each counted once."""

import numpy as np
from numba import njit

from detector.kernels.arrays import Bits, Bytes, Codes, Flags, Ints, Longs

SLOT_US = 30 * 60 * 1_000_000
SLOTS = 48


@njit(cache=True, nogil=True)
def spread_rows(  # noqa: PLR0915 - one loop, as compiled code likes it
    ts: Ints, duration: Ints, stops: Flags, on: Flags, longest: int
) -> tuple[Ints, Codes, Bits, Longs]:
    """Days, hours and half-hours: see `detector.sightings.build` for what they mean.

    Of all events in their order, then of those that tell of another day too; which these are.
    """
    count = len(ts)
    row, day = np.empty(count, np.int64), np.empty(2 * count, np.int32)
    hours, playing = np.empty(2 * count, np.uint32), np.empty(2 * count, np.uint64)
    others = 0
    for i in range(count):
        length = min(max(duration[i], 0), longest) * 1_000_000
        begin = ts[i] - length if stops[i] else ts[i]
        end = begin + length - (1 if length > 0 else 0)
        slot, first, last = ts[i] // SLOT_US, begin // SLOT_US, end // SLOT_US
        own = slot // SLOTS
        other = first // SLOTS if first // SLOTS != own else last // SLOTS
        for each in range(2 if on[i] and other != own else 1):
            at, to = (own, i) if each == 0 else (other, count + others)
            low = min(max(first - at * SLOTS, 0), SLOTS)
            high = min(max(last + 1 - at * SLOTS, 0), SLOTS)
            seen, slots = np.uint64(0), np.uint64(0)
            if each == 0:
                seen = np.uint64(1) << np.uint64((slot - at * SLOTS) // 2)
            else:
                row[others] = i
                others += 1
            if on[i] and high > low:
                slots = _bits(low, high)
                seen |= _bits(low // 2, (high + 1) // 2)
            day[to] = at
            hours[to], playing[to] = np.uint32(seen), slots
    filled = count + others
    return row[:others], day[:filled], hours[:filled], playing[:filled]


@njit(cache=True, nogil=True, inline="always")
def _bits(low: int, high: int) -> np.uint64:
    """Bits low .. high - 1 set."""
    return (np.uint64(1) << np.uint64(high)) - (np.uint64(1) << np.uint64(low))


@njit(cache=True, nogil=True)
def group_rows(  # noqa: PLR0915 - one loop, as compiled code likes it
    account: Codes, device: Codes, network: Codes, day: Codes
) -> tuple[Codes, Ints]:
    """Number the distinct keys in order of first use; open addressing, at most half full."""
    count = len(account)
    size = 1024
    while size < count:
        size *= 2
    size *= 2
    slots = np.full(size, -1, np.int32)
    group, first = np.empty(count, np.int32), np.empty(count, np.int64)
    found = 0
    for i in range(count):
        mark = np.uint64(account[i]) * np.uint64(0x9E3779B185EBCA87)
        mark = (mark ^ np.uint64(device[i])) * np.uint64(0xC2B2AE3D27D4EB4F)
        mark ^= mark >> np.uint64(29)
        mark = (mark ^ np.uint64(network[i])) * np.uint64(0x165667B19E3779F9)
        mark = (mark ^ np.uint64(day[i])) * np.uint64(0x9E3779B185EBCA87)
        slot = np.int64((mark ^ (mark >> np.uint64(32))) & np.uint64(size - 1))
        while True:
            other = slots[slot]
            if other < 0:
                slots[slot], first[found] = found, i
                other = np.int32(found)
                found += 1
                break
            j = first[other]
            same = account[i] == account[j] and device[i] == device[j]
            if same and network[i] == network[j] and day[i] == day[j]:
                break
            slot = (slot + 1) & (size - 1)
        group[i] = other
    return group, first[:found].copy()


@njit(cache=True, nogil=True)
def unite_rows(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    row: Codes, size: int, kind: Bytes, hours: Bits, playing: Longs, profiles: Longs
) -> tuple[Bytes, Bits, Longs, Longs]:
    """The least kind and all bits of each row's parts."""
    kinds = np.full(size, 255, np.uint8)
    all_hours, slots = np.zeros(size, np.uint32), np.zeros(size, np.uint64)
    all_profiles = np.zeros(size, np.uint64)
    for i in range(len(row)):
        to = row[i]
        kinds[to] = min(kinds[to], kind[i])
        all_hours[to] |= hours[i]
        slots[to] |= playing[i]
        all_profiles[to] |= profiles[i]
    return kinds, all_hours, slots, all_profiles


@njit(cache=True, nogil=True)
def find_least(row: Codes, size: int, codes: Codes, none: int) -> Codes:
    """The least code of each row's parts; `none` is the greatest there is."""
    least = np.full(size, none, np.int32)
    for i in range(len(row)):
        least[row[i]] = min(least[row[i]], codes[i])
    return least


@njit(cache=True, nogil=True)
def gather_prints(  # noqa: C901, PLR0913, PLR0915 - flat arrays in one pass
    row: Codes, size: int, ends: Ints, prints: Longs, spots: tuple[Codes, Codes], nowhere: int
) -> tuple[Ints, Longs, Codes, Codes, Ints, np.int64 | int]:
    """Gather the fingerprints of each row, each once, and add up where its events were."""
    lat, lon = spots
    starts = np.zeros(size + 1, np.int64)
    for i in range(len(row)):
        starts[row[i] + 1] += ends[i + 1] - ends[i]
    starts = np.cumsum(starts)
    at = starts[:-1].copy()
    source = np.empty(starts[-1], np.int64)
    for i in range(len(row)):
        for j in range(ends[i], ends[i + 1]):
            source[at[row[i]]] = j
            at[row[i]] += 1
    whole, places = np.zeros(size + 1, np.int64), len(lat) > 0
    kept = np.empty(len(source), np.uint64)
    kept_lat = np.empty(len(source) if places else 0, np.int32)
    kept_lon = np.empty(len(source) if places else 0, np.int32)
    totals = np.zeros((3, size), np.int64)
    filled, copies = 0, 0
    for to in range(size):
        mine = source[starts[to] : starts[to + 1]]
        _sort_by_print(mine, prints)
        for k in range(len(mine)):
            j = mine[k]
            if k and prints[mine[k - 1]] == prints[j]:
                copies += 1 - np.int64(prints[j] & np.uint64(1))
                continue
            kept[filled] = prints[j]
            if places:
                kept_lat[filled], kept_lon[filled] = lat[j], lon[j]
                if lat[j] != nowhere:
                    totals[0, to] += 1
                    totals[1, to] += lat[j]
                    totals[2, to] += lon[j] if lon[j] != nowhere else 0
            filled += 1
        whole[to + 1] = filled
    if places:
        kept_lat, kept_lon = kept_lat[:filled].copy(), kept_lon[:filled].copy()
    return whole, kept[:filled].copy(), kept_lat, kept_lon, totals, copies


@njit(cache=True, nogil=True)
def _sort_by_print(mine: Ints, prints: Longs) -> None:
    """Sort in place; most rows have few events, or come sorted."""
    if len(mine) > 48:
        mine[:] = mine[np.argsort(prints[mine])]
        return
    for k in range(1, len(mine)):
        j = mine[k]
        back = k - 1
        while back >= 0 and prints[mine[back]] > prints[j]:
            mine[back + 1] = mine[back]
            back -= 1
        mine[back + 1] = j
