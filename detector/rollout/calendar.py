"""When a desk is open: its half-hours by the clock on its wall, and when these are in the world."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dataframely as dy
import polars as pl
from numpy.typing import NDArray

from detector.rollout.tables import ALL_COUNTRIES, DESK, SLOTS, Capacity

EVERYWHERE = "*"
Array = NDArray[Any]
Key = tuple[str, str, str]
"""Partner, country and channel."""


@dataclass(frozen=True)
class CallDesk:
    """Who answers the contacts of one partner, country and channel, and when."""

    partner: str
    country: str
    channel: str
    time_zone: str
    hours: pl.DataFrame
    """Rows of `Capacity`."""

    @property
    def key(self) -> Key:
        """What tells it from other desks."""
        return self.partner, self.country, self.channel


@dataclass(frozen=True)
class OpenSlots:
    """The half-hours in which a desk is open, in order.

    Attributes:
        days: All local days of the window, open or not.
        day: The index of its day, for each half-hour.
        slot: Which half-hour of the local day.
        starts_at: The instant, in UTC, as microseconds.
        row: The row of the desk's hours that it belongs to.
    """

    days: Sequence[date]
    day: Array
    slot: Array
    starts_at: Array
    row: Array


def list_desks(capacity: dy.DataFrame[Capacity]) -> list[CallDesk]:
    """The desks of a capacity table, sorted."""
    parts: Mapping[Any, pl.DataFrame] = capacity.sort(Capacity.primary_key()).partition_by(
        DESK, as_dict=True, include_key=True
    )
    return [
        CallDesk(*key, time_zone=rows["time_zone"][0], hours=rows)
        for key, rows in sorted(parts.items())
    ]


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def open_slots(
    desk: CallDesk, days: Sequence[date], closed: Mapping[str, Sequence[date]]
) -> OpenSlots:
    """List the half-hours in which a desk is open.

    A half-hour that the change to summer time skips is not there; one that comes twice counts as
    its first.

    Args:
        desk: Whose.
        days: Local days, in order.
        closed: Days on which desks of a country are closed; `*` is every country.

    Examples:
        The last Sunday of March has no half past two in Berlin:

        >>> from detector.rollout.given import read_capacity
        >>> rows = {"partner": ["a"], "time_zone": ["Europe/Berlin"], "opens": ["01:30"],
        ...         "closes": ["03:30"], "agents": ["2"]}
        >>> [desk] = list_desks(read_capacity(pl.DataFrame(rows), source="desks.csv"))
        >>> open_slots(desk, [date(2026, 3, 29)], {}).slot.tolist()
        [3, 6]
    """
    shut = {*closed.get(EVERYWHERE, ())}
    if desk.country != ALL_COUNTRIES:
        shut |= {*closed.get(desk.country, ())}
    found = list(_halves(desk, days, shut))
    table = pl.DataFrame(
        found, schema={"day": pl.Int32, "slot": pl.Int32, "row": pl.Int32}, orient="row"
    ).sort("day", "slot")
    local = pl.lit(pl.Series(days, dtype=pl.Date)).gather(pl.col("day")).cast(pl.Datetime("us"))
    wall = local + pl.duration(minutes=30 * pl.col("slot"))
    instant = wall.dt.replace_time_zone(desk.time_zone, ambiguous="earliest", non_existent="null")
    table = table.with_columns(starts_at=instant.dt.convert_time_zone("UTC")).drop_nulls()
    return OpenSlots(
        days,
        table["day"].to_numpy(),
        table["slot"].to_numpy(),
        table["starts_at"].dt.epoch("us").to_numpy(),
        table["row"].to_numpy(),
    )


def _halves(
    desk: CallDesk, days: Sequence[date], shut: set[date]
) -> Iterator[tuple[int, int, int]]:
    openings: list[list[tuple[int, int, int]]] = [[] for _ in range(7)]
    columns = desk.hours.select("weekday", "opens", "closes").iter_rows()
    for row, (weekday, opens, closes) in enumerate(columns):
        openings[weekday].append((row, opens, min(closes, SLOTS)))
    for number, day in enumerate(days):
        for row, opens, closes in () if day in shut else openings[day.weekday()]:
            for slot in range(opens, closes):
                yield number, slot, row
