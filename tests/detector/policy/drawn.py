"""Accounts, their devices and policies: written by hand with what matters, or drawn at random."""

from datetime import date, timedelta
from random import Random

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


def maybe(strategy):
    return st.none() | strategy


def some(values):
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True).map(tuple)


PARTNERS, COUNTRIES, PLANS = ("Orbex", "Telvia"), ("DE", "US"), ("standard", "ads")
PATTERNS = ("second_household", "household_abroad")
SHARES = st.sampled_from([0.0, 0.5, 0.9, 0.97, 0.98, 0.99, 1.0])
DAYS = st.integers(0, 40)
GIVEN = [each for each in Treatment if each is not T.NONE]

RULES = st.fixed_dictionaries(
    {"treatment": st.sampled_from(list(Treatment))},
    optional={
        "verdicts": some(["shared", "resold"]),
        "min_probability": st.sampled_from([0.0, 0.5]),
        "max_probability": st.sampled_from([0.9, 1.0]),
        "min_home_confidence": SHARES,
        "patterns": some(PATTERNS),
        "min_external_households": st.integers(0, 1),
        "max_external_households": st.integers(1, 3),
        "min_runs_flagged": st.integers(1, 3),
        "partners": some((*PARTNERS, "*")),
        "not_partners": some((*PARTNERS, "*")),
        "countries": some(COUNTRIES),
        "plans": some(PLANS),
        "not_plans": some(PLANS),
        "min_account_age_days": DAYS,
        "case_states": some(CaseState),
        "given": some(GIVEN),
        "not_given": some(GIVEN),
        "given_before": some(GIVEN),
    },
)
TERMS = st.builds(
    TreatmentTerms, notice_days=st.integers(1, 20), grace_days=DAYS, cooldown_days=DAYS
)
FIRST_TERMS = st.builds(TreatmentTerms, cooldown_days=DAYS)
CAPS = st.builds(
    PolicyCaps,
    per_day=maybe(st.integers(0, 12)),
    per_partner_per_day=maybe(st.integers(0, 5)),
    per_country_per_day=maybe(st.integers(0, 8)),
)


@st.composite
def policies(draw, caps=CAPS, accept=True):
    """A policy of up to six rules; few of them ask much, so that something is done."""
    drawn = draw(st.lists(RULES, min_size=1, max_size=6))
    asked = [{k: v for k, v in each.items() if k == "treatment" or draw(KEPT)} for each in drawn]
    accepted = draw(some(BEYOND_NOTIFY)) if accept and draw(st.booleans()) else ()
    return Policy(
        name="drawn",
        version="1",
        home_confidence=draw(st.sampled_from([0.5, 0.9, 0.98])),
        accepted_by="J. Doe" if accepted else "",
        accepted_for=accepted,
        rules=tuple(
            PolicyRule(name=f"r{number}", reason="Because.", **fields)
            for number, fields in enumerate(asked)
        ),
        treatments={each: draw(TERMS) for each in BEYOND_NOTIFY} | {T.NOTIFY: draw(FIRST_TERMS)},
        caps=draw(caps),
    )


KEPT = st.sampled_from([True, False, False])
SEEDS = st.integers(0, 10_000)
FILLER = (0.0, 0.5, 0.9, 0.97, 0.98, 0.99, 1.0)


def population(seed, size=200):
    """Accounts in all states there are; most of them could well be treated."""
    random = Random(seed)
    return subjects(*(_account(f"a{number:03}", random) for number in range(size)))


def two_devices_each(these):
    return devices(*((a, f"{a}-{n}") for a in these["account_id"] for n in ("phone", "tv")))


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
