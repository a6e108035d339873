"""What a file of assumptions may say, with units; `read` makes one of these from TOML."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from detector.kinds import Treatment
from detector.policy.rules import PolicyPart, Word

NO_FIGURE = "no public figure"
"""The source of what nobody has published: its range is wide for that reason."""

Share = Annotated[float, Field(ge=0, le=1)]
AboveZero = Annotated[float, Field(gt=0)]
Week = Annotated[tuple[AboveZero, ...], Field(min_length=7, max_length=7)]
Hours = Annotated[tuple[AboveZero, ...], Field(min_length=24, max_length=24)]


class Assumed(PolicyPart):
    """A number that is not known: a range that holds it nine times in ten, and who says so."""

    range: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]
    """From the value above which it is 19 times in 20, to the one below which it is; twice the
    same number is known for certain."""

    source: Word
    """Who says so, and of whom; `no public figure` where nobody does."""

    @model_validator(mode="after")
    def _is_range(self) -> Self:
        low, high = self.range
        if low > high:
            raise ValueError("the range ends below its beginning; write the smaller number first")
        if low == 0 < high:
            raise ValueError("a range begins above 0; write a small number, as 0.001")
        return self


class AssumedShare(Assumed):
    """The same of a share: Beta instead of Gamma."""

    @model_validator(mode="after")
    def _is_share(self) -> Self:
        low, high = self.range
        if high > 1 or (high == 1 and low < 1):
            raise ValueError("a share is below 1")
        return self


class Propensity(PolicyPart):
    """How many contacts a treated account makes."""

    contacts: Assumed
    """Contacts of an account after notice, over all the days of `delay`; of partners on average."""

    partner_spread: Assumed
    """Coefficient of variation of that between desks: some explain, some do not."""

    treatments: dict[Treatment, Assumed] = Field(default={})
    """Contacts after a treatment, for each after notice."""

    patterns: dict[str, Assumed] = Field(default={})
    """Contacts of accounts with a pattern, for each of an account with any."""

    plans: dict[str, Assumed] = Field(default={})
    """Contacts of accounts on a plan, for each of an account on any."""


class LadderStep(PolicyPart):
    """What follows the first treatment of an account."""

    treatment: Treatment
    after_days: Annotated[int, Field(ge=1, le=365)]
    """Days after its wave."""
    share: AssumedShare
    """Share of treated accounts that still come to it: the others complied, left or appealed."""


class Delay(PolicyPart):
    """When people ring after they were treated."""

    mean_days: Assumed
    """Mean of the days from a treatment until a contact about it."""

    shape: Assumed
    """Of the Gamma curve of days: 1 falls from the first day on, above 1 there is a hump, below 1
    many ring at once and some very late."""

    tail_days: Annotated[int, Field(ge=7, le=180)]
    """Days after a treatment on which contacts are counted; what is forecast ends with them."""


class Profile(PolicyPart):
    """On which days of the week and in which hours people ring, if they are answered."""

    weekdays: Week
    """Monday first; only their ratios count."""

    weekday_trust: AboveZero
    """Contacts that are as telling of a desk's week as these numbers are."""

    hours: Hours
    """From 00:00 on, by the desk's clock; only their ratios count."""

    hour_trust: AboveZero
    """Contacts that are as telling of a desk's day as these numbers are."""

    channels: dict[str, AboveZero]
    """Shares of contacts by channel, taken over those that a partner has."""

    source: Word


class Noise(PolicyPart):
    """How far waves, days and half-hours stray beyond chance."""

    wave_spread: Assumed
    """Coefficient of variation of what a treatment of a wave brings, around the same of its desk's
    other waves: lists differ, and word gets round."""

    day_spread: Assumed
    """Coefficient of variation of a day's contacts around what is expected, beyond Poisson's."""

    half_hour_spread: Assumed
    """The same of a half-hour within its day."""


class Friction(PolicyPart):
    """What honest payers are put through, from the first wave of their partner on."""

    asked: AssumedShare
    """Share of paying accounts that are asked for a code within `within_days`."""

    within_days: Annotated[int, Field(ge=1, le=730)]
    contacts: Assumed
    """Contacts for each account that was asked."""


class Worth(PolicyPart):
    """What becomes of treated accounts and of those who borrowed them."""

    complied: AssumedShare
    """Share of treated accounts on which sharing ends within 180 days."""

    cancelled: AssumedShare
    """Share of treated accounts that cancel within 180 days, beyond those who would anyway."""

    converted: AssumedShare
    """Share of external households that take an account of their own within 180 days, beyond those
    who would anyway."""

    tail: Assumed
    """Conversions within 24 months for each within 180 days."""

    extra_members: AssumedShare
    """Share of treated accounts that pay for an extra member, where that is sold."""

    no_extra_members: tuple[str, ...]
    """Plans on which none is sold; neither is one through a partner."""

    currency: Word
    price: dict[str, AboveZero]
    """A month of each plan."""

    other_price: AboveZero
    """A month of a plan that is not listed, and of what a new account takes."""

    extra_member_price: AboveZero


class Staffing(PolicyPart):
    """How desks are staffed."""

    answered: Annotated[float, Field(gt=0, lt=1)]
    """Share of contacts that are to be answered in time."""

    within_s: Annotated[float, Field(ge=0)]
    handling_s: AboveZero
    """Seconds that a contact takes, with what is written down after it."""

    patience_s: AboveZero | None = None
    """Mean seconds after which people hang up; none: they wait for ever (Erlang C)."""

    shrinkage: Annotated[float, Field(ge=0, lt=1)]
    """Share of paid time in which an agent answers nobody: breaks, training, illness."""

    staff_for: Literal["expected", "high_50", "high_80", "high_95"]
    """The load that agents are counted for: `high_80` is exceeded in one half-hour of ten."""

    source: Word


class Assumptions(PolicyPart):
    """All that a forecast takes for granted."""

    name: Word
    version: Word
    propensity: Propensity
    steps: tuple[LadderStep, ...] = ()
    delay: Delay
    profile: Profile
    noise: Noise
    friction: Friction
    worth: Worth
    staffing: Staffing
    closed: dict[str, tuple[date, ...]] = Field(default={})
    """Days on which desks are closed, by country; `*` is every country."""

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        order = [list(Treatment).index(step.treatment) for step in self.steps]
        days = [step.after_days for step in self.steps]
        if order != sorted(set(order)) or days != sorted(set(days)):
            raise ValueError("[[steps]] go from mild to harsh, each later than the one before")
        return self
