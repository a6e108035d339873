"""What earlier runs said of an account, and which evidence moved since."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from detector.review.files import RunFiles
from detector.runs.run import Run
from detector.schemas import Accounts, Evidence
from detector.stories.tell import RunTables

MOST_MOVED, LEAST_BITS = 5, 0.05


@dataclass(frozen=True)
class Moved:
    """One factor whose weight is another than it was."""

    factor: str
    before: float
    after: float


@dataclass(frozen=True)
class Before:
    """An account in an earlier run."""

    run: str
    last_day: str
    verdict: str
    flagged: bool
    probability: float
    moved: tuple[Moved, ...]
    """Since that run, the most first."""


def find_before(folders: Sequence[Path], account_id: str, now: RunTables) -> tuple[Before, ...]:
    """Look an account up in earlier runs; those that do not hold it are passed over."""
    found: list[Before] = []
    for folder in folders:
        files = RunFiles(folder)
        rows = files.read(Accounts, account_id)
        if rows.is_empty():
            continue
        row = rows.row(0, named=True)
        days = Run(folder).finished().window
        found.append(
            Before(
                run=folder.resolve().name,
                last_day=str(days.last_day) if days else "",
                verdict=row["verdict"],
                flagged=row["flagged"],
                probability=row["probability"],
                moved=_moved(files.read(Evidence, account_id), now.evidence),
            )
        )
    return tuple(found)


def _moved(before: pl.DataFrame, after: pl.DataFrame) -> tuple[Moved, ...]:
    """Of the surest other household of each run: numbers of households may have changed hands."""
    joined = _surest(before).join(_surest(after), on="factor", how="full", coalesce=True)
    moved = (
        joined.with_columns(pl.col("bits", "bits_right").fill_null(0.0))
        .with_columns(by=(pl.col("bits_right") - pl.col("bits")).abs())
        .filter(pl.col("by") >= LEAST_BITS)
        .sort("by", "factor", descending=[True, False])
        .head(MOST_MOVED)
    )
    rows = moved.select("factor", "bits", "bits_right").iter_rows()
    return tuple(Moved(*row) for row in rows)


def _surest(evidence: pl.DataFrame) -> pl.DataFrame:
    numbers = evidence["household"].unique().sort()
    others = numbers.filter(numbers > 0)
    number = others[0] if others.len() else (numbers[0] if numbers.len() else 0)
    mine = evidence.filter(evidence["household"] == number)
    return mine.select("factor", "bits")
