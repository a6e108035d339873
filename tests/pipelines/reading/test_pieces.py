"""A log read piece by piece, some of it twice, says what it says when it is read at once."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detector.events.clean import Window, clean_events
from detector.events.rows import LogRows
from detector.geo import from_spot
from detector.log_settings import EventSettings
from detector.schemas import Sightings
from detector.sightings.build import build_sightings
from pipelines.reading.child.decode import decode_file, decode_together
from pipelines.reading.child.parts import reduce_bucket
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.messages import (
    DecodeRequest,
    DecodeTogether,
    LogFile,
    ReadPlan,
    ReduceRequest,
    read_identity,
)
from pipelines.reading.shared.tables import read_bucket
from pipelines.reading.tally import count_ids_used_again

pytestmark = pytest.mark.slow

FIRST, LAST = date(2026, 5, 1), date(2026, 5, 3)
WINDOW = Window(FIRST, LAST, LAST + timedelta(days=1))
MIDNIGHT = datetime(2026, 5, 1, tzinfo=UTC)
BUCKETS = 2
SCHEMA = {
    name: column.dtype
    for name, column in LogRows.columns().items()
    if name not in ("file", "row", "ts_text")
}
SOME = st.sampled_from

ROWS = st.fixed_dictionaries(
    {
        "ts": SOME(range(-3, 100)).map(lambda n: MIDNIGHT + timedelta(minutes=47 * n))
        | st.none()
        | st.just(MIDNIGHT + timedelta(days=900)),
        "account_id": SOME(["ada", "bob", "unknown", None, "a\nb", "x" * 300]),
        "device_id": SOME(["tv", "phone", None]),
        "ip": SOME(
            [
                "81.2.69.142",
                "81.2.69.160",
                "2A02:C7F::9",
                "::ffff:81.2.69.142",
                "10.0.0.1",
                "",
                None,
            ]
        ),
        "event_type": SOME(["playback_start", "stop", "login", "odd", None]),
        "device_type": SOME(["tv", "Smart TV", "phone", None]),
        "duration_s": SOME([None, 0, 59, 5400, 90_000, -4]),
        "country": SOME(["fr", "FR (France)", "XX", None]),
        "city": SOME(["Lyon", " Lyon", "Aix\n", None]),
        "latitude": SOME([None, 45.764, 0.0, 97.0, float("nan")]),
        "longitude": SOME([None, 4.8357, 0.0]),
        "asn": SOME([None, 3215, 12322]),
        "connection_type": SOME([None, "Fixed ", "cellular"]),
        "profile_id": SOME([None, "p1", "p2"]),
        "event_id": SOME([None, "e1", "e2"]),
    }
)
LOGS = st.lists(st.lists(ROWS, min_size=1, max_size=12), min_size=1, max_size=4)


def asked(number, rows, folder):
    path = folder / f"{number}.parquet"
    pl.DataFrame(rows, schema=SCHEMA).write_parquet(path)
    return DecodeRequest(
        file=LogFile(name=path.name, path=str(path)),
        number=number,
        identity=read_identity(str(path)),
        row_groups=(0,),
        first_row=0,
        first_day=WINDOW.first_day,
        last_day=WINDOW.last_day,
        log_ends=WINDOW.log_ends,
        buckets=BUCKETS,
        out=str(folder / f"part-{number}"),
    )


def decoded(files, folder, *, chunk_rows, together):
    plan = ReadPlan(sources=(LogSource(),), memory_mb=4096, chunk_rows=chunk_rows)
    requests = tuple(asked(i, rows, folder) for i, rows in enumerate(files))
    if together:
        return decode_together(DecodeTogether(files=requests), plan).files
    return tuple(decode_file(request, plan) for request in requests)


def in_pieces(files, folder, *, chunk_rows=7, together=False, again=()):
    """The sightings of a log, by way of files of sightings; some of these are united again."""
    pieces = decoded(files, folder, chunk_rows=chunk_rows, together=together)
    frames = [Sightings.create_empty()]
    for bucket in range(BUCKETS):
        found = [
            (part.path, part.buckets.index(bucket))
            for piece in pieces
            for part in piece.parts
            if bucket in part.buckets
        ]
        if not found:
            continue
        found += [found[number % len(found)] for number in again]
        out = folder / f"sightings-{bucket}.parquet"
        reduce_bucket(ReduceRequest(parts=tuple(found), out=str(out)))
        frames.append(read_bucket(out))
    return pl.concat(frames).sort(Sightings.primary_key()), pieces


def at_once(files):
    """The same in memory, from the rows of all files."""
    rows = pl.DataFrame([row for file in files for row in file], schema=SCHEMA)
    rows = rows.with_columns(ts_text=pl.lit(None, pl.String), file=pl.lit("x"))
    whole = rows.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64)).select(
        LogRows.column_names()
    )
    clean = clean_events(whole, WINDOW, EventSettings())
    inside = Sightings.day.col.is_between(FIRST, LAST)
    return build_sightings(clean.events, EventSettings()).filter(inside), clean


@settings(max_examples=40, deadline=None)
@given(LOGS, st.integers(1, 9), st.booleans(), st.lists(st.integers(0, 99), max_size=4))
def test_any_multiset_of_pieces_says_what_the_whole_says(files, chunk_rows, together, again):
    with tempfile.TemporaryDirectory() as folder:
        way = {"chunk_rows": chunk_rows, "together": together, "again": again}
        found, pieces = in_pieces(files, Path(folder), **way)
    wanted, clean = at_once(files)
    assert_frame_equal(found, wanted)
    assert sum(piece.kept for piece in pieces) == clean.kept
    assert sum(piece.outside_window for piece in pieces) == clean.outside_window
    assert sum(sum(piece.rejected.values()) for piece in pieces) == clean.rejects.height
    for name, count in clean.repairs.items():
        assert sum(piece.repairs.get(name, 0) for piece in pieces) == count


@settings(max_examples=20, deadline=None)
@given(LOGS, st.lists(st.integers(0, 3), max_size=6), st.randoms(use_true_random=False))
def test_files_delivered_again_change_nothing(files, again, random):
    delivered = [*files, *(files[number % len(files)] for number in again)]
    random.shuffle(delivered)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        assert in_pieces(delivered, Path(one))[0].equals(in_pieces(files, Path(other))[0])


@settings(max_examples=20, deadline=None)
@given(LOGS, st.integers(1, 30))
def test_of_files_read_together_each_has_its_own_rows(files, chunk_rows):
    def told(together):
        with tempfile.TemporaryDirectory() as folder:
            pieces = decoded(files, Path(folder), chunk_rows=chunk_rows, together=together)
        return [(piece.rows, piece.kept, piece.rejected) for piece in pieces]

    assert told(together=True) == told(together=False)


def test_small_files_read_together_are_one_part(tmp_path):
    _, pieces = in_pieces([[PLAY]] * 5, tmp_path, together=True)
    assert [len(piece.parts) for piece in pieces] == [1, 0, 0, 0, 0]


PLAY = {
    "ts": MIDNIGHT + timedelta(hours=23, minutes=50),
    "account_id": "ada",
    "device_id": "tv",
    "ip": "81.2.69.142",
    "event_type": "playback_start",
    "duration_s": 3600,
    "latitude": 45.764,
    "longitude": 4.8357,
}


def test_the_part_of_a_file_without_places_joins_one_with_places(tmp_path):
    bare = PLAY | {"latitude": None, "longitude": None}
    found, _ = in_pieces([[bare], [PLAY]], tmp_path)
    assert found.select(*from_spot(pl.col("spot"))).rows() == [(45.764, 4.8357)] * 2


def test_a_piece_is_read_once_and_written_once(tmp_path):
    rows = [PLAY | {"account_id": f"acc-{n}"} for n in range(20)]
    _, pieces = in_pieces([rows], tmp_path, chunk_rows=8)
    assert sum(sum(part.rows) for piece in pieces for part in piece.parts) == 2 * len(rows)
    assert len(list(tmp_path.glob("part-*-0*.arrow"))) == 3


class TestEventIds:
    """An id used again with other content is counted, in whatever file it stands."""

    @pytest.mark.parametrize("together", [True, False])
    @pytest.mark.parametrize(
        ("files", "again"),
        [
            ([[{"event_id": "1"}, {"event_id": "1"}]], 0),
            ([[{"event_id": "1"}, {"event_id": "1", "device_id": "phone"}]], 1),
            ([[{"event_id": "1"}], [{"event_id": "1", "device_id": "phone"}] * 3], 3),
            ([[{"event_id": "1"}], [{"event_id": "2", "device_id": "phone"}]], 0),
            ([[{}], [{"device_id": "phone"}]], 0),
        ],
    )
    def test_counted(self, tmp_path, files, again, together):
        rows = [[PLAY | row for row in file] for file in files]
        pieces = decoded(rows, tmp_path, chunk_rows=1, together=together)
        assert count_ids_used_again([path for piece in pieces for path in piece.ids]) == again
