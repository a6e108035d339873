# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""How far a theme may be believed, found by those who never saw the kind of life they judge.

One fact is often told by several factors, and what is loud in the worlds that a card was fitted on
may be an honest habit elsewhere. So the bits of a theme end where they help strangers no longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from sklearn.linear_model import LogisticRegression

from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.limits import WITNESSES
from detector.evidence.scorecard import MICRO, Card
from detector.kernels.arrays import Flags, Floats
from detector.kinds import Theme
from detector.learning.fit import Lesson

CANDIDATES = (1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
"""Bits; beyond the last a bound hardly ever bites."""
LEAST_GAIN = 0.001
"""Bits of log loss per group that a bound must save: less is chance."""


@dataclass(frozen=True)
class Stranger:
    """A card beside groups of a family of worlds that it was not fitted on."""

    themes: Mapping[Theme, Floats]
    """Bits of each theme in each group."""
    rest: Floats
    """The prior, and the bits of themes that bear no witness."""
    is_external: Flags
    bounds: Mapping[Theme, float] = field(default_factory=dict[Theme, float])

    @classmethod
    def of(cls, card: Card, lesson: Lesson) -> Self:
        """Weigh the groups, theme by theme."""
        size = len(lesson.is_external)
        themes = {theme: np.zeros(size) for theme in WITNESSES}
        rest = np.full(size, card.prior_micro_bits / MICRO)
        for factor in FACTORS:
            if factor.name not in card.shapes:
                continue
            bits = card.shapes[factor.name].weigh(lesson.values[factor.name]).to_numpy() / MICRO
            if factor.theme in themes:
                themes[factor.theme] = themes[factor.theme] + bits
            else:
                rest = rest + bits
        return cls(themes, rest, lesson.is_external)

    def total(self, bounds: Mapping[Theme, float]) -> Floats:
        """The log-odds of each group, no theme believed beyond its bound."""
        bounded = [np.minimum(bits, bounds.get(t, np.inf)) for t, bits in self.themes.items()]
        return np.sum([self.rest, *bounded], axis=0)


def choose_bounds(strangers: Sequence[Stranger]) -> dict[Theme, int]:
    """Find the bound of each theme with which strangers judge best.

    Themes are taken one after the other; each family of worlds weighs the same, and one sigmoid
    sets all of them right, as a log to come is judged by one scale.

    Args:
        strangers: One for each family.

    Returns:
        Millionths of bits, of themes that are better bounded.

    Examples:
        Profiles speak of six bits, and are right two times in three; places speak of four, rightly:

        >>> loud, right = np.repeat([6.0, 0.0], 300), np.arange(300) % 2 == 0
        >>> place = np.append(np.zeros(300), np.where(right, 4.0, -4.0))
        >>> truth = np.append(np.arange(300) % 3 > 0, right ^ (np.arange(300) % 18 == 0))
        >>> one = Stranger({Theme.PEOPLE: loud, Theme.PLACE: place}, np.zeros(600), truth)
        >>> choose_bounds([one])
        {<Theme.PEOPLE: 'people'>: 3000000}
    """
    bounds = dict[Theme, float]()
    best = _loss(strangers, bounds)
    for theme in WITNESSES:
        tried = {bound: _loss(strangers, {**bounds, theme: bound}) for bound in CANDIDATES}
        bound = min(tried, key=lambda each: (tried[each], each))
        if tried[bound] < best - LEAST_GAIN:
            bounds[theme], best = bound, tried[bound]
    return {theme: round(bound * MICRO) for theme, bound in bounds.items()}


def _loss(strangers: Sequence[Stranger], bounds: Mapping[Theme, float]) -> float:
    """Bits of log loss per group, once one sigmoid has set the probabilities right."""
    bits = np.concatenate([one.total(bounds) for one in strangers]).reshape(-1, 1)
    truth = np.concatenate([one.is_external for one in strangers])
    sizes = [len(one.is_external) for one in strangers]
    weight = np.repeat([1 / size for size in sizes], sizes) / len(sizes)
    sigmoid = LogisticRegression(C=1e6).fit(bits, truth, sample_weight=weight * len(truth))
    chances: Floats = sigmoid.predict_proba(bits)
    said = chances[np.arange(len(truth)), truth.astype(np.int64)]
    return float(-(weight * np.log2(np.clip(said, 1e-9, 1))).sum())
