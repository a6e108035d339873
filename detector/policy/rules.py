"""What a policy file may say, with its units and reasons; `read` makes one of these from TOML."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from detector.kinds import DEVICE_TREATMENTS, SURE_OF_HOME, CaseState, Treatment
from detector.policy.opening_hours import CalendarSettings

ANY = "*"
"""In a list of partners: sold through whichever partner."""

BEYOND_NOTIFY = tuple(t for t in Treatment if t not in (Treatment.NONE, Treatment.NOTIFY))
"""What only a person may decide, unless the policy names who answers for it (GDPR art. 22)."""

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=0, le=3650)]
Cap = Annotated[int | None, Field(ge=0)]
Word = Annotated[str, Field(min_length=1)]
Words = Annotated[tuple[Word, ...] | None, Field(min_length=1)]
Given = Annotated[tuple[Treatment, ...] | None, Field(min_length=1)]


class PolicyPart(BaseModel):
    """Base of what a policy is made of: immutable, no misspelt key, no number for a word."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class PolicyRule(PolicyPart):
    """One rule: what is done to accounts of which all that is asked here is true.

    What is not known of an account meets no condition on it, in neither direction. An account
    without a partner was sold directly.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$", max_length=60)]
    """How decisions, explanations and reports call it."""

    reason: Word
    """Why, in words that somebody who asks on the telephone can be told."""

    treatment: Treatment
    """What is done; `none` lets the account be, and no later rule is asked."""

    verdicts: Annotated[tuple[Literal["shared", "resold"], ...] | None, Field(min_length=1)] = None
    """Its verdict is one of these; the others are never treated."""

    min_probability: Share | None = None
    """It is shared at least so probably; the flag itself asks for the run's threshold."""

    max_probability: Share | None = None
    """It is shared at most so probably."""

    min_home_confidence: Share | None = None
    """Which household is home is known at least so surely."""

    patterns: Words = None
    """Its pattern is one of these, as in accounts.parquet: `second_household`, ..."""

    min_external_households: Annotated[int | None, Field(ge=0)] = None
    """At least so many other households use it."""

    max_external_households: Annotated[int | None, Field(ge=0)] = None
    """At most so many other households use it."""

    min_runs_flagged: Annotated[int | None, Field(ge=1)] = None
    """Flagged by at least so many runs in a row: what is real lasts."""

    partners: Words = None
    """It was sold through one of these operators; `*` is whichever."""

    not_partners: Words = None
    """It was not sold through one of these operators; `*`: it was sold directly."""

    countries: Words = None
    """Its country of record is one of these."""

    plans: Words = None
    """Its plan is one of these."""

    not_plans: Words = None
    """Its plan is known, and none of these."""

    min_account_age_days: Days | None = None
    """It was signed up at least so many days ago."""

    case_states: Annotated[tuple[CaseState, ...] | None, Field(min_length=1)] = None
    """Its case is in one of these states."""

    given: Given = None
    """All of these are in force in this episode of its case."""

    not_given: Given = None
    """None of these is in force in this episode."""

    given_before: Given = None
    """All of these were given in some episode, this one or an earlier one."""

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        for least, most in (
            (self.min_probability, self.max_probability),
            (self.min_external_households, self.max_external_households),
        ):
            if least is not None and most is not None and least > most:
                raise ValueError("the least is above the most, so that the rule can never hold")
        return self


class TreatmentTerms(PolicyPart):
    """How long an account is let be before a treatment is given."""

    notice_days: Days = 0
    """Days since what was last given in this episode; above 0, notice must have been."""

    grace_days: Days = 0
    """Days more, after the notice has run out; for devices also those of the case in grace."""

    cooldown_days: Days = 0
    """Days since whatever was last given in this episode."""


class PolicyCaps(PolicyPart):
    """How many accounts are newly treated on one day: what call centres can bear."""

    per_day: Cap = None
    """In all."""

    per_partner_per_day: Cap = None
    """Of each partner; accounts sold directly have none."""

    per_country_per_day: Cap = None
    """Of each country; those of no known country are one of their own."""


class ReviewTerms(PolicyPart):
    """How people's answers about accounts are checked, and what follows from them."""

    second_look: bool = False
    """What one person confirmed counts for a treatment only after a second one looked without
    knowing that, and confirmed it too; an appeal that was refused was looked at twice already."""

    second_share: Share = 0.05
    """Share of answers that a second person looks at anyway: so many cost one answer in twenty,
    and after 400 tell an agreement of nine in ten within five points."""

    golden_share: Share = 0.03
    """Share of a reviewer's accounts whose answer is known: one in a shift of thirty."""

    unflagged_share: Share = 0.001
    """Share of unflagged accounts that people look at: of a million a thousand, without which
    nobody knows what is missed."""

    overturn_limit: Share = 0.1
    """A reason is suspended if more than this share of its accounts turned out to be none: at a
    threshold that promises one wrong flag in a hundred, ten times what was promised."""

    overturn_min_reviews: Annotated[int, Field(ge=1)] = 20
    """Accounts that must have been looked at before: of fewer, one or two mistakes say little."""


class Policy(PolicyPart):
    """Who is treated how; the first rule that matches and may be applied wins.

    Examples:
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY)
        >>> Policy(name="mild", version="1", rules=(rule,)).home_confidence
        0.98
    """

    name: Word
    """What the policy is called."""

    version: Word
    """Which edition of it this is."""

    direct: tuple[Word, ...] = ("direct",)
    """What the accounts table calls the partner of accounts that were sold directly."""

    kill_switch: bool = False
    """Nothing new is done to anybody; what was done can still be withdrawn."""

    max_run_age_days: Annotated[int, Field(ge=0)] = 14
    """Days after the last one judged on which a run may still be acted upon: families move, and
    stale evidence is nobody's fault."""

    require_verified: bool = False
    """A run is acted upon only if every row of its log stands in a file with checksums or digests,
    as told by `verified_share` in run.json: elsewhere a flipped bit is read as data."""

    home_confidence: Annotated[float, Field(ge=0.5, le=1)] = SURE_OF_HOME
    """Devices are treated only where home is known so surely: a log seldom says who pays, and the
    devices elsewhere may be the owner's."""

    accepted_by: str = ""
    """Who answers for decisions beyond `notify` that no person confirms (GDPR art. 22)."""

    accepted_for: tuple[Treatment, ...] = ()
    """For which treatments; for all others a person confirms each case."""

    rules: Annotated[tuple[PolicyRule, ...], Field(min_length=1)]
    """In the order in which they are asked."""

    treatments: dict[Treatment, TreatmentTerms] = {}
    """How long to wait before each."""

    caps: PolicyCaps = PolicyCaps()
    """How many accounts a day."""

    review: ReviewTerms = ReviewTerms()
    """How people's answers are checked."""

    calendar: CalendarSettings = CalendarSettings()
    """When nothing is sent."""

    def terms(self, treatment: Treatment) -> TreatmentTerms:
        """How long to wait before a treatment."""
        return self.treatments.get(treatment, TreatmentTerms())

    @model_validator(mode="after")
    def _has_distinct_rules(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}; decisions name them: rename one")
        return self

    @model_validator(mode="after")
    def _says_who_accepts(self) -> Self:
        if bool(self.accepted_by) != bool(self.accepted_for):
            raise ValueError(
                "accepted_by and accepted_for belong together: who answers, and for what"
            )
        if wrong := [each.value for each in self.accepted_for if each not in BEYOND_NOTIFY]:
            raise ValueError(f"accepted_for: {wrong[0]!r} needs nobody's acceptance; leave it out")
        return self

    @model_validator(mode="after")
    def _gives_notice_at_once(self) -> Self:
        for treatment in (Treatment.NONE, Treatment.NOTIFY):
            if self.terms(treatment).notice_days or self.terms(treatment).grace_days:
                raise ValueError(
                    f"[treatments.{treatment.value}] has no notice_days or grace_days: they "
                    "are counted from the notice"
                )
        return self

    @model_validator(mode="after")
    def _gives_notice_before_devices(self) -> Self:
        used = {rule.treatment for rule in self.rules} & {*DEVICE_TREATMENTS}
        for treatment in sorted(used, key=list(Treatment).index):
            if self.terms(treatment).notice_days < 1:
                raise ValueError(
                    f"no device is stopped without notice: write [treatments.{treatment.value}] "
                    "with notice_days = 14, or any other number above 0"
                )
        return self
