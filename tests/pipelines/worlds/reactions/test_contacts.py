from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pipelines.worlds.reactions.contacts import count_contacts, list_contacts
from pipelines.worlds.reactions.lots import exponential, log_logistic, pick
from tests.pipelines.worlds.reactions.courses import FIRM, SETTINGS, leaning

MANY = 4_000
FEW = {"partner": "direct", "country": "ES"}


def steps(treatment: str = FIRM, label: str = "shared", day: int = 50) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account_id": [f"acc-{number:07}" for number in range(MANY)],
            "number": range(MANY),
            "day": day,
            "treatment": treatment,
            "label": label,
            **FEW,
        }
    )


NOBODY = steps().select("account_id", "number", "label", "partner", "country", "day").clear()


def contacts(given: pl.DataFrame, settings=SETTINGS) -> pl.DataFrame:
    return list_contacts(given, NOBODY, settings)


class TestListContacts:
    def test_nobody_rings_on_the_day_itself_or_long_after(self):
        days = contacts(steps())["day"]
        assert days.min() > 50
        assert days.max() <= 50 + SETTINGS.reactions.contacts.latest_days + 3

    def test_half_ring_within_the_median(self):
        weekdays = leaning(
            contacts=SETTINGS.reactions.contacts.model_copy(update={"put_off": 0.0, "again": 0.0})
        )
        days = contacts(steps(), weekdays)["day"] - 50
        assert abs((days <= 3).mean() - 0.55) < 0.1

    def test_a_firmer_treatment_brings_more(self):
        assert contacts(steps()).height > 2 * contacts(steps("notify")).height

    def test_who_has_something_to_explain_rings_more(self):
        assert contacts(steps(label="single")).height > 1.3 * contacts(steps()).height

    def test_weekends_wait_for_monday(self):
        came = contacts(steps()).with_columns(
            weekday=(pl.lit(SETTINGS.first_day) + pl.duration(days="day")).dt.weekday()
        )
        weekend = came.filter(pl.col("weekday") > 5).height
        assert 0 < weekend < 0.2 * came.height

    def test_half_hours_are_of_the_day(self):
        starts = contacts(steps())["starts"].unique().sort()
        assert starts[0] == "09:00"
        assert starts[-1] <= "20:30"
        assert set(starts.str.slice(3)) == {"00", "30"}

    def test_partners_differ_within_what_is_set(self):
        counts = [
            contacts(steps().with_columns(partner=pl.lit(partner))).height
            for partner in ("Cablora", "Lumora", "Northvia", "Orbex", "Telvia")
        ]
        low, high = SETTINGS.reactions.contacts.partner_factors
        assert len(set(counts)) == len(counts)
        assert max(counts) / min(counts) < high / low * 1.1


class TestCountContacts:
    def test_each_contact_is_counted_once(self):
        came = contacts(steps())
        desks = pl.DataFrame({name: [value] for name, value in FEW.items()})
        told = count_contacts(came, desks, range(50, 130), SETTINGS)
        assert told["contacts"].sum() == came.height

    def test_a_quiet_day_is_told_as_none_and_a_desk_without_contacts_too(self):
        came = contacts(steps())
        desks = pl.DataFrame({"partner": ["direct", "Orbex"], "country": ["ES", "ES"]})
        told = count_contacts(came, desks, range(40, 52), SETTINGS)
        first = SETTINGS.first_day + timedelta(days=40)
        quiet = told.filter(pl.col("day") == first)
        assert quiet["contacts"].to_list() == [0] * 4
        assert quiet["starts"].null_count() == 4
        assert told.filter(pl.col("partner") == "Orbex")["contacts"].sum() == 0

    def test_a_day_is_told_whole_or_by_half_hours(self):
        came = contacts(steps())
        desks = pl.DataFrame({name: [value] for name, value in FEW.items()})
        told = count_contacts(came, desks, range(40, 130), SETTINGS)
        kinds = told.group_by("partner", "country", "channel", "day").agg(
            pl.col("starts").is_null().n_unique()
        )
        assert kinds["starts"].max() == 1


class TestLots:
    @pytest.mark.parametrize(("lot", "way"), [(0.05, 0), (0.15, 1), (0.29, 1), (0.31, 2)])
    def test_a_lot_falls_on_one_way_or_none(self, lot, way):
        shares = [np.array([0.1]), np.array([0.2])]
        assert pick(np.array([lot]), shares).tolist() == [way]

    def test_what_never_happens_is_never_due(self):
        assert np.isinf(exponential(np.array([0.5]), 0.0, 30)).all()

    def test_the_median_is_the_median(self):
        assert log_logistic(np.array([0.5]), 7.0, 1.3).tolist() == [7.0]
