import tomllib

import polars as pl
import pytest
from rich.console import Console

from detector.log_settings import ColumnSettings
from detector.settings import Settings
from pipelines.jobs.inspect_log import inspect_log, render_inspection
from pipelines.reading.options import ReadOptions
from pipelines.reading.shared.messages import Look
from pipelines.reading.shared.proposing import propose_column, propose_columns
from tests.pipelines.tiny_log import NOON, day_rows, event, events

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]


def inspect(path, **columns):
    settings = Settings(columns=ColumnSettings(**columns))
    return inspect_log([str(path)], settings, ReadOptions())


@pytest.fixture
def foreign(tmp_path):
    """A log whose columns have other names."""
    path = tmp_path / "log.parquet"
    frame = pl.DataFrame(
        {
            "Timestamp": [NOON],
            "user": ["ada"],
            "machine_id": ["tv"],
            "client": [{"ip_address": "81.2.69.142"}],
        }
    )
    frame.write_parquet(path)
    return path


class TestInspectLog:
    def test_tells_rows_and_times(self, tmp_path):
        for name, hour in (("a", 0), ("b", 24)):
            events(*day_rows(), event(hour=hour)).write_parquet(tmp_path / f"{name}.parquet")
        found = inspect(tmp_path)
        assert (found.files, found.rows) == (2, 32)
        assert (found.first_ts[:10], found.last_ts[:10]) == ("2026-05-01", "2026-05-05")

    def test_columns_of_the_contract_map_to_themselves(self, tmp_path):
        events(event()).write_parquet(tmp_path / "log.parquet")
        sources = {fate.column: fate.source for fate in inspect(tmp_path).columns}
        assert (sources["ts"], sources["city"]) == ("ts", None)

    def test_proposes_a_mapping_that_works(self, foreign):
        proposal = tomllib.loads(inspect(foreign).toml)["columns"]
        assert proposal == {
            "ts": "Timestamp",
            "account_id": "user",
            "device_id": "machine_id",
            "ip": "client.ip_address",
        }
        assert inspect(foreign, **proposal).problems == {}

    def test_names_what_is_missing(self, foreign):
        assert "lacks the columns" in inspect(foreign).problems["log.parquet"]

    def test_tells_the_unit_of_times_by_their_size(self, tmp_path):
        frame = events(*day_rows()).with_columns(pl.col("ts").dt.epoch("ms"))
        frame.write_parquet(tmp_path / "log.parquet")
        assert 'ts_unit = "ms"' in inspect(tmp_path).toml

    def test_shows_what_a_preset_made_of_each_file(self, tmp_path):
        (tmp_path / "preset.toml").write_text(
            'about = "mine"\nlink = "https://example.org"\n[[sources]]\nfiles = "plays*.csv"\n'
            '[sources.columns]\naccount_id = "user"\n[sources.filters]\nkind = ["play"]\n'
        )
        text = "ts,user,device_id,ip,kind\n"
        text += "".join(f"2026-05-01T12:00:00Z,ada,tv,81.2.69.142,{k}\n" for k in ("play", "ad"))
        for name in ("plays1.csv", "rest.csv"):
            (tmp_path / name).write_text(text)
        options = ReadOptions(preset=str(tmp_path / "preset.toml"))
        found = inspect_log([str(tmp_path)], Settings(), options)
        [made] = found.made
        assert (made.name, made.rows, made.left_out, made.verified) == ("plays1.csv", 2, 1, False)
        assert made.columns == ("ts", "account_id", "device_id", "ip")
        assert any("'rest.csv'" in note for note in found.notes)

    def test_reminds_of_the_unit_of_numbers(self, tmp_path):
        events(event()).with_columns(ts=pl.lit(1)).write_parquet(tmp_path / "log.parquet")
        found = inspect(tmp_path)
        assert "without a unit" in found.problems["log.parquet"]

    def test_a_bad_file_is_told_beside_the_good(self, tmp_path):
        events(event()).write_parquet(tmp_path / "a.parquet")
        (tmp_path / "b.parquet").write_bytes(b"PAR1")
        found = inspect(tmp_path)
        assert (found.rows, list(found.problems)) == (1, ["b.parquet"])


def inspection_text(inspection):
    console = Console(width=100, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(render_inspection(inspection))
    return capture.get()


class TestRenderInspection:
    def test_shows_the_types_and_the_proposal(self, foreign):
        text = inspection_text(inspect(foreign))
        assert "client.ip_address" in text
        assert 'account_id = "user"' in text

    def test_names_from_the_log_cannot_move_the_text(self, tmp_path):
        frame = events(event()).with_columns(pl.lit(1).alias("evil\x1b[2J\r[red]"))
        frame.write_parquet(tmp_path / "log.parquet")
        text = inspection_text(inspect(tmp_path))
        assert "\x1b" not in text
        assert "[red]" in text


TYPES = dict.fromkeys(("user", "device", "machine_id", "client"), "string")


class TestProposeColumns:
    """What a column holds says more than its name."""

    def proposed(self, wanted, **looks):
        each = {
            name: Look(rows=1000, distinct=distinct, shares={"address": addresses / 1000})
            for name, (distinct, addresses) in looks.items()
        }
        return propose_columns([wanted], TYPES, {"account_id": "user"}, each).get(wanted)

    def test_a_device_that_never_comes_back_is_none(self):
        assert self.proposed("device_id", user=(50, 0), device=(1000, 0)) == "machine_id"

    def test_in_a_log_of_strangers_nobody_comes_back(self):
        assert self.proposed("device_id", user=(990, 0), device=(1000, 0)) == "device"

    def test_addresses_are_no_devices(self):
        assert self.proposed("device_id", user=(50, 0), device=(80, 1000)) == "machine_id"

    def test_what_holds_no_addresses_is_none(self):
        types = {"client_ip": "string"}
        look = {"client_ip": Look(rows=1000, distinct=9)}
        assert propose_columns(["ip"], types, {}, look) == {}


class TestProposeColumn:
    @pytest.mark.parametrize(
        ("column", "name"),
        [
            ("ts", "event_time"),
            ("ip", "clientIp"),
            ("account_id", "AccountID"),
            ("latitude", "geo.lat"),
            ("device_id", "device-id"),
            ("country", "countri"),
        ],
    )
    def test_by_synonym_and_nearness(self, column, name):
        kinds = {"latitude": "double", "ts": "timestamp[us]"}
        assert propose_column(column, {name: kinds.get(column, "string")}, []) == name

    def test_never_of_a_type_that_cannot_be(self):
        assert propose_column("account_id", {"user_id": "double"}, []) is None

    @pytest.mark.parametrize("name", ["event_id", "eventId", "session.event_id", "id"])
    def test_never_what_means_another_column(self, name):
        assert propose_column("device_id", {name: "string"}, []) is None

    def test_never_what_is_taken(self):
        assert propose_column("account_id", {"user_id": "string"}, ["user_id"]) is None
