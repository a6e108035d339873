"""Weeks on another country's mobile network are a place; trips and relays are none."""

import pytest

from tests.detector.builders import stays
from tests.detector.places.test_find import find

HOME, ROAMING = "81.2.69.142", "102.3.4.5"
AT_HOME = stays("ada", "tv", HOME)


def places(days, kind="cellular", country="MA", home="FR"):
    """The places of a family at home whose phone is on another network for so many days."""
    away = stays("ada", "phone", ROAMING, range(days))
    facts = {HOME: {"country": home}, ROAMING: {"kind": kind, "country": country}}
    found = find(AT_HOME, away, facts=facts)
    return found.places.select("place", "country").rows()


def test_weeks_on_a_foreign_carrier():
    assert places(20) == [(0, "FR"), (1, "MA")]


@pytest.mark.parametrize(
    "told",
    [
        {"days": 10},
        {"days": 20, "country": "FR"},
        {"days": 20, "country": None},
        {"days": 20, "home": None},
        {"days": 20, "kind": "anonymizer"},
    ],
    ids=["a holiday", "home's own", "who knows", "home unknown", "a relay"],
)
def test_what_is_none(told):
    assert [place for place, _ in places(**told)] == [0]


def test_two_countries_are_two_places():
    parts = [
        stays("ada", "phone", ROAMING, range(14)),
        stays("ada", "tablet", "105.6.7.8", range(14)),
    ]
    facts = {
        HOME: {"country": "FR"},
        ROAMING: {"kind": "cellular", "country": "MA"},
        "105.6.7.8": {"kind": "cellular", "country": "EG"},
    }
    found = find(AT_HOME, *parts, facts=facts).places
    assert found.select("place", "country").rows() == [(0, "FR"), (1, "EG"), (2, "MA")]
