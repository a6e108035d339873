# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A card and groups with known answers → the same card, moved as far as the answers carry it.

Each staircase may be stretched, get further steps, and weigh the unknown otherwise. Every such move
starts at nothing and is drawn back to it, in bits, by one strength for all of them: a few answers
move little, many move much. A staircase of known sign stays monotone, and sums stay sums.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
import polars as pl
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Factor
from detector.evidence.scorecard import MICRO, Card, Shape
from detector.kernels.arrays import Flags, Floats, Ints
from detector.kinds import Theme
from detector.learning.fit import Lesson

STEPS = 12
"""Steps that a staircase may get, between equal shares of the groups; 4 and 8 find less."""
DIGITS = 3
"""Moves are whole thousandths of bits, so that no machine's rounding shows."""


@dataclass(frozen=True)
class Lever:
    """One way in which a staircase may move."""

    factor: Factor
    kind: Literal["stretch", "step", "unknown"]
    column: Floats
    """Bits that a move of 1 adds to each group."""
    least: float
    most: float
    cut: float = np.nan
    """Where a step begins."""


def refit_card(card: Card, lesson: Lesson, strength: float, lift: float = 1) -> Card:
    """Move the staircases of a card towards known answers: a logistic regression with a penalty.

    The penalty, half the strength times the sum of all squared moves, is that of a ridge (Hoerl and
    Kennard 1970) around the card as it was; signs are kept by bounds on the moves (L-BFGS-B, Byrd,
    Lu, Nocedal, Zhu 1995). What a theme may say at most is heeded while fitting, as in verdicts.

    Args:
        card: Where to begin.
        lesson: Groups that the card is for.
        strength: How hard moves are drawn back; endless leaves all but the prior as it is.
        lift: How many times further themes are believed than the card says.

    Examples:
        The card trusts months of use; where the answers come from, they mean nothing:

        >>> card = Card(prior_micro_bits=0, shapes={
        ...     "weeks": Shape(cuts=(4.0,), micro_bits=(-2 * MICRO, 2 * MICRO))})
        >>> weeks = pl.DataFrame({"weeks": [1.0, 6.0] * 200})
        >>> lesson = Lesson(weeks, np.arange(400) % 4 > 1)
        >>> for strength in (1000, 10):
        ...     moved = refit_card(card, lesson, strength).shapes["weeks"].micro_bits
        ...     print(round((moved[-1] - moved[0]) / MICRO, 1))
        3.2
        0.1
    """
    levers = list_levers(card, lesson.values)
    bounds = {theme: bound * lift for theme, bound in card.bounds.items() if np.isfinite(lift)}
    with threadpool_limits(limits=1):  # sums of several threads differ in their last digits
        shift, moves = _fit(card, bounds, lesson, levers, strength)
    by_factor = groupby(zip(levers, moves, strict=True), key=lambda pair: pair[0].factor.name)
    moved = {name: _moved(card.shapes[name], [*pairs]) for name, pairs in by_factor}
    prior = card.prior_micro_bits + round(shift * MICRO)
    found = card.model_copy(
        update={
            "prior_micro_bits": prior,
            "shapes": {**card.shapes, **moved},
            "bounds": {theme: round(bound) for theme, bound in bounds.items()},
        }
    )
    return _level(card, found, lesson.values.filter(~lesson.is_external))


def list_levers(card: Card, values: pl.DataFrame) -> list[Lever]:
    """What may move, factor by factor, given the values that were seen."""
    factors = [factor for factor in FACTORS if factor.name in card.shapes]
    return [lever for factor in factors for lever in _of_factor(factor, card, values[factor.name])]


def _of_factor(factor: Factor, card: Card, values: pl.Series) -> list[Lever]:
    bits = card.shapes[factor.name].weigh(values).to_numpy() / MICRO
    found = values.cast(pl.Float64).to_numpy()
    unknown = np.isnan(found)
    levers = [Lever(factor, "stretch", bits, -1, np.inf)]
    least = -np.inf if factor.sign <= 0 else 0
    most = np.inf if factor.sign >= 0 else 0
    for cut in _cuts(found[~unknown]):
        above = (found >= cut).astype(np.float64)
        levers.append(Lever(factor, "step", above, least, most, float(cut)))
    if unknown.any() and not factor.may_be_unlogged:
        levers.append(Lever(factor, "unknown", unknown.astype(np.float64), -np.inf, np.inf))
    return levers


def _cuts(known: Floats) -> Floats:
    """Values that part the groups into about equal shares."""
    if not known.size:
        return known
    shares = np.linspace(0, 1, STEPS + 2)[1:-1]
    cuts: Floats = np.unique(np.quantile(known, shares, method="higher"))
    return cuts[cuts > known.min()]


@dataclass(frozen=True)
class _ThemeMoves:
    """The levers of a theme, and what its factors say unmoved."""

    at: Ints
    """Which of all moves are its own."""
    columns: Floats
    unmoved: Floats
    bound: float

    def weigh(self, moves: Floats) -> tuple[Floats, Flags]:
        """Bits of each group, and which of them still count: the bound ends the rest."""
        bits = self.unmoved + self.columns @ moves[self.at]
        return np.minimum(bits, self.bound), bits < self.bound


def _fit(
    card: Card,
    bounds: Mapping[Theme, float],
    lesson: Lesson,
    levers: Sequence[Lever],
    strength: float,
) -> tuple[float, Floats]:
    """The shift of the prior, and how far each lever moves."""
    themes = [
        _theme_moves(levers, theme, bounds.get(theme, np.inf) / MICRO)
        for theme in sorted({lever.factor.theme for lever in levers})
    ]
    answers = lesson.is_external.astype(np.float64)
    prior = card.prior_micro_bits / MICRO

    def loss(at: Floats) -> tuple[float, Floats]:
        """Bits of log loss with the penalty, and its slope."""
        shift, moves = at[0], at[1:]
        weighed = [theme.weigh(moves) for theme in themes]
        nats = np.log(2) * np.sum(
            [np.full(answers.size, prior + shift), *(b for b, _ in weighed)], 0
        )
        wrong = 1 / (1 + np.exp(-np.clip(nats, -60, 60))) - answers
        slope = np.append(wrong.sum(), strength * moves)
        for theme, (_, counts) in zip(themes, weighed, strict=True):
            slope[1 + theme.at] += theme.columns.T @ (wrong * counts)
        missed = (np.logaddexp(0, nats) - answers * nats).sum() / np.log(2)
        return float(missed + strength / 2 * (moves**2).sum()), slope

    found = minimize(
        loss,
        np.zeros(len(levers) + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-np.inf, np.inf), *((lever.least, lever.most) for lever in levers)],
        options={"maxiter": 300, "ftol": 1e-7},
    )
    moves: Floats = np.round(found.x, DIGITS)
    return float(moves[0]), moves[1:]


def _theme_moves(levers: Sequence[Lever], theme: Theme, bound: float) -> _ThemeMoves:
    at: Ints = np.array([n for n, lever in enumerate(levers) if lever.factor.theme == theme])
    own = [lever for lever in levers if lever.factor.theme == theme]
    unmoved = np.sum([lever.column for lever in own if lever.kind == "stretch"], axis=0)
    return _ThemeMoves(at, np.stack([lever.column for lever in own], axis=1), unmoved, bound)


def _moved(shape: Shape, moves: Sequence[tuple[Lever, float]]) -> Shape:
    """The staircase after its moves."""
    slope = 1 + sum(by for lever, by in moves if lever.kind == "stretch")
    unknown = sum(by for lever, by in moves if lever.kind == "unknown")
    steps = {lever.cut: by for lever, by in moves if lever.kind == "step" and by}
    cuts = sorted({*shape.cuts, *steps})
    floors = [-np.inf, *cuts]
    return Shape(
        cuts=tuple(cuts),
        micro_bits=tuple(
            round(slope * shape.micro_bits[np.searchsorted(shape.cuts, floor, side="right")])
            + sum(round(by * MICRO) for cut, by in steps.items() if floor >= cut)
            for floor in floors
        ),
        unknown_micro_bits=round(slope * shape.unknown_micro_bits + unknown * MICRO),
    )


def _level(before: Card, after: Card, honest: pl.DataFrame) -> Card:
    """Let each factor say of honest groups on average what it said; the prior takes the rest.

    Sums and bounds hold as before. Only so does a theme's weight still tell whether it bears
    witness: it counts from what is usual in honest households. A factor that logs may lack keeps
    its zero, which is what such a log weighs.
    """
    prior, shapes, bounds = after.prior_micro_bits, dict(after.shapes), dict(after.bounds)
    for factor in FACTORS:
        if factor.name not in shapes or factor.may_be_unlogged or not honest.height:
            continue
        was, now = (card.shapes[factor.name].weigh(honest[factor.name]) for card in (before, after))
        usual = round(int((now - was).sum()) / honest.height)
        shape = shapes[factor.name]
        prior += usual
        shapes[factor.name] = Shape(
            cuts=shape.cuts,
            micro_bits=tuple(bits - usual for bits in shape.micro_bits),
            unknown_micro_bits=shape.unknown_micro_bits - usual,
        )
        if factor.theme in bounds:
            bounds[factor.theme] -= usual
    update = {"prior_micro_bits": prior, "shapes": shapes, "bounds": bounds}
    return after.model_copy(update=update)
