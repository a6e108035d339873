import gzip
import json
import tracemalloc

import polars as pl
import pyarrow as pa
import pytest

from detector.errors import InputError
from detector.log_settings import ColumnSettings
from pipelines.reading.child import streams
from pipelines.reading.child.coercion import coerce, read_texts
from pipelines.reading.child.opening import open_log, read_pieces
from pipelines.reading.child.texts import read_contents
from pipelines.reading.shared.mapping import Mapped, UnmappedError
from tests.pipelines.tiny_log import day_rows, event, events, read, sightings

pytestmark = pytest.mark.slow

NAMES = ("ts", "account_id", "device_id", "ip", "country", "duration_s")
ROW = ("2026-05-01T12:00:00Z", "ada", "tv", "81.2.69.142", "GB", "60")


def write(path, content):
    data = content if isinstance(content, bytes) else content.encode()
    if path.suffix == ".gz":
        data = gzip.compress(data)
    if path.suffix == ".zst":
        data = pa.compress(data, "zstd", asbytes=True)
    path.write_bytes(data)
    return path


def rows_of(path):
    """All rows of a file, as texts."""
    log = open_log(str(path))
    names = list(dict.fromkeys(log.schema.names))
    mapped = Mapped({name: (name,) for name in names}, {})
    pieces = [pl.from_arrow(piece) for piece in read_pieces(log, mapped, [0], 100)]
    return pl.concat(pieces).rows(named=True)


def lines(*rows, separator=",", end="\n"):
    return "".join(separator.join(row) + end for row in (NAMES, *rows))


CSVS = {
    "plain": lines(ROW),
    "with a byte order mark": "\ufeff" + lines(ROW),
    "semicolons": lines(ROW, separator=";"),
    "tabs": lines(ROW, separator="\t"),
    "windows line ends": lines(ROW, end="\r\n"),
    "a semicolon at each line's end": lines(ROW, end=";\n"),
    "many semicolons at each line's end": lines(ROW, end=";;;\n"),
    "an empty column at the end": lines(ROW, end=",\n"),
    "no end of the last line": lines(ROW).rstrip("\n"),
    "empty lines": lines(ROW).replace("\n", "\n\n"),
    "whole lines in quotes": f'{",".join(NAMES)};\n"{",".join(ROW)}";\n',
    "a value in quotes": lines(ROW).replace(",ada,", ',"ada",'),
}
RECORD = dict(zip(NAMES, ROW, strict=True))
JSONS = {
    "a record a line": json.dumps(RECORD) + "\n",
    "an array": json.dumps([RECORD]),
    "an array on many lines": json.dumps([RECORD], indent=2),
    "one record on many lines": json.dumps(RECORD, indent=2),
    "the answer of an API": json.dumps({"next": None, "count": 1, "value": [RECORD]}),
    "with a byte order mark": "\ufeff" + json.dumps(RECORD),
    "numbers": json.dumps(RECORD).replace('"60"', "60"),
}


class TestCsv:
    @pytest.mark.parametrize("content", CSVS.values(), ids=CSVS)
    @pytest.mark.parametrize("suffix", ["csv", "csv.gz", "csv.zst"])
    def test_is_read_as_texts(self, content, suffix, tmp_path):
        assert rows_of(write(tmp_path / f"log.{suffix}", content)) == [RECORD]

    def test_a_value_may_hold_separators_quotes_and_lines(self, tmp_path):
        path = write(tmp_path / "log.csv", 'a,b\n"1, ""x""\ny",2\n')
        assert rows_of(path) == [{"a": '1, "x"\ny', "b": "2"}]

    def test_what_stands_for_nothing_is_null_but_namibia_is_not(self, tmp_path):
        path = write(tmp_path / "log.csv", "a,b,c\n,NULL,NA\n")
        assert rows_of(path) == [{"a": None, "b": None, "c": "NA"}]

    @pytest.mark.parametrize(
        "bad",
        [b"1", b"1,2,3", b"\xff,2", b'"' + b"x" * (2 << 20) + b'",2', b"y" * (2 << 20)],
        ids=["too few", "too many", "no UTF-8", "a long value", "a long line"],
    )
    def test_a_bad_line_keeps_its_place_and_holds_nothing(self, bad, tmp_path):
        path = write(tmp_path / "log.csv", b"a,b\n1,2\n" + bad + b"\n3,4\n")
        found = [tuple(row.values()) for row in rows_of(path)]
        assert found == [("1", "2"), (None, None), ("3", "4")]

    @pytest.mark.parametrize("last", ['"x', '1,"x'], ids=["first column", "last column"])
    @pytest.mark.parametrize("lines", [1_000, 400_000])
    def test_a_quote_that_is_never_closed_takes_no_line_in_silence(self, last, lines, tmp_path):
        good = "1,2\n" * lines
        contents = read_contents(str(write(tmp_path / "log.csv", f"a,b\n{good * 3}{last}\n{good}")))
        assert contents.rows == 4 * lines + 1
        assert 0 < contents.bad <= lines + 1


class TestJson:
    @pytest.mark.parametrize("content", JSONS.values(), ids=JSONS)
    @pytest.mark.parametrize("suffix", ["json", "ndjson", "jsonl.gz", "json.zst"])
    def test_is_read_as_texts(self, content, suffix, tmp_path):
        assert rows_of(write(tmp_path / f"log.{suffix}", content)) == [RECORD]

    def test_what_is_nested_has_dotted_names(self, tmp_path):
        path = write(tmp_path / "log.json", '{"at": {"ip": "a", "spot": [1.5, 2]}, "ok": true}')
        assert rows_of(path) == [{"at.ip": "a", "at.spot.0": "1.5", "at.spot.1": "2", "ok": "true"}]

    def test_records_may_differ_in_columns_and_types(self, tmp_path):
        path = write(tmp_path / "log.ndjson", '{"a": 1}\n{"a": "x", "b": 9007199254740993}\n')
        assert rows_of(path) == [{"a": "1", "b": None}, {"a": "x", "b": "9007199254740993"}]

    @pytest.mark.parametrize(
        "bad",
        [b"{", b"[1]", b'{"a": "\xff"}', b'{"a": ' * 9_000, b'{"a": "' + b"x" * (2 << 20) + b'"}'],
        ids=["cut", "no record", "no UTF-8", "deep", "long"],
    )
    def test_a_bad_line_keeps_its_place_and_holds_nothing(self, bad, tmp_path):
        path = write(tmp_path / "log.ndjson", b'{"a": "1"}\n' + bad + b'\n{"a": "3"}\n')
        assert [row["a"] for row in rows_of(path)] == ["1", None, "3"]

    def test_half_a_character_is_no_text(self, tmp_path):
        path = write(tmp_path / "log.ndjson", '{"a": "\\ud800"}\n{"a": "b"}\n')
        assert [row["a"] for row in rows_of(path)] == [None, "b"]

    @pytest.mark.parametrize("content", ['[{"a": 1}', '[{"a": 1}, {"a"', '[{"a": 1} x]'])
    def test_an_array_that_breaks_off_is_refused(self, content, tmp_path):
        with pytest.raises(UnmappedError, match="after 1 records"):
            open_log(str(write(tmp_path / "log.json", content)))

    def test_a_long_array_is_read_piece_by_piece(self, tmp_path, monkeypatch):
        monkeypatch.setattr(streams, "_BLOCK", 100)
        records = [{"a": str(n), "b": "é" * 50} for n in range(300)]
        path = write(tmp_path / "log.json", json.dumps(records, ensure_ascii=False))
        assert [row["a"] for row in rows_of(path)] == [str(n) for n in range(300)]


class TestTraps:
    def test_a_packed_file_is_no_bomb(self, tmp_path, monkeypatch):
        monkeypatch.setattr(streams, "SMALL_BYTES", 1 << 20)
        path = write(tmp_path / "log.csv.gz", b"a,b\n" + b"1,2\n" * 1_000_000)
        with pytest.raises(UnmappedError, match="bomb"):
            open_log(str(path))

    def test_a_packed_file_that_is_cut_short(self, tmp_path):
        path = write(tmp_path / "log.csv.gz", lines(*[ROW] * 1000))
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(OSError, match="Truncated"):
            open_log(str(path))

    def test_a_huge_line_is_never_held(self, tmp_path):
        path = write(tmp_path / "log.ndjson", b'{"a": "1"}\n' + b"x" * (64 << 20) + b"\n")
        tracemalloc.start()
        open_log(str(path))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 16 << 20

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("a.csv", b"", "is empty"),
            ("a.csv", "a,b\n".encode("utf-16"), "UTF-16"),
            ("a.json", b"<html>", "is not JSON"),
            ("a.csv", ",".join(map(str, range(6_000))), "more than 5000 columns"),
            ("a.json", json.dumps(dict.fromkeys(map(str, range(6_000)), 1)), "more than 5000"),
            ("a.csv", b"a,b\n1\n1\n1,2\n", "2 of its 3 rows"),
        ],
    )
    def test_what_it_is_not_is_said(self, name, content, reason, tmp_path):
        with pytest.raises(UnmappedError, match=reason):
            open_log(str(write(tmp_path / name, content)))


def test_positions_may_have_decimal_commas():
    texts = pa.array(["41,65", "-0.88", "x"])
    assert coerce("latitude", texts, ColumnSettings())[0].to_list() == [41.65, -0.88, None]


ADDRESSES = [
    ("81.2.69.142", "81.2.69.142"),
    ("81.2.69.142, 10.0.0.7", "81.2.69.142"),
    (" 2a02:c7f::9 , 10.0.0.7,10.0.0.8", "2a02:c7f::9"),
    ("81.2.69.142:52344", "81.2.69.142"),
    ("::ffff:81.2.69.142:52344", "::ffff:81.2.69.142"),
    ("[2a02:c7f::9]:52344", "2a02:c7f::9"),
    ("[2a02:c7f::9]", "2a02:c7f::9"),
    ("2a02:c7f::9", "2a02:c7f::9"),
    ("2a02:c7f::9:443", "2a02:c7f::9:443"),
]


class TestAddresses:
    @pytest.mark.parametrize(("text", "address"), ADDRESSES)
    def test_are_the_clients_without_a_port(self, text, address):
        assert read_texts("ip", pa.array([text, None])).to_pylist() == [address, None]


@pytest.mark.slow
@pytest.mark.usefixtures("one_process")
class TestMixedLogs:
    def test_one_log_of_many_kinds_is_one_log(self, tmp_path):
        folder = tmp_path / "log"
        folder.mkdir()
        events(*day_rows(accounts=1)).write_parquet(folder / "a.parquet")
        frame = events(*day_rows(accounts=2)).with_columns(pl.col("ts").dt.to_string("iso:strict"))
        frame.write_csv(folder / "b.csv")
        (folder / "c.ndjson").write_text(frame.write_ndjson())
        (folder / "d.json").write_text(json.dumps(frame.to_dicts()))
        whole = read(folder, tmp_path / "work")
        assert whole.counts.read == 5 + 3 * 10
        events(*day_rows(accounts=2)).write_parquet(tmp_path / "one.parquet")
        one = read(tmp_path / "one.parquet", tmp_path / "work1")
        key = ["account_id", "device_id", "network", "day", "playing"]
        assert sightings(whole).select(key).equals(sightings(one).select(key))

    def test_a_bad_line_is_said_with_its_number(self, tmp_path):
        path = write(tmp_path / "log.csv", lines(*[ROW] * 9, ("x",)))
        reading = read(path, tmp_path / "work")
        assert (reading.counts.kept + reading.counts.duplicates, reading.counts.read) == (9, 10)
        assert reading.notes == ("1 of 10 rows of 'log.csv' cannot be read: 9 (counted from 0).",)
        assert pl.read_parquet(reading.rejects)["row"].to_list() == [9]

    def test_a_column_twice_is_named(self, tmp_path):
        table = events(event()).to_arrow()
        pa.parquet.write_table(table.append_column("ip", table["ip"]), tmp_path / "log.parquet")
        with pytest.raises(InputError, match="'ip' twice"):
            read(tmp_path / "log.parquet", tmp_path / "work")

    def test_a_column_twice_that_nobody_reads_is_no_matter(self, tmp_path):
        table = events(event()).to_arrow()
        for _ in range(2):
            table = table.append_column("rest", table["ip"])
        pa.parquet.write_table(table, tmp_path / "log.parquet")
        assert read(tmp_path / "log.parquet", tmp_path / "work").counts.kept == 1

    def test_codes_of_texts_are_no_numbers(self, tmp_path):
        for name, dtype in (("a", pl.String), ("b", pl.Categorical)):
            frame = events(event()).with_columns(pl.col("account_id").cast(dtype))
            frame.write_parquet(tmp_path / f"{name}.parquet")
        assert read(tmp_path / "a.parquet", tmp_path / "w", tmp_path / "b.parquet").notes == ()
