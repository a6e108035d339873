"""How many of the accounts at or above a threshold are flagged wrongly: what each source says.

No source knows it. Probabilities are right as far as their scale is; accounts with known answers
are of other logs; a self-test knows of plain lives only; reviewers see what the queue hands out.
So each source is said by itself, and all together make one interval that grows where they differ:
shares on the scale of log-odds, a random effect for what each source has of its own (R. DerSimonian
and N. Laird, Controlled Clinical Trials 7, 1986), and the interval of that model for one population
more, which this run is (J. Higgins, S. Thompson, D. Spiegelhalter, JRSS A 172, 2009). What chance
adds in so many accounts comes on top. Accounts that people looked at are no estimate: they count
as they were found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Self

import numpy as np
from scipy.special import betaincinv, betaln, gammaln, xlog1py, xlogy

from detector.kernels.arrays import Floats
from detector.measuring.metrics import Z_95, Rate

TAIL = 0.025
"""Left out on either side."""


@dataclass(frozen=True)
class Count:
    """How many of some accounts are wrong, from a low end to a high one: 95 %."""

    likely: float
    low: int
    high: int

    def plus(self, known: int) -> "Count":
        """The same with accounts that are known to be wrong."""
        return Count(self.likely + known, self.low + known, self.high + known)


@dataclass(frozen=True)
class Opinion:
    """What one source says of the share that is wrong, and how surely."""

    log_odds: float
    variance: float

    @classmethod
    def seen(cls, hits: float, of: float) -> Self:
        """Of so many cases so many; half a case on either side, as none seen is no proof.

        Examples:
            >>> none, few = Opinion.seen(0, 200), Opinion.seen(0, 10)
            >>> none.share < few.share, none.variance < few.variance
            (True, True)
        """
        yes, no = hits + 0.5, of - hits + 0.5
        return cls(log(yes / no), 1 / yes + 1 / no)

    @classmethod
    def scaled(cls, share: float, error: float) -> Self:
        """Of a share with its standard error."""
        kept = min(max(share, 1e-6), 1 - 1e-6)
        return cls(log(kept / (1 - kept)), (error / (kept * (1 - kept))) ** 2)

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return 1 / (1 + exp(-self.log_odds))


def foresee(hits: int, of: int, accounts: int) -> Count:
    """How many of some accounts are wrong if they are like those that were seen.

    The beta-binomial distribution under Jeffreys' prior: what is not known of the share and what
    chance adds are both in it.

    Examples:
        >>> foresee(0, 60, 500)  # doctest: +ELLIPSIS
        Count(likely=4.09..., low=0, high=21)
    """
    wrong, yes, no = np.arange(accounts + 1), hits + 0.5, of - hits + 0.5
    chance = betaln(wrong + yes, accounts - wrong + no) - betaln(yes, no)
    low, high = _ends(_ways(accounts) + chance)
    return Count(accounts * yes / (yes + no), low, high)


def by_chance(expected: float, accounts: int) -> Count:
    """How many are wrong if each is so with its own probability, and these are right.

    The binomial of the mean probability: no sum of unequal ones spreads wider (W. Hoeffding,
    Annals of Mathematical Statistics 27, 1956).

    Examples:
        >>> by_chance(12, 536)
        Count(likely=12, low=6, high=19)
    """
    return Count(expected, *_ends(_binomial(accounts, expected / max(accounts, 1))))


def combine(opinions: Sequence[Opinion], accounts: int) -> Count:
    """How many of some accounts are wrong, by all that is known of them.

    Args:
        opinions: One at least; a vague one weighs little, one that differs widens the interval.
        accounts: That nobody looked at.

    Examples:
        Probabilities promise two in a hundred, and sixty reviews agree, or do not:

        >>> promised = Opinion.seen(20, 1000)
        >>> combine([promised, Opinion.seen(1, 60)], 500)  # doctest: +ELLIPSIS
        Count(likely=10.36..., low=2, high=24)
        >>> combine([promised, Opinion.seen(12, 60)], 500).high > 100
        True
    """
    own = _between(opinions)
    weights = [1 / (one.variance + own) for one in opinions]
    middle = sum(w * one.log_odds for w, one in zip(weights, opinions, strict=True)) / sum(weights)
    reach = Z_95 * sqrt(own + 1 / sum(weights))
    low, mean, high = (Opinion(middle + by, 0.0).share for by in (-reach, 0.0, reach))
    fewest, most = (_ends(_binomial(accounts, share)) for share in (low, high))
    return Count(accounts * mean, fewest[0], most[1])


def weigh_parts(*parts: tuple[int, Rate]) -> Opinion | None:
    """What reviews of several parts say of all; nothing, if of some part nobody saw an account.

    Args:
        *parts: How many accounts each stands for, and what was found in it.

    Examples:
        >>> half = (100, Rate.from_counts(10, 100)), (100, Rate.from_counts(30, 100))
        >>> found = weigh_parts(*half)
        >>> round(found.share, 3) if found else None
        0.203
        >>> weigh_parts(*half, (1, Rate.from_counts(0, 0))) is None
        True
    """
    total = sum(accounts for accounts, _ in parts)
    if not total or not all(rate.of for accounts, rate in parts if accounts):
        return None
    share = variance = 0.0
    for accounts, rate in parts:
        weight, each = accounts / total, (rate.hits + 0.5) / (rate.of + 1)
        share += weight * each
        variance += weight**2 * each * (1 - each) / (rate.of + 1)
    return Opinion.scaled(share, sqrt(variance))


def count_errors(bound: float, flagged: int, confidence: float) -> int:
    """The errors among flagged accounts that a bound of their precision tells of.

    The bound is that of Clopper and Pearson, one-sided, as `household calibrate` proves it.

    Examples:
        >>> count_errors(0.9801834132332763, 1462, 0.95)
        20
    """
    errors = np.arange(flagged)
    bounds = betaincinv(flagged - errors, errors + 1, 1 - confidence)
    return int(np.argmin(np.abs(bounds - bound)))


def _between(opinions: Sequence[Opinion]) -> float:
    """The variance that sources have of their own, beyond what chance explains."""
    weights = [1 / one.variance for one in opinions]
    total = sum(weights)
    middle = sum(w * one.log_odds for w, one in zip(weights, opinions, strict=True)) / total
    differ = sum(w * (one.log_odds - middle) ** 2 for w, one in zip(weights, opinions, strict=True))
    scale = total - sum(w * w for w in weights) / total
    return max((differ - (len(opinions) - 1)) / scale, 0.0) if scale > 0 else 0.0


def _binomial(accounts: int, share: float) -> Floats:
    """The logarithm of the chance of each count."""
    wrong = np.arange(accounts + 1)
    return _ways(accounts) + xlogy(wrong, share) + xlog1py(accounts - wrong, -share)


def _ways(accounts: int) -> Floats:
    wrong = np.arange(accounts + 1)
    return gammaln(accounts + 1) - gammaln(wrong + 1) - gammaln(accounts - wrong + 1)


def _ends(chances: Floats) -> tuple[int, int]:
    """The counts between which all but the tails lie."""
    up_to = np.cumsum(np.exp(chances))
    low, high = np.searchsorted(up_to, [TAIL, 1 - TAIL])
    return int(low), min(int(high), len(chances) - 1)
