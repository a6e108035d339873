"""What a forecast's page shows, gathered before a single tag is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl
from markupsafe import Markup

from detector.charts.bands import draw_bands
from detector.charts.heat import Slot, draw_agents, draw_heat, list_levels
from detector.rollout.actual import BandCoverage
from detector.rollout.outcomes import LATE, SOON
from detector.rollout.tables import DESK

ALL = pl.col("stream") == "all"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class DeskPage:
    """One desk."""

    name: str
    anchor: str
    expected: float
    """Contacts in all days together."""
    peak: Row
    """The day with the most contacts expected."""
    agents: int
    rostered: int
    tight: int
    """Half-hours in which the 95 % band is above what the desk can take in."""
    open: int
    streams: Sequence[tuple[str, float]]
    """Contacts by what they come of; all but the last are new."""
    new: float
    """Contacts that come of the roll-out."""
    days: Markup
    heat: Markup
    levels: Sequence[tuple[int, str]]
    """Shades with the contacts that they stand for."""
    staff: Markup
    half_hours: Sequence[Row]
    """Of the busiest day."""


@dataclass(frozen=True)
class OutcomeRow:
    """One measure, of all partners or of one in a country."""

    whose: str
    measure: str
    unit: str
    soon: Row
    """After half a year."""
    late: Row
    """After two years."""


@dataclass(frozen=True)
class AssumedRow:
    """One number that is not known."""

    name: str
    low: float
    high: float
    source: str
    is_guess: bool


@dataclass(frozen=True)
class OutlookPage:
    """All that `templates/outlook.html` reads."""

    first: date
    last: date
    treated: int
    payers: int
    gone: int
    """Accounts of the plan that the run does not know any more."""
    waves: int
    plan: str
    """Whose plan it is, in words."""
    expected: float
    peak: Row
    total: Markup
    desks: Sequence[DeskPage]
    worth: Sequence[OutcomeRow]
    """Of all together."""
    outcomes: Sequence[OutcomeRow]
    coverage: Sequence[BandCoverage]
    counted: int
    """Days of desks that were counted."""
    assumed: Sequence[AssumedRow]
    staffing: str
    facts: Sequence[tuple[str, str]]

    @property
    def has_baseline(self) -> bool:
        """Whether contacts are among these that would come anyway."""
        return any(dict(desk.streams)["baseline"] > 0 for desk in self.desks)


@dataclass(frozen=True)
class DeskTables:
    """What was forecast of one desk."""

    key: tuple[str, str, str]
    days: pl.DataFrame
    contacts: pl.DataFrame
    came: Mapping[date, float]


def build_desk(window: Sequence[date], tables: DeskTables, number: int) -> DeskPage:
    """Draw one desk."""
    days = tables.days.filter(ALL).sort("local_day")
    halves = tables.contacts.filter(ALL).sort("starts_at")
    name = name_desk(*tables.key)
    peak = days.sort("expected", "local_day", descending=[True, False]).row(0, named=True)
    busiest = halves.filter(pl.col("local_day") == peak["local_day"]).rows(named=True)
    tight = pl.col("high_95") > pl.col("capacity")
    place = {day: at for at, day in enumerate(window)}
    slots: list[Slot] = [
        (place[day], time.hour * 2 + time.minute // 30, expected, above)
        for day, time, expected, above in halves.select(
            "local_day", "local_time", "expected", tight
        ).iter_rows()
    ]
    staffed = [
        (row["local_time"].hour * 2 + row["local_time"].minute // 30, row["agents"])
        for row in busiest
    ]
    streams = _streams(tables.days)
    return DeskPage(
        name=name,
        anchor=f"desk-{number}",
        expected=float(days["expected"].sum()),
        peak=peak,
        agents=int(halves.select(pl.col("agents").max()).item()),
        rostered=int(halves.select(pl.col("rostered").max()).item()),
        tight=int(halves.select(tight.sum()).item()),
        open=halves.height,
        streams=streams,
        new=sum(contacts for name, contacts in streams if name != "baseline"),
        days=draw_bands(
            f"Contacts of {name} by day, with bands", window, _by_day(window, days), tables.came
        ),
        heat=draw_heat(f"Contacts of {name} by day and half-hour", window, slots),
        levels=_levels(max(each[2] for each in slots)),
        staff=draw_agents(f"Agents of {name} on its busiest day", staffed),
        half_hours=busiest,
    )


def draw_total(total: pl.DataFrame) -> Markup:
    """Draw all desks together."""
    window = total["local_day"].to_list()
    rows = [row if row["high_95"] > 0 else None for row in total.rows(named=True)]
    return draw_bands("Contacts of all desks by day, with bands", window, rows)


def name_desk(partner: str, country: str, channel: str) -> str:
    """Call a desk by its partner, country and channel.

    Examples:
        >>> name_desk("Telvia", "ES", "phone"), name_desk("direct", "", "chat")
        ('Telvia, ES, phone', 'direct, all countries, chat')
    """
    return f"{partner}, {country or 'all countries'}, {channel}"


def list_outcomes(outcomes: pl.DataFrame) -> list[OutcomeRow]:
    """A row for each measure, of each partner and country if the table names them."""
    named = [name for name in ("partner", "country") if name in outcomes.columns]
    found = dict[tuple[str, ...], dict[int, Row]]()
    for row in outcomes.rows(named=True):
        key = tuple(str(row[name]) for name in (*named, "measure", "unit"))
        found.setdefault(key, {})[row["within_days"]] = row
    return [
        OutcomeRow(
            ", ".join(part or "unknown" for part in whose), measure, unit, rows[SOON], rows[LATE]
        )
        for (*whose, measure, unit), rows in found.items()
    ]


def split_desks(
    days: pl.DataFrame,
    contacts: pl.DataFrame,
    came: Mapping[tuple[str, str, str], Mapping[date, float]],
) -> list[DeskTables]:
    """The tables of each desk, in order."""
    halves = contacts.partition_by(DESK, as_dict=True)
    found = list[DeskTables]()
    for key, own in sorted(days.partition_by(DESK, as_dict=True).items()):
        partner, country, channel = (str(each) for each in key)
        desk = partner, country, channel
        found.append(DeskTables(desk, own, halves[key], came.get(desk, {})))
    return found


def _by_day(window: Sequence[date], days: pl.DataFrame) -> list[Row | None]:
    rows = {row["local_day"]: row for row in days.rows(named=True)}
    return [rows.get(day) for day in window]


def _streams(days: pl.DataFrame) -> list[tuple[str, float]]:
    sums = dict(days.group_by("stream").agg(pl.col("expected").sum()).iter_rows())
    return [(name, sums.get(name, 0.0)) for name in ("treated", "friction", "baseline")]


def _levels(most: float) -> list[tuple[int, str]]:
    levels = list_levels(most)
    ends = [
        *(f"{low} to under {high}" for low, high in pairwise(levels)),
        f"{levels[-1]} or more",
    ]
    return list(enumerate(ends))
