"""Pieces put together are the table that was cut up, however it was cut."""

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.runs.run import Run
from detector.schemas import PlaceNetworks
from pipelines.local import merge as pieces
from pipelines.local.merge import Kept, Piece, Written, merge

pytestmark = pytest.mark.slow

KEY = PlaceNetworks.account_id.name

dealt = st.dictionaries(
    st.text("abc", min_size=1, max_size=16),
    st.tuples(st.integers(0, 4), st.integers(1, 9)),
    max_size=60,
)
"""Each account's piece and number of rows."""


def table(accounts: dict[str, tuple[int, int]]):
    rows = [(name, f"192.0.2.{i}", 0) for name, (_, rows) in accounts.items() for i in range(rows)]
    frame = pl.DataFrame(rows, list(PlaceNetworks.column_names()), orient="row")
    return PlaceNetworks.cast(frame.sort(PlaceNetworks.primary_key()))


def some(accounts: dict[str, tuple[int, int]], number: int):
    return table({name: each for name, each in accounts.items() if each[0] == number})


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch):
    monkeypatch.setattr(pieces, "BATCHES_AT_ONCE", 4)
    monkeypatch.setattr(pieces, "BYTES_PER_BATCH", 64)


@settings(max_examples=40)
@given(dealt)
def test_pieces_come_together_in_order(accounts):
    with tempfile.TemporaryDirectory() as folder:
        runs = [Piece(Path(folder) / str(number)) for number in range(5)]
        for number, piece in enumerate(runs):
            piece.write(PlaceNetworks, some(accounts, number))
        found = list(merge(PlaceNetworks, [Written(p.path(PlaceNetworks)) for p in runs]))
        assert pl.concat(found).equals(table(accounts))
        whole = {rows for each in found for rows in each[KEY].unique()}
        assert sum(each[KEY].n_unique() for each in found) == len(whole)


@settings(max_examples=40)
@given(dealt)
def test_what_is_kept_of_a_finished_table_joins_them(accounts):
    with tempfile.TemporaryDirectory() as folder:
        piece, run = Piece(Path(folder) / "piece"), Run(Path(folder) / "run")
        run.write(PlaceNetworks, table(accounts))
        piece.write(PlaceNetworks, some(accounts, 0))
        chosen = sorted(name for name, (number, _) in accounts.items() if number)
        kept = Kept(run.path(PlaceNetworks), pl.DataFrame({KEY: chosen}, {KEY: pl.String}))
        found = merge(PlaceNetworks, [Written(piece.path(PlaceNetworks)), kept])
        assert pl.concat(found).equals(table(accounts))


def test_no_stretch_is_long(tmp_path):
    accounts = {f"{i:03}": (i % 3, 1) for i in range(200)}
    parts = list[Written]()
    for number in range(3):
        piece = Piece(tmp_path / str(number))
        piece.write(PlaceNetworks, some(accounts, number))
        parts.append(Written(piece.path(PlaceNetworks)))
    assert max(each.height for each in merge(PlaceNetworks, parts)) <= 30  # of 200


def test_of_no_pieces_comes_an_empty_table():
    assert pl.concat(merge(PlaceNetworks, [])).equals(PlaceNetworks.create_empty())
