"""A television that plays at two places at once is two."""

import pytest

from detector.places.doubles import find_doubles
from tests.detector.builders import network, networks_of, sightings_of, stays

HOME, AWAY = "81.2.69.142", "92.40.7.1"
EVENING = (38, 39, 40, 41)
DAYS = range(10)


def doubled(*rows, **facts):
    sightings = sightings_of([row for part in rows for row in part])
    pools = {HOME: {"pool": "AS1"}, AWAY: {"pool": "AS2"}} | facts
    names = sightings["network"].unique()
    networks = networks_of([network(name, **pools.get(name, {})) for name in names])
    return dict(find_doubles(sightings, networks).rows())


def plays(device, name, playing=EVENING, days=DAYS):
    return stays("ada", device, name, days, playing=playing)


def test_two_that_bear_one_id_are_counted_by_days():
    assert doubled(plays("tv", HOME), plays("tv", AWAY)) == {"ada": 10}


@pytest.mark.parametrize(
    "life",
    [
        pytest.param([plays("phone", HOME), plays("phone", AWAY)], id="a phone on its way"),
        pytest.param([plays("tv-a", HOME), plays("tv-b", AWAY)], id="two with ids of their own"),
        pytest.param([plays("tv", HOME), plays("tv", AWAY, (41, 42))], id="a change of lines"),
        pytest.param([plays("tv", HOME), plays("tv", AWAY, (20, 21))], id="never at once"),
        pytest.param([plays("tv", HOME), plays("tv", "81.2.9.9")], id="one provider's addresses"),
        pytest.param([plays("tv", HOME), plays("tv", "2a02:8071:1:2::/64")], id="both protocols"),
        pytest.param([plays("tv", HOME), plays("tv", "9.9.9.9")], id="a relay"),
        pytest.param([plays("tv", HOME), plays("tv", "country:FR")], id="who knows where"),
    ],
)
def test_innocent_lives(life):
    facts = {
        "2a02:8071:1:2::/64": {"pool": "AS3"},
        "9.9.9.9": {"pool": "AS4", "kind": "anonymizer"},
        "country:FR": {"pool": None},
    }
    assert doubled(*life, **facts) == {}
