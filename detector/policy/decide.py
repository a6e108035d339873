"""What is done about each account: the first rule that matches and may be applied, within caps."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import dataframely as dy
import polars as pl

from detector.kinds import DEVICE_TREATMENTS, Treatment
from detector.policy.calendar import find_openings
from detector.policy.caps import HELD_BY, HeldBack, TreatedToday, apply_caps, count_held
from detector.policy.decisions import Decisions, ExternalDevices, Subjects, identify
from detector.policy.match import PASSED, RULE, WAITS, match_rules
from detector.policy.rules import Policy

S, D = Subjects, Decisions


@dataclass(frozen=True)
class Occasion:
    """When it is decided, and upon what."""

    as_of: date
    run: str
    """Fingerprint of the run that the subjects were read from."""

    earliest: datetime | None = None
    """Nothing is sent before this instant; none: the beginning of the day, UTC. Quiet hours hold
    only for what is sent at its `not_before`: hand in the time at which this is done."""

    today: dy.DataFrame[TreatedToday] | None = None
    """Whom earlier calls of this day have treated; caps count on from there."""


@dataclass(frozen=True)
class Treated:
    """What is decided on one occasion."""

    decisions: dy.DataFrame[Decisions]
    held_back: dy.DataFrame[HeldBack]


def decide_treatments(
    subjects: dy.DataFrame[Subjects],
    devices: dy.DataFrame[ExternalDevices],
    policy: Policy,
    occasion: Occasion,
) -> Treated:
    """Decide what is newly done about accounts and devices of their external households.

    Never treated, whatever the rules say: who is not flagged, whose verdict is no sharing, whose
    case a person is at or has closed (exempt, appealed, cleared, ...), who is held out of an
    experiment; and no device where home is not sure. Devices of a home are not among `devices`,
    so that they cannot be treated.

    A rule of a treatment that is not possible yet for want of anything but time is passed over,
    and the next that matches is asked; what was passed over stands in the decision's reason.

    Args:
        subjects: Accounts with their verdicts, their cases, and what was done before.
        devices: Devices that live in external households.
        policy: The rules, how long to wait, caps, quiet hours.
        occasion: The day and the run.

    Returns:
        The decisions by account and device, and how many accounts each cap held back.

    Examples:
        >>> from datetime import date
        >>> from detector.policy.rules import PolicyRule
        >>> rule = PolicyRule(name="tell", reason="Used elsewhere.", treatment=Treatment.NOTIFY)
        >>> policy = Policy(name="mild", version="1", rules=(rule,))
        >>> ada = Subjects.sample(overrides=[{"account_id": "ada", "verdict": "shared",
        ...     "flagged": True, "case_state": "open", "arm": "treated", "given": []}])
        >>> treated = decide_treatments(ada, ExternalDevices.create_empty(), policy,
        ...     Occasion(date(2026, 6, 1), run="4f1c"))
        >>> treated.decisions.select("account_id", "treatment", "rule", "reason").row(0)
        ('ada', 'notify', 'tell', 'Used elsewhere.')
    """
    if policy.kill_switch:
        return Treated(D.create_empty(), HeldBack.create_empty())
    due = _due(match_rules(subjects, devices, policy, occasion.as_of), policy)
    today = TreatedToday.create_empty() if occasion.today is None else occasion.today
    capped = apply_caps(due, policy.caps, today)
    chosen = capped.filter(pl.col(HELD_BY).is_null())
    told = chosen.pipe(_with_opening, policy, occasion).pipe(_per_device, devices)
    decisions = told.select(
        S.account_id.col,
        D.household_id.col,
        D.device_id.col,
        D.treatment.col,
        S.wave.col,
        S.episode.col,
        D.rule.col,
        D.reason.col,
        D.not_before.col,
        as_of=pl.lit(occasion.as_of),
        run=pl.lit(occasion.run),
        withdraws=pl.lit(None, pl.String),
    ).sort(S.account_id.name, D.device_id.name, nulls_last=False)
    return Treated(
        decisions.with_columns(identify(decisions)).pipe(D.validate, cast=True), count_held(capped)
    )


def _due(matched: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The accounts to which their rule does something today, and what it says."""
    rules = pl.DataFrame(
        {
            RULE: range(len(policy.rules)),
            D.treatment.name: [str(rule.treatment) for rule in policy.rules],
            D.rule.name: [rule.name for rule in policy.rules],
            "words": [rule.reason for rule in policy.rules],
        },
        schema_overrides={RULE: pl.UInt32},
    )
    passed = pl.when(pl.col(PASSED) != "").then(pl.format(" Passed over: {}.", pl.col(PASSED)))
    return (
        matched.filter(pl.col(RULE).is_not_null(), pl.col(WAITS).is_null())
        .join(rules, on=RULE)
        .filter(D.treatment.col != Treatment.NONE)
        .with_columns(pl.concat_str("words", passed, ignore_nulls=True).alias(D.reason.name))
    )


def _with_opening(chosen: pl.DataFrame, policy: Policy, occasion: Occasion) -> pl.DataFrame:
    """Say for each account when its decision may be sent; reckoned once per country."""
    earliest = occasion.earliest or datetime.combine(occasion.as_of, time(), UTC)
    countries = chosen[S.country.name].unique().to_list()
    openings = find_openings(countries, earliest, policy.calendar)
    table = pl.DataFrame(
        {S.country.name: [*openings], D.not_before.name: [*openings.values()]},
        schema={S.country.name: pl.String, D.not_before.name: D.not_before.dtype},
    )
    return chosen.join(table, on=S.country.name, how="left", nulls_equal=True)


def _per_device(chosen: pl.DataFrame, devices: dy.DataFrame[ExternalDevices]) -> pl.DataFrame:
    """One row per external device for what is done to devices, else one for the account."""
    to_devices = D.treatment.col.is_in([str(each) for each in DEVICE_TREATMENTS])
    known = devices.select(*ExternalDevices.column_names())
    accounts = chosen.filter(~to_devices).with_columns(
        pl.lit(None, pl.String).alias(D.household_id.name),
        pl.lit(None, pl.String).alias(D.device_id.name),
    )
    return pl.concat(
        [accounts, chosen.filter(to_devices).join(known, on=S.account_id.name)], how="diagonal"
    )
