import random
from datetime import date

import polars as pl
import pytest

from detector.errors import InputError
from detector.events.rows import Rejects
from tests.pipelines.tiny_log import NOON, day_rows, digest, event, events, read, sightings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]


class TestReadLog:
    def test_unites_events_by_account_device_network_and_day(self, tmp_path):
        events(event(), event(hour=1), event(hour=24)).write_parquet(tmp_path / "log.parquet")
        found = sightings(read(tmp_path / "log.parquet", tmp_path / "work"))
        half_hours = pl.col("seen").bitwise_count_ones()
        assert found.select("day", half_hours).rows() == [
            (date(2026, 5, 1), 2),
            (date(2026, 5, 2), 1),
        ]

    def test_shuffled_rows_give_the_same_sightings(self, tmp_path):
        rows = day_rows(accounts=10, days=4)
        shuffled = random.Random(1).sample(rows, len(rows))
        events(*rows).write_parquet(tmp_path / "a.parquet")
        events(*shuffled).write_parquet(tmp_path / "b.parquet")
        one = digest(read(tmp_path / "a.parquet", tmp_path / "1"))
        assert one == digest(read(tmp_path / "b.parquet", tmp_path / "2"))

    def test_accounts_are_in_one_bucket_each(self, tmp_path):
        events(*day_rows(accounts=30, days=3)).write_parquet(tmp_path / "log.parquet")
        reading = read(tmp_path / "log.parquet", tmp_path / "work", bucket_rows=20)
        accounts = [set(pl.read_parquet(path)["account_id"]) for path in reading.buckets]
        assert len(accounts) > 1
        assert sum(map(len, accounts)) == 30

    def test_a_file_delivered_twice_changes_nothing(self, tmp_path):
        frame, log = events(*day_rows()), tmp_path / "log"
        log.mkdir()
        frame.write_parquet(log / "a.parquet")
        once = sightings(read(log, tmp_path / "work"))
        frame.write_parquet(log / "copy.parquet")
        assert sightings(read(log, tmp_path / "work")).equals(once)

    def test_every_row_is_accounted_for(self, tmp_path):
        rows = [
            *day_rows(accounts=20, days=10),
            *day_rows(accounts=2, days=10),
            event(hour=-24 * 90),
            event(device_id="unknown"),
            event(hour=24 * 365 * 70),
        ]
        events(*rows).write_parquet(tmp_path / "log.parquet")
        counts = read(tmp_path / "log.parquet", tmp_path / "work").counts
        parts = counts.kept + counts.duplicates + counts.outside_window + counts.not_listed
        assert counts.read == parts + sum(counts.rejected.values())

    def test_rejects_name_the_file_the_row_and_the_reason(self, tmp_path):
        (tmp_path / "log" / "day").mkdir(parents=True)
        rows = [*day_rows(), event(account_id=None)]
        events(*rows).write_parquet(tmp_path / "log" / "day" / "a.parquet")
        reading = read(tmp_path / "log", tmp_path / "work")
        rejects = Rejects.validate(pl.read_parquet(reading.rejects))
        assert rejects.select("file", "row", "reason").rows() == [
            ("day/a.parquet", len(rows) - 1, "null_account")
        ]

    def test_row_numbers_go_on_from_row_group_to_row_group(self, tmp_path):
        rows = [*day_rows(), event(ip="no address"), *day_rows(accounts=1)]
        events(*rows).write_parquet(tmp_path / "log.parquet", row_group_size=4)
        reading = read(tmp_path / "log.parquet", tmp_path / "work", chunk_rows=5)
        assert pl.read_parquet(reading.rejects)["row"].to_list() == [rows.index(rows[15])]

    def test_only_accounts_on_the_list_are_read(self, tmp_path):
        (tmp_path / "list.txt").write_text("acc-1\nnobody\n")
        events(*day_rows(accounts=3, days=5)).write_parquet(tmp_path / "log.parquet")
        reading = read(tmp_path / "log.parquet", tmp_path / "work", only=tmp_path / "list.txt")
        assert set(sightings(reading)["account_id"]) == {"acc-1"}
        assert reading.counts.not_listed == 10

    def test_hive_partitions_are_columns(self, tmp_path):
        folder = tmp_path / "log" / "country=FR"
        folder.mkdir(parents=True)
        events(event()).write_parquet(folder / "part.parquet")
        assert sightings(read(tmp_path / "log", tmp_path / "work"))["country"].to_list() == ["FR"]

    def test_a_pattern_names_files_after_its_fixed_part(self, tmp_path):
        for day in "12":
            (tmp_path / "log" / day).mkdir(parents=True)
            events(event(hour=int(day))).write_parquet(tmp_path / "log" / day / "x.parquet")
        reading = read(tmp_path / "log" / "*" / "*.parquet", tmp_path / "work")
        assert [file.path for file in reading.files] == ["1/x.parquet", "2/x.parquet"]

    def test_notes_of_other_programs_are_no_log(self, tmp_path):
        (tmp_path / "log" / "_temporary").mkdir(parents=True)
        events(event()).write_parquet(tmp_path / "log" / "a.parquet")
        (tmp_path / "log" / "_temporary" / "b.parquet").write_bytes(b"half")
        (tmp_path / "log" / "_SUCCESS").touch()
        assert len(read(tmp_path / "log", tmp_path / "work").files) == 1


class TestDelta:
    def test_only_the_latest_version_is_read(self, tmp_path):
        deltalake = pytest.importorskip("deltalake")
        for mode in ("overwrite", "overwrite", "append"):
            table = events(*day_rows(days=2)).with_columns(mode=pl.lit(mode), country=pl.lit("FR"))
            deltalake.write_deltalake(
                tmp_path / "log", table.to_arrow(), mode=mode, partition_by=["country"]
            )
        reading = read(tmp_path / "log", tmp_path / "work")
        assert (len(reading.files), reading.counts.read) == (2, 12)
        assert set(sightings(reading)["country"]) == {"FR"}

    def test_a_table_whose_log_is_broken(self, tmp_path):
        pytest.importorskip("deltalake")
        (tmp_path / "log" / "_delta_log").mkdir(parents=True)
        events(event()).write_parquet(tmp_path / "log" / "a.parquet")
        with pytest.raises(InputError, match="Delta"):
            read(tmp_path / "log", tmp_path / "work")


class TestWindow:
    def test_a_default_date_in_the_future_moves_nothing(self, tmp_path):
        rows = [*day_rows(accounts=20, days=10), *(event(f"x{n}", 24 * 30000) for n in range(5))]
        events(*rows).write_parquet(tmp_path / "log.parquet")
        reading = read(tmp_path / "log.parquet", tmp_path / "work")
        assert reading.last_day == date(2026, 5, 10)
        assert reading.counts.rejected == {"future_date": 5}

    def test_with_as_of_the_log_may_go_on(self, tmp_path):
        events(*day_rows(accounts=3, days=10)).write_parquet(tmp_path / "log.parquet")
        reading = read(tmp_path / "log.parquet", tmp_path / "work", as_of=date(2026, 5, 4))
        assert reading.last_day == date(2026, 5, 4)
        assert (reading.counts.rejected, reading.counts.outside_window) == ({}, 18)

    def test_nothing_in_the_window_is_an_error_that_says_so(self, tmp_path):
        events(*day_rows()).write_parquet(tmp_path / "log.parquet")
        with pytest.raises(InputError, match="2024-01-01"):
            read(tmp_path / "log.parquet", tmp_path / "work", as_of=date(2024, 1, 1))

    def test_playback_does_not_leave_the_window(self, tmp_path):
        late = event(hour=11.9, event_type="playback_start", duration_s=7200, device_id="late")
        events(*day_rows(days=1), late).write_parquet(tmp_path / "log.parquet")
        reading = read(tmp_path / "log.parquet", tmp_path / "work")
        assert sightings(reading)["day"].max() == NOON.date()
