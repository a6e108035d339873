"""What is counted of each month of a rehearsed roll-out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from detector.rollout.pilots.read import PilotReading
from detector.runs.run import Run
from detector.schemas import ACCOUNT, Accounts
from pipelines.jobs.rehearsal_files import RehearsalFolder
from pipelines.jobs.rehearsal_steps import read_treated


@dataclass(frozen=True)
class Month:
    """What happened in one month; month 0 is the log before."""

    number: int
    first_day: date
    last_day: date
    flagged: int
    flagged_shared: int
    """Of these, accounts that others still use."""
    shared: int
    """Accounts that others still use, found or not."""
    steps: Mapping[str, int]
    """Accounts given each treatment."""
    heard: Mapping[str, int]
    """Results of other systems, by kind."""
    contacts: int
    reading: PilotReading | None = None
    forecast: pl.DataFrame | None = None
    """local_day, expected and bands of the days of the month, before any of it was counted."""

    def document(self) -> dict[str, Any]:
        """The counts, for a program."""
        left = ("reading", "forecast")
        return {name: value for name, value in vars(self).items() if name not in left}


def tell_month(
    place: RehearsalFolder,
    number: int,
    days: tuple[date, date],
    heard: Mapping[str, int],
    read: tuple[PilotReading, pl.DataFrame] | None = None,
) -> Month:
    """Count what a month came to, and what of it only the truth knows.

    Args:
        place: The rehearsal's folder, at the end of that month.
        number: Of the month.
        days: Its first and last.
        heard: What other systems told.
        read: What the pilot's reading says, and what was forecast.
    """
    flagged = Run(place.run(number)).scan(Accounts).filter(Accounts.flagged.col).collect()
    shared = _still_shared(place)
    steps = read_treated(place).filter(pl.col("day") >= str(days[0]))
    done = steps.unique([ACCOUNT, "treatment"])["treatment"].value_counts().sort("treatment")
    rang = pl.read_parquet(place.world / "truth_contacts.parquet")
    return Month(
        number=number,
        first_day=days[0],
        last_day=days[1],
        flagged=flagged.height,
        flagged_shared=flagged.filter(Accounts.account_id.col.is_in(shared.implode())).height,
        shared=shared.len(),
        steps=dict(done.rows()),
        heard=heard,
        contacts=rang.filter(pl.col("day") >= days[0]).height,
        reading=None if read is None else read[0],
        forecast=None if read is None else _within(read[1], days),
    )


def _within(forecast: pl.DataFrame, days: tuple[date, date]) -> pl.DataFrame:
    return forecast.filter(pl.col("local_day").is_between(*days))


def _still_shared(place: RehearsalFolder) -> pl.Series:
    """Accounts that some other household still uses."""
    truth = pl.read_parquet(place.world / "truth_accounts.parquet")
    homes = pl.read_parquet(place.world / "truth_households.parquet")
    did = pl.read_parquet(place.world / "truth_reactions.parquet")
    ended = did.filter(pl.col("reaction") == "cancelled")[ACCOUNT]
    lent = homes.filter(pl.col("left_day").is_null())[ACCOUNT].unique()
    is_in = pl.col(ACCOUNT).is_in
    shared = truth.filter(pl.col("label") == "shared", is_in(lent.implode()))
    return shared.filter(~is_in(ended.implode()))[ACCOUNT].sort()
