import polars as pl

from detector.events.accounts import Known
from detector.networks.bonds import NO_BONDS
from detector.networks.survey import Surroundings
from detector.store.premises import sum_up_premises
from tests.detector.builders import network, networks_of, sightings_of, stays

SEEN = sightings_of(
    [
        *stays("ada", "tv", "81.2.69.142"),
        *stays("ada", "phone", "2a02:8071:b9:42::/64"),
        *stays("bob", "tv", "90.6.1.7"),
    ]
)
POOLS = {"81.2.69.142": "81.2", "2a02:8071:b9:42::/64": "2a02:8071", "90.6.1.7": "90.6"}


def premises(*bonds):
    surroundings = Surroundings(
        networks_of([network(name, pool=pool) for name, pool in POOLS.items()]),
        pl.DataFrame(schema={"device_id": pl.String, "accounts": pl.UInt32}),
        pl.DataFrame(schema={"pool": pl.String}),
        pl.DataFrame(list(bonds), schema=NO_BONDS.schema, orient="row"),
    )
    return dict(sum_up_premises(SEEN, surroundings, Known()).iter_rows())


class TestSumUpPremises:
    def test_a_provider_learnt_is_another_premise_of_who_is_on_its_lines(self):
        before, after = premises(), premises(("81.2", "2a02:8071"))
        assert {name for name in before if before[name] != after[name]} == {"ada"}

    def test_the_order_in_which_it_was_learnt_is_none(self):
        pairs = [("81.2", "2a02:8071"), ("81.2", "2a02:8072")]
        assert premises(*pairs) == premises(*pairs[::-1])
