from datetime import timedelta

import polars as pl
import pytest

from detector.errors import InputError
from tests.detector.rollout.given_rows import (
    MONDAY,
    capacity,
    count_row,
    desk_row,
    measured,
    wave_row,
    waves,
)


class TestReadCapacity:
    def test_each_weekday_is_a_row(self):
        desks = capacity(desk_row(weekdays="mon-wed,sat"))
        assert desks["weekday"].to_list() == [0, 1, 2, 5]
        assert desks.select("opens", "closes").row(0) == (18, 34)

    def test_an_empty_partner_is_sold_directly_and_a_channel_is_the_phone(self):
        [key] = (
            capacity(desk_row(partner="", channel="")).select("partner", "channel").unique().rows()
        )
        assert key == ("direct", "phone")

    def test_a_desk_may_open_twice_a_day(self):
        morning, evening = desk_row(closes="13:00"), desk_row(opens="16:00", closes="24:00")
        assert capacity(morning, evening)["closes"].unique().sort().to_list() == [26, 48]

    def test_no_baseline_is_none(self):
        assert capacity(desk_row())["baseline_per_half_hour"].unique().to_list() == [0.0]

    @pytest.mark.parametrize("name", ["weekday", "Weekdays", " weekdays"])
    def test_a_column_that_is_misspelt_is_not_passed_over(self, name):
        with pytest.raises(InputError, match="which nobody reads") as caught:
            capacity({name if each == "weekdays" else each: v for each, v in desk_row().items()})
        assert "call it weekdays" in str(caught.value.hint)

    def test_other_columns_may_stand_there(self):
        assert capacity({**desk_row(), "contact person": "lea"}).height

    def test_a_town_is_told_its_time_zone(self):
        with pytest.raises(InputError) as caught:
            capacity(desk_row(time_zone="Rome"))
        assert "Europe/Rome" in str(caught.value.hint)

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"contacts_per_half_hour": "-4"}, "negative or no number"),
            ({"contacts_per_half_hour": "many"}, "'many'"),
            ({"contacts_per_half_hour": "NaN"}, "negative or no number"),
            ({"agents": "2.5"}, "agents that are no whole number"),
            ({"contacts_per_half_hour": ""}, "no capacity"),
            ({"time_zone": "Europe/Nowhere"}, "unknown time zone"),
            ({"time_zone": ""}, "unknown time zone"),
            ({"weekdays": "funday"}, "no weekday"),
            ({"opens": "09:10"}, "no half-hour"),
            ({"opens": ""}, "no half-hour"),
            ({"closes": "24:30"}, "no half-hour"),
            ({"closes": "08:00"}, "closes before it opens"),
            ({"handling_s": "0"}, "handling_s of 0"),
        ],
    )
    def test_says_what_is_wrong_and_in_which_line(self, fields, said):
        with pytest.raises(InputError, match="line 3") as caught:
            capacity(desk_row(channel="chat"), desk_row(**fields))
        assert said in str(caught.value)
        assert caught.value.hint

    def test_refuses_hours_that_overlap(self):
        with pytest.raises(InputError, match="overlap"):
            capacity(desk_row(weekdays="mon-fri"), desk_row(weekdays="fri", opens="16:30"))

    def test_refuses_a_desk_in_two_time_zones(self):
        with pytest.raises(InputError, match="two time zones"):
            capacity(desk_row(weekdays="mon"), desk_row(weekdays="tue", time_zone="UTC"))

    def test_refuses_a_table_without_its_columns(self):
        row = {key: value for key, value in desk_row().items() if key != "time_zone"}
        with pytest.raises(InputError, match="time_zone"):
            capacity(row)


class TestReadWaves:
    def test_a_first_treatment_is_a_notice(self):
        assert waves(wave_row())["treatment"].to_list() == ["notify"]

    def test_refuses_a_wave_in_the_past(self):
        with pytest.raises(InputError, match="in the past"):
            waves(wave_row(), today=MONDAY + timedelta(days=1))

    def test_refuses_an_account_in_two_waves(self):
        with pytest.raises(InputError, match="overlap"):
            waves(wave_row(), wave_row(wave="w2", day="2026-10-07"))

    def test_refuses_an_account_that_is_still_under_treatment(self):
        with pytest.raises(InputError, match="still in force"):
            waves(wave_row(), in_force=pl.Series(["a"]))

    @pytest.mark.parametrize(
        "fields", [{"day": "7.9.2026"}, {"day": ""}, {"wave": ""}, {"treatment": "shout"}]
    )
    def test_says_what_is_wrong_and_in_which_line(self, fields):
        with pytest.raises(InputError, match="line 3"):
            waves(wave_row("b"), wave_row(**fields))


class TestReadMeasured:
    def test_half_hours_and_whole_days(self):
        found = measured(count_row(3, starts="09:30"), count_row(8, channel="chat"))
        assert found.select("channel", "slot", "contacts").rows() == [
            ("chat", -1, 8),
            ("phone", 19, 3),
        ]

    @pytest.mark.parametrize("wrong", ["-1", "1.5", ""])
    def test_refuses_what_is_no_count(self, wrong):
        with pytest.raises(InputError, match="contacts"):
            measured(count_row(wrong))

    def test_refuses_a_day_told_twice(self):
        with pytest.raises(InputError, match="twice"):
            measured(count_row(1), count_row(2))

    def test_refuses_a_day_told_whole_and_in_parts(self):
        with pytest.raises(InputError, match="both whole and by half-hours"):
            measured(count_row(1), count_row(1, starts="09:00"))
