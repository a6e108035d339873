import polars as pl
import pytest

from detector.rollout.futures import Chance
from detector.rollout.outcomes import forecast_outcomes
from tests.detector.rollout.plans import KNOWN, assume, cell, certain, reach

SURE = assume(
    worth={
        "complied": certain(0.5),
        "cancelled": certain(0.05),
        "converted": certain(0.1),
        "tail": certain(1.5),
        "extra_members": certain(0.04),
    }
)


def outcomes(*cells, known=SURE):
    return forecast_outcomes(reach(*cells), known, Chance(0, 400)).outcomes


def value(table, measure, within=180, column="expected"):
    return table.filter(measure=measure, within_days=within)[column].item()


class TestForecastOutcomes:
    def test_shares_of_accounts_and_of_borrowers(self):
        found = outcomes(cell(10_000, borrowers=20_000))
        assert value(found, "complied") == pytest.approx(5000, rel=0.02)
        assert value(found, "cancelled") == pytest.approx(500, rel=0.02)
        assert value(found, "converted") == pytest.approx(2000, rel=0.02)
        assert value(found, "net_accounts") == pytest.approx(1500, rel=0.03)

    def test_borrowers_come_back_for_two_years(self):
        assert value(outcomes(cell(10_000)), "converted", 730) == pytest.approx(1500, rel=0.03)

    @pytest.mark.parametrize(
        ("partner", "plan", "sold"),
        [("direct", "standard", 400), ("direct", "ad-supported", 0), ("Telvia", "standard", 0)],
    )
    def test_extra_members_are_sold_where_they_can_be(self, partner, plan, sold):
        found = outcomes(cell(10_000, partner=partner, plan=plan))
        assert value(found, "extra_members") == pytest.approx(sold, rel=0.05)

    def test_revenue_is_what_is_gained_less_what_is_lost(self):
        found = outcomes(cell(10_000, partner="direct"))
        gained = 1000 * KNOWN.worth.other_price + 400 * KNOWN.worth.extra_member_price
        lost = 500 * KNOWN.worth.price["standard"]
        assert value(found, "net_revenue") == pytest.approx(gained - lost, rel=0.05)
        assert value(found, "net_revenue", column="unit") == "USD a month"

    def test_all_together_vary_as_their_parts_do_together(self):
        cells = cell(5000), cell(5000, partner="Orbita")
        found = forecast_outcomes(reach(*cells), KNOWN, Chance(0, 400))
        parts = found.outcomes.filter(measure="cancelled", within_days=180)
        whole = found.total.filter(measure="cancelled", within_days=180)
        assert whole["expected"].item() == pytest.approx(parts["expected"].sum())
        assert whole["high_95"].item() > 0.8 * parts["high_95"].sum()

    def test_it_may_cost_more_than_it_brings(self):
        found = outcomes(cell(10_000), known=KNOWN)
        assert value(found, "net_accounts", column="low_95") < 0 < value(found, "net_accounts")

    def test_another_partner_changes_nothing(self):
        one = outcomes(cell(), known=KNOWN)
        two = outcomes(cell(), cell(partner="Orbita"), known=KNOWN)
        assert two.filter(pl.col("partner") == "Telvia").equals(one)
