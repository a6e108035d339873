# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Labelled groups → a scorecard: joint, monotone, additive, calibrated."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Factor
from detector.evidence.factors.people import PROFILES
from detector.evidence.scorecard import MICRO, Card, Scorecard, Shape, Sigmoid
from detector.evidence.weigh import KNOWN, UNKNOWN
from detector.kernels.arrays import Flags, Floats
from detector.schemas import ACCOUNT, DEVICE, DeviceGroups, Devices


@dataclass(frozen=True)
class Lesson:
    """Groups with known answers, to fit on."""

    values: pl.DataFrame
    """One column per factor, one row per group."""
    is_external: Flags
    """The answers; of accounts, whether they are shared, or whether home is right."""


def fit_scorecard(told: Lesson, untold: Lesson, version: str) -> Scorecard:
    """Fit the weights of all factors at once, so that correlated factors are not counted twice.

    Boosted trees that may not combine factors (each tree sees one factor) sum to a staircase
    per factor: an explainable boosting machine (Lou, Caruana, Gehrke 2012). Where the sign of a
    factor is known, its staircase is held monotone. What two factors say together comes in as
    factors of its own (`detector.evidence.factors.pairs`), as in their later work (2013).

    Args:
        told: The labelled groups of fitting worlds; those whose profiles are known are taken.
        untold: Groups of worlds whose logs hold no profiles.
        version: The name of the model.

    Returns:
        A scorecard with threshold 1, to be calibrated on other accounts.
    """
    hidden = untold.values.with_columns(profiles=pl.lit(None, dtype=pl.Float64))
    return Scorecard(
        version=version,
        known=fit_card(told_only(told, KNOWN)),
        unknown=fit_card(Lesson(hidden, untold.is_external)),
        alone_micro_bits=_micro(-7.0),
    )


def fit_homes(lesson: Lesson) -> Card:
    """Fit what accounts without a second group betray; most betray nothing."""
    return fit_card(lesson, HOME_FACTORS)


ASKED_AT_ONCE = 8
"""Factors from which a tree may choose its one."""


def make_booster(factors: Sequence[Factor], trees: int = 800) -> HistGradientBoostingClassifier:
    """Boosted trees of one factor each, monotone where its sign is known; not yet fitted."""
    return HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=trees,
        max_leaf_nodes=6,
        min_samples_leaf=25,
        l2_regularization=3.0,
        # Of factors that tell much the same each is given its share: a log to come may lack one.
        max_features=min(1.0, ASKED_AT_ONCE / len(factors)),
        interaction_cst="no_interactions",
        monotonic_cst=[int(f.sign) for f in factors],
        random_state=0,
        early_stopping=False,  # pyright: ignore[reportArgumentType]
    )


def fit_card(lesson: Lesson, factors: Sequence[Factor] = FACTORS, trees: int = 800) -> Card:
    """Fit the staircases of all factors at once; fewer trees learn less of fewer answers."""
    table = as_matrix(lesson.values, factors)
    booster = make_booster(factors, trees).fit(table, lesson.is_external)
    middle = np.full((1, table.shape[1]), np.nan)
    base = float(booster.decision_function(middle)[0])
    shapes = {
        f.name: _staircase(booster, middle, base, column, table[:, column])
        for column, f in enumerate(factors)
    }
    told = {name: shape for name, shape in shapes.items() if any(shape.micro_bits)}
    honest = lesson.values.filter(~lesson.is_external)
    silent = {f.name for f in factors if f.may_be_unlogged}
    return _centre(Card(prior_micro_bits=_micro(base), shapes=told), honest, silent)


def _centre(card: Card, values: pl.DataFrame, silent: Set[str] = frozenset()) -> Card:
    """Count each factor's bits from what it says of honest groups on average.

    The sums stay what they were; but counting starts at an honest household, and a factor's
    bits tell how far a group is from one, be the value known or not. What a log lacks altogether
    is `silent`: it weighs nothing, as those whose log has it are the measure of the others.
    """
    prior, shapes = card.prior_micro_bits, dict(card.shapes)
    for name, shape in card.shapes.items():
        asked = values[name].drop_nulls() if name in silent else values[name]
        usual = round(float(shape.weigh(asked).mean() or 0))  # pyright: ignore[reportArgumentType]
        prior += usual
        shapes[name] = Shape(
            cuts=shape.cuts,
            micro_bits=tuple(bits - usual for bits in shape.micro_bits),
            unknown_micro_bits=0 if name in silent else shape.unknown_micro_bits - usual,
        )
    return Card(prior_micro_bits=prior, shapes=shapes)


def as_matrix(values: pl.DataFrame, factors: Sequence[Factor]) -> Floats:
    """Put the factors' values into columns, in order.

    One that is never known gets one value, as the booster needs some.
    """
    known = values.select(
        pl.when(pl.col(f.name).is_null().all()).then(0.0).otherwise(pl.col(f.name)).alias(f.name)
        for f in factors
    )
    return known.to_numpy().astype(np.float64)


def score_card(card: Card, lesson: Lesson) -> Floats:
    """What a card says of each group of a lesson, in bits."""
    bits = np.full(lesson.values.height, card.prior_micro_bits, np.int64)
    for name, shape in card.shapes.items():
        bits += shape.weigh(lesson.values[name]).to_numpy()
    return bits / MICRO


def _micro(nats: float) -> int:
    return round(nats / np.log(2) * MICRO)


def _staircase(
    booster: HistGradientBoostingClassifier, middle: Floats, base: float, column: int, seen: Floats
) -> Shape:
    """What the booster adds for each value of one factor, all others unknown."""
    levels = np.unique(seen[~np.isnan(seen)])
    if levels.size == 0:
        return Shape(cuts=(), micro_bits=(0,))
    rows = np.repeat(middle, levels.size, axis=0)
    rows[:, column] = levels
    micro = [_micro(float(v) - base) for v in booster.decision_function(rows)]
    steps = [0, *(i for i in range(1, len(micro)) if micro[i] != micro[i - 1])]
    return Shape(
        cuts=tuple(float(levels[i]) for i in steps[1:]),
        micro_bits=tuple(micro[i] for i in steps),
    )


def calibrate_card(card: Card, bits: Floats, is_shared: Flags) -> Card:
    """Sigmoid and shift the bits so that probabilities come true on accounts not fitted on.

    A sigmoid (Platt 1999) on the log-odds of each account's most probable group; the slope is
    folded into every staircase and the shift into the prior, so the terms still sum exactly.

    Args:
        card: As fitted.
        bits: Log-odds, base 2, of the accounts that this card decides.
        is_shared: Whether each is shared.

    Examples:
        Four bits came true three times in four, so that they are worth the 1.6 that make odds of 3:

        >>> shape = Shape(cuts=(1.0,), micro_bits=(0, 4 * MICRO))
        >>> card = Card(prior_micro_bits=0, shapes={"tv": shape})
        >>> bits, truth = np.repeat([4.0, -4.0], 4), np.array([1, 1, 1, 0, 0, 0, 0, 1], np.bool_)
        >>> round(calibrate_card(card, bits, truth).shapes["tv"].micro_bits[1] / MICRO, 1)
        1.6
    """
    return card.stretched(fit_sigmoid(bits, is_shared))


def fit_sigmoid(bits: Floats, is_shared: Flags, weight: Floats | None = None) -> Sigmoid:
    """The slope and the shift of that sigmoid.

    Args:
        bits: As for `calibrate_card`.
        is_shared: Likewise.
        weight: Of each account; none: all weigh the same.

    Examples:
        >>> fit_sigmoid(np.repeat([4.0, -4.0], 4), np.array([1, 1, 1, 0, 0, 0, 0, 1], np.bool_))
        Sigmoid(slope=0.396..., micro_bits=...)
    """
    found = LogisticRegression(C=1e6).fit(bits.reshape(-1, 1), is_shared, sample_weight=weight)
    slope, shift = float(found.coef_[0, 0]) / np.log(2), float(found.intercept_[0])
    return Sigmoid(slope=slope, micro_bits=_micro(shift))


def told_only(lesson: Lesson, card: str) -> Lesson:
    """The groups of a lesson that a card is for.

    Examples:
        >>> both = Lesson(pl.DataFrame({"profiles": [0.5, None]}), np.array([True, False]))
        >>> told_only(both, "known").is_external.tolist()
        [True]
    """
    if card == UNKNOWN:
        return lesson
    known = lesson.values[PROFILES.name].is_not_null().to_numpy()
    return Lesson(lesson.values.filter(known), lesson.is_external[known])


def share_micro_bits(is_shared: Flags) -> int:
    """The log-odds of a plain share, half a case added to each side.

    Examples:
        One shared account in nine, each side taken for half a case more:

        >>> share_micro_bits(np.array([True] + [False] * 8))
        -2502500
    """
    share = (is_shared.sum() + 0.5) / (is_shared.size + 1)
    return _micro(float(np.log(share / (1 - share))))


def label_groups(
    device_groups: dy.DataFrame[DeviceGroups], visits: pl.DataFrame, truth_devices: pl.DataFrame
) -> pl.DataFrame:
    """Ask the truth of each group whether it is another household than the one taken for home.

    Where borrowers watch more than the owner, theirs is taken for home; the owner's devices
    are then the ones that live elsewhere, and the account is shared all the same.

    Returns:
        account_id, group, is_external; a group belongs to the household that used it most, and
        is left out if none of its devices is any household's.

    Examples:
        The borrower Bob watches more than Ada, so that her phone is taken for what lives elsewhere:

        >>> groups = DeviceGroups.sample(overrides={
        ...     "account_id": "ada", "device_id": ["ada's", "bob's"], "group": [1, 0]})
        >>> visits = pl.DataFrame({"account_id": "ada", "device_id": ["ada's", "bob's", "bob's"]})
        >>> truth = groups.select("account_id", "device_id", household=pl.Series([0, 1]))
        >>> label_groups(groups, visits, truth).rows()
        [('ada', 1, True)]
    """
    group, household = DeviceGroups.group, Devices.household
    key = [ACCOUNT, group.name]
    use = visits.group_by(ACCOUNT, DEVICE).agg(days=pl.len())
    owners = (
        device_groups.join(use, on=[ACCOUNT, DEVICE])
        .join(truth_devices.drop_nulls(household.name), on=[ACCOUNT, DEVICE])
        .group_by(*key, household.name)
        .agg(pl.col("days").sum())
        .sort(*key, -pl.col("days").cast(pl.Int64), household.name)
        .group_by(key, maintain_order=True)
        .agg(household.col.first())
    )
    home = owners.filter(group.col == 0).select(ACCOUNT, home=household.col)
    return (
        owners.filter(group.col > 0)
        .join(home, on=ACCOUNT)
        .select(*key, is_external=household.col != pl.col("home"))
        .sort(key)
    )


def lessons(parts: Sequence[Lesson]) -> Lesson:
    """Put the groups of several worlds together."""
    return Lesson(
        pl.concat([p.values for p in parts]), np.concatenate([p.is_external for p in parts])
    )
