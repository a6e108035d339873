import numpy as np
import polars as pl
import pytest

from detector.rollout.forecast import forecast_contacts
from detector.rollout.futures import Chance
from detector.rollout.updating import learn
from tests.detector.rollout.given_rows import desk_row
from tests.detector.rollout.plans import KNOWN, assume, cell, certain, loads

SURE = assume(
    propensity={
        "contacts": certain(0.2),
        "partner_spread": certain(0.001),
        "treatments": {},
        "patterns": {},
        "plans": {},
    },
    steps=[],
    delay={"mean_days": certain(5), "shape": certain(1)},
    noise={
        "wave_spread": certain(0.001),
        "day_spread": certain(0.001),
        "half_hour_spread": certain(0.001),
    },
    friction={"asked": certain(0.25), "contacts": certain(0.1)},
    profile={"weekday_trust": 1e7, "hour_trust": 1e7},
)
"""All is known but for chance itself."""


def forecast(*cells, known=SURE, seed=0, draws=400, **given):
    found = loads(*cells, known=known, **given)
    return forecast_contacts(found, learn(found, {}, known), known, Chance(seed, draws))


def total(table, stream="all", column="expected"):
    return table.filter(pl.col("stream") == stream)[column].sum()


class TestForecastContacts:
    def test_what_is_expected_is_accounts_times_contacts(self):
        assert total(forecast(cell(5000)).days) == pytest.approx(1000, rel=0.03)

    def test_half_hours_add_up_to_days(self):
        found = forecast(cell(500), payers=[("Telvia", "ES", 9000)])
        assert total(found.contacts) == pytest.approx(total(found.days))

    def test_all_is_the_sum_of_streams(self):
        desk = desk_row(baseline_per_half_hour="2")
        days = forecast(cell(500), desks=[desk], payers=[("Telvia", "ES", 9000)]).days
        parts = [total(days, each) for each in ("treated", "friction", "baseline")]
        assert min(parts) > 0
        assert sum(parts) == pytest.approx(total(days))

    def test_chance_is_no_pattern_of_half_hours(self):
        desk = desk_row(baseline_per_half_hour="2")
        found = forecast(cell(1), desks=[desk]).contacts
        assert found.filter(stream="baseline")["expected"].unique().to_list() == [2.0]

    def test_friction_is_what_honest_payers_bring(self):
        days = forecast(cell(1), payers=[("Telvia", "ES", 18_200)]).days
        weeks = days["local_day"].n_unique() / 7
        assert total(days, "friction") == pytest.approx(weeks * 7 * 100 * 0.25 * 0.1, rel=0.05)

    def test_known_numbers_leave_chance_alone(self):
        [row] = (
            forecast(cell(20_000), draws=2000)
            .days.filter(pl.col("stream") == "all")
            .sort("expected", descending=True)
            .head(1)
            .rows(named=True)
        )
        deviation = row["expected"] ** 0.5
        assert row["high_95"] - row["low_95"] == pytest.approx(3.92 * deviation, rel=0.15)

    def test_bands_lie_within_each_other(self):
        for table in (forecast(cell(), known=KNOWN).days, forecast(cell(), known=KNOWN).contacts):
            low, high = (
                table.select("low_95", "low_80", "low_50"),
                table.select("high_50", "high_80", "high_95"),
            )
            both = np.hstack([low.to_numpy(), high.to_numpy()])
            assert (np.diff(both, axis=1) >= 0).all()

    def test_bands_of_days_are_narrower_than_sums_of_bands(self):
        found = forecast(cell(500), known=KNOWN)
        assert total(found.days, column="high_95") < total(found.contacts, column="high_95")

    def test_same_seed_same_bytes_and_another_seed_others(self):
        one, again, other = (forecast(cell(), known=KNOWN, seed=seed) for seed in (1, 1, 2))
        assert one.contacts.equals(again.contacts)
        assert not one.contacts.equals(other.contacts)

    def test_another_desk_changes_nothing_of_the_first(self):
        one = forecast(cell(), known=KNOWN)
        rows = [desk_row(), desk_row(partner="Orbita")]
        two = forecast(cell(), cell(partner="Orbita"), known=KNOWN, desks=rows)
        assert two.days.filter(partner="Telvia").equals(one.days)

    def test_agents_stand_in_all_streams_together_and_nowhere_else(self):
        found = forecast(cell(2000)).contacts
        is_all = pl.col("stream") == "all"
        assert found.filter(is_all)["agents"].null_count() == 0
        assert found.filter(is_all)["agents"].max() > 1
        assert found.filter(~is_all)["agents"].null_count() == found.filter(~is_all).height
        assert (found.filter(is_all)["rostered"] >= found.filter(is_all)["agents"]).all()

    def test_agents_tell_what_a_desk_can_take_in(self):
        few, many = (
            forecast(cell(10), desks=[desk_row(contacts_per_half_hour="", agents=n)]).contacts
            for n in ("2", "9")
        )
        assert few["capacity"].max() < many["capacity"].max()

    def test_more_is_unknown_where_nobody_published_anything(self):
        def width(known):
            [row] = (
                forecast(cell(5000), known=known).total.sort("expected").tail(1).rows(named=True)
            )
            return (row["high_95"] - row["low_95"]) / row["expected"]

        assert width(KNOWN) > 3 * width(SURE)

    def test_closed_days_have_no_rows(self):
        days = forecast(cell(), desks=[desk_row(weekdays="mon-fri")]).days
        assert set(days["local_day"].dt.weekday()) == {1, 2, 3, 4, 5}
