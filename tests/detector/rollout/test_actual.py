from datetime import timedelta

import pytest

from detector.errors import InputError
from detector.rollout.actual import compare_actual, count_days, leave_last_week, measure_coverage
from detector.rollout.forecast import forecast_contacts
from detector.rollout.futures import Chance
from detector.rollout.updating import learn
from tests.detector.rollout.given_rows import MONDAY, count_row, desk_row, measured
from tests.detector.rollout.plans import KNOWN, cell, loads


def day(number):
    return str(MONDAY + timedelta(days=number))


def counts(numbers, found, **fields):
    rows = [count_row(contacts, day=day(at), **fields) for at, contacts in enumerate(numbers)]
    return count_days(measured(*rows), found)


class TestCountDays:
    def test_half_hours_add_up_to_days(self):
        rows = [count_row(2, starts="09:00"), count_row(3, starts="10:30")]
        [found] = count_days(measured(*rows), loads(cell())).values()
        assert found.contacts.tolist() == [5]
        assert found.by_slot[0, [18, 21]].tolist() == [2, 3]

    def test_only_days_of_the_plan_on_which_the_desk_is_open(self):
        rows = [count_row(4, day=day(at)) for at in (-1, 0, 5, 6, 500)]
        [found] = count_days(
            measured(*rows), loads(cell(), desks=[desk_row(weekdays="mon-fri")])
        ).values()
        assert found.day.tolist() == [0]

    def test_refuses_a_desk_without_capacity(self):
        with pytest.raises(InputError, match="no such desk"):
            count_days(measured(count_row(1, partner="Orbita")), loads(cell()))


class TestLeaveLastWeek:
    def test_leaves_what_was_before_it(self):
        found = counts([1] * 20, loads(cell()))
        [kept] = leave_last_week(found).values()
        assert kept.day.tolist() == list(range(13))

    def test_needs_a_week_before_it(self):
        assert not leave_last_week(counts([1] * 10, loads(cell())))


class TestCompareActual:
    def test_says_what_lay_within_bands(self):
        found = loads(cell(20_000))
        seen = counts([10**6, 10**6, 700], found)
        days = forecast_contacts(found, learn(found, {}, KNOWN), KNOWN, Chance(0, 200)).days
        actual = compare_actual(seen, {"before": days}, found)
        assert actual["contacts"].to_list() == [10**6, 10**6, 700]
        [coverage] = measure_coverage(actual)
        assert coverage.shares[95] == pytest.approx(1 / 3)

    def test_nothing_was_counted(self):
        assert compare_actual({}, {}, loads(cell())).is_empty()
