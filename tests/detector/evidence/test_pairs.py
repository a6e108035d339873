"""Two observations in one table."""

import polars as pl
import pytest

from detector.evidence.factors.factor import Factor
from detector.evidence.factors.pairs import PAIRS, pair

A = Factor(name="a", value=pl.col("a"), text=pl.format("a is {}", "a"))
B = Factor(name="b", value=pl.col("b"), text=pl.format("b is {}", "b"))
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


def test_names_are_unique():
    assert len({one.name for one in PAIRS}) == len(PAIRS)
