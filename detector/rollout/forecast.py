"""Forecast a roll-out: contacts of each desk, by half-hour and by day, with bands and agents.

Desks are simulated one after the other, so that memory does not grow with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.rollout.assumptions.draws import Array
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.bands import make_bands
from detector.rollout.contacts import DeskLoad
from detector.rollout.futures import Chance, Futures, simulate_desk
from detector.rollout.posterior import Learned
from detector.rollout.staff import find_capacity, staff_slots
from detector.rollout.tables import DESK, Contacts, Days


@dataclass(frozen=True)
class ContactForecast:
    """Contacts of all desks.

    Attributes:
        contacts: By half-hour.
        days: By day.
        total: By day of all desks together, of the stream `all`: expected and bands.
    """

    contacts: dy.DataFrame[Contacts]
    days: dy.DataFrame[Days]
    total: pl.DataFrame


def forecast_contacts(
    loads: Sequence[DeskLoad], learned: Learned, known: Assumptions, chance: Chance
) -> ContactForecast:
    """Forecast contacts of all desks.

    Args:
        loads: What reaches each desk.
        learned: What is known of desks, from what was assumed and counted.
        known: What is assumed.
        chance: Same seed, same bytes.
    """
    halves, days = list[pl.DataFrame](), list[pl.DataFrame]()
    total = np.zeros((len(loads[0].days), chance.draws), np.int32)
    expected = np.zeros(len(total))
    for load in loads:
        for block in simulate_desk(load, learned, known, chance):
            own, daily, means = _by_day(load, block)
            total[own] += daily["all"]
            expected[own] += means["all"]
            halves.append(_half_hours(load, block, known))
            days.append(_daily(load, own, daily, means))
    contacts = pl.concat(halves).sort(Contacts.primary_key())
    found = _with_most_agents(pl.concat(days), contacts)
    return ContactForecast(
        Contacts.validate(contacts.select(Contacts.column_names()), cast=True),
        Days.validate(found.sort(Days.primary_key()).select(Days.column_names()), cast=True),
        pl.DataFrame({"local_day": list(loads[0].days), **make_bands(total, expected)}),
    )


def _by_day(load: DeskLoad, block: Futures) -> tuple[Array, dict[str, Array], dict[str, Array]]:
    """The days of a block; by stream what was drawn of each, and what is expected."""
    days, start = np.unique(load.slots.day[block.slots], return_index=True)
    drawn, expected = (
        {name: np.add.reduceat(each, start, axis=0) for name, each in of_slots.items()}
        for of_slots in (block.streams, block.expected)
    )
    return days, drawn, expected


def _half_hours(load: DeskLoad, block: Futures, known: Assumptions) -> pl.DataFrame:
    """Rows of `Contacts`."""
    slots = load.slots
    place = {
        "starts_at": slots.starts_at[block.slots],
        "local_day": load.days_at(slots.day[block.slots]),
        "minute": 30 * slots.slot[block.slots],
    }
    parts = list[pl.DataFrame]()
    for stream, counts in block.streams.items():
        bands = make_bands(counts, block.expected[stream])
        staffed: dict[str, object] = {"agents": None, "rostered": None, "capacity": None}
        if stream == "all":
            staffed |= staff_slots(load, block.slots, bands, known)
            staffed["capacity"] = find_capacity(load, known)[block.slots]
        parts.append(_rows(load, stream, place, bands, staffed))
    time = pl.time(pl.col("minute") // 60, pl.col("minute") % 60)
    return pl.concat(parts).with_columns(
        pl.col("starts_at").cast(pl.Datetime("us", "UTC")), local_time=time
    )


def _daily(
    load: DeskLoad, own: Array, counts: Mapping[str, Array], expected: Mapping[str, Array]
) -> pl.DataFrame:
    """Rows of `Days`, but for agents."""
    place = {"local_day": load.days_at(own)}
    return pl.concat(
        _rows(load, name, place, make_bands(each, expected[name]), {})
        for name, each in counts.items()
    )


def _rows(
    load: DeskLoad,
    stream: str,
    place: Mapping[str, object],
    bands: Mapping[str, Array],
    staffed: Mapping[str, object],
) -> pl.DataFrame:
    columns = {**place, **bands, **staffed}
    types = {"agents": pl.UInt32, "rostered": pl.UInt32, "capacity": pl.Float64}
    return pl.DataFrame(columns).with_columns(
        *(pl.col(name).cast(kind) for name, kind in types.items() if name in columns),
        partner=pl.lit(load.desk.partner),
        country=pl.lit(load.desk.country),
        channel=pl.lit(load.desk.channel),
        stream=pl.lit(stream),
    )


def _with_most_agents(days: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """The most agents of any half-hour, for each day."""
    key = [*DESK, "local_day", "stream"]
    most = contacts.group_by(key).agg(pl.col("agents", "rostered").max())
    return days.join(most, on=key, how="left")
