import os
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import DetectorError, InputError
from pipelines.reading import starting
from tests.pipelines.tiny_log import day_rows, event, events, read, sightings

pytestmark = pytest.mark.slow

PARQUET = "part.parquet"


CONTENTS = {
    "empty": (b"", "is empty (0 bytes)"),
    "csv": (b"ts,account_id\n1,ada\n", "text, perhaps CSV"),
    "html": (b"<!DOCTYPE html><title>403</title>", "a web page"),
    "gzip": (b"\x1f\x8b\x08\x00rest", "gzip"),
    "json": (b'{"ts": 1}\n', "JSON"),
    "orc": (b"ORC\x0a\x03", "ORC"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    "encrypted": (b"PARE" + bytes(20) + b"PARE", "encrypted"),
    "zeros": (bytes(100), "unknown first bytes"),
    "footer-of-zeros": (b"PAR1" + bytes(40) + b"PAR1", "damaged"),
}


FATAL = ("-m", "tests.pipelines.reading.fatal_child")
FATES = {
    "abort": "ends the process that reads it (SIGABRT)",
    "exit": "ends the process that reads it (exit code 3)",
    "hang": "takes longer than 2 s to read",
    "panic": "is damaged (PanicException)",
}


def write_good(folder):
    """A folder with one good file."""
    folder.mkdir()
    events(*day_rows()).write_parquet(folder / "good.parquet")
    return folder


@pytest.fixture
def log(tmp_path):
    return write_good(tmp_path / "log")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """Why each file that only has the name of Parquet, or was harmed, was set aside."""
    folder = write_good(tmp_path_factory.mktemp("damaged") / "log")
    for kind, (content, _) in CONTENTS.items():
        (folder / f"{kind}.parquet").write_bytes(content)
    whole = (folder / "good.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    write_flipped(folder / "flip.parquet")
    write_bomb(folder / "bomb.parquet")
    write_latin(folder / "latin.parquet")
    return reasons(folder, tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def fatal_files(tmp_path_factory):
    """Why each file that is the end of its reader was set aside."""
    folder = write_good(tmp_path_factory.mktemp("fatal") / "log")
    for fate in FATES:
        events(event()).write_parquet(folder / f"{fate}.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starting, "CHILD", FATAL)
        return reasons(folder, tmp_path_factory.mktemp("work"), threads=2, deadline_s=2)


def reasons(log, work, **options):
    """Why files were set aside; the good file must have been read."""
    reading = read(log, work, skip_bad_files=True, **options)
    assert reading.counts.kept == 15
    return {file.path: file.skipped for file in reading.files if file.skipped}


def write_flipped(path):
    table = events(*day_rows(accounts=50, days=20)).to_arrow()
    pq.write_table(table, path, write_page_checksum=True, compression="none")
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)


def write_bomb(path):
    one = events(event(ts=None)).with_columns(pl.lit(1).alias("duration_s"))
    pl.concat([one] * 2).select(pl.all().gather([0] * 3_000_000)).write_parquet(path)


def write_latin(path):
    column = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    table = events(event()).to_arrow()
    table = table.set_column(table.schema.get_field_index("account_id"), "account_id", column)
    pq.write_table(table, path)


class TestFilesThatKillTheReader:
    @pytest.fixture(autouse=True)
    def fatal(self, monkeypatch):
        monkeypatch.setattr(starting, "CHILD", FATAL)

    @pytest.mark.parametrize("fate", FATES)
    def test_the_file_is_set_aside_and_the_run_goes_on(self, fatal_files, fate):
        assert fatal_files[f"{fate}.parquet"] == FATES[fate]

    def test_no_other_file_is(self, fatal_files):
        assert len(fatal_files) == len(FATES)

    def test_a_table_of_accounts_is_refused(self, log, tmp_path):
        table = tmp_path / "abort.csv"
        table.write_text("account_id,plan\nada,basic\n")
        with pytest.raises(InputError, match=r"abort\.csv.*SIGABRT"):
            read(log, tmp_path / "work", accounts=table)

    def test_by_default_the_run_stops_and_names_the_file(self, log, tmp_path):
        events(event()).write_parquet(log / "abort.parquet")
        with pytest.raises(InputError, match=r"abort\.parquet.*SIGABRT") as raised:
            read(log, tmp_path / "work")
        assert "--skip-bad-files" in raised.value.hint

    def test_a_file_is_set_aside_as_a_whole(self, log, tmp_path):
        frame = events(*day_rows(accounts=9))
        frame.write_parquet(log / "abort.parquet", row_group_size=10)
        reading = read(log, tmp_path / "work", skip_bad_files=True, chunk_rows=10)
        assert reading.counts.read == 15

    def test_its_days_do_not_make_the_window(self, log, tmp_path):
        later = [event(hour=24 * (100 + day)) for day in range(30)]
        events(*later).write_parquet(log / "abort.parquet")
        reasons(log, tmp_path / "work")


class TestOwnFolderThatFails:
    def test_no_file_is_blamed(self, log, tmp_path, monkeypatch):
        monkeypatch.setattr(starting, "CHILD", FATAL)
        events(event()).write_parquet(log / "full.parquet")
        with pytest.raises(OSError, match=r"the run's folder.*No space left"):
            read(log, tmp_path / "work", skip_bad_files=True)


class TestChildThatCannotStart:
    def test_no_file_is_blamed(self, log, tmp_path, monkeypatch):
        monkeypatch.setattr(starting, "CHILD", ("-c", "raise SystemExit(1)"))
        with pytest.raises(DetectorError, match="cannot start"):
            read(log, tmp_path / "work", skip_bad_files=True)


class TestDamagedFiles:
    def test_cut_short(self, damaged):
        assert damaged["cut.parquet"] == "is cut short: the Parquet footer is missing"

    def test_one_flipped_bit_in_a_page_with_a_checksum(self, damaged):
        assert damaged["flip.parquet"] == "is damaged: a page does not match its checksum"

    @pytest.mark.parametrize("kind", CONTENTS)
    def test_a_disguise_is_named(self, damaged, kind):
        assert CONTENTS[kind][1] in damaged[f"{kind}.parquet"]

    def test_a_decompression_bomb_is_refused_from_the_footer(self, damaged):
        assert "bomb" in damaged["bomb.parquet"]

    def test_text_that_is_no_utf8(self, damaged):
        assert "damaged" in damaged["latin.parquet"]

    @pytest.mark.usefixtures("one_process")
    def test_an_unknown_time_zone_is_only_a_label(self, log, tmp_path):
        table = events(event(account="bob", hour=-24)).to_arrow()
        zoned = table.column("ts").cast(pa.timestamp("us", "Mars/Olympus"))
        pq.write_table(table.set_column(0, "ts", zoned), log / PARQUET)
        assert "bob" in sightings(read(log, tmp_path / "work"))["account_id"].to_list()


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Why each path that is no plain file was set aside."""
    folder = write_good(tmp_path_factory.mktemp("odd") / "log")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "log.parquet"
    events(event()).write_parquet(elsewhere)
    os.mkfifo(folder / "pipe.parquet")
    (folder / "out.parquet").symlink_to(elsewhere)
    (folder / "nowhere.parquet").symlink_to(folder / "nothing")
    (folder / "folder.parquet").mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.parquet")).write_bytes(b"x")
    return reasons(folder, tmp_path_factory.mktemp("work"))


@pytest.mark.usefixtures("one_process")
class TestOddPaths:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("pipe.parquet", "is not a regular file"),
            ("out.parquet", "is a link that leads out of the log's folder"),
            ("nowhere.parquet", "cannot be reached (No such file or directory)"),
            ("\\udcff.parquet", "has a name that is not UTF-8"),
        ],
    )
    def test_are_set_aside_unopened(self, odd, name, reason):
        assert odd[name] == reason

    def test_a_folder_with_the_name_of_a_file_is_no_file(self, odd):
        assert "folder.parquet" not in odd

    def test_a_link_that_was_named_is_followed(self, log, tmp_path):
        link = tmp_path / "link.parquet"
        link.symlink_to(log / "good.parquet")
        assert read(link, tmp_path / "work").counts.kept == 15

    def test_nothing_there(self, tmp_path):
        with pytest.raises(InputError, match="No log file"):
            read(tmp_path / "nothing", tmp_path / "work")

    def test_all_bad_files_are_named_at_once(self, log, tmp_path):
        for name in ("a", "b"):
            (log / f"{name}.parquet").write_bytes(b"")
        with pytest.raises(InputError, match=r"(?s)a\.parquet.*b\.parquet"):
            read(log, tmp_path / "work")

    def test_a_file_that_changes_while_it_is_read(self, log, tmp_path):
        events(event()).write_parquet(log / PARQUET)

        def meddle(progress):
            if progress.stage == "survey" and progress.rows_done == progress.rows_total:
                os.utime(log / PARQUET, (1, 1))

        reading = read(log, tmp_path / "work", skip_bad_files=True, on_progress=meddle)
        skipped = {file.path: file.skipped for file in reading.files}
        assert skipped == {"good.parquet": None, PARQUET: "was changed while it was read"}
