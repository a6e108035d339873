import polars as pl
import pytest

from detector.networks.partners import Customers, count_customers, learn_partner_lines
from detector.networks.survey import survey
from detector.settings import NetworkSettings, Settings
from tests.detector.builders import sightings_of, stays, table

SETTINGS = NetworkSettings()
NO_POOLS = pl.DataFrame(schema={"prefix": pl.String, "pool": pl.String})
MICRO = 1_000_000


def customers(*rows):
    """Partner, country, provider, accounts."""
    names = Customers.column_names()
    return table(Customers, [dict(zip(names, row, strict=True)) for row in rows])


def bits(rows, pools=NO_POOLS, **settings):
    found = learn_partner_lines(rows, pools, NetworkSettings(**settings))
    return {(partner, pool): micro / MICRO for partner, pool, micro in found.rows()}


OPERATOR = (
    ("Orbita", "ES", "AS1", 86),
    ("Orbita", "ES", "AS2", 14),
    (None, "ES", "AS1", 180),
    (None, "ES", "AS2", 720),
)


class TestLearnPartnerLines:
    def test_an_operators_lines_are_where_its_customers_are(self):
        found = bits(customers(*OPERATOR))
        assert found["Orbita", "AS1"] > 1.5
        assert found["Orbita", "AS2"] < -1.5

    def test_a_shop_that_sells_to_everybody_has_none(self):
        shop = (("Shop", "ES", "AS1", 21), ("Shop", "ES", "AS2", 79))
        assert not [key for key in bits(customers(*OPERATOR, *shop)) if key[0] == "Shop"]

    def test_who_resells_anothers_lines_shares_them(self):
        reseller = (("Virtua", "ES", "AS1", 42), ("Virtua", "ES", "AS2", 8))
        found = bits(customers(*OPERATOR, *reseller))
        assert min(found["Virtua", "AS1"], found["Orbita", "AS1"]) > 1

    def test_an_operator_of_one_country_tells_nothing_by_being_in_it(self):
        abroad = ((None, "FR", "AS9", 5000), (None, "FR", "AS8", 5000))
        spread = (("Orbita", "ES", "AS1", 20), ("Orbita", "ES", "AS2", 80), *OPERATOR[2:])
        assert bits(customers(*spread, *abroad)) == {}

    def test_the_few_customers_who_live_behind_anothers_line_do_not_make_it_the_partners(self):
        assert bits(customers(*OPERATOR))["Orbita", "AS2"] < 0

    @pytest.mark.parametrize("few", [1, 2])
    def test_a_few_may_be_chance(self, few):
        rows = (("Orbita", "ES", "AS1", few), (None, "ES", "AS1", 30), (None, "ES", "AS2", 70))
        assert bits(customers(*rows)) == {}

    def test_how_few_is_a_setting(self):
        rows = customers(("Orbita", "ES", "AS1", 2), *OPERATOR[2:])
        assert bits(rows) == {}
        assert bits(rows, min_partner_deviance=0.0) != {}

    def test_what_few_prove_is_a_setting(self):
        rows = customers(*OPERATOR)
        doubted = bits(rows, partner_doubt=50)["Orbita", "AS1"]
        assert 0 < doubted < bits(rows, partner_doubt=1)["Orbita", "AS1"]

    def test_prefixes_of_one_pool_are_one_provider(self):
        parts = [
            (partner, country, provider.replace("AS1", prefix).replace("AS2", "9.9"), n // 2)
            for partner, country, provider, n in OPERATOR
            for prefix in ("81.2", "92.40")
        ]
        pools = pl.DataFrame({"prefix": ["81.2", "92.40"], "pool": ["81.2", "81.2"]})
        joined = customers(*parts).group_by("partner", "country_of_record", "provider")
        found = bits(joined.agg(pl.col("accounts").sum()), pools)
        assert {pool for _, pool in found} == {"81.2", "9.9"}

    def test_disjoint_accounts_add_up_in_any_order(self):
        rows = customers(*OPERATOR)
        halves = rows.with_columns(pl.col("accounts") // 2)
        again = pl.concat([halves, halves]).sample(fraction=1, shuffle=True, seed=3)
        assert bits(again) == bits(rows)

    @pytest.mark.parametrize("rows", [(), OPERATOR[2:]])
    def test_without_any_partner_nothing_is_learnt(self, rows):
        assert bits(customers(*rows)) == {}


class TestCountCustomers:
    @pytest.mark.parametrize("listed", [[], ["ada"]])
    def test_every_account_counts_once_where_its_television_is(self, listed):
        seen = sightings_of(
            [
                *stays("ada", "tv", "81.2.69.1", range(5)),
                *stays("ada", ["phone", "tablet"], "92.40.7.1", range(20)),
                *stays("bob", "phone", "92.40.7.2", range(3)),
            ]
        )
        records = (
            pl.LazyFrame(
                {"account_id": listed, "partner": "Orbita", "country_of_record": None},
                schema={
                    "account_id": pl.String,
                    "partner": pl.String,
                    "country_of_record": pl.String,
                },
            )
            if listed
            else pl.LazyFrame(
                schema=dict.fromkeys(("account_id", "partner", "country_of_record"), pl.String)
            )
        )
        found = count_customers(seen.lazy(), records).collect().sort("provider")
        partner = "Orbita" if listed else None
        assert found.select("partner", "provider", "accounts").rows() == [
            (partner, "81.2", 1),
            (None, "92.40", 1),
        ]


def test_a_log_without_an_accounts_table_is_surveyed_as_ever():
    rows = sightings_of(stays("ada", "tv", "81.2.69.1"))
    assert survey([rows], Settings()).partner_lines.is_empty()
