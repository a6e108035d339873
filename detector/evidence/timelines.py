"""When the groups of an account lived where: change points and rhythms."""

from typing import cast

import numpy as np

from detector.evidence.days import GroupDays
from detector.kernels.arrays import Flags, Ints

MANY = np.iinfo(np.int32).max // 2


def observe_timelines(days: GroupDays) -> dict[str, Ints]:
    """Count what the factors ask about the course of each group's days.

    Returns:
        Numbers by name, one for each group, home's included.
    """
    own, at_home = days.grid.own, days.grid.at_home
    return {
        **_change(own[days.home], own, "move", days.start),
        **_change(at_home, own, "leave", days.start),
        "week_pairs": _repeats(own, 7),
        "fortnight_pairs": _repeats(own, 14),
        "month_pairs": _repeats(at_home, 28),
    }


def _change(first: Flags, second: Flags, name: str, start: int) -> dict[str, Ints]:
    """How far one moment parts two sets of days: what lies on its proper side of the best one.

    A change point by least misfits. `{name}_parted` of `{name}_days` days are told apart by it
    beyond what calling all days by the larger set would tell; all of them if one set ends
    before the other begins, none if both go on side by side, or if one of them is empty.
    `{name}_day` is the day after the moment, since 1970.
    """
    lead = np.cumsum(first.astype(np.int32) - second, axis=1, dtype=np.int32)
    ones, twos = first.sum(axis=1), second.sum(axis=1)
    either = first | second
    going, coming = np.where(either, lead, -MANY), np.where(either, -lead, -MANY)
    forth, back = going.max(axis=1), coming.max(axis=1)
    parted = np.maximum(twos + forth, ones + back) - np.maximum(ones, twos)
    gone, come = cast("tuple[Ints, Ints]", (going.argmax(axis=1), coming.argmax(axis=1)))
    moment = np.where(twos + forth >= ones + back, gone, come)
    both = (ones > 0) & (twos > 0)
    return {
        f"{name}_parted": np.where(both, parted, 0),
        f"{name}_days": np.where(both, np.minimum(ones, twos), 0),
        f"{name}_day": start + moment + 1,
    }


def _repeats(days: Flags, lag: int) -> Ints:
    """Pairs of days that lie so many days apart."""
    pairs: Ints = (days[:, lag:] & days[:, :-lag]).sum(axis=1)
    return pairs
