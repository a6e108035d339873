"""Which days a log can speak of."""

from datetime import date, timedelta

from detector.events.window import find_window
from detector.settings import Settings

END = date(2026, 2, 15)


def days(last, rows, number=42):
    return {last - timedelta(days=n): rows for n in range(number)}


def last_day(*parts):
    counts = {day: rows for part in parts for day, rows in part.items()}
    return find_window(counts, None, Settings()).last_day


class TestLastDay:
    def test_is_not_one_of_boxes_whose_clock_was_never_set(self):
        assert last_day(days(END, 880), days(date(2037, 2, 15), 120)) == END

    def test_of_a_log_that_goes_on_after_years_is_the_later(self):
        assert last_day(days(date(2022, 5, 1), 900), days(END, 700)) == END

    def test_of_a_service_that_rests_between_seasons_is_the_later(self):
        assert last_day(days(END - timedelta(days=200), 900), days(END, 150)) == END

    def test_is_not_moved_by_rows_from_long_before(self):
        assert last_day(days(date(2001, 1, 1), 300, number=1), days(END, 100)) == END

    def test_of_a_service_that_shrinks_is_its_last(self):
        shrunk = {END - timedelta(days=n): 200 + 10 * n for n in range(150)}
        assert last_day(days(date(2001, 1, 1), 300, number=1), shrunk) == END

    def test_is_not_the_day_on_which_films_of_the_evening_before_stop(self):
        late = {END + timedelta(days=1): 40}
        assert last_day(days(END, 1000), late) == END

    def test_is_the_day_of_a_log_that_ends_at_noon(self):
        noon = {END + timedelta(days=1): 450}
        assert last_day(days(END, 1000), noon) == END + timedelta(days=1)

    def test_of_a_log_shorter_than_the_window_is_its_last(self):
        late = {END + timedelta(days=1): 40}
        assert last_day(days(END, 1000, number=20), late) == END + timedelta(days=1)
