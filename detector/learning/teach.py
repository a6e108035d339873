"""Labelled accounts of a finished run → the weights that they teach, and how much of it is so.

Everything that is chosen here is chosen by accounts that the weights in question did not see.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from detector.evidence.scorecard import MICRO, Card, Scorecard, log_odds
from detector.evidence.weigh import ALONE, CEILINGS, KNOWN, UNKNOWN
from detector.kernels.arrays import Flags, Floats
from detector.learning.fit import Lesson, calibrate_card, fit_sigmoid, share_micro_bits
from detector.learning.labelled import FOLDS, MIN_EACH, LabelledAccounts, are_enough
from detector.learning.labels import OppositeLabelsError
from detector.learning.refit import refit_card
from detector.learning.reweigh import Judged, decide_again
from detector.schemas import ACCOUNT, Evidence

L, E = LabelledAccounts, Evidence
CARDS = (KNOWN, UNKNOWN)
KEY = E.primary_key()[:2]

ROUNDS = 2
"""How often it is asked which group of a shared account lives elsewhere, by the weights so far."""


@dataclass(frozen=True)
class Recipe:
    """How freely weights may follow the labels."""

    strength: float = np.inf
    """How hard they are drawn back (`refit_card`); endless: only the scale is set right."""
    lift: float = 1
    """How many times further themes are believed than the model says."""

    @property
    def refits(self) -> bool:
        """Whether weights move at all."""
        return bool(np.isfinite(self.strength))


ONLY_SCALE = Recipe()
STRENGTHS = (100.0, 30.0, 10.0, 3.0, 1.0)
"""From hardly any freedom to much; less than the last was worse wherever it was tried."""
LIFTS = (1.5, np.inf)
SURE = 2
"""Standard errors; bounds were set for lives that no label may have told of."""
MIN_TO_REFIT = 100
"""Labels of each kind, of accounts with devices elsewhere, from which weights may move: 80 of them
are left where a fold is set aside."""


@dataclass(frozen=True)
class Students:
    """Labelled accounts beside the run that judged them."""

    judged: Judged
    """Of these accounts only."""
    cases: pl.DataFrame
    """`LabelledAccounts`, as the run's own model sees them."""

    @classmethod
    def of(cls, judged: Judged, cases: pl.DataFrame) -> "Students":
        """The accounts of a run that are labelled."""
        return cls(judged.among(cases), cases)

    @cached_property
    def folds(self) -> list[tuple["Students", "Students"]]:
        """Of each fold: all others, who learn, and its own accounts, who are judged."""
        return [
            (
                self.of(self.judged, self.cases.filter(~_is_in(fold))),
                self.of(self.judged, self.cases.filter(_is_in(fold))),
            )
            for fold in range(FOLDS)
        ]

    def seen_by(self, scorecard: Scorecard) -> pl.DataFrame:
        """`LabelledAccounts` in the eyes of another model."""
        known = self.cases.select(ACCOUNT, L.label.name, L.is_shared.name, L.fold.name)
        return decide_again(scorecard, self.judged).join(known, on=ACCOUNT).sort(ACCOUNT)


@dataclass(frozen=True)
class Crossed:
    """What a recipe makes of accounts that it did not see."""

    recipe: Recipe
    models: Sequence[Scorecard]
    """One for each fold."""
    cases: pl.DataFrame
    """`LabelledAccounts`, each by the model that did not see it."""

    def losses(self) -> Floats:
        """Bits of log loss of each account with a second group, once one scale sets them right."""
        bits, is_shared = bits_of(self.cases.filter(L.card.col != ALONE))
        line = fit_sigmoid(bits, is_shared)
        said = bits * line.slope + line.micro_bits / MICRO
        return np.logaddexp2(0, np.where(is_shared, -said, said))

    def gain_over(self, other: "Crossed") -> tuple[float, float]:
        """Bits per account that it saves over another recipe, and the standard error of that."""
        gain = other.losses() - self.losses()
        return float(gain.mean()), float(gain.std() / np.sqrt(gain.size))


def bits_of(cases: pl.DataFrame) -> tuple[Floats, Flags]:
    """The log-odds of each account's surest group, and whether it is shared."""
    return cases[L.micro_bits.name].to_numpy() / MICRO, cases[L.is_shared.name].to_numpy()


def teach(scorecard: Scorecard, students: Students, recipe: Recipe) -> Scorecard:
    """Let a model follow labels as far as the recipe lets it."""
    taught = set_scale(scorecard, students.cases)
    if not recipe.refits:
        return taught
    start, values = taught, students.judged.values
    for _ in range(ROUNDS):
        surest = students.seen_by(taught).select(ACCOUNT, L.group.name, L.is_shared.name)
        update = {
            card: refit_card(start.card(card), lesson, recipe.strength, recipe.lift)
            for card in CARDS
            for lesson in (_lesson(values.get(card), surest),)
            if lesson and _has_enough(lesson)
        }
        taught = start.model_copy(update=update)
    return taught


def _lesson(values: pl.DataFrame | None, surest: pl.DataFrame) -> Lesson | None:
    """The groups whose answer is known: all of a single account, the surest of a shared one.

    What a ceiling bars teaches nothing: it may not be flagged whatever it weighs.
    """
    if values is None:
        return None
    barred = [pl.col(c.name).fill_null(0) == 1 for c in CEILINGS if c.name in values.columns]
    known = (
        values.join(surest, on=ACCOUNT)
        .filter(~L.is_shared.col | (E.household.col == L.group.col))
        .filter(~pl.any_horizontal(pl.lit(value=False), *barred))
        .sort(KEY)
    )
    return Lesson(known.drop(L.group.name), known[L.is_shared.name].to_numpy())


def _has_enough(lesson: Lesson) -> bool:
    return are_enough(pl.DataFrame({L.is_shared.name: lesson.is_external}))


def cross_fit(scorecard: Scorecard, students: Students, recipe: Recipe) -> Crossed:
    """Judge each fold by a model that learnt from the others."""
    models, cases = list[Scorecard](), list[pl.DataFrame]()
    for learners, judged in students.folds:
        models.append(teach(scorecard, learners, recipe))
        cases.append(judged.seen_by(models[-1]))
    return Crossed(recipe, models, pl.concat(cases).sort(ACCOUNT))


def set_scale(scorecard: Scorecard, cases: pl.DataFrame) -> Scorecard:
    """Fold a sigmoid into the cards, and set right how often the accounts without one share."""
    weighed = cases.filter(L.card.col != ALONE)
    free = weighed.filter(~L.ruled.col)
    weighed = free if are_enough(free) else weighed
    of_card = {card: weighed.filter(L.card.col == card) for card in CARDS}
    if not all(map(are_enough, of_card.values())):
        of_card = dict.fromkeys(CARDS, weighed)
    alone = cases.filter(L.card.col == ALONE)
    update = {card: _calibrated(scorecard.card(card), of_card[card]) for card in CARDS}
    shift = scorecard.alone_micro_bits + _alone_shift(alone)
    return scorecard.model_copy(update=update | {"alone_micro_bits": shift})


def _alone_shift(alone: pl.DataFrame) -> int:
    """How much likelier accounts whose devices live together are shared than the model says.

    Sharers are too rare among them for a slope: only their share is set right.
    """
    if alone.height < MIN_EACH:
        return 0
    said = float(alone[L.probability.name].to_numpy().mean().clip(1e-6, 1 - 1e-6))
    return share_micro_bits(alone[L.is_shared.name].to_numpy()) - round(log_odds(said) * MICRO)


def _calibrated(card: Card, cases: pl.DataFrame) -> Card:
    """Fit slope and shift, with one contrary case in the middle of each kind.

    Platt (1999) softens the targets in the same measure: without it, kinds that a threshold
    parts without a single error would call for an endless slope.
    """
    bits, is_shared = bits_of(cases)
    middle = {kind: float(bits[is_shared == kind].mean()) for kind in (False, True)}
    if middle[True] <= middle[False]:
        raise OppositeLabelsError(
            "Accounts labelled shared show less evidence of sharing than those labelled single.",
            hint="see whether the two labels were confused",
        )
    all_bits = np.append(bits, [middle[False], middle[True]])
    return calibrate_card(card, all_bits, np.append(is_shared, [True, False]))


@dataclass(frozen=True)
class Taught:
    """A model that learnt from labels, and how it does on those that it did not see."""

    scorecard: Scorecard
    cases: pl.DataFrame
    """`LabelledAccounts`, each by a model that did not see it."""
    note: str
    """How far the weights moved, and why no further."""


def teach_best(scorecard: Scorecard, students: Students) -> Taught:
    """Let a model follow labels as far as it pays on labels not seen, and set its scale by those.

    Raises:
        OppositeLabelsError: The labels run against the evidence.
    """
    crossed, note = choose_recipe(scorecard, students)
    taught = teach(scorecard, students, crossed.recipe)
    if not crossed.recipe.refits:
        return Taught(taught, crossed.cases, note)
    cases = [
        students.folds[n][1].seen_by(set_scale(model, crossed.cases.filter(~_is_in(n))))
        for n, model in enumerate(crossed.models)
    ]
    return Taught(set_scale(taught, crossed.cases), pl.concat(cases).sort(ACCOUNT), note)


def choose_recipe(scorecard: Scorecard, students: Students) -> tuple[Crossed, str]:
    """Try more and more freedom, and take what judges unseen accounts best.

    The scale alone stands unless weights that move are better by more than chance, one standard
    error of the difference; and the bounds of themes unless it is `SURE` of them.

    Returns:
        How it did, and in words why it was taken.
    """
    scale = cross_fit(scorecard, students, ONLY_SCALE)
    lacking = _tell_few(students.cases)
    if lacking:
        return scale, lacking
    freer = [cross_fit(scorecard, students, Recipe(strength)) for strength in STRENGTHS]
    best = min(freer, key=lambda each: each.losses().mean())
    gain, error = best.gain_over(scale)
    if gain <= error:
        return scale, _tell_chance(gain, error, scale.losses().size)
    note = f"refitted, held back by strength {best.recipe.strength:g}"
    if not any(scorecard.card(card).bounds for card in CARDS):
        return best, note
    further = [cross_fit(scorecard, students, replace(best.recipe, lift=lift)) for lift in LIFTS]
    lifted = min(further, key=lambda each: each.losses().mean())
    gain, error = lifted.gain_over(best)
    if gain <= SURE * error:
        return best, note
    return lifted, f"{note}; themes are believed {lifted.recipe.lift:g} times as far"


def _tell_few(cases: pl.DataFrame) -> str:
    """Why there are too few labels for the weights; empty if there are enough."""
    weighed = cases.filter(L.card.col != ALONE)
    shared = int(weighed[L.is_shared.name].sum())
    fewest = min(shared, weighed.height - shared)
    if fewest >= MIN_TO_REFIT:
        return ""
    needed = -(-cases.height * MIN_TO_REFIT // fewest)
    return (
        f"only scaled: {weighed.height - shared:,} single and {shared:,} shared labels of accounts "
        f"with devices elsewhere, and weights take {MIN_TO_REFIT} of each; "
        f"about {needed:,} labels like these would do"
    )


def _tell_chance(gain: float, error: float, count: int) -> str:
    """Why weights that move are no better, and how many labels might show that they are."""
    if gain <= 0:
        return "only scaled: moving the weights helps no unseen label"
    needed = math.ceil(count * (error / gain) ** 2)
    return (
        "only scaled: moving the weights helps unseen labels no more than chance; about "
        f"{needed:,} labels of accounts with devices elsewhere might show that it does"
    )


def _is_in(fold: int) -> pl.Expr:
    return L.fold.col == fold
