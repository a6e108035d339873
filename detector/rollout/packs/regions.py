"""What a partner is told of one region: whose desk answers there, whom it reaches, what comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dataframely as dy
import polars as pl

from detector.rollout.packs.small_cells import LEAST, merge_in_order, merge_small, round_together
from detector.rollout.tables import ALL_COUNTRIES, Cells, Contacts, Days

WEEK = 7
MOST_DAYS = 21
"""More days are told by the week."""
SHOWN = ("expected", "low_80", "high_80", "low_95", "high_95", "agents")


@dataclass(frozen=True)
class Period:
    """Days on which so many customers get their first notice."""

    first: date
    last: date
    customers: int


@dataclass(frozen=True)
class CustomerSituation:
    """What the use of so many customers looks like; several patterns are told as one."""

    patterns: tuple[str, ...]
    customers: int


@dataclass(frozen=True)
class DeskOutlook:
    """What comes to one desk: rows of `Days` and `Contacts` of all streams, in order."""

    channel: str
    days: pl.DataFrame
    halves: pl.DataFrame

    @property
    def busiest(self) -> date:
        """The day with the most expected contacts; the first of those alike."""
        return self.days.sort("expected", "local_day", descending=[True, False])["local_day"][0]

    @property
    def busiest_halves(self) -> list[dict[str, Any]]:
        """The half-hours of that day."""
        return self.halves.filter(pl.col("local_day") == self.busiest).to_dicts()

    @property
    def busiest_week(self) -> pl.DataFrame:
        """The half-hours of the week from Monday on in which it lies."""
        monday = self.busiest - timedelta(days=self.busiest.weekday())
        day = pl.col("local_day")
        return self.halves.filter(day >= monday, day < monday + timedelta(days=WEEK))


@dataclass(frozen=True)
class Region:
    """One country of a partner, or all that have no desk of their own."""

    country: str
    customers: int
    """Rounded; 0 where there are too few to tell."""
    periods: tuple[Period, ...]
    situations: tuple[CustomerSituation, ...]
    desks: tuple[DeskOutlook, ...]

    @property
    def is_told(self) -> bool:
        """Whether there are enough customers to tell anything."""
        return self.customers > 0


def find_regions(
    partner: str,
    cells: dy.DataFrame[Cells],
    contacts: dy.DataFrame[Contacts],
    days: dy.DataFrame[Days],
) -> tuple[Region, ...]:
    """Sum up what is told of one partner, by region; regions without customers are left out.

    Args:
        partner: Whose.
        cells: Whom the plan treats.
        contacts: A forecast of that plan by half-hour.
        days: The same by day.
    """
    mine, halves, whole = (
        frame.filter(pl.col("partner") == partner) for frame in (cells, contacts, days)
    )
    desks = whole["country"].unique()
    country = pl.col("country")
    placed = mine.with_columns(
        country=pl.when(country.is_in(desks.implode())).then(country).otherwise(pl.lit(""))
    )
    return tuple(
        _region(name, placed.filter(country == name), halves, whole)
        for name in sorted(placed["country"].unique(), key=lambda name: (name == "", name))
    )


def _region(name: str, cells: pl.DataFrame, halves: pl.DataFrame, days: pl.DataFrame) -> Region:
    accounts = pl.col("accounts").sum()
    total = int(cells["accounts"].sum())
    if total < LEAST:
        return Region(name, 0, (), (), ())
    by_day = merge_in_order(_by_day(cells))
    by_pattern = merge_small(
        list(
            cells.group_by("pattern")
            .agg(accounts)
            .sort("accounts", "pattern", descending=[True, False])
            .iter_rows()
        )
    )
    numbers = round_together([count for *_, count in by_day])
    told = round_together([count for _, count in by_pattern])
    return Region(
        country=name,
        customers=sum(numbers),
        periods=tuple(
            Period(first, last, number)
            for (first, last, _), number in zip(by_day, numbers, strict=True)
        ),
        situations=tuple(
            CustomerSituation(patterns, number)
            for (patterns, _), number in zip(by_pattern, told, strict=True)
        ),
        desks=tuple(_desks(name or ALL_COUNTRIES, halves, days)),
    )


def _by_day(cells: pl.DataFrame) -> list[tuple[date, int]]:
    """Accounts by day; where that is too long a list, each stands with the others of its week."""
    days = cells["day"].n_unique()
    day = pl.col("day") if days <= MOST_DAYS else pl.col("day").dt.truncate("1w")
    weeks = cells.group_by(day.alias("of")).agg(pl.col("accounts").sum(), pl.col("day").max())
    return [(last, count) for _, count, last in weeks.sort("of").iter_rows()]


def _desks(country: str, halves: pl.DataFrame, days: pl.DataFrame) -> Iterator[DeskOutlook]:
    """Numbers of contacts are rounded: what they are reckoned from cannot be had from them."""
    here = (pl.col("country") == country) & (pl.col("stream") == "all")
    rounded = [pl.col(name).round(1) for name in SHOWN[:-1]]
    mine = days.filter(here).with_columns(rounded)
    for channel in mine["channel"].unique().sort():
        of = pl.col("channel") == channel
        yield DeskOutlook(
            channel=channel,
            days=mine.filter(of).sort("local_day"),
            halves=halves.filter(here & of).with_columns(rounded).sort("starts_at"),
        )
