"""Probabilities of accounts with known answers → a threshold that keeps a promise, or why none."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from detector.evidence.limits import ONE_WITNESS_MICRO_BITS
from detector.evidence.scorecard import MICRO, Scorecard
from detector.kernels.arrays import Flags, Floats, Ints

CONFIDENCE = 0.95
MOST = 20_000
"""Flags; a promise that takes more is as good as out of reach."""


@dataclass(frozen=True)
class Promise:
    """A threshold, what it keeps, and what can be said of it."""

    threshold: float
    bound: float
    """The precision that is proven at it (Clopper-Pearson, one-sided, at `CONFIDENCE`)."""
    flagged: int
    """Labelled accounts that it flags; none where nothing is proven."""
    note: str

    def kept_by(self, scorecard: Scorecard, precision: float) -> Scorecard:
        """The model with this threshold."""
        told = {
            "precision": precision,
            "confidence": CONFIDENCE,
            "bound": self.bound,
            "flagged": self.flagged,
        }
        promise = told if self.flagged else {}
        return scorecard.model_copy(update={"threshold": self.threshold, "promise": promise})


def promise_precision(
    chances: Floats, is_shared: Flags, precision: float, old: Scorecard, labels: int
) -> Promise:
    """Find the lowest threshold that is proven to keep a promise.

    Where none is, the old one stays unless these accounts disprove it; then nobody is flagged.
    Nor is a threshold chosen at which a single witness could carry a flag.

    Args:
        chances: Probabilities by models that did not see the answers.
        is_shared: The answers.
        precision: That is promised.
        old: The model before, whose threshold may stay.
        labels: How many labels these accounts are of, those that may not be flagged included.

    Examples:
        Forty flags without an error prove 92.8 %, no more:

        >>> toy = Scorecard.model_validate(
        ...     {"version": "toy", "known": {"prior_micro_bits": 0, "shapes": {}},
        ...      "unknown": {"prior_micro_bits": 0, "shapes": {}}, "alone_micro_bits": 0,
        ...      "threshold": 0.9})
        >>> sure, truth = np.repeat([0.95, 0.1], [40, 160]), np.repeat([True, False], [40, 160])
        >>> promise_precision(sure, truth, 0.92, toy, 200).threshold
        0.95
        >>> kept = promise_precision(sure, truth, 0.96, toy, 200)
        >>> kept.threshold, kept.note
        (0.9, '...')
    """
    is_free = chances > _one_witness(old)
    threshold, bound, flagged = choose_threshold(
        chances[is_free], is_shared[is_free], precision, CONFIDENCE
    )
    if flagged:
        note = f"of {flagged:,} labelled accounts flagged unseen at least {bound:.1%} are shared"
        return Promise(threshold, bound, flagged, note)
    caught = is_shared[chances >= old.threshold]
    said = f"{caught.sum():,} of {caught.size:,} flags unseen right"
    needed = count_needed(chances[is_free], is_shared[is_free], precision, labels)
    would_do = (
        f"about {needed:,} labels like these would do"
        if needed
        else "no number of labels like these would; promise less (--precision)"
    )
    if disproves(caught, precision):
        note = f"{said}, not {precision:.1%}, nor at any other threshold: nobody is flagged"
        return Promise(1, 0, 0, f"{note}; {would_do}")
    return Promise(old.threshold, 0, 0, f"kept; {said}, too few for {precision:.1%}; {would_do}")


def _one_witness(scorecard: Scorecard) -> float:
    """The probability up to which one witness leads, if the model asks for two."""
    if not (scorecard.known.witness_micro_bits or scorecard.unknown.witness_micro_bits):
        return 0
    return float(1 / (1 + 2.0 ** -(ONE_WITNESS_MICRO_BITS / MICRO)))


def disproves(is_shared: Flags, precision: float) -> bool:
    """Whether flags are wrong too often for chance (Clopper-Pearson, one-sided).

    Examples:
        >>> disproves(np.array([True] * 9 + [False]), 0.98), disproves(np.array([False] * 3), 0.98)
        (False, True)
    """
    right, wrong = int(is_shared.sum()), int((~is_shared).sum())
    return wrong > 0 and bool(beta.ppf(CONFIDENCE, right + 1, wrong) < precision)


def count_needed(chances: Floats, is_shared: Flags, precision: float, labels: int) -> int:
    """Count the labels that would prove a precision, if more were like these.

    At each threshold as many more flags are asked for as it takes at the share that was right; of
    which half the errors that the promise allows are taken to be still to come, at the least.

    Returns:
        The fewest over all thresholds; 0 if no number would do.

    Examples:
        Forty of 200 labels were flagged, all of them rightly:

        >>> count_needed(np.full(40, 0.9), np.full(40, True), 0.95, 200)
        1115
        >>> count_needed(np.full(40, 0.9), np.arange(40) > 3, 0.95, 200)
        0
    """
    order = np.argsort(-chances, kind="stable")
    flagged = np.arange(1, order.size + 1)
    share = np.minimum(np.cumsum(is_shared[order]) / flagged, (1 + precision) / 2)
    ends = np.append(chances[order][1:] != chances[order][:-1], True)[: order.size]
    promising = np.flatnonzero(ends & (share > precision))
    needed = _flags_needed(share[promising], precision)
    per_flag = labels / flagged[promising]
    reached = needed < MOST
    return int(np.ceil((needed * per_flag)[reached]).min()) if reached.any() else 0


def _flags_needed(share: Floats, precision: float) -> Ints:
    """The fewest flags with which a share of right ones proves the precision, by halving."""
    low, high = np.zeros(share.size, np.int64), np.full(share.size, MOST, np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2
        bound = beta.ppf(1 - CONFIDENCE, share * middle, (1 - share) * middle + 1)
        low, high = (
            np.where(bound < precision, middle, low),
            np.where(bound < precision, high, middle),
        )
    return high


def choose_threshold(
    probabilities: Floats, is_shared: Flags, precision: float, confidence: float = 0.95
) -> tuple[float, float, int]:
    """Find the lowest threshold whose precision is at least as promised, with confidence.

    The one-sided Clopper-Pearson bound on the share of shared accounts among those flagged.

    Returns:
        The threshold (1 if the promise cannot be kept), the bound there, and the accounts flagged.

    Examples:
        >>> scores = np.linspace(0, 1, 1001)
        >>> threshold, bound, flagged = choose_threshold(scores, scores > 0.5, 0.99)
        >>> 0.49 < threshold < 0.51, bound >= 0.99
        (True, True)
    """
    order = np.argsort(-probabilities, kind="stable")
    sorted_p, good = probabilities[order], np.cumsum(is_shared[order])
    flagged = np.arange(1, len(order) + 1)
    bound = beta.ppf(1 - confidence, good, flagged - good + 1)
    last_of_tie = np.append(sorted_p[1:] != sorted_p[:-1], True)
    kept = np.flatnonzero((bound >= precision) & last_of_tie)
    if kept.size == 0:
        return 1.0, 0.0, 0
    best = int(kept[-1])
    return float(sorted_p[best]), float(bound[best]), int(flagged[best])


def prove_precision(
    probabilities: Floats, is_shared: Flags, threshold: float, confidence: float = 0.95
) -> tuple[float, int]:
    """The bound of `choose_threshold` at a given threshold, and the accounts flagged there.

    Examples:
        >>> bound, flagged = prove_precision(np.full(149, 0.9), np.full(149, True), 0.5)
        >>> round(bound, 3), flagged
        (0.98, 149)
    """
    flagged = is_shared[probabilities >= threshold]
    hits, misses = int(flagged.sum()), int((~flagged).sum())
    return float(beta.ppf(1 - confidence, hits, misses + 1)) if hits else 0.0, len(flagged)
