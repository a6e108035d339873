"""What the compiled loops count, counted the way one would explain it: one account, in sets."""

import math

from detector.kinds import TELEVISION_TYPES
from tests.detector.builders import MONDAY
from tests.detector.evidence.scenes import group_of

OWN = {0: 0, 1: 1}
"""The place that each group owns."""


def bits(mask):
    return {bit for bit in range(64) if mask >> bit & 1}


def rounded(share):
    """To four places, halves up as Polars has it; Python's own way is by the last bit."""
    return math.floor(share * 10_000 + 0.5) / 10_000


def plainly(rows):
    """Observations of group 1 beside home; None if nobody was seen in it."""
    seen = [{**row, "group": group_of(row["device_id"])} for row in rows]
    if not any(row["group"] == 1 for row in seen):
        return None
    return {**_days(seen), **_plays(seen), **_course(seen), **_newcomers(seen), **_profiles(seen)}


def _when(rows):
    return {(row["day"] - MONDAY).days for row in rows}


def _own(seen, group):
    return [row for row in seen if row["group"] == group and row["place"] == OWN[group]]


def _days(seen):
    theirs, own = [row for row in seen if row["group"] == 1], _when(_own(seen, 1))
    home = _when(_own(seen, 0))
    visited = _when(row for row in seen if row["group"] == 0 and row["place"] == 1)
    days, whole = _when(theirs), _when(seen)
    return {
        "all_days": len(days),
        "own_days": len(own),
        "home_days": len(_when(row for row in theirs if row["place"] == 0)),
        "company_days": len(own & visited),
        "own_weekend_days": sum(day % 7 > 4 for day in own),
        "nowhere_days": len(_when(row for row in theirs if row["place"] < 0)),
        "span_days": max(days) - min(days) + 1,
        "silent_days": max(whole) - max(days),
        "h_days": len(home),
        "h_silent_days": max(whole) - max(home) if home else None,
        "h_days_within": len([day for day in home if own and min(own) <= day <= max(own)]),
        "both_days": len(own & home),
        "account_days": len(whole),
        "account_span": max(whole) - min(whole) + 1,
        "groups": len({row["group"] for row in seen}),
        "own_use": sum(row["use"] for row in _own(seen, 1)),
        "h_use": sum(row["use"] for row in _own(seen, 0)),
        "home_use": sum(row["use"] for row in theirs if row["place"] == 0),
    }


def _plays(seen):
    home, own = (
        {(row["day"], slot) for row in _own(seen, group) for slot in bits(row["playing"])}
        for group in (0, 1)
    )
    meetings = sum(slot == other for _, slot in own for _, other in home)
    known = bool(_own(seen, 0))
    return {
        "together": len(own & home),
        "meetings": meetings,
        "own_plays": len(own) if known else 0,
    }


def _course(seen):
    home, own = _when(_own(seen, 0)), _when(_own(seen, 1))
    visits = _when(row for row in seen if row["group"] == 1 and row["place"] == 0)
    return {
        **_parted(home, own, "move"),
        **_parted(visits, own, "leave"),
        "week_pairs": len({day + 7 for day in own} & own),
        "fortnight_pairs": len({day + 14 for day in own} & own),
    }


def _parted(one, two, name):
    """Try every moment, and either set first; count the days on their proper side."""
    if not one or not two:
        return {f"{name}_parted": 0, f"{name}_days": 0}
    right = max(
        sum(day <= cut for day in first) + sum(day > cut for day in last)
        for cut in one | two
        for first, last in ((one, two), (two, one))
    )
    larger, smaller = max(len(one), len(two)), min(len(one), len(two))
    return {f"{name}_parted": right - larger, f"{name}_days": smaller}


def _newcomers(seen):
    begin, new, at_home = min(_when(seen)), 0, 0
    for device in {row["device_id"] for row in seen if row["group"] == 1}:
        placed = [row for row in seen if row["device_id"] == device and row["place"] >= 0]
        if placed and min(_when(placed)) - begin > 3:
            first = min(row["day"] for row in placed)
            new += 1
            at_home += any(row["place"] == 0 for row in placed if row["day"] == first)
    return {"new_devices": new, "new_at_home": at_home}


def _profiles(seen):
    """Visits by group and profile, profiles by day, and half-hours of devices with one profile."""
    use = [
        {bit: sum(bit in bits(row["profiles"]) for row in seen if row["group"] == group)
         for bit in range(64)}
        for group in (0, 1)
    ]  # fmt: skip
    known = sum(
        home + away > 0 for home, away in zip(use[0].values(), use[1].values(), strict=True)
    )
    if known < 2 or not sum(use[0].values()) or not sum(use[1].values()):
        return dict.fromkeys(
            (
                "profile_days",
                "profiles",
                "h_profiles",
                "profile_share",
                "new_share",
                "profile_twice",
                "lent",
            )
        )
    days = sum(use[1].values())
    shared = sum(n * 1_000_000 * use[0][b] // (n + use[0][b]) for b, n in use[1].items() if n)
    home, away = (
        {(row["day"], bit) for row in _own(seen, group) for bit in bits(row["profiles"])}
        for group in (0, 1)
    )
    sole = [
        {(row["day"], bit, slot) for row in _own(seen, group) if len(bits(row["profiles"])) == 1
         for bit in bits(row["profiles"]) for slot in bits(row["playing"])}
        for group in (0, 1)
    ]  # fmt: skip
    meet = any(bit == other for _, bit in home for _, other in away)
    return {
        "profile_days": days,
        "profiles": sum(n > 0 for n in use[1].values()),
        "h_profiles": sum(n > 0 for n in use[0].values()),
        "profile_share": rounded(shared / days * 1e-6),
        "new_share": rounded(sum(n for bit, n in use[1].items() if not use[0][bit]) / days),
        "profile_both_days": len(home & away) if meet else None,
        "profile_twice": len(sole[0] & sole[1]) if meet else None,
        "lent": _lent(seen, use[1]),
    }


def _lent(seen, theirs):
    """The largest share that a television of home plays for the other group's profiles."""
    home = [row for row in seen if row["group"] == 0]
    screens = [row for row in home if row["device_id"].split("-")[0] in TELEVISION_TYPES]
    rest = {
        bit: sum(bit in bits(r["profiles"]) for r in home if r not in screens) for bit in theirs
    }
    lent = []
    for device in {row["device_id"] for row in screens}:
        use = {b: sum(b in bits(r["profiles"]) for r in screens if r["device_id"] == device)
               for b in theirs}  # fmt: skip
        if (whole := sum(use.values())) >= 4:
            parts = (
                n * 1_000_000 * theirs[b] // max(theirs[b] + rest[b], 1) for b, n in use.items()
            )
            lent.append(sum(parts) // whole)
    return rounded(max(lent) * 1e-6) if lent else None
