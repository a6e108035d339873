"""A wave is halted by what surely passed a bound, and by nothing else."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from detector.rollout.stops import CANCELLED, CONTACTS, OVERTURNED, SeenSoFar, find_stops
from detector.rollout.waves.terms import Stop, StopTerms

MONDAY = date(2026, 9, 7)
TERMS = StopTerms(
    confidence=0.99,
    contacts=Stop(most=1.3, at_least=200),
    cancelled=Stop(most=0.1, at_least=100),
    overturned=Stop(most=0.2, at_least=20),
)


def seen(*, contacts=(), cancelled=(0, 0), granted=(0, 0), expected=50.0, day=MONDAY):
    days = [MONDAY + timedelta(each) for each in range(len(contacts))]
    kinds = {"partner": pl.String, "day": pl.Date}

    def share(pair, name):
        hits, of = pair
        rows = {"partner": ["Telvia"] * of, "day": [day] * of}
        rows[name] = [True] * hits + [False] * (of - hits)
        return pl.DataFrame(rows, schema=kinds | {name: pl.Boolean})

    return SeenSoFar(
        pl.DataFrame(
            {
                "partner": ["Telvia"] * len(days),
                "day": days,
                "contacts": [*contacts],
                "expected": [expected] * len(days),
            },
            schema=kinds | {"contacts": pl.Int64, "expected": pl.Float64},
        ),
        share(cancelled, "cancelled"),
        share(granted, "granted"),
    )


def fired(what, lifted=None):
    return [each.rule for each in find_stops(what, TERMS, lifted or {})]


class TestFindStops:
    @pytest.mark.parametrize(
        ("what", "rule"),
        [
            pytest.param(seen(contacts=[90, 80, 100, 95, 85]), CONTACTS, id="contacts"),
            pytest.param(seen(cancelled=(40, 200)), CANCELLED, id="cancellations"),
            pytest.param(seen(granted=(15, 30)), OVERTURNED, id="granted appeals"),
        ],
    )
    def test_what_surely_passed_a_bound(self, what, rule):
        assert fired(what) == [rule]

    @pytest.mark.parametrize(
        "what",
        [
            pytest.param(seen(contacts=[60, 62, 58, 61, 64]), id="a little more contacts"),
            pytest.param(seen(contacts=[30, 200, 20, 60, 90]), id="days that stray far"),
            pytest.param(seen(contacts=[90, 80, 100, 95]), id="few days"),
            pytest.param(seen(contacts=[9, 8, 10, 9, 8], expected=5.0), id="few contacts"),
            pytest.param(seen(cancelled=(23, 200)), id="above the bound by chance"),
            pytest.param(seen(cancelled=(40, 99)), id="few accounts"),
            pytest.param(seen(granted=(15, 19)), id="few appeals"),
            pytest.param(seen(), id="nothing seen"),
        ],
    )
    def test_what_may_be_chance(self, what):
        assert fired(what) == []

    def test_what_a_person_lifted_is_forgiven_until_then(self):
        lifted = {(CANCELLED, "Telvia"): MONDAY}
        assert fired(seen(cancelled=(40, 200)), lifted) == []
        later = seen(cancelled=(40, 200), day=MONDAY + timedelta(1))
        assert fired(later, lifted) == [CANCELLED]

    def test_a_lift_is_of_one_rule_and_partner(self):
        lifted = {(CANCELLED, "Orbex"): MONDAY, (OVERTURNED, "Telvia"): MONDAY}
        assert fired(seen(cancelled=(40, 200)), lifted) == [CANCELLED]

    def test_partners_at_the_bound_are_seldom_halted(self):
        """Of partners whose true share is the bound one in a hundred fires."""
        chance = np.random.default_rng(3)
        hits = chance.binomial(200, TERMS.cancelled.most, 1000)
        halted = sum(bool(fired(seen(cancelled=(int(each), 200)))) for each in hits[:300])
        assert halted <= 10
