"""What is expected of a policy: accounts in a file, and what each should be given."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

import dataframely as dy
import polars as pl
from pydantic import Field, field_validator

from detector.kinds import CaseState, Treatment
from detector.policy.caps import PolicyCaps
from detector.policy.decide import Occasion, decide_treatments
from detector.policy.decisions import STANDING, TREATED_ARM, Decisions, ExternalDevices, Subjects
from detector.policy.explain import answer_rules
from detector.policy.read import read_fields, read_model
from detector.policy.rules import Days, Policy, PolicyPart, Share, Word

AFTER_CONFIRMATION = (CaseState.CONFIRMED, CaseState.GRACE, CaseState.TREATED, CaseState.UPHELD)
"""States that a case comes to only once a person has confirmed it."""

LONG_AGO = timedelta(days=365)


class PolicyCase(PolicyPart):
    """An account as it might be, and what a policy should do about it.

    What is not said of it is as of an account that was just flagged for the third time, and of
    which nobody has seen the case.
    """

    name: Word
    """What the case is about."""

    day: date
    """On which it is decided."""

    expect: Treatment
    """What it is given that day; `none`: nothing new."""

    rule: Word | None = None
    """The rule by which; left out: whichever."""

    not_before: datetime | None = None
    """When it is sent at the earliest, with its time zone; left out: whenever."""

    external_devices: Annotated[int, Field(ge=0, le=1000)] = 1
    """Devices that are known to live elsewhere."""

    verdict: Literal["one_household", "shared", "resold", "insufficient_evidence"] = "shared"
    """What the run says."""

    flagged: bool = True
    """Whether the run flags it."""

    probability: Share = 0.995
    """That it is shared."""

    threshold: Share = 0.9
    """From which it is flagged."""

    home_confidence: Share = 0.99
    """That its first household is home."""

    pattern: str = "second_household"
    """As in accounts.parquet."""

    external_households: Annotated[int, Field(ge=0)] = 1
    """Other households that use it."""

    runs_flagged: Annotated[int, Field(ge=0)] = 3
    """Runs in a row that flagged it."""

    partner: Word | None = None
    """The operator through which it was sold."""

    country: Word | None = None
    """Of record."""

    plan: Word | None = None
    """Left out: not known."""

    account_age_days: Days | None = 400
    """Since it was signed up."""

    case_state: CaseState = CaseState.OPEN
    """Where its case stands."""

    since: date | None = None
    """The day on which it came to stand there; left out: a year ago."""

    confirmed: bool | None = None
    """Whether a person confirmed it in this episode; left out: as its state tells."""

    episode: Annotated[int, Field(ge=0)] = 0
    """How often its case was opened again."""

    given: tuple[Treatment, ...] = ()
    """Treatments in force in this episode."""

    last_given: date | None = None
    """The day of the last of them; left out: a year ago."""

    given_before: tuple[Treatment, ...] = ()
    """Treatments of all episodes; those in force are counted with them."""

    wave: Word = STANDING
    """The wave that it is in."""

    arm: Word = TREATED_ARM
    """Of an experiment; any other is a hold-out."""

    @field_validator("not_before")
    @classmethod
    def _has_a_time_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("it ends with its time zone, as in 2026-06-01T09:00:00+02:00")
        return value


class PolicyCases(PolicyPart):
    """What a file of cases holds."""

    cases: Annotated[tuple[PolicyCase, ...], Field(min_length=1)]


@dataclass(frozen=True)
class CaseResult:
    """What a policy does about one case, beside what is expected."""

    name: str
    expected: str
    got: str
    why: tuple[str, ...]
    """What each rule says, down to the one that wins."""

    @property
    def passed(self) -> bool:
        """Whether it is as expected."""
        return self.expected == self.got

    @property
    def text(self) -> str:
        """One line."""
        said = " / ".join(self.why)
        return f"{self.name}: expected {self.expected}, got {self.got}: {said}"


def read_cases(text: str, *, source: str) -> PolicyCases:
    """Read a file of cases from TOML.

    Raises:
        SettingsError: With the line of each thing to mend.

    Examples:
        >>> cases = '''
        ... [[cases]]
        ... name = "a first flag"
        ... day = 2026-06-01
        ... expect = "notify"
        ... '''
        >>> read_cases(cases, source="cases.toml").cases[0].case_state.value
        'open'
    """
    return read_model(PolicyCases, text, source=source)


def case_from(fields: dict[str, Any], day: date) -> PolicyCase:
    """Make a case of which nothing is expected from what is known of an account.

    Raises:
        SettingsError: With a line for each field that there is not, or that is something else.

    Examples:
        >>> case_from({"partner": "Orbex"}, date(2026, 6, 1)).partner
        'Orbex'
    """
    known = {"name": "account", "day": day, "expect": Treatment.NONE, **fields}
    return read_fields(PolicyCase, known, source="--account")


def run_cases(policy: Policy, cases: PolicyCases) -> list[CaseResult]:
    """Decide about each case by itself; caps are left aside, for they ask who else is treated."""
    return [_run(policy.model_copy(update={"caps": PolicyCaps()}), case) for case in cases.cases]


def tables_of(case: PolicyCase) -> tuple[dy.DataFrame[Subjects], dy.DataFrame[ExternalDevices]]:
    """The account of a case and its devices, as tables."""
    told = case.model_dump(mode="python", include={*Subjects.column_names()})
    given = [str(each) for each in case.given]
    confirmed = case.case_state in AFTER_CONFIRMATION if case.confirmed is None else case.confirmed
    row = {
        **told,
        Subjects.account_id.name: case.name,
        Subjects.case_state.name: str(case.case_state),
        Subjects.confirmed.name: confirmed,
        Subjects.since.name: case.since or case.day - LONG_AGO,
        Subjects.given.name: given,
        Subjects.last_given.name: case.last_given or (case.day - LONG_AGO if given else None),
        Subjects.given_before.name: list(map(str, dict.fromkeys([*case.given_before, *given]))),
    }
    schema = {name: column.dtype for name, column in Subjects.columns().items()}
    subject = Subjects.validate(pl.DataFrame([row], schema=schema), cast=True)
    known = pl.DataFrame(
        {
            ExternalDevices.account_id.name: case.name,
            ExternalDevices.device_id.name: [f"{n}" for n in range(case.external_devices)],
            ExternalDevices.household_id.name: "elsewhere",
        },
        schema=dict.fromkeys(ExternalDevices.column_names(), pl.String),
    )
    return subject, ExternalDevices.validate(known)


def _run(policy: Policy, case: PolicyCase) -> CaseResult:
    subject, devices = tables_of(case)
    treated = decide_treatments(subject, devices, policy, Occasion(case.day, run=""))
    answers = answer_rules(policy, subject, devices, case.day)
    wins = answers[-1].outcome in ("applied", "waits")
    done = treated.decisions.head(1).to_dicts()
    return CaseResult(
        case.name,
        expected=_worded(case, case.expect, case.rule, case.not_before),
        got=_worded(
            case,
            done[0][Decisions.treatment.name] if done else Treatment.NONE,
            answers[-1].rule if wins else "no rule",
            done[0][Decisions.not_before.name] if done else None,
        ),
        why=tuple(each.text for each in answers),
    )


def _worded(case: PolicyCase, treatment: str, rule: str | None, not_before: datetime | None) -> str:
    """A treatment, and as much of how it is given as the case asks for."""
    by = f" by {rule}" if case.rule else ""
    sent = not_before if case.not_before else None
    when = f" not before {sent.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if sent else ""
    return f"{treatment}{by}{when}"
