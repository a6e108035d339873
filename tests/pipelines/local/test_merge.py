"""Pieces put together are the table that was cut up, however it was cut."""

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.runs.run import Run
from detector.schemas import PlaceNetworks
from pipelines.local import merge as merging
from pipelines.local.merge import KeptShare, Piece, Share, merge

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


@pytest.fixture(autouse=True, params=[1, 8])
def little_is_held(request, monkeypatch):
    """So that several stretches of each piece are read, and one account may fill one."""
    monkeypatch.setattr(merging, "ROWS_PER_GROUP", request.param)
    monkeypatch.setattr(merging, "ROWS_HELD", request.param)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dealt)
def test_pieces_come_together_in_order(accounts):
    with tempfile.TemporaryDirectory() as folder:
        runs = [Piece(Path(folder) / str(number)) for number in range(5)]
        for number, piece in enumerate(runs):
            piece.write(PlaceNetworks, some(accounts, number))
        found = list(merge(PlaceNetworks, [Share(piece.scan(PlaceNetworks)) for piece in runs]))
        assert pl.concat([PlaceNetworks.create_empty(), *found]).equals(table(accounts))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dealt)
def test_of_some_keys_only_their_rows_come(accounts):
    chosen = {name: each for name, each in accounts.items() if each[0] < 3}
    keys = pl.Series(KEY, sorted(chosen), pl.String)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        run.write(PlaceNetworks, table(accounts))
        found = list(merge(PlaceNetworks, [KeptShare.take(run, PlaceNetworks, keys)]))
    assert pl.concat([PlaceNetworks.create_empty(), *found]).equals(table(chosen))


def test_of_no_pieces_comes_nothing():
    assert not list(merge(PlaceNetworks, []))
