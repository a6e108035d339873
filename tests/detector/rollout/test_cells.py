from datetime import timedelta

import polars as pl
import pytest

from detector.errors import InputError
from detector.rollout.cells import check_desks, count_reached, spread_evenly
from tests.detector.rollout.given_rows import (
    MONDAY,
    account,
    accounts,
    capacity,
    desk_row,
    records,
    wave_row,
    waves,
)


class TestSpreadEvenly:
    def test_each_day_gets_its_part(self):
        plan = spread_evenly(pl.Series([f"a{i}" for i in range(10)]), MONDAY, 3)
        assert plan["day"].value_counts().sort("day")["count"].to_list() == [4, 3, 3]

    def test_does_not_follow_the_order_of_ids(self):
        plan = spread_evenly(pl.Series([f"a{i:03}" for i in range(100)]), MONDAY, 2)
        first = plan.filter(pl.col("day") == MONDAY)["account_id"]
        assert 5 < first.is_in([f"a{i:03}" for i in range(50)]).sum() < 45

    def test_whatever_the_order_of_rows(self):
        ids = pl.Series(["x", "y"])
        assert spread_evenly(ids, MONDAY, 1).equals(spread_evenly(ids.reverse(), MONDAY, 1))


class TestCountReached:
    def test_counts_accounts_and_borrowers_of_a_cell(self):
        judged = accounts(account("a"), account("b", external_households=2))
        reached = count_reached(
            judged, records(a="Telvia", b="Telvia"), waves(*map(wave_row, "ab"))
        )
        [cell] = reached.cells.rows(named=True)
        assert (cell["partner"], cell["country"], cell["plan"]) == ("Telvia", "ES", "standard")
        assert (cell["accounts"], cell["borrowers"]) == (2, 3)

    def test_names_no_account(self):
        reached = count_reached(
            accounts(account("a-17")), records(**{"a-17": "T"}), waves(wave_row("a-17"))
        )
        assert "a-17" not in str(reached.cells.rows())

    def test_what_the_run_knows_stands_before_the_table(self):
        judged = accounts(account("a", partner="Orbita", plan="premium", country_of_record="FR"))
        [cell] = count_reached(judged, records(a="Telvia"), waves(wave_row())).cells.rows(
            named=True
        )
        assert (cell["partner"], cell["country"], cell["plan"]) == ("Orbita", "FR", "premium")

    def test_an_empty_partner_was_sold_directly(self):
        reached = count_reached(accounts(account("a")), records(a=""), waves(wave_row()))
        assert reached.cells["partner"].to_list() == ["direct"]

    def test_payers_are_those_whom_nobody_flags(self):
        judged = accounts(account("a"), account("b", flagged=False), account("c"))
        reached = count_reached(judged, records(a="T", b="T", c="T"), waves(wave_row()))
        assert reached.payers["accounts"].to_list() == [1]

    def test_refuses_an_account_without_partner(self):
        with pytest.raises(InputError, match="without partner"):
            count_reached(accounts(account("a")), records(b="T"), waves(wave_row()))

    def test_counts_apart_who_is_gone_from_the_run(self):
        plan = waves(wave_row("a"), wave_row("z"))
        reached = count_reached(accounts(account("a")), records(a="T"), plan)
        assert (reached.cells["accounts"].sum(), reached.gone) == (1, 1)

    def test_refuses_a_plan_of_which_most_are_gone(self):
        plan = waves(*map(wave_row, "ayz"))
        with pytest.raises(InputError, match="2 of 3 accounts of the wave plan are not in the run"):
            count_reached(accounts(account("a")), records(a="T"), plan)


class TestCheckDesks:
    def reached(self):
        return count_reached(accounts(account("a")), records(a="Telvia"), waves(wave_row()))

    @pytest.mark.parametrize("country", ["", "ES"])
    def test_a_desk_of_the_country_or_of_all_will_do(self, country):
        check_desks(self.reached(), capacity(desk_row(country=country)))

    @pytest.mark.parametrize("fields", [{"partner": "Orbita"}, {"country": "FR"}])
    def test_refuses_a_partner_without_capacity(self, fields):
        with pytest.raises(
            InputError, match=r"no capacity for the partner 'Telvia' in ES, with 1 account"
        ):
            check_desks(self.reached(), capacity(desk_row(**fields)))

    def test_names_all_that_lack_a_desk_at_once(self):
        judged = accounts(account("a"), account("b"))
        plan = waves(*map(wave_row, "ab"))
        reached = count_reached(judged, records(a="Telvia", b="Orbita"), plan)
        with pytest.raises(InputError, match=r"'Orbita' in ES, .*; for the partner 'Telvia' in ES"):
            check_desks(reached, capacity(desk_row(partner="Cablora")))

    def test_says_if_the_name_is_only_written_otherwise(self):
        with pytest.raises(InputError, match="the capacity file calls it 'TELVIA'"):
            check_desks(self.reached(), capacity(desk_row(partner="TELVIA")))

    def test_a_country_that_is_not_known_is_for_the_desk_of_all(self):
        unknown = records(a="Telvia").with_columns(country_of_record=pl.lit(None, pl.String))
        later = waves(wave_row(day=str(MONDAY + timedelta(days=9))))
        reached = count_reached(accounts(account("a")), unknown, later)
        check_desks(reached, capacity(desk_row()))
