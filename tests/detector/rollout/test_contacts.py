import numpy as np
import pytest

from detector.errors import SettingsError
from detector.kinds import Treatment
from detector.rollout.cells import Reached
from detector.rollout.contacts import (
    find_window,
    later_steps,
    mean_treated,
    spread_contacts,
    spread_delay,
    spread_friction,
)
from detector.rollout.factors import default_week
from detector.rollout.tables import Cells, Payers
from tests.detector.rollout.given_rows import desk_row
from tests.detector.rollout.plans import KNOWN, assume, cell, loads

WEEK = default_week(KNOWN)
DELAY = spread_delay(4.0, 1.0, 28)


class TestListLoads:
    def test_a_desk_of_a_country_answers_for_it_and_the_other_for_the_rest(self):
        rows = desk_row(country="FR"), desk_row()
        of_all, of_france = loads(cell(10), cell(5, country="FR"), desks=rows)
        assert [each.desk.country for each in (of_all, of_france)] == ["", "FR"]
        assert of_all.started[Treatment.NOTIFY].sum() == 10
        assert of_france.started[Treatment.NOTIFY].sum() == 5

    def test_channels_share_the_contacts_of_a_partner(self):
        shares = [
            each.share for each in loads(cell(), desks=[desk_row(), desk_row(channel="chat")])
        ]
        assert sum(shares) == pytest.approx(1)
        assert min(shares) > 0

    def test_an_unknown_channel_has_no_share(self):
        with pytest.raises(SettingsError, match="'pigeon'"):
            loads(cell(), desks=[desk_row(channel="pigeon")])

    def test_nobody_is_asked_for_codes_before_the_first_wave_of_the_partner(self):
        rows = desk_row(), desk_row(partner="Orbita")
        later = cell(day=10, partner="Orbita")
        orbita, _ = loads(cell(), later, desks=rows, payers=[("Orbita", "ES", 70)])
        assert orbita.payers[:10].sum() == 0
        assert set(orbita.payers[10:]) == {70}

    def test_a_plan_that_treats_nobody_is_none(self):
        with pytest.raises(SettingsError, match="treats nobody"):
            find_window(Reached(Cells.create_empty(), Payers.create_empty()), KNOWN)


class TestSpreadContacts:
    def test_no_contact_is_lost_on_closed_days(self):
        [load] = loads(cell(), desks=[desk_row(weekdays="tue,thu")])
        shares = spread_contacts(load, np.array([0, 5]), DELAY, WEEK)
        assert shares.sum(axis=1) == pytest.approx([1, 1])
        assert not shares[:, ~load.is_open].any()

    def test_nothing_comes_before_the_treatment_or_after_the_tail(self):
        [load] = loads(cell())
        [shares] = spread_contacts(load, np.array([5]), DELAY, WEEK)
        assert not shares[:5].any()
        assert not shares[5 + 28 :].any()

    def test_busier_weekdays_have_more(self):
        [load] = loads(cell())
        even, mondays = np.ones(7), np.array([3.0, 1, 1, 1, 1, 1, 1])
        starts = np.array([0])
        plain = spread_contacts(load, starts, DELAY, even)[0]
        heavy = spread_contacts(load, starts, DELAY, mondays)[0]
        assert heavy[7] > plain[7]
        assert heavy[8] < plain[8]

    def test_a_desk_that_never_opens_in_time_has_none(self):
        known = assume(closed={"*": [str(day) for day in loads(cell())[0].days]})
        [load] = loads(cell(), known=known)
        assert not spread_contacts(load, np.array([0]), DELAY, WEEK).any()


class TestSpreadDelay:
    @pytest.mark.parametrize("mean", [1.0, 4.0, 12.0])
    def test_all_of_the_tail_sums_to_one(self, mean):
        assert spread_delay(mean, 1.3, 28).sum() == pytest.approx(1)

    def test_a_longer_delay_comes_later(self):
        days = np.arange(28)
        assert days @ spread_delay(8, 1, 28) > days @ spread_delay(2, 1, 28)


class TestSpreadFriction:
    @pytest.mark.parametrize("weekdays", ["", "mon-fri", "sat"])
    def test_weeks_hold_what_the_days_share_out(self, weekdays):
        [load] = loads(cell(), desks=[desk_row(weekdays=weekdays)], payers=[("Telvia", "ES", 1820)])
        assert spread_friction(load, WEEK, 182)[:7].sum() == pytest.approx(70)


class TestMeanTreated:
    def test_all_contacts_of_a_level_come_once(self):
        [load] = loads(cell(100), cell(50, day=7))
        first, later = mean_treated(load, DELAY, WEEK, KNOWN)
        assert first.sum() == pytest.approx(150)
        assert later.sum() > 0

    def test_steps_come_when_they_are_due(self):
        [load] = loads(cell())
        _, later = mean_treated(load, DELAY, WEEK, KNOWN)
        assert not later[:14].any()
        assert later[14] > 0

    def test_patterns_and_plans_ring_as_assumed(self):
        [one] = loads(cell(plan="ad-supported", pattern="household_abroad"))
        [other] = loads(cell())
        assert (
            mean_treated(one, DELAY, WEEK, KNOWN)[0].sum()
            > 1.05 * mean_treated(other, DELAY, WEEK, KNOWN)[0].sum()
        )


class TestLaterSteps:
    @pytest.mark.parametrize(
        ("first", "steps"),
        [("notify", [0, 1]), ("verify_device", [1]), ("pause_external_devices", [])],
    )
    def test_only_harsher_ones_follow(self, first, steps):
        assert later_steps(Treatment(first), KNOWN) == steps
