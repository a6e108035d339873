"""What a pilot asks, as a file says it: whom it compares, for how long, and when it must stop."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from detector.policy.read import read_model
from detector.runs.manifest import hash_json

PACKAGED = Path(__file__).with_name("default.toml")
"""The pilot that is planned where no other is named."""

STRATA = ("partner", "country", "band", "pattern")
"""What accounts may be drawn within."""

Stratum = Literal["partner", "country", "band", "pattern"]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]
Above = Annotated[float, Field(gt=0)]


class PilotPart(BaseModel):
    """Base of what a plan is made of: immutable, no misspelt key, no number for a word."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class PilotOutcome(PilotPart):
    """One thing that is compared between the arms."""

    name: Word
    """As the column of the outcomes is called."""

    label: Annotated[str, Field(min_length=1)]
    """In a sentence: *of the treated, 3 % `cancelled`*; *of the treated, 0.2 `contacts each`*."""

    kind: Literal["share", "count", "amount"]
    """0 or 1 of each account; events of each; or any number, such as revenue."""

    baseline: Annotated[float, Field(ge=0)]
    """What is expected of the held-out over `over_days`."""

    over_days: Above
    """Days over which the baseline and the change are told."""

    worth_seeing: Above
    """The smallest change over `over_days` that would alter what is done next."""

    source: Annotated[str, Field(min_length=1)]
    """Where the baseline is from, so that nobody takes an estimate for a figure."""

    spread: Above | None = None
    """Standard deviation of an amount over `over_days`; of counts their variance over their mean,
    1 if left out."""

    before: Word | None = None
    """A column that says what the account did before the pilot, to take chance out by."""

    harm: Literal["more", "less"] | None = None
    """Which way is bad; left out, neither is."""

    harm_limit: Annotated[float, Field(ge=0)] | None = None
    """The pilot stops if the harm, as it is counted, is proven and at least so large."""

    @model_validator(mode="after")
    def _can_be_planned(self) -> Self:
        if self.kind == "share" and not self.baseline + self.worth_seeing < 1:
            raise ValueError("a share and its change are below 1")
        if self.kind == "amount" and self.spread is None:
            raise ValueError("an amount needs its spread, the standard deviation")
        if (self.harm is None) != (self.harm_limit is None):
            raise ValueError("harm and harm_limit belong together: which way, and how much")
        return self


class PilotPlan(PilotPart):
    """A pilot: some accounts are treated, some are held out by lot, and the two are compared.

    Examples:
        >>> plan = read_plan(PACKAGED.read_text(encoding="utf-8"), source="default.toml")
        >>> plan.name, [outcome.name for outcome in plan.outcomes]
        ('pilot', ['cancelled', 'converted', 'contacts'])
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$", max_length=60)]
    """What it is called; another name draws other hold-outs with the same key."""

    unit: Literal["account", "cluster"] = "account"
    """What is drawn: accounts, or regions whole, where neighbours talk to each other."""

    hold_out: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share that is left in peace. At a half a pilot sees most, and forgoes most."""

    days: Annotated[int, Field(ge=1, le=730)] = 42
    """How long it lasts."""

    strata: tuple[Stratum, ...] = STRATA
    """Within which the share is kept exactly."""

    bands: tuple[Share, ...] = (0.9, 0.99, 0.999)
    """Where bands of probability meet."""

    looks: Annotated[int, Field(ge=1, le=20)] = 5
    """How often it is read while it runs, the end included."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """Chance of a false alarm over all looks, of each outcome."""

    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.8
    """How surely a change worth seeing should be seen."""

    icc: Annotated[float, Field(ge=0, le=1)] = 0.01
    """How alike accounts of one region are: a share of their spread. Our estimate; regions' own
    figures of a quarter give a better one."""

    outcomes: Annotated[tuple[PilotOutcome, ...], Field(min_length=1)]
    """The first is what the pilot is for; p-values of the others are corrected for their number."""

    @model_validator(mode="after")
    def _is_distinct(self) -> Self:
        for what, given in (
            ("outcomes", [each.name for each in self.outcomes]),
            ("strata", list(self.strata)),
            ("bands", list(self.bands)),
        ):
            if len(set(given)) < len(given):
                raise ValueError(f"{what}: one of them is named twice")
        if list(self.bands) != sorted(self.bands):
            raise ValueError("bands: write them rising")
        return self


def read_plan(text: str, *, source: str) -> PilotPlan:
    r"""Read a pilot from TOML.

    Args:
        text: What the file holds.
        source: What the file is called, for messages.

    Raises:
        SettingsError: No TOML, a misspelt key, a wrong value.

    Examples:
        >>> read_plan("name = 'spring'\nholdout = 0.1", source="pilot.toml")
        Traceback (most recent call last):
        ...
        detector.errors.SettingsError: pilot.toml: outcomes is missing
        pilot.toml: line 2: there is no holdout; did you mean hold_out?
    """
    return read_model(PilotPlan, text, source=source)


def fingerprint(plan: PilotPlan) -> str:
    """Hash all that a plan says, in whatever order and with whatever comments."""
    return hash_json(plan.model_dump(mode="json"))


def band_names(bands: Sequence[float]) -> list[str]:
    """What bands of probability are called.

    Examples:
        >>> band_names([0.9, 0.99])
        ['below 0.9', '0.9 to 0.99', '0.99 and above']
    """
    if not bands:
        return ["all"]
    between = [f"{low:g} to {high:g}" for low, high in pairwise(bands)]
    return [f"below {bands[0]:g}", *between, f"{bands[-1]:g} and above"]
