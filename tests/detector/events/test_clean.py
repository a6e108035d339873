import json
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.events.clean import Window, clean_events
from detector.events.rows import LogRows
from detector.events.words import read_device_types, read_event_types
from detector.log_settings import EventSettings

MAY = Window(date(2026, 5, 1), date(2026, 5, 31), date(2026, 5, 31))
GOOD = {
    "file": "a.parquet",
    "ts": datetime(2026, 5, 10, 20, tzinfo=UTC),
    "account_id": "ada",
    "device_id": "tv",
    "ip": "81.2.69.142",
}
NEW_YORK = {"latitude": 40.7128, "longitude": -74.006}


def rows(*changes):
    records = [{**GOOD, "row": n, **change} for n, change in enumerate(changes)]
    schema = {name: column.dtype for name, column in LogRows.columns().items()}
    return pl.DataFrame(records, schema=schema)


def clean(*changes, window=MAY):
    return clean_events(rows(*changes), window, EventSettings())


def network(**change):
    return clean(change).events["network"][0]


class TestReasons:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"account_id": None}, "null_account"),
            ({"device_id": None}, "null_device"),
            ({"ts": None}, "null_time"),
            ({"ts": None, "ts_text": "soon"}, "unreadable_time"),
            ({"event_type": "login_failed"}, "failed_sign_in"),
            ({"event_type": "user.session.start", "outcome": "FAILURE"}, "failed_sign_in"),
            ({"outcome": "denied"}, "failed_sign_in"),
            ({"account_id": "Unknown"}, "sentinel_account"),
            ({"account_id": ""}, "sentinel_account"),
            ({"account_id": " "}, "sentinel_account"),
            ({"account_id": "0"}, "sentinel_account"),
            ({"device_id": "00000000-0000-0000-0000-000000000000"}, "sentinel_device"),
            ({"device_id": "9774d56d682e549c"}, "sentinel_device"),
            ({"device_id": "null"}, "sentinel_device"),
            ({"account_id": "a" * 257}, "overlong_id"),
            ({"device_id": "tv\x00"}, "damaged_id"),
            ({"device_id": "tv\u202e"}, "damaged_id"),
            ({"ip": "somewhere"}, "unreadable_address"),
            ({"ip": "10.0.0.1"}, "private_address"),
            ({"ip": "10.0.0.1", **NEW_YORK}, "private_address"),
            ({"ip": None}, "no_location"),
            ({"ip": "  "}, "no_location"),
            ({"ip": None, "country": "XX"}, "no_location"),
            ({"ip": None, "latitude": float("nan"), "longitude": 1.0}, "bad_coordinates"),
            ({"ip": None, "latitude": 91.0, "longitude": 1.0}, "bad_coordinates"),
            ({"ip": None, "latitude": -122.4, "longitude": 37.8}, "bad_coordinates"),
            ({"ip": None, "latitude": 1.0, "longitude": 181.0}, "bad_coordinates"),
            ({"ip": None, "latitude": 0.0, "longitude": 0.0}, "bad_coordinates"),
            ({"ip": None, "latitude": 1.0}, "bad_coordinates"),
            ({"ts": datetime(2026, 6, 2, tzinfo=UTC)}, "future_date"),
            ({"ts": datetime(1970, 1, 1, tzinfo=UTC)}, "impossible_date"),
        ],
        ids=str,
    )
    def test_refused(self, change, reason):
        assert clean(change).rejects["reason"].to_list() == [reason]

    def test_the_first_reason_counts(self):
        nothing = dict.fromkeys(("account_id", "device_id", "ts", "ip"))
        assert clean(nothing).rejects["reason"].to_list() == ["null_account"]

    def test_a_reject_shows_what_the_row_held(self):
        values = clean({"ip": "10.0.0.1"}).rejects["values"][0]
        assert json.loads(values)["ip"] == "10.0.0.1"

    def test_a_reject_is_of_bounded_length(self):
        values = clean({"account_id": "a" * 100_000}).rejects["values"][0]
        assert len(values) < 1000

    @pytest.mark.parametrize("name", ["0001", "ada ", "Ada", "e\u0301", "é", "1e5"])
    def test_ids_are_taken_as_they_are(self, name):
        assert clean({"account_id": name}).events["account_id"].to_list() == [name]


class TestOutcome:
    def test_a_playback_that_failed_was_signed_in(self):
        found = clean({"event_type": "playback_start", "outcome": "error"})
        assert found.events.height == 1

    def test_a_sign_in_that_came_to_something_counts(self):
        assert clean({"event_type": "login", "outcome": "SUCCESS"}).events.height == 1


class TestWindow:
    def test_days_before_it_are_counted_and_no_rejects(self):
        found = clean({"ts": datetime(2026, 4, 30, 23, 59, tzinfo=UTC)})
        assert (found.outside_window, found.rejects.height) == (1, 0)

    def test_what_stops_past_midnight_of_the_last_day_is_no_reject(self):
        found = clean({"ts": datetime(2026, 6, 1, 1, tzinfo=UTC)})
        assert (found.kept, found.outside_window, found.events.height) == (0, 1, 1)

    def test_days_after_it_are_no_rejects_while_the_log_goes_on(self):
        window = Window(date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 31))
        assert clean({}, window=window).outside_window == 1


class TestNetwork:
    def test_the_address_outweighs_all(self):
        assert network(**NEW_YORK, country="US") == "81.2.69.142"

    @pytest.mark.parametrize(
        ("at", "cell"),
        [
            ((40.7128, -74.0060), "cell:40.71,-74.01"),
            ((-0.004, 0.5), "cell:0.00,0.50"),
            ((51.477, -0.046), "cell:51.48,-0.05"),
            ((-33.0, 151.2), "cell:-33.00,151.20"),
        ],
    )
    def test_then_the_cell_of_the_coordinates(self, at, cell):
        assert network(ip=None, latitude=at[0], longitude=at[1], country="US") == cell

    def test_then_the_country(self):
        assert network(ip=None, country="us") == "country:US"

    def test_bad_coordinates_beside_a_country_are_dropped(self):
        assert network(ip=None, country="US", latitude=95.0, longitude=1.0) == "country:US"

    def test_cells_may_be_coarser(self):
        frame = rows({"ip": None, **NEW_YORK})
        found = clean_events(frame, MAY, EventSettings(cell_degrees=0.25))
        assert found.events["network"].to_list() == ["cell:40.75,-74.00"]


class TestOwnLine:
    own = EventSettings(local_network="own_line")

    def test_a_private_address_may_be_the_account_s_own_line(self):
        found = clean_events(
            rows({"ip": "10.0.0.1"}, {"account_id": "bob", "ip": "10.0.0.1"}), MAY, self.own
        )
        assert found.events["network"].to_list() == ["lan:ada", "lan:bob"]

    def test_other_addresses_are_what_they_are(self):
        found = clean_events(rows({}, {"ip": "?"}), MAY, self.own)
        assert found.events["network"].to_list() == ["81.2.69.142"]
        assert found.rejects["reason"].to_list() == ["unreadable_address"]


class TestRepairs:
    def test_impossible_coordinates_beside_a_good_address_are_dropped_and_counted(self):
        found = clean({"latitude": float("nan"), "longitude": 1.0}, NEW_YORK, {})
        assert found.repairs["coordinates_dropped"] == 1
        assert found.events["latitude"].to_list() == [None, NEW_YORK["latitude"], None]

    def test_a_negative_duration_is_dropped_and_counted(self):
        found = clean({"duration_s": -5})
        assert found.repairs["durations_dropped"] == 1
        assert found.events["duration_s"].to_list() == [None]

    @pytest.mark.parametrize(
        ("text", "country"),
        [
            ("fr", "FR"),
            ("US (United States)", "US"),
            ("United States", "United States"),
            ("", None),
        ],
    )
    def test_countries(self, text, country):
        assert clean({"country": text}).events["country"].to_list() == [country]

    def test_controls_in_texts_become_blanks(self):
        assert clean({"city": "Ly\x1bon\n"}).events["city"].to_list() == ["Ly on"]


class TestProperties:
    texts = st.none() | st.text(max_size=12) | st.sampled_from(["ada", "81.2.69.142", "10.0.0.1"])
    numbers = st.none() | st.floats() | st.floats(-200, 200)
    times = st.none() | st.datetimes(
        datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)
    )
    garbage = st.fixed_dictionaries(
        {
            "account_id": texts,
            "device_id": texts,
            "ip": texts,
            "country": texts,
            "city": texts,
            "device_type": texts,
            "event_type": texts,
            "latitude": numbers,
            "longitude": numbers,
            "ts": times,
        }
    )

    @settings(deadline=None, max_examples=60)
    @given(st.lists(garbage, max_size=6))
    def test_each_row_is_kept_refused_or_outside(self, changes):
        found = clean(*changes)
        total = found.kept + found.rejects.height + found.outside_window
        assert total == len(changes)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("tv", "tv"),
            ("SmartTV", "tv"),
            ("Samsung CE 2017 Kant-M UHD TV", "tv"),
            ("set-top box", "tv"),
            ("Apple TV 4K", "stick"),
            ("Chromecast", "stick"),
            ("Sony PlayStation 4", "console"),
            ("mobile", "phone"),
            ("Apple iPhone 11", "phone"),
            ("DefaultWidevineAndroidPhone", "phone"),
            ("iPad", "tablet"),
            ("browser", "laptop"),
            ("Chrome PC (Cadmium)", "laptop"),
            ("Desktop", "desktop"),
            ("Computer", "laptop"),
            ("fridge", "unknown"),
        ],
    )
    def test_device_types(self, text, kind):
        assert read_device_types(pl.Series([text])).to_list() == [kind]

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("login", "login"),
            ("user.session.start", "login"),
            ("user.authentication.auth_via_mfa", "login"),
            ("playback_start", "playback_start"),
            ("PLAY", "playback_start"),
            ("video_ended", "playback_stop"),
            ("playback_stop", "playback_stop"),
            ("user.session.end", "user.session.end"),
            ("page_view", "page_view"),
        ],
    )
    def test_event_types(self, text, kind):
        assert read_event_types(pl.Series([text])).to_list() == [kind]
