"""Measures of how good and how honest scores are; numbers in, numbers out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.kernels.arrays import Flags, Floats

Z_95 = 1.959963984540054
"""The normal quantile that leaves 2.5 % on either side."""


@dataclass(frozen=True)
class Rate:
    """A share of cases with its Wilson 95 % interval; `share` is None where there are no cases."""

    hits: int
    of: int
    share: float | None
    low: float
    high: float

    @classmethod
    def from_counts(cls, hits: int, of: int) -> "Rate":
        """Say how large the share is, and how little a few cases prove.

        Nothing wrong among three is no proof of quality:

        Examples:
            >>> Rate.from_counts(0, 3)
            Rate(hits=0, of=3, share=0.0, low=0.0, high=0.561497)
            >>> Rate.from_counts(0, 0).share is None
            True
        """
        low, high = wilson_interval(hits, of)
        return cls(hits, of, round(hits / of, 6) if of else None, low, high)


@dataclass(frozen=True)
class CurvePoint:
    """Precision and recall if every account from this probability upward were flagged."""

    threshold: float
    precision: float
    recall: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Accounts of like probability: what was promised and what was found."""

    accounts: int
    mean_probability: float
    observed_share: float
    low: float
    high: float


def wilson_interval(hits: float, of: int, z: float = Z_95) -> tuple[float, float]:
    """Bound a share by Wilson's score interval, which holds for rare events too.

    E. B. Wilson, JASA 22 (1927). Without cases nothing is known: 0 to 1.

    Args:
        hits: Cases that are.
        of: All cases.
        z: The normal quantile at the interval's level; of 95 %, unless it is said.

    Examples:
        >>> wilson_interval(5, 100)
        (0.021544, 0.11175)
    """
    if of == 0:
        return 0.0, 1.0
    share, z2 = hits / of, z**2
    middle = share + z2 / (2 * of)
    half = z * (share * (1 - share) / of + z2 / (4 * of * of)) ** 0.5
    scale = 1 + z2 / of
    low, high = (middle - half) / scale, (middle + half) / scale
    return round(max(low, 0.0), 6), round(min(high, 1.0), 6)


def pr_curve(is_shared: Flags, probability: Floats) -> tuple[CurvePoint, ...]:
    """Trace precision and recall over every distinct probability, highest first.

    Accounts of one probability are flagged together, so their order cannot matter.

    Examples:
        >>> curve = pr_curve(np.array([True, False]), np.array([0.9, 0.2]))
        >>> [(p.threshold, p.precision, p.recall) for p in curve]
        [(0.9, 1.0, 1.0), (0.2, 0.5, 1.0)]
    """
    positives = int(is_shared.sum())
    if positives == 0:
        return ()
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
    found = np.cumsum(is_shared[order])[last_of_tie]
    columns = zip(
        ranked[last_of_tie].tolist(),
        (found / (last_of_tie + 1)).tolist(),
        (found / positives).tolist(),
        strict=True,
    )
    return tuple(CurvePoint(*row) for row in columns)


def average_precision(curve: tuple[CurvePoint, ...]) -> float | None:
    """Weigh each precision by the recall it adds: the area under the steps of the curve.

    Examples:
        >>> average_precision(pr_curve(np.array([True, False]), np.array([0.5, 0.5])))
        0.5
    """
    if not curve:
        return None
    before = (0.0, *(point.recall for point in curve))
    gains = (p.precision * (p.recall - r) for p, r in zip(curve, before, strict=False))
    return round(sum(gains), 6)


def best_recall(curve: tuple[CurvePoint, ...], precision: float) -> CurvePoint | None:
    """Find the point of most recall that keeps a promised precision; None if no point does.

    Examples:
        >>> curve = pr_curve(np.array([True, False, True]), np.array([0.9, 0.5, 0.2]))
        >>> best_recall(curve, 0.99)
        CurvePoint(threshold=0.9, precision=1.0, recall=0.5)
    """
    kept = [point for point in curve if point.precision >= precision and point.recall > 0]
    return max(kept, key=lambda point: point.recall, default=None)


def thin_curve(curve: tuple[CurvePoint, ...], most: int = 200) -> tuple[CurvePoint, ...]:
    """Keep enough points to draw the curve, both ends among them.

    Examples:
        >>> curve = tuple(CurvePoint(1 - i / 9, 1.0, i / 9) for i in range(10))
        >>> [round(point.recall, 2) for point in thin_curve(curve, most=3)]
        [0.0, 0.44, 1.0]
    """
    if len(curve) <= most:
        return curve
    kept: list[int] = np.linspace(0, len(curve) - 1, most).astype(int).tolist()
    return tuple(curve[i] for i in kept)


def reliability_table(
    is_shared: Flags, probability: Floats, bins: int = 15
) -> tuple[ReliabilityBin, ...]:
    """Compare promised with observed shares in bins of equal count, lowest first.

    Accounts of one probability each count with the share of that tie, so that a bin
    border inside a tie does not depend on the order of accounts.

    Examples:
        >>> reliability_table(np.array([True, False]), np.array([0.5, 0.5]), bins=1)
        ... # doctest: +ELLIPSIS
        (ReliabilityBin(accounts=2, mean_probability=0.5, observed_share=0.5, low=..., high=...),)
    """
    if is_shared.size == 0:
        return ()
    _, tie, size = np.unique(probability, return_inverse=True, return_counts=True)
    expected = (np.bincount(tie, weights=is_shared) / size)[tie]
    order = np.argsort(probability, kind="stable")
    parts: list[npt.NDArray[np.intp]] = np.array_split(order, min(bins, order.size))
    return tuple(_reliability_bin(probability[part], expected[part]) for part in parts)


def _reliability_bin(probability: Floats, expected: Floats) -> ReliabilityBin:
    low, high = wilson_interval(float(expected.sum()), expected.size)
    return ReliabilityBin(
        accounts=expected.size,
        mean_probability=round(float(probability.mean()), 6),
        observed_share=round(float(expected.mean()), 6),
        low=low,
        high=high,
    )


def calibration_error(table: tuple[ReliabilityBin, ...]) -> float | None:
    """Average the gap between promise and finding over all accounts (ECE).

    Examples:
        >>> calibration_error(reliability_table(np.array([True, False]), np.array([0.9, 0.9])))
        0.4
    """
    accounts = sum(row.accounts for row in table)
    gaps = sum(row.accounts * abs(row.mean_probability - row.observed_share) for row in table)
    return round(gaps / accounts, 6) if accounts else None
