import polars as pl
import pytest

from detector.networks.regime import find_regime
from detector.schemas import Sightings
from detector.settings import NetworkSettings

HOME = "81.2.69.142"


def kind_of(*parts, settings=None):
    rows = [
        Sightings.sample(
            count,
            overrides={
                "network": [network] * count,
                "profiles": profiles,
                "asn": asn,
                "country": None,
                "spot": None,
            },
        )
        for count, network, profiles, asn in parts
    ]
    return find_regime(pl.concat(rows).lazy(), settings or NetworkSettings())


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([(20, HOME, 0, None)], "addresses"),
        ([(20, HOME, 3, None)], "addresses, profiles"),
        ([(20, HOME, 3, 64500)], "addresses, providers, profiles"),
        ([(20, "cell:40.71,-74.01", 0, None)], "positions"),
        ([(20, "country:FR", 1, None)], "countries, profiles"),
        ([(11, HOME, 0, None), (9, "cell:40.71,-74.01", 0, None)], "addresses"),
    ],
)
def test_a_log_is_known_by_what_it_holds(parts, kind):
    assert kind_of(*parts) == kind


def test_a_few_rows_that_were_filled_by_mistake_are_not_a_column():
    assert kind_of((19, HOME, 0, None), (1, HOME, 1, None)) == "addresses"


def test_how_few_is_a_setting():
    some = NetworkSettings(min_told_share=0.01)
    assert kind_of((19, HOME, 0, None), (1, HOME, 1, None), settings=some) == "addresses, profiles"
