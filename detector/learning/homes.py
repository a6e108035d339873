"""Accounts of several households with known answers → how surely home is home."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

from detector.evidence.scorecard import MICRO, Card, HomeCard, log_odds
from detector.kernels.arrays import Flags, Floats
from detector.learning.fit import Lesson, calibrate_card, fit_card, score_card
from detector.verdicts.sides import WITNESSES, is_on_record

TREES = 80
"""More learn the habits of single worlds: what one family of worlds teaches hardly holds in
another."""
LEAST_CASES = 100
"""Accounts from which a share counts as seen."""


def fit_home(lesson: Lesson, calibration: Lesson) -> Card:
    """Fit what is known of both sides on some accounts, and set it right on others.

    Args:
        lesson: The witnesses' values, and whether home is the owner's.
        calibration: The same of accounts of other worlds.
    """
    card = fit_card(lesson, WITNESSES, TREES)
    return calibrate_card(card, score_card(card, calibration), calibration.is_external)


def bound_home(card: Card, most: float) -> HomeCard:
    """Let nothing that is known lead above a probability.

    Examples:
        >>> bound_home(Card(prior_micro_bits=0, shapes={}), 0.8).most_micro_bits
        2000000
    """
    bits = round(log_odds(most) * MICRO)
    return HomeCard(**dict(card), most_micro_bits=bits)


def part_records(lesson: Lesson) -> tuple[Lesson, Lesson]:
    """The accounts of which no record tells that home is home, and those of which one does."""
    told = lesson.values.select(is_on_record()).to_series()
    seen, on_record = (
        Lesson(lesson.values.filter(told == each), lesson.is_external[told.to_numpy() == each])
        for each in (False, True)
    )
    return seen, on_record


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


Asked = tuple[Card, Lesson]
"""A card, and accounts of one family to ask it about, be it fitted there or not."""


def most_in_all(cards: Sequence[Asked]) -> float:
    """What was seen in the family of worlds in which home is known the least."""
    return min(most_seen(score_card(card, each), each.is_external) for card, each in cards)


def most_together(cards: Sequence[Asked]) -> float:
    """What was seen in all families taken together."""
    bits = np.concatenate([score_card(card, each) for card, each in cards])
    return most_seen(bits, np.concatenate([each.is_external for _, each in cards]))
