"""The fitted weights: how many bits each value of each factor is worth."""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

import numpy as np
import polars as pl
from pydantic import Field, ValidationError, model_validator

from detector.errors import SettingsError
from detector.kinds import Theme
from detector.log_settings import StageSettings

MICRO = 1_000_000
"""Bits are kept as whole millionths, so that terms sum exactly whatever the order."""

PER_MICRO = 1 / MICRO
"""What columns are multiplied by, never divided by `MICRO`: Polars divides a column of one row,
but multiplies a longer one by the inverse, and an account judged alone must come to the same."""

PACKAGED = Path(__file__).with_name("model.json")

MicroBits = Annotated[int, Field(ge=-1000 * MICRO, le=1000 * MICRO)]
"""No single observation makes odds of more than 2 to the 1000; sums stay exact."""


class Shape(StageSettings):
    """A staircase from a factor's value to bits."""

    cuts: tuple[float, ...]
    """Where one step ends and the next begins; ascending. A value at a cut is on the upper step."""

    micro_bits: tuple[MicroBits, ...]
    """The bits of each step, in millionths; one more than the cuts."""

    unknown_micro_bits: MicroBits = 0
    """What it is worth when the value is unknown."""

    @model_validator(mode="after")
    def _is_a_staircase(self) -> Self:
        if len(self.micro_bits) != len(self.cuts) + 1:
            raise ValueError("a staircase has one step more than cuts")
        if not all(map(math.isfinite, self.cuts)) or any(a >= b for a, b in pairwise(self.cuts)):
            raise ValueError("cuts are finite and ascend")
        return self

    def weigh(self, values: pl.Series) -> pl.Series:
        """Look up the millionths of bits of each value.

        Examples:
            >>> Shape(cuts=(3.0,), micro_bits=(-5, 7)).weigh(pl.Series([1.0, 3.0, None])).to_list()
            [-5, 7, 0]
        """
        plain = values.cast(pl.Float64).to_numpy()  # nulls become NaN
        step = np.searchsorted(np.array(self.cuts), plain, side="right")
        bits = np.array(self.micro_bits, dtype=np.int64)[step]
        return pl.Series(np.where(np.isnan(plain), self.unknown_micro_bits, bits))


class Card(StageSettings):
    """The weights of all factors for one kind of log."""

    prior_micro_bits: MicroBits
    """The log-odds before anything is known of a group."""

    shapes: dict[str, Shape]

    bounds: Mapping[Theme, MicroBits] = Field(default_factory=dict[Theme, MicroBits])
    """The bits up to which all factors of a theme together are believed: one fact is often told by
    several of them. A theme that is not named is believed without end."""

    witness_micro_bits: MicroBits = 0
    """The bits from which a theme is a witness of its own; with 0 nobody asks how many there are
    (`detector.evidence.limits`)."""

    def stretched(self, by: "Sigmoid") -> Self:
        """The same card with all its bits multiplied, and a shift added."""

        def of(micro_bits: int) -> int:
            return round(micro_bits * by.slope)

        shapes = {
            name: Shape(
                cuts=shape.cuts,
                micro_bits=tuple(map(of, shape.micro_bits)),
                unknown_micro_bits=of(shape.unknown_micro_bits),
            )
            for name, shape in self.shapes.items()
        }
        prior = of(self.prior_micro_bits) + by.micro_bits
        bounds = {theme: of(bound) for theme, bound in self.bounds.items()}
        update = {"prior_micro_bits": prior, "shapes": shapes, "bounds": bounds}
        return self.model_copy(update=update)


class Sigmoid(StageSettings):
    """How a card's bits come true in one kind of log."""

    slope: float = Field(gt=0, allow_inf_nan=False)
    micro_bits: MicroBits
    """Added after the slope."""


class Regime(StageSettings):
    """What a kind of log, told by the columns that it has, makes of the fitted weights."""

    known: Sigmoid
    unknown: Sigmoid
    alone: Sigmoid
    cards: Mapping[str, Card] = Field(default_factory=dict)
    """Cards of its own, stretched likewise, in place of those fitted on all kinds: what is told
    apart by coordinates is told by other factors than what lines tell. By the name of the card."""
    threshold: float = Field(ge=0, le=1)
    promise: Mapping[str, float] = Field(default_factory=dict)
    """See `Scorecard`."""


class HomeCard(Card):
    """The weights of what tells whose account it is, of one with several households."""

    most_micro_bits: MicroBits
    """The log-odds above which nothing that is known of the households may lead."""

    on_record: "HomeCard | None" = None
    """The weights for accounts of which a record tells that home is home; none: these."""

    training: Mapping[str, str] = Field(default_factory=dict)
    """What it was fitted on."""


class Scorecard(StageSettings):
    """An additive model of the log-odds that a group of devices lives elsewhere.

    A generalised additive model in the sense of Hastie and Tibshirani (1990), each term a
    monotone staircase where its sign is known, so that every verdict is a sum one can show.
    """

    version: str

    known: Card
    """For groups whose profiles can be held against those of home."""

    unknown: Card
    """For all others: what profiles would have told, the other factors must."""

    alone_micro_bits: MicroBits
    """The log-odds of an account in which no second group of devices is seen."""

    alone_shapes: Mapping[str, Shape] = Field(default_factory=dict)
    """What the factors of an account in one piece add to these log-odds."""

    home: HomeCard | None = None
    """How surely the first household is home; a model file without it is given the packaged one."""

    threshold: float = Field(default=1, ge=0, le=1)
    """Probability from which an account is flagged by default."""

    promise: Mapping[str, float] = Field(default_factory=dict)
    """The precision the threshold was chosen for, the bound reached, and on how many accounts."""

    training: Mapping[str, str] = Field(default_factory=dict)
    """What it was fitted on."""

    regimes: Mapping[str, Regime] = Field(default_factory=dict)
    """By the name of a kind of log (`detector.evidence.regimes`); a model without any was made for
    one kind, and is taken to be used on no other."""

    regime: str = ""
    """The kind of log that the weights were set right for; none as long as there are several."""

    def in_regime(self, name: str) -> "Scorecard":
        """The weights and the threshold for one kind of log.

        Of a kind for which none was ever set right nobody is flagged.

        Examples:
            >>> toy = Scorecard.model_validate({
            ...     "version": "toy", "known": {"prior_micro_bits": 0, "shapes": {}},
            ...     "unknown": {"prior_micro_bits": 4, "shapes": {}}, "alone_micro_bits": 0,
            ...     "regimes": {"addresses": {
            ...         "known": {"slope": 1, "micro_bits": 0}, "threshold": 0.9,
            ...         "unknown": {"slope": 0.5, "micro_bits": 7},
            ...         "alone": {"slope": 1, "micro_bits": 0}}}})
            >>> found = toy.in_regime("addresses")
            >>> found.unknown.prior_micro_bits, found.threshold, toy.in_regime("x").threshold
            (9, 0.9, 1.0)
        """
        if not self.regimes:
            return self
        regime = self.regimes.get(name)
        if regime is None:
            return self.model_copy(update={"regimes": {}, "regime": name, "threshold": 1.0})
        cards = {"known": self.known, "unknown": self.unknown, "alone": self.alone} | {
            **regime.cards
        }
        alone = cards["alone"].stretched(regime.alone)
        return self.model_copy(
            update={
                "known": cards["known"].stretched(regime.known),
                "unknown": cards["unknown"].stretched(regime.unknown),
                "alone_micro_bits": alone.prior_micro_bits,
                "alone_shapes": alone.shapes,
                "threshold": regime.threshold,
                "promise": regime.promise,
                "regimes": {},
                "regime": name,
            }
        )

    @property
    def words(self) -> str:
        """What the threshold promises, in one sentence."""
        if self.threshold >= 1:
            of = f" for a log of {self.regime}" if self.regime else ""
            return f"Model {self.version} keeps no promise of precision{of}: nobody is flagged."
        if "bound" not in self.promise:
            return f"Model {self.version} flags from probability {self.threshold:.3f} on."
        share, sure = self.promise["bound"], self.promise["confidence"]
        return (
            f"Model {self.version} flags from probability {self.threshold:.3f} on: of "
            f"{self.promise['flagged']:.0f} accounts flagged on held-out data at least "
            f"{share:.1%} are shared, at {sure:.0%} confidence."
        )

    @property
    def alone(self) -> Card:
        """The weights for accounts without a second group."""
        return Card(prior_micro_bits=self.alone_micro_bits, shapes=dict(self.alone_shapes))

    def card(self, name: str) -> Card:
        """The card `known`, `unknown`, or the one for accounts without a second group."""
        return {"known": self.known, "unknown": self.unknown}.get(name, self.alone)


def load_scorecard(path: Path = PACKAGED) -> Scorecard:
    """Read a model file; the packaged one by default.

    Raises:
        SettingsError: There is no such file, or it is no model.

    Examples:
        >>> load_scorecard(Path("my.json"))
        Traceback (most recent call last):
        detector.errors.SettingsError: The model my.json cannot be read: no such file or directory.
        <BLANKLINE>
        Hint: name a model.json that `household calibrate` wrote
    """
    hint = "name a model.json that `household calibrate` wrote"
    try:
        scorecard = Scorecard.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise SettingsError(f"The model {path} cannot be read: {reason}.", hint=hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        reason = f"{where}: {message}" if where else message
        raise SettingsError(f"{path} is no model: {reason}.", hint=hint) from error
    if scorecard.home is None and path != PACKAGED:
        return scorecard.model_copy(update={"home": load_scorecard().home})
    return scorecard


def log_odds(chance: float) -> float:
    """Turn a probability into log-odds, base 2.

    Examples:
        >>> log_odds(0.8), log_odds(1)
        (2.0, inf)
    """
    if chance in (0, 1):
        return math.inf if chance else -math.inf
    return round(math.log2(chance / (1 - chance)), 9)


def probability(micro_bits: pl.Expr) -> pl.Expr:
    """Turn log-odds in millionths of bits into a probability.

    Examples:
        >>> pl.select(probability(pl.lit(1_000_000))).item()
        0.666667
    """
    return (1 / (1 + ((-micro_bits * PER_MICRO).clip(-60, 60) * np.log(2)).exp())).round(6)
