"""The accounts table: who sold an account knows where its home is, mostly."""

import numpy as np
import polars as pl
import pytest

from pipelines.worlds.build import World, build_world
from pipelines.worlds.settings import CLEAN, WorldSettings
from pipelines.worlds.subscriptions import DIRECT, draw_home_providers, draw_sellers
from tests.pipelines.worlds.rows import all_plays, usual

ACCOUNTS = np.arange(20_000)
SETTINGS = WorldSettings(seed=3)


class TestDrawSellers:
    def test_two_accounts_in_five_have_a_partner(self):
        assert (draw_sellers(ACCOUNTS, SETTINGS) >= 0).mean() == pytest.approx(0.4, abs=0.02)

    def test_nobody_sells_where_nobody_is_to(self):
        nobody = SETTINGS.model_copy(update={"sold_by_operators": 0.0})
        assert (draw_sellers(ACCOUNTS, nobody) < 0).all()

    def test_most_homes_have_the_line_of_the_seller(self):
        seller, home = draw_sellers(ACCOUNTS, SETTINGS), draw_home_providers(ACCOUNTS, SETTINGS)
        assert (home == seller)[seller >= 0].mean() == pytest.approx(0.9, abs=0.02)
        assert (home[seller < 0] < 0).all()


@pytest.mark.slow
class TestListSubscriptions:
    @pytest.fixture
    def homes(self, world: World) -> pl.DataFrame:
        """Of each account, country and provider of its home, and what the service knows."""
        fixed = pl.col("connection_type") == "fixed"
        rows = all_plays(world).filter(pl.col("household") == 0, fixed)
        where = usual(rows, "as_org", "account_id").join(
            usual(rows, "country", "account_id"), on="account_id"
        )
        return where.join(world.accounts, on="account_id", suffix="_of_record")

    def test_a_partner_is_one_provider_in_a_country(self, homes):
        sold = homes.filter(pl.col("partner") != DIRECT)
        counted = sold.group_by("partner", "country", "as_org").len().sort("len")
        most = counted.group_by("partner", "country").agg(pl.col("len").max(), all=pl.sum("len"))
        large = most.filter(pl.col("all") >= 10)
        assert large["len"].sum() / large["all"].sum() == pytest.approx(0.88, abs=0.05)

    def test_the_country_of_record_is_that_of_home(self, homes):
        assert (homes["country"] == homes["country_of_record"]).mean() > 0.93

    def test_borrowers_lines_follow_the_market(self):
        settings = WorldSettings(accounts=250, seed=6, mess=CLEAN, sharing_prior=0.95)
        rows = all_plays(build_world(settings)).filter(
            pl.col("household") > 0, pl.col("connection_type") == "fixed"
        )
        lines = usual(rows, "as_org", "account_id", "household")
        largest = lines["as_org"].str.starts_with("Telenova").mean()
        assert 0.2 < largest < 0.5
