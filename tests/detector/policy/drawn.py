"""Accounts, their devices and policies: written by hand with what matters, or drawn at random."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from random import Random

import dataframely as dy
import polars as pl
from hypothesis import strategies as st

from detector.kinds import DEVICE_TREATMENTS, VERDICTS, CaseState, Treatment
from detector.policy.caps import TreatedToday
from detector.policy.decide import Occasion, decide_treatments
from detector.policy.decisions import ExternalDevices, Subjects
from detector.policy.rules import (
    BEYOND_NOTIFY,
    Policy,
    PolicyCaps,
    PolicyRule,
    TreatmentTerms,
)

TODAY = date(2026, 6, 10)
LONG_AGO = TODAY - timedelta(days=365)
T = Treatment


def subject(account="ada", **fields):
    """An account that everything may be done to."""
    return {
        "account_id": account,
        "verdict": "shared",
        "flagged": True,
        "probability": 0.99,
        "threshold": 0.9,
        "home_confidence": 0.99,
        "pattern": "second_household",
        "external_households": 1,
        "runs_flagged": 3,
        "partner": None,
        "country": "DE",
        "plan": "standard",
        "account_age_days": 400,
        "case_state": "grace",
        "since": LONG_AGO,
        "confirmed": True,
        "episode": 0,
        "given": ["notify"],
        "last_given": LONG_AGO,
        "given_before": ["notify"],
        "wave": "standing",
        "arm": "treated",
        **fields,
    }


def subjects(*rows):
    schema = {name: Subjects.columns()[name].dtype for name in Subjects.column_names()}
    return Subjects.validate(pl.DataFrame(list(rows), schema=schema), cast=True)


def devices(*pairs):
    """Pairs of account and device."""
    rows = [{"account_id": a, "device_id": d, "household_id": "elsewhere"} for a, d in pairs]
    schema = dict.fromkeys(ExternalDevices.column_names(), pl.String)
    return ExternalDevices.validate(pl.DataFrame(rows, schema=schema), cast=True)


def rule(treatment, name="rule", **fields):
    return PolicyRule(name=name, reason="Because.", treatment=treatment, **fields)


def policy(*rules, **fields):
    """A policy with the least notice that devices may be given."""
    terms = {each: TreatmentTerms(notice_days=1) for each in DEVICE_TREATMENTS}
    return Policy(name="p", version="1", rules=rules, **{"treatments": terms, **fields})


def treat(these, policy, known=None, *, as_of=TODAY, today=None):
    known = devices() if known is None else known
    return decide_treatments(these, known, policy, Occasion(as_of, "run", today=today))


def given_to(treated):
    """What each account is given."""
    return dict(treated.decisions.select("account_id", "treatment").iter_rows())


def counted_today(*rows):
    schema = dict(zip(TreatedToday.column_names(), (pl.String, pl.String, pl.UInt32), strict=True))
    return TreatedToday.validate(pl.DataFrame(list(rows), schema=schema, orient="row"))


PARTNERS, COUNTRIES, PLANS = ("Orbex", "Telvia"), ("DE", "US"), ("standard", "ads")
PATTERNS = ("second_household", "household_abroad")
GIVEN = [each for each in Treatment if each is not T.NONE]
SEEDS = st.integers(0, 79)
"""Of worlds, each of which is made once and asked by every test."""


@dataclass(frozen=True)
class DrawnWorld:
    """A policy of any kind, accounts of all kinds, and what the one does about the others."""

    policy: Policy
    subjects: dy.DataFrame[Subjects]
    devices: dy.DataFrame[ExternalDevices]

    @cached_property
    def treated(self):
        return treat(self.subjects, self.policy, self.devices)

    @cached_property
    def done(self):
        """Each decision with its account as it was."""
        return self.treated.decisions.join(self.subjects, on="account_id", suffix="_before")


@cache
def world(seed):
    random = Random(seed)
    these = subjects(*(_account(f"a{number:03}", random) for number in range(200)))
    return DrawnWorld(_policy(random), these, two_devices_each(these))


def _policy(random):
    """Up to six rules that ask a little each, so that something is done."""
    accepted = tuple(_some(random, BEYOND_NOTIFY)) if random.random() < 0.4 else ()
    return Policy(
        name="drawn",
        version="1",
        home_confidence=random.choice([0.5, 0.9, 0.98]),
        accepted_by="J. Doe" if accepted else "",
        accepted_for=accepted,
        rules=tuple(_rule(f"r{number}", random) for number in range(random.randint(1, 6))),
        treatments={each: _terms(random) for each in BEYOND_NOTIFY}
        | {T.NOTIFY: TreatmentTerms(cooldown_days=random.choice([0, 20]))},
        caps=PolicyCaps(
            per_day=random.choice([None, 0, 7, 60]),
            per_partner_per_day=random.choice([None, 3, 20]),
            per_country_per_day=random.choice([None, 5, 40]),
        ),
    )


def _rule(name, random):
    asked = {
        "verdicts": _some(random, ["shared", "resold"]),
        "min_probability": random.choice([0.0, 0.5]),
        "max_probability": random.choice([0.9, 1.0]),
        "min_home_confidence": random.choice([0.5, 0.9]),
        "patterns": _some(random, PATTERNS),
        "min_external_households": random.randint(0, 1),
        "max_external_households": random.randint(1, 3),
        "min_runs_flagged": random.randint(1, 3),
        "partners": _some(random, [*PARTNERS, "*"]),
        "not_partners": _some(random, [*PARTNERS, "*"]),
        "countries": _some(random, COUNTRIES),
        "plans": _some(random, PLANS),
        "not_plans": _some(random, PLANS),
        "min_account_age_days": random.choice([0, 30]),
        "case_states": _some(random, [*CaseState]),
        "given": _some(random, GIVEN),
        "not_given": _some(random, GIVEN),
        "given_before": _some(random, GIVEN),
    }
    kept = random.sample([*asked], random.choice([0, 0, 1, 1, 2]))
    return rule(random.choice([*Treatment]), name, **{each: asked[each] for each in kept})


def _terms(random):
    pick = random.choice
    return TreatmentTerms(
        notice_days=pick([1, 14]), grace_days=pick([0, 7]), cooldown_days=pick([0, 20])
    )


def _some(random, values):
    return tuple(random.sample([*values], random.randint(1, 2)))


def two_devices_each(these):
    return devices(*((a, f"{a}-{n}") for a in these["account_id"] for n in ("phone", "tv")))


FILLER = (0.0, 0.5, 0.9, 0.97, 0.98, 0.99, 1.0)


def _account(name, random):
    pick = random.choice
    given = random.sample(GIVEN, random.randint(0, 2))
    if random.random() < 0.7 and T.NOTIFY not in given:
        given = [T.NOTIFY, *given]
    return subject(
        name,
        **_standing(random),
        probability=pick(FILLER),
        home_confidence=pick(FILLER),
        pattern=pick(PATTERNS),
        external_households=random.randint(0, 3),
        runs_flagged=random.randint(0, 4),
        partner=pick([None, "direct", *PARTNERS]),
        country=pick([None, *COUNTRIES]),
        plan=pick([None, *PLANS]),
        account_age_days=pick([None, 3, 400]),
        since=pick([None, LONG_AGO, TODAY - timedelta(days=5), TODAY + timedelta(days=1)]),
        confirmed=random.random() < 0.6,
        given=given,
        last_given=pick([None, LONG_AGO, TODAY - timedelta(days=5), TODAY + timedelta(days=1)]),
        given_before=given,
    )


def _standing(random):
    """Three in four are flagged and in a state in which something may be done."""
    pick = random.choice
    if random.random() < 0.75:
        states = ("open", "confirmed", "warned", "grace", "grace", "treated", "upheld")
        return {"verdict": pick(["shared", "resold"]), "case_state": pick(states)}
    return {
        "verdict": pick(VERDICTS),
        "flagged": pick([True, True, False]),
        "case_state": str(pick([*CaseState])),
        "arm": pick(["treated", "hold-out"]),
    }
