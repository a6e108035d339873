"""Forecasts held against what desks counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.errors import InputError
from detector.plain_text import plain_text
from detector.rollout.calendar import Array, Key
from detector.rollout.contacts import DeskLoad
from detector.rollout.tables import BANDS, DESK, SLOTS, Banded, Days, MeasuredContacts
from detector.rollout.updating import DayCounts


class CountedDay(dy.Schema):
    """A day of a desk, and a forecast of it."""

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True)
    channel = dy.String(primary_key=True, min_length=1)
    local_day = dy.Date(primary_key=True)
    forecast = dy.Enum(
        ("before", "last_week"),
        primary_key=True,
        description="Before anything was counted; or of the last seven days, after all others.",
    )


class Actual(CountedDay, Banded):
    """What a desk counted on one day, beside what was forecast of it.

    Built by `detector.rollout.actual.compare_actual`.
    """

    contacts = dy.Int64(min=0, description="What was counted.")


@dataclass(frozen=True)
class BandCoverage:
    """How often what was counted lay within a band."""

    forecast: str
    days: int
    shares: Mapping[int, float]
    """Of each band of so many percent."""


def count_days(
    measured: dy.DataFrame[MeasuredContacts], loads: Sequence[DeskLoad]
) -> dict[Key, DayCounts]:
    """Put counts in order by desk and day; days outside the plan, or on which a desk is closed, go.

    Raises:
        InputError: Counts of a desk that has no capacity.
    """
    desks = {load.desk.key: load for load in loads}
    found = dict[Key, DayCounts]()
    for key, rows in sorted(measured.partition_by(DESK, as_dict=True).items()):
        partner, country, channel = (str(each) for each in key)
        load = desks.get((partner, country, channel))
        if load is None:
            raise InputError(
                f"{plain_text(partner)!r} has counts of {plain_text(channel)} "
                f"{plain_text(country) or 'in all countries'}, and no such desk.",
                hint="name desks in the counts as in the capacity file: partner, country, channel",
            )
        if counts := _count(rows, load):
            found[load.desk.key] = counts
    return found


def leave_last_week(
    counts: Mapping[Key, DayCounts],
) -> dict[Key, DayCounts]:
    """Counts without those of the last seven days; of desks that have a week before them."""
    last = max((int(each.day.max()) for each in counts.values()), default=0)
    return {
        key: kept
        for key, each in counts.items()
        if (kept := _select(each, each.day <= last - 7)) and kept.day.size >= 7
    }


def compare_actual(
    counts: Mapping[Key, DayCounts],
    forecasts: Mapping[str, dy.DataFrame[Days]],
    loads: Sequence[DeskLoad],
) -> dy.DataFrame[Actual]:
    """Put what was counted beside what was forecast.

    Args:
        counts: By desk.
        forecasts: `before`, and `last_week` of which only the last seven days count.
        loads: The desks.
    """
    at = {load.desk.key: load.days_at for load in loads}
    last = max((int(each.day.max()) for each in counts.values()), default=0)
    seen = [
        pl.DataFrame(
            {
                "local_day": at[key](each.day),
                "contacts": each.contacts,
                "is_last": each.day > last - 7,
            }
        ).with_columns(pl.lit(name).alias(of) for name, of in zip(key, DESK, strict=True))
        for key, each in sorted(counts.items())
    ]
    parts = [Actual.create_empty()]
    for name, table in forecasts.items() if seen else ():
        held = table.filter(pl.col("stream") == "all").join(
            pl.concat(seen), on=[*DESK, "local_day"]
        )
        held = held.filter(pl.col("is_last") | (name == "before"))
        parts.append(held.select(pl.lit(name).alias("forecast"), *_but("forecast")).pipe(_typed))
    return Actual.validate(pl.concat(parts).sort(Actual.primary_key()), cast=True)


def measure_coverage(actual: dy.DataFrame[Actual]) -> list[BandCoverage]:
    """Count how often what was counted lay within each band, both ends included."""
    found = list[BandCoverage]()
    for (name,), rows in sorted(actual.partition_by("forecast", as_dict=True).items()):
        shares = {
            band: float(
                rows.select(
                    pl.col("contacts").is_between(f"low_{band}", f"high_{band}").mean()
                ).item()
            )
            for band in BANDS
        }
        found.append(BandCoverage(str(name), rows.height, shares))
    return found


def _typed(rows: pl.DataFrame) -> dy.DataFrame[Actual]:
    return Actual.cast(rows.select(Actual.column_names()))


def _but(name: str) -> list[str]:
    return [each for each in Actual.column_names() if each != name]


def _count(rows: pl.DataFrame, load: DeskLoad) -> DayCounts | None:
    place = {day: number for number, day in enumerate(load.days)}
    started = np.zeros(len(load.days), dtype=bool)
    for counts in load.started.values():
        started |= counts.sum(axis=0) > 0
    first = int(np.argmax(started)) if started.any() else len(load.days)
    totals, slots = np.zeros(len(load.days)), np.zeros((len(load.days), SLOTS))
    told, by_slot = np.zeros(len(load.days), dtype=bool), bool((rows["slot"] >= 0).all())
    for day, slot, contacts in rows.select("local_day", "slot", "contacts").iter_rows():
        if (number := place.get(day)) is None or number < first or not load.is_open[number]:
            continue
        told[number] = True
        totals[number] += contacts
        if slot >= 0:
            slots[number, slot] += contacts
    days = np.flatnonzero(told)
    if not days.size:
        return None
    return DayCounts(days, totals[days].astype(np.int64), slots[days] if by_slot else None)


def _select(counts: DayCounts, kept: Array) -> DayCounts | None:
    if not kept.any():
        return None
    by_slot = None if counts.by_slot is None else counts.by_slot[kept]
    return DayCounts(counts.day[kept], counts.contacts[kept], by_slot)
