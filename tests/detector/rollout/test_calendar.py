from datetime import date, timedelta

import numpy as np
import pytest

from detector.rollout.calendar import days_between, list_desks, open_slots
from tests.detector.rollout.given_rows import MONDAY, capacity, desk_row

WEEK = days_between(MONDAY, MONDAY + timedelta(days=6))


def slots(days=WEEK, closed=None, **fields):
    [desk] = list_desks(capacity(desk_row(**fields)))
    return open_slots(desk, days, closed or {})


class TestOpenSlots:
    def test_only_while_it_is_open(self):
        found = slots(weekdays="mon-fri", opens="09:00", closes="10:00")
        assert found.day.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        assert found.slot.tolist() == [18, 19] * 5

    def test_instants_are_those_of_the_desks_clock(self):
        instants = slots(opens="09:00", closes="09:30").starts_at.astype("datetime64[us]")
        assert instants[0] == np.datetime64("2026-09-07T07:00")

    @pytest.mark.parametrize(
        ("day", "halves"), [("2026-03-29", 46), ("2026-10-25", 48), ("2026-06-01", 48)]
    )
    def test_summer_time_takes_an_hour_and_gives_none_twice(self, day, halves):
        found = slots([date.fromisoformat(day)], opens="00:00", closes="24:00")
        assert found.slot.size == halves
        assert np.all(np.diff(found.starts_at) > 0)

    @pytest.mark.parametrize(("where", "days"), [("*", 6), ("ES", 6), ("FR", 7)])
    def test_a_closed_day_is_one_of_its_country(self, where, days):
        found = slots(closed={where: (MONDAY,)}, country="ES")
        assert np.unique(found.day).size == days

    def test_says_to_which_hours_a_half_hour_belongs(self):
        rows = desk_row(weekdays="mon", closes="10:00"), desk_row(weekdays="mon", opens="12:00")
        [desk] = list_desks(capacity(*rows))
        found = open_slots(desk, WEEK, {})
        assert found.row.tolist() == [0, 0, *[1] * 10]
