"""Accounts of several households with known answers → how surely home is home."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

from detector.evidence.scorecard import MICRO, Card, HomeCard, log_odds
from detector.kernels.arrays import Flags, Floats
from detector.learning.fit import Lesson, calibrate_card, fit_card, score_card
from detector.verdicts.sides import WITNESSES

TREES = 80
"""More learn the habits of single worlds: what one family of worlds teaches hardly holds in
another."""
LEAST_CASES = 100
"""Accounts from which a share counts as seen."""


def fit_home(lesson: Lesson, calibration: Lesson) -> Card:
    """Fit what is seen of both sides on some accounts, and set it right on others.

    Args:
        lesson: The witnesses' values, and whether home is the owner's.
        calibration: The same of accounts of other worlds.
    """
    card = fit_card(lesson, WITNESSES, TREES)
    return calibrate_card(card, score_card(card, calibration), calibration.is_external)


def bound_home(card: Card, most: float) -> HomeCard:
    """Let nothing that is seen lead above a probability.

    Examples:
        >>> bound_home(Card(prior_micro_bits=0, shapes={}), 0.8).most_micro_bits
        2000000
    """
    bits = round(log_odds(most) * MICRO)
    return HomeCard(**dict(card), most_micro_bits=bits)


def most_seen(bits: Floats, is_right: Flags, confidence: float = 0.95) -> float:
    """The largest share of right homes among those that are trusted most.

    Its Clopper-Pearson bound, one-sided, over however many of the most trusted accounts it is
    highest for, `LEAST_CASES` at least.

    Examples:
        >>> bits, is_right = np.repeat([2.0, 0.0], 500), np.array([True] * 500 + [False] * 500)
        >>> round(most_seen(bits, is_right), 3)
        0.994
    """
    order = np.argsort(-bits, kind="stable")
    ranked, right = bits[order], np.cumsum(is_right[order])
    count = np.arange(1, len(order) + 1)
    bound = beta.ppf(1 - confidence, np.maximum(right, 1e-9), count - right + 1)
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    enough = last_of_tie & ((count >= LEAST_CASES) | (count == len(order)))
    return float(bound[enough].max())


def most_in_all(cards: Sequence[tuple[Card, Lesson]]) -> float:
    """What was seen in the family of worlds in which home is known the least.

    Args:
        cards: Each with accounts of one family to ask it about, be it fitted there or not.
    """
    return min(most_seen(score_card(card, each), each.is_external) for card, each in cards)
