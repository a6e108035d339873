"""A filter held against all accounts: how many, which, and how many with each other choice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np

from detector.review.filters import NOTHING, QueueFilter
from detector.review.index import FACETS, Mask, Numbers, RunIndex

NO_CASE = "no_case"
MOVING = ("oldest", "notice")
"""Orders that change when somebody decides."""
MOST_COUNTS, MOST_BYTES = 64, 8 << 20
"""Filters whose counts are remembered, and bytes of rows: those that reviewers come back to within
minutes. Of a million accounts in one order the rows are 4 MiB."""
V = TypeVar("V")


@dataclass(frozen=True)
class Standing:
    """Where the case of each account stands, beside a run's accounts."""

    version: int
    """Grows with each change, so that what was counted before is counted anew."""
    states: tuple[str, ...] = (NO_CASE,)
    state: Numbers | None = None
    """Of each account, which of the states; none: no account has a case."""
    since: Numbers | None = None
    """Days since 1970 UTC of the last step; the greatest number where there is no case."""
    notice: Numbers | None = None
    """Microseconds since 1970 UTC of the soonest notice; likewise."""


@dataclass(frozen=True)
class Queue:
    """What a filter leaves: rows in order, and counts of the other choices."""

    rows: Numbers
    """Of this page."""
    total: int
    counts: Mapping[str, Mapping[str, int]]
    """By column and value, under the rest of the filter; the most frequent first."""

    def pages(self, size: int) -> int:
        """How many pages there are; one even where nothing is left."""
        return max(1, -(-self.total // size))


class Kept(Generic[V]):
    """Remembers what was found last.

    Examples:
        >>> kept = Kept[str](2, len)
        >>> [kept.find(key, lambda key=key: key) for key in ("a", "b", "a", "c")]
        ['a', 'b', 'a', 'c']
        >>> sorted(kept.held)
        ['a', 'c']
    """

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        self.most, self.size = most, size
        self.held: dict[object, V] = {}
        self._lock = Lock()

    def find(self, key: object, find: Callable[[], V]) -> V:
        """What is kept under a key; what is found anew lets go of what was used longest ago."""
        with self._lock:
            if key in self.held:
                self.held[key] = self.held.pop(key)
                return self.held[key]
        found = find()
        with self._lock:
            self.held[key] = found
            total = sum(map(self.size, self.held.values()))
            while total > self.most:
                total -= self.size(self.held.pop(next(iter(self.held))))
        return found


class Queues:
    """Answers filters over one run; remembers the last ones.

    Args:
        index: The run's accounts.
        sample: Those that were drawn by lot from the unflagged ones, so that people look at them.
    """

    def __init__(self, index: RunIndex, sample: Mask | None = None) -> None:
        self.index = index
        self.sample = np.zeros(index.size, np.bool_) if sample is None else sample
        self._rows = Kept[Numbers](MOST_BYTES, lambda rows: rows.nbytes)
        self._counts = Kept[dict[str, dict[str, int]]](MOST_COUNTS, lambda _: 1)

    def answer(self, wanted: QueueFilter, standing: Standing) -> Queue:
        """Find a page of the accounts that a filter leaves."""
        rows, counts = self.rows(wanted, standing), self._count(wanted, standing)
        start = (wanted.page - 1) * wanted.size
        return Queue(rows[start : start + wanted.size], int(rows.size), counts)

    def rows(self, wanted: QueueFilter, standing: Standing) -> Numbers:
        """All accounts that a filter leaves, in its order."""
        moves = wanted.status or wanted.order in MOVING
        version = standing.version if moves else 0
        return self._rows.find((wanted.turned(1), version), lambda: self._find(wanted, standing))

    def _find(self, wanted: QueueFilter, standing: Standing) -> Numbers:
        mask = self._narrow(wanted, standing)
        dynamic = {"oldest": standing.since, "notice": standing.notice}.get(wanted.order)
        if dynamic is not None:
            left = np.flatnonzero(mask).astype(np.int32)
            return left[np.argsort(dynamic[left], kind="stable")]
        order = self.index.order("active_days" if wanted.order == "use" else "probability")
        return order[mask[order]]

    def neighbours(
        self, wanted: QueueFilter, standing: Standing, row: int
    ) -> tuple[int | None, int | None]:
        """The rows before and after one in a filter's order; the first one if it is not there."""
        rows = self.rows(wanted, standing)
        found = np.flatnonzero(rows == row)
        if not found.size:
            return None, int(rows[0]) if rows.size else None
        at = int(found[0])
        before = int(rows[at - 1]) if at else None
        return before, int(rows[at + 1]) if at + 1 < rows.size else None

    def _count(self, wanted: QueueFilter, standing: Standing) -> dict[str, dict[str, int]]:
        narrowing = wanted.narrowing
        key = (narrowing, standing.version)
        return self._counts.find(key, lambda: self._count_all(narrowing, standing))

    def _narrow(self, wanted: QueueFilter, standing: Standing) -> Mask:
        return _all(self._numbers(wanted), self._asked(wanted, standing).values())

    def _asked(self, wanted: QueueFilter, standing: Standing) -> dict[str, Mask]:
        masks = {name: self._facet(wanted, standing, name) for name in (*FACETS, "status")}
        masks["reason"] = self._reasons(wanted)
        return {name: mask for name, mask in masks.items() if mask is not None}

    def _count_all(self, wanted: QueueFilter, standing: Standing) -> dict[str, dict[str, int]]:
        """Each column is counted as if it were not asked for itself: what else could be chosen."""
        plain, asked = self._numbers(wanted), self._asked(wanted, standing)
        whole = np.flatnonzero(_all(plain, asked.values()))
        counts: dict[str, dict[str, int]] = {}
        for name in (*FACETS, "status", "reason"):
            others = [mask for other, mask in asked.items() if other != name]
            left = np.flatnonzero(_all(plain, others)) if name in asked else whole
            counts[name] = self._count_one(name, left, standing)
        return counts

    def _numbers(self, wanted: QueueFilter) -> Mask:
        index = self.index
        mask = np.ones(index.size, np.bool_)
        if wanted.show == "flagged":
            mask &= index.flagged
        elif wanted.show != "all":
            mask &= self.sample if wanted.show == "sample" else ~index.flagged
        if wanted.show == "borderline":
            facet = index.facets["verdict"]
            mask &= np.array([v == "insufficient_evidence" for v in facet.values])[facet.codes]
        for low, high, values in (
            (wanted.min_probability, wanted.max_probability, index.probability),
            (wanted.min_home, wanted.max_home, index.home_confidence),
        ):
            if low > 0:
                mask &= values >= np.float32(low)
            if high < 1:
                mask &= values <= np.float32(high)
        if wanted.min_households:
            mask &= index.external_households >= wanted.min_households
        return mask

    def _facet(self, wanted: QueueFilter, standing: Standing, name: str) -> Mask | None:
        asked = {"" if value == NOTHING else value for value in getattr(wanted, name)}
        if not asked:
            return None
        values, codes = self._coded(name, standing)
        chosen = np.array([value in asked for value in values], np.bool_)
        return chosen[codes]

    def _coded(self, name: str, standing: Standing) -> tuple[tuple[str, ...], Any]:
        if name != "status":
            return self.index.facets[name].values, self.index.facets[name].codes
        if standing.state is None:
            return (NO_CASE,), np.zeros(self.index.size, np.int8)
        return standing.states, standing.state

    def _reasons(self, wanted: QueueFilter) -> Mask | None:
        if not wanted.reason:
            return None
        return np.logical_or.reduce([self.index.having(code) for code in wanted.reason])

    def _count_one(self, name: str, rows: Numbers, standing: Standing) -> dict[str, int]:
        if name == "reason":
            bits = self.index.reason_bits[rows]
            found = {
                code: int(np.count_nonzero(bits[:, n // 64] & np.uint64(1 << n % 64)))
                for n, code in enumerate(self.index.reasons)
            }
        else:
            values, codes = self._coded(name, standing)
            numbers = np.bincount(codes[rows], minlength=len(values))
            found = {value or NOTHING: int(n) for value, n in zip(values, numbers, strict=True)}
        asked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
        return {value: number for value, number in asked if number}


def _all(first: Mask, masks: Any) -> Mask:  # noqa: ANN401 - any collection of masks
    whole = first.copy()
    for mask in masks:
        whole &= mask
    return whole
