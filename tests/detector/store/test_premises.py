import polars as pl

from detector.events.accounts import AccountRecords, Known
from detector.networks.bonds import NO_BONDS
from detector.networks.partners import PartnerLines
from detector.networks.survey import Surroundings, survey
from detector.settings import Settings
from detector.store.premises import sum_up_premises
from tests.detector.builders import network, networks_of, sightings_of, stays, table

BONDED = sightings_of(
    [
        *stays("ada", "tv", "81.2.69.142"),
        *stays("ada", "phone", "2a02:8071:b9:42::/64"),
        *stays("bob", "tv", "90.6.1.7"),
    ]
)
POOLS = {"81.2.69.142": "81.2", "2a02:8071:b9:42::/64": "2a02:8071", "90.6.1.7": "90.6"}
HOPPING = sightings_of(
    [
        *stays("ada", "tv", "81.2.69.142"),
        *stays("ada", "phone", "92.40.7.1"),
        *stays("bob", "tv", "92.40.9.1"),
    ]
)


def around(pools, bonds=(), scattered=()):
    return Surroundings(
        networks_of([network(name, pool=pool) for name, pool in pools.items()]),
        pl.DataFrame(schema={"device_id": pl.String, "accounts": pl.UInt32}),
        pl.DataFrame({"pool": scattered}, schema={"pool": pl.String}),
        pl.DataFrame(list(bonds), schema=NO_BONDS.schema, orient="row"),
    )


def premises(*bonds):
    return dict(sum_up_premises(BONDED, around(POOLS, bonds), Known()).iter_rows())


def asked_again(*scattered, **pools):
    """Whose premises are others once these networks are in these pools, each in its own before."""
    names = {"a": "81.2.69.142", "b": "92.40.7.1", "c": "92.40.9.1"}
    before, after = (
        sum_up_premises(HOPPING, each, Known())
        for each in (
            around({names[key]: key for key in names}),
            around({names[key]: pools.get(key, key) for key in names}, scattered=scattered),
        )
    )
    return after.join(before, on=before.columns, how="anti")["account_id"].to_list()


class TestPools:
    def test_one_of_another_name_is_no_other_premise(self):
        assert asked_again(a="z", b="y", c="x") == []

    def test_two_that_become_one_are_for_who_is_on_both(self):
        assert asked_again(b="a") == ["ada"]

    def test_one_that_others_are_in_too_is_none(self):
        assert asked_again(c="b") == []

    def test_one_that_gives_every_session_an_address_is_for_who_is_on_it(self):
        assert asked_again("c") == ["bob"]


class TestSumUpPremises:
    def test_a_provider_learnt_is_another_premise_of_who_is_on_its_lines(self):
        before, after = premises(), premises(("81.2", "2a02:8071"))
        assert {name for name in before if before[name] != after[name]} == {"ada"}

    def test_the_order_in_which_it_was_learnt_is_none(self):
        pairs = [("81.2", "2a02:8071"), ("81.2", "2a02:8072")]
        assert premises(*pairs) == premises(*pairs[::-1])


SEEN = sightings_of(
    [
        *stays("ada", "tv", "81.2.69.142"),
        *stays("bob", "tv", "92.40.7.1"),
        *stays("cyd", "tv", "92.40.9.1"),
    ]
)
AROUND = survey([SEEN], Settings())
SOLD = Known(
    records=table(
        AccountRecords,
        [{"account_id": "ada", "partner": "Orbita"}, {"account_id": "bob", "partner": "Orbita"}],
    )
)


def changed(*lines):
    """Whose premises are others once these lines are known to be a partner's."""
    rows = [{"partner": who, "pool": pool, "micro_bits": 2_000_000} for who, pool in lines]
    usual = [
        {"partner": who, "pool": "151.3", "micro_bits": 2_000_000} for who in ("Orbita", "Virtua")
    ]
    before, after = (
        sum_up_premises(
            SEEN,
            Surroundings(
                AROUND.networks,
                AROUND.device_accounts,
                AROUND.scatter,
                partner_lines=table(PartnerLines, each),
            ),
            SOLD,
        )
        for each in (usual, usual + rows)
    )
    return after.join(before, on=before.columns, how="anti")["account_id"].to_list()


class TestPartnerLines:
    def test_a_line_tells_of_the_partners_customers_behind_it(self):
        assert changed(("Orbita", "81.2")) == ["ada"]

    def test_a_line_where_none_of_them_was_tells_nobody(self):
        assert changed(("Orbita", "100.64")) == []

    def test_another_partners_line_tells_nobody(self):
        assert changed(("Virtua", "81.2"), ("Virtua", "92.40")) == []

    def test_of_whom_nothing_is_on_record_it_tells_nothing(self):
        assert "cyd" not in changed(("Orbita", "92.40"))
