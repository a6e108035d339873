from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest

from detector.errors import InputError, MissingColumnsError, SettingsError
from detector.geo import from_spot
from detector.log_settings import ColumnSettings, QualitySettings
from detector.settings import Settings
from pipelines.reading.child.rows import complete_rows, read_columns
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.mapping import UnmappedError, map_columns
from pipelines.reading.shared.messages import LogFile
from tests.pipelines.tiny_log import NOON, day_rows, event, events, read, sightings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

FILE = LogFile(name="a.parquet", path="a.parquet")
BASE = {"ts": pa.array([NOON]), "account_id": ["ada"], "device_id": ["tv"], "ip": ["81.2.69.142"]}


def rows(columns, **settings):
    """Rows of a table whose columns are these, and those of BASE that are not among them."""
    table = pa.table({**BASE, **columns})
    source = LogSource(columns=ColumnSettings(**settings))
    return complete_rows(read_columns(table, map_columns(table.schema, FILE, source, ()), source))


def value(name, array, **settings):
    return rows({name: array}, **settings)[name][0]


class TestIds:
    @pytest.mark.parametrize(
        ("array", "text"),
        [
            pytest.param(pa.array([7], pa.int8()), "7", id="int8"),
            pytest.param(pa.array([2**63], pa.uint64()), str(2**63), id="uint64"),
            pytest.param(pa.array(["7"]).dictionary_encode(), "7", id="dictionary"),
            pytest.param(pa.array(["7"], pa.large_string()), "7", id="large"),
            pytest.param(pa.array(["7"], pa.string_view()), "7", id="view"),
            pytest.param(pa.array([b"7"], pa.binary()), "7", id="bytes that are text"),
            pytest.param(pa.array(["007"]), "007", id="leading zeros stay"),
            pytest.param(pa.array([Decimal(7)], pa.decimal128(20, 0)), "7", id="whole decimal"),
            pytest.param(pa.array([bytes(15) + b"\x07"], pa.uuid()), "0" * 31 + "7", id="uuid"),
            pytest.param(pa.array([None], pa.null()), None, id="nothing"),
        ],
    )
    def test_are_text(self, array, text):
        assert value("account_id", array) == text

    @pytest.mark.parametrize(
        "array",
        [pa.array([7.0]), pa.array([True]), pa.array([NOON]), pa.array([["7"]])],
        ids=["float", "bool", "time", "list"],
    )
    def test_of_other_types_are_refused(self, array):
        with pytest.raises(UnmappedError, match="'account_id'"):
            rows({"account_id": array})


class TestTimes:
    @pytest.mark.parametrize(
        "array",
        [
            pytest.param(pa.array([NOON], pa.timestamp("s", "UTC")), id="seconds"),
            pytest.param(pa.array([NOON], pa.timestamp("ns", "Asia/Tokyo")), id="other zone"),
            pytest.param(pa.array([NOON], pa.timestamp("us", "Mars/Olympus")), id="unknown zone"),
            pytest.param(pa.array([NOON.replace(tzinfo=None)]), id="naive"),
            pytest.param(pa.array(["2026-05-01T12:00:00Z"]), id="ISO"),
            pytest.param(pa.array(["2026-05-01 14:00:00.000+02:00"]), id="ISO with an offset"),
            pytest.param(pa.array(["2026-05-01T14:00:00+0200"]), id="ISO with a basic offset"),
            pytest.param(pa.array(["2026-05-01 12:00:00"]), id="ISO without a zone"),
            pytest.param(pa.array([" 2026-05-01T12:00 "]), id="ISO to the minute"),
        ],
    )
    def test_are_utc(self, array):
        assert value("ts", array) == NOON

    @pytest.mark.parametrize(
        ("unit", "per"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)]
    )
    def test_numbers_with_a_unit(self, unit, per):
        number = int(NOON.timestamp()) * per
        assert value("ts", pa.array([number]), ts_unit=unit) == NOON

    def test_fractions_of_seconds(self):
        found = value("ts", pa.array([NOON.timestamp() + 0.25]), ts_unit="s")
        assert found == NOON + timedelta(milliseconds=250)

    def test_numbers_without_a_unit_are_refused_with_the_fix(self):
        with pytest.raises(UnmappedError) as raised:
            rows({"ts": pa.array([1])})
        assert 'ts_unit = "ms"' in raised.value.problem.hint

    @pytest.mark.parametrize(
        "text", ["yesterday", "2026-13-01T00:00:00Z", "2026-05-01", "01/05/26"]
    )
    def test_text_that_is_no_time_is_kept_for_the_reject(self, text):
        row = rows({"ts": pa.array([text])})
        assert (row["ts"][0], row["ts_text"][0]) == (None, text)

    @pytest.mark.parametrize("number", [2**62, -(2**62)])
    def test_numbers_outside_the_calendar_are_kept_for_the_reject(self, number):
        row = rows({"ts": pa.array([number])}, ts_unit="s")
        assert (row["ts"][0], row["ts_text"][0]) == (None, str(number))


class TestDurations:
    @pytest.mark.parametrize(
        ("array", "settings", "seconds"),
        [
            pytest.param(pa.array([90]), {}, 90, id="seconds"),
            pytest.param(pa.array([90_500.0]), {"duration_unit": "ms"}, 90, id="milliseconds"),
            pytest.param(pa.array([timedelta(seconds=90)]), {}, 90, id="duration"),
            pytest.param(pa.array(["1:02:03"]), {}, 3723, id="clock"),
            pytest.param(pa.array(["90"]), {}, 90, id="number in text"),
            pytest.param(pa.array(["long"]), {}, None, id="no number"),
            pytest.param(pa.array([float("nan")]), {}, None, id="NaN"),
        ],
    )
    def test_are_whole_seconds(self, array, settings, seconds):
        assert value("duration_s", array, **settings) == seconds

    def test_follow_from_the_end(self):
        later = {"until": pa.array([NOON + timedelta(hours=1)])}
        assert rows(later, ended_at="until")["duration_s"][0] == 3600


class TestNames:
    def test_dots_reach_into_structs(self):
        column = pa.array([{"geo": {"country": "FR"}}])
        assert rows({"source": column}, country="source.geo.country")["country"][0] == "FR"

    def test_of_a_struct_that_is_null(self):
        column = pa.array([None], pa.struct([("country", pa.string())]))
        assert rows({"source": column}, country="source.country")["country"][0] is None

    def test_may_contain_dots_themselves(self):
        assert (
            rows({"source.geo.country": ["FR"]}, country="source.geo.country")["country"][0] == "FR"
        )

    def test_numbers_reach_into_lists(self):
        column = pa.array([{"coordinates": [2.35, 48.85]}])
        found = rows({"at": column}, latitude="at.coordinates.1", longitude="at.coordinates.0")
        assert found.select("latitude", "longitude").row(0) == (48.85, 2.35)

    def test_the_first_that_is_there_counts(self):
        assert rows({"b": ["x"], "c": ["y"]}, city=("a", "b", "c"))["city"][0] == "x"

    def test_provider_numbers_lose_their_letters(self):
        assert value("asn", pa.array(["AS3215"])) == 3215


class TestErrors:
    def test_a_missing_column_is_named_with_the_nearest(self, tmp_path):
        events(event()).rename({"device_id": "deviceid"}).write_parquet(tmp_path / "log.parquet")
        with pytest.raises(MissingColumnsError, match="device_id = 'deviceid'"):
            read(tmp_path / "log.parquet", tmp_path / "work")

    def test_an_explicit_name_that_is_not_there(self, tmp_path):
        events(event()).write_parquet(tmp_path / "log.parquet")
        settings = Settings(columns=ColumnSettings(city="town"))
        with pytest.raises(MissingColumnsError, match="town"):
            read(tmp_path / "log.parquet", tmp_path / "work", settings=settings)

    def test_no_location_at_all(self, tmp_path):
        events(event()).drop("ip").write_parquet(tmp_path / "log.parquet")
        with pytest.raises(MissingColumnsError, match="'ip'"):
            read(tmp_path / "log.parquet", tmp_path / "work")

    def test_a_wrong_type_in_every_file_is_a_wrong_mapping(self, tmp_path):
        frame = events(event()).with_columns(account_id=pl.lit(1.5))
        frame.write_parquet(tmp_path / "log.parquet")
        with pytest.raises(InputError, match="account_id") as raised:
            read(tmp_path / "log.parquet", tmp_path / "work", skip_bad_files=True)
        assert "2^53" in raised.value.hint

    def test_a_wrong_type_in_one_file_is_a_bad_file(self, tmp_path):
        events(event()).write_parquet(tmp_path / "a.parquet")
        events(event()).with_columns(account_id=1.5).write_parquet(tmp_path / "b.parquet")
        with pytest.raises(InputError, match=r"b\.parquet.*double"):
            read(tmp_path / "a.parquet", tmp_path / "work", tmp_path / "b.parquet")

    def test_a_log_without_rows(self, tmp_path):
        events(event()).clear().write_parquet(tmp_path / "log.parquet")
        with pytest.raises(InputError, match="no rows"):
            read(tmp_path / "log.parquet", tmp_path / "work")

    def test_an_unknown_preset(self, tmp_path):
        with pytest.raises(SettingsError, match="netflix-export"):
            read(tmp_path / "log.parquet", tmp_path / "work", preset="netflicks")

    def test_too_many_rejects_stop_the_run_with_their_reasons(self, tmp_path):
        bad = [event(ip="secret-address") for _ in range(3)]
        events(*bad, *day_rows(accounts=1, days=5)).write_parquet(tmp_path / "log.parquet")
        with pytest.raises(InputError, match="3 unreadable_address") as raised:
            read(tmp_path / "log.parquet", tmp_path / "work")
        assert "secret-address" not in str(raised.value)

    def test_the_limit_of_rejects_can_be_raised(self, tmp_path):
        events(event(), event(ip="?")).write_parquet(tmp_path / "log.parquet")
        settings = Settings(quality=QualitySettings(max_reject_share=0.5))
        assert read(tmp_path / "log.parquet", tmp_path / "work", settings=settings).counts.kept == 1

    def test_too_many_rows_after_the_end_stop_the_run(self, tmp_path):
        stray = [event(f"x{n}", hour=24 * 400 * (n + 2)) for n in range(3)]
        rows = [*day_rows(accounts=4, days=10), *stray]
        events(*rows).write_parquet(tmp_path / "log.parquet")
        with pytest.raises(InputError, match="unit"):
            read(tmp_path / "log.parquet", tmp_path / "work")


class TestSchemas:
    def test_files_may_differ_in_widths_and_encodings(self, tmp_path):
        plain = events(event(account="7", device_id="tv"))
        other = plain.with_columns(
            pl.col("account_id").cast(pl.Int16),
            pl.col("ip").cast(pl.Categorical),
            pl.col("ts").cast(pl.Datetime("ns", "Europe/Paris")),
        )
        plain.write_parquet(tmp_path / "a.parquet")
        other.write_parquet(tmp_path / "b.parquet")
        reading = read(tmp_path / "a.parquet", tmp_path / "work", tmp_path / "b.parquet")
        assert (reading.counts.kept, sightings(reading).height) == (2, 1)

    def test_naive_times_are_said_once(self, tmp_path):
        for name in "ab":
            frame = events(event()).with_columns(pl.col("ts").dt.replace_time_zone(None))
            frame.write_parquet(tmp_path / f"{name}.parquet")
        reading = read(tmp_path / "a.parquet", tmp_path / "work", tmp_path / "b.parquet")
        assert reading.notes == ("Times without a zone were taken as UTC.",)

    def test_location_alone_is_enough(self, tmp_path):
        frame = events(event()).drop("ip").with_columns(latitude=40.7128, longitude=-74.006)
        frame.write_parquet(tmp_path / "log.parquet")
        found = sightings(read(tmp_path / "log.parquet", tmp_path / "work"))
        assert found.select("network", *from_spot(pl.col("spot"))).row(0) == (
            "cell:40.71,-74.01",
            40.7128,
            -74.006,
        )


def test_the_oldest_time_is_readable():
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert value("ts", pa.array([int(first.timestamp())]), ts_unit="s") == first
