"""Two observations in one table."""

import polars as pl
import pytest

from detector.evidence.factors.factor import Factor
from detector.evidence.factors.pairs import PAIRS, pair
from detector.kinds import Theme

A, B = (
    Factor(
        name=name,
        theme=theme,
        asks=f"what {name} is",
        innocent=f"chance moved {name}",
        value=pl.col(name),
        text=pl.format(f"{name} is {{}}", name),
    )
    for name, theme in (("a", Theme.PLACE), ("b", Theme.PEOPLE))
)
BOTH = pair(A, (1.0,), B, (1.0, 5.0))


def cell(a, b):
    return (
        pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.Float64, "b": pl.Float64})
        .select(BOTH.value)
        .item()
    )


@pytest.mark.parametrize(
    ("a", "b", "number"), [(0, 0, 0), (0, 1, 1), (0, 9, 2), (1, 0, 3), (1, 4.9, 4), (7, 5, 5)]
)
def test_cells_are_numbered_row_by_row(a, b, number):
    assert cell(a, b) == number


@pytest.mark.parametrize(("a", "b"), [(None, 1), (1, None), (None, None)])
def test_unknown_where_either_is(a, b):
    assert cell(a, b) is None


def test_tells_both():
    seen = pl.DataFrame({"a": [1], "b": [2]})
    assert seen.select(BOTH.text).item() == "a is 1, and b is 2"


def test_asks_both_and_bears_witness_as_the_first():
    assert BOTH.asks == "what a is, and what b is"
    assert BOTH.innocent == "chance moved a; chance moved b"
    assert BOTH.theme is Theme.PLACE


def test_names_are_unique():
    assert len({one.name for one in PAIRS}) == len(PAIRS)
