"""A policy in plain words, and which of its rules say what about one account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import dataframely as dy
import polars as pl

from detector.kinds import Treatment
from detector.plain_text import plain_text
from detector.policy.conditions import Condition, conditions_of
from detector.policy.decisions import ExternalDevices, Subjects
from detector.policy.guards import HAS_DEVICES, NOT_IN_FORCE, list_demands, list_needs, list_waits
from detector.policy.match import holds, with_direct_sales
from detector.policy.opening_hours import CalendarSettings
from detector.policy.rules import BEYOND_NOTIFY, Policy, PolicyRule


@dataclass(frozen=True)
class Answered:
    """What one rule, or what holds for all rules, says about one account."""

    rule: str
    """Empty: whatever the rules say."""
    treatment: Treatment
    outcome: str
    """applied, waits, passed_over, does_not_match, never, stopped"""
    because: tuple[str, ...] = ()
    """What is not true of the account."""

    @property
    def text(self) -> str:
        """The answer in a sentence."""
        lacks = "; ".join(self.because)
        match self.outcome:
            case "applied":
                return f"{self.rule}: matches, so that the account is given {self.treatment}"
            case "waits" if NOT_IN_FORCE in self.because:
                return f"{self.rule}: matches and wins; {self.treatment} is in force already"
            case "waits":
                return f"{self.rule}: matches and wins, but waits until {lacks}"
            case "passed_over":
                return f"{self.rule}: matches, but is passed over; it is not true that {lacks}"
            case "never":
                return f"never treated, whatever the rules say; it is not true that {lacks}"
            case "stopped":
                return "the kill switch is on: nothing new is done to anybody"
            case _:
                return f"{self.rule}: does not match; it is not true that {lacks}"


def explain(policy: Policy) -> str:
    """Say in words what a policy does and what it never does.

    Examples:
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY,
        ...     min_runs_flagged=2)
        >>> print(explain(Policy(name="mild", version="1", rules=(rule,))).split("Never")[0])
        Policy mild, version 1
        <BLANKLINE>
        Rules; the first that matches and may be applied wins:
          1. tell: notify, if 2 or more runs in a row have flagged it
             Used elsewhere.
        <BLANKLINE>
        <BLANKLINE>
    """
    used = [t for t in Treatment if t in {rule.treatment for rule in policy.rules}]
    parts = [
        [f"Policy {plain_text(policy.name)}, version {plain_text(policy.version)}"],
        ["The kill switch is on: nothing new is done to anybody."] if policy.kill_switch else [],
        ["Rules; the first that matches and may be applied wins:", *_rules(policy)],
        ["Never treated, whatever the rules say, unless all of this is true of an account:"]
        + [f"  - {each.words}" for each in list_demands()],
        *(_treatment(each, policy) for each in used if each is not Treatment.NONE),
        ["Beyond notify:", *_acceptance(policy)],
        ["Accounts newly treated on one day, the surest first:", *_caps(policy)],
        ["Nothing is sent:", *_calendar(policy.calendar)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def answer_rules(
    policy: Policy,
    subject: dy.DataFrame[Subjects],
    devices: dy.DataFrame[ExternalDevices],
    as_of: date,
) -> list[Answered]:
    """Ask each rule in turn about one account, down to the one that wins.

    Caps are left aside: they ask who else is treated that day.

    Args:
        policy: The rules.
        subject: The account, one row.
        devices: Devices of its external households.
        as_of: The day.

    Examples:
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY)
        >>> policy = Policy(name="mild", version="1", rules=(rule,))
        >>> ada = Subjects.sample(overrides=[{"account_id": "ada", "verdict": "shared",
        ...     "flagged": True, "case_state": "exempt", "arm": "treated", "given": []}])
        >>> answers = answer_rules(policy, ada, ExternalDevices.create_empty(), date(2026, 6, 1))
        >>> answers[0].outcome, answers[0].because[0][:44]
        ('never', 'its case is open, confirmed, warned, grace, ')
    """
    has_devices = pl.lit(devices.height > 0).alias(HAS_DEVICES)
    row = subject.pipe(with_direct_sales, policy).with_columns(has_devices)
    if policy.kill_switch:
        return [Answered("", Treatment.NONE, "stopped")]
    if missing := _missing(list_demands(), row):
        return [Answered("", Treatment.NONE, "never", missing)]
    answers: list[Answered] = []
    for rule in policy.rules:
        answers.append(_answer(rule, policy, row, as_of))
        if answers[-1].outcome in ("applied", "waits"):
            break
    return answers


def why(
    policy: Policy,
    subject: dy.DataFrame[Subjects],
    devices: dy.DataFrame[ExternalDevices],
    as_of: date,
) -> str:
    """Say which rule wins for one account, which were passed over, and why; one line each.

    Examples:
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY,
        ...     partners=("telco",))
        >>> policy = Policy(name="mild", version="1", rules=(rule,))
        >>> ada = Subjects.sample(overrides=[{"account_id": "ada", "verdict": "shared",
        ...     "partner": None, "flagged": True, "case_state": "open", "arm": "treated"}])
        >>> print(why(policy, ada, ExternalDevices.create_empty(), date(2026, 6, 1)))
        tell: does not match; it is not true that it was sold through telco
        No rule applies: nothing is done.
    """
    answers = answer_rules(policy, subject, devices, as_of)
    lines = [each.text for each in answers]
    if all(each.outcome in ("does_not_match", "passed_over") for each in answers):
        lines.append("No rule applies: nothing is done.")
    return "\n".join(lines)


def _answer(rule: PolicyRule, policy: Policy, row: pl.DataFrame, as_of: date) -> Answered:
    if missing := _missing(conditions_of(rule), row):
        return Answered(rule.name, rule.treatment, "does_not_match", missing)
    if rule.treatment is Treatment.NONE:
        return Answered(rule.name, rule.treatment, "applied")
    if missing := _missing(list_needs(rule.treatment, policy), row):
        return Answered(rule.name, rule.treatment, "passed_over", missing)
    if missing := _missing(list_waits(rule.treatment, policy, as_of), row):
        return Answered(rule.name, rule.treatment, "waits", missing)
    return Answered(rule.name, rule.treatment, "applied")


def _missing(conditions: list[Condition], row: pl.DataFrame) -> tuple[str, ...]:
    names = [str(number) for number in range(len(conditions))]
    asked = (holds(each).alias(name) for each, name in zip(conditions, names, strict=True))
    answers = row.select(pl.lit(0).alias("row"), *asked).row(0, named=True)
    return tuple(
        each.words for each, name in zip(conditions, names, strict=True) if not answers[name]
    )


def _rules(policy: Policy) -> Iterator[str]:
    for number, rule in enumerate(policy.rules, start=1):
        asked = "; ".join(each.words for each in conditions_of(rule))
        yield f"  {number}. {rule.name}: {rule.treatment}, if {asked or 'it is flagged'}"
        yield f"     {plain_text(rule.reason)}"


def _treatment(treatment: Treatment, policy: Policy) -> list[str]:
    day = date.min  # only the words are asked for
    asked = [*list_needs(treatment, policy), *list_waits(treatment, policy, day)]
    return [f"{treatment} only when:", *(f"  - {each.words}" for each in asked)]


def _acceptance(policy: Policy) -> list[str]:
    """Who answers for what no person confirms, and how many persons it takes."""
    twice = ["  - what one person confirmed counts once a second one confirms it too"]
    return [*_accepted(policy), *(twice if policy.review.second_look else [])]


def _accepted(policy: Policy) -> list[str]:
    accepted = [str(each) for each in BEYOND_NOTIFY if each in policy.accepted_for]
    if not accepted:
        return ["  - a person confirms each case"]
    return [
        f"  - {', '.join(accepted)} without a person: accepted by {plain_text(policy.accepted_by)}",
        "  - all else only once a person has confirmed the case",
    ]


def _caps(policy: Policy) -> list[str]:
    caps = policy.caps.model_dump(exclude_none=True)
    words = {"per_day": "", "per_partner_per_day": " of each partner"}
    return [
        f"  - at most {cap}{words.get(name, ' of each country')}" for name, cap in caps.items()
    ] or ["  - no cap"]


def _calendar(calendar: CalendarSettings) -> list[str]:
    lines: list[str] = []
    if calendar.quiet:
        begin, end = (f"{each:%H:%M}" for each in calendar.quiet)
        lines.append(f"  - from {begin} to {end}")
    if calendar.quiet_weekdays:
        lines.append(f"  - on {', '.join(calendar.quiet_weekdays)}")
    for country, days in calendar.holidays.items():
        where = "everywhere" if country == "*" else f"in {plain_text(country)}"
        lines.append(f"  - {where} on {', '.join(f'{day}' for day in days)}")
    if not lines:
        return ["  - at no time in particular"]
    zones = [
        f"{plain_text(country)} {zone if isinstance(zone, str) else ' and '.join(zone)}"
        for country, zone in calendar.time_zones.items()
    ]
    elsewhere = f"{'; elsewhere ' if zones else ''}{calendar.time_zone}"
    return [*lines, f"  by the clock of {', '.join(zones)}{elsewhere}"]
