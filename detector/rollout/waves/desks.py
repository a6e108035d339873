"""What a desk can take in, half-hour by half-hour, and the greatest load that fits into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf

import numpy as np
import polars as pl
from scipy import special

from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.calendar import Desk, open_slots
from detector.rollout.staffing import ServiceTerms, count_contacts
from detector.rollout.tables import SLOTS
from detector.rollout.waves.futures import Futures
from detector.rollout.waves.problem import Array

BEYOND = 0.025
"""Share of futures above the upper end of the 95 % band."""
_HALVINGS = 30


@dataclass(frozen=True)
class DeskLoad:
    """A desk on all days of a plan, by day and half-hour.

    Attributes:
        desk: Which.
        number: Its column in `Futures.rate`.
        channel: Share of its accounts' contacts that come to it.
        payers: Accounts that nobody treats, who ring all the same.
        weekday: Of each day.
        share: Of the contacts that a day would bring if all days were alike; 0 where it is closed.
        takes: Contacts that it can take in; 0 where it is closed.
        baseline: Contacts that come anyway.
    """

    desk: Desk
    number: int
    channel: float
    payers: float
    weekday: Array
    share: Array
    takes: Array
    baseline: Array

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return ", ".join(filter(None, self.desk.key))


def lay_out(
    desk: Desk,
    number: int,
    days: Sequence[date],
    assumptions: Assumptions,
    *,
    channel: float,
    payers: float,
) -> DeskLoad:
    """Lay out a desk's half-hours over some days.

    What would come while it is closed comes when it is open: on its other days of the week, or on
    the day after a holiday.
    """
    profile = assumptions.profile
    shape = (len(days), SLOTS)
    hours = np.repeat(np.asarray(profile.hours), SLOTS // 24)
    weekday = np.array([day.weekday() for day in days], int)
    takes, baseline, share = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    slots = open_slots(desk, days, assumptions.closed)
    at = (slots.day, slots.slot)
    takes[at] = _takes_in(desk, assumptions)[slots.row]
    baseline[at] = desk.hours["baseline_per_half_hour"].to_numpy()[slots.row]
    share[at] = hours[slots.slot]
    of_day = share.sum(axis=1)
    opens = np.isin(np.arange(7), desk.hours["weekday"].to_numpy())
    weights = np.asarray(profile.weekdays) * opens
    brings = _carried((weights * 7 / weights.sum())[weekday], of_day > 0)
    share *= np.divide(brings, of_day, out=np.zeros(len(days)), where=of_day > 0)[:, None]
    return DeskLoad(desk, number, channel, payers, weekday, share, takes, baseline)


def greatest_loads(loads: Sequence[DeskLoad], futures: Futures, seed: int) -> list[Array]:
    """Find for each day the greatest expected load that fits into all of its half-hours.

    The 95 % band of contacts is turned round: of each half-hour the greatest mean is sought at
    which only so many futures as lie above the band bring more contacts than it takes in. Chance is
    Poisson's given a future's mean, and that mean is Gamma around what the future expects.

    Returns:
        For each desk by day, expected contacts of treated accounts, if all days were alike;
        infinite where it is closed.
    """
    found: list[Array] = []
    for load in loads:
        generator = np.random.default_rng([seed, load.number])
        noise = _noise(futures, generator)
        rooms = np.full(len(load.weekday), inf)
        known: dict[bytes, float] = {}
        for day in range(len(rooms)):
            rows = (load.share[day], load.takes[day], load.baseline[day])
            if not load.share[day].any():
                continue
            key = b"".join(each.tobytes() for each in (*rows, load.weekday[day : day + 1]))
            if key not in known:
                known[key] = _greatest_load(load, day, futures, noise)
            rooms[day] = known[key]
        found.append(rooms)
    return found


def _greatest_load(load: DeskLoad, day: int, futures: Futures, noise: Array) -> float:
    """Only the fullest half-hour of those that take in the same can bind."""
    share, takes, baseline = load.share[day], load.takes[day], load.baseline[day]
    table = pl.DataFrame({"slot": range(SLOTS), "share": share, "takes": takes, "base": baseline})
    fullest = table.filter(pl.col("share") > 0).sort("share", "slot", descending=[True, False])
    slots = fullest.unique(["takes", "base"], keep="first", maintain_order=True)["slot"].to_numpy()
    rate = futures.rate[:, load.number] * futures.contacts.sum(axis=1)
    turn = futures.weekday[:, load.weekday[day]][:, None] * futures.half_hour[:, slots]
    mean = (rate / rate.mean())[:, None] * turn * noise[:, None] * share[slots]
    other = futures.friction[:, None] * load.payers * load.channel * turn * share[slots]
    other = (other + baseline[slots]) * noise[:, None]
    most = np.floor(takes[slots]) + 1
    low, high = np.zeros(len(slots)), (most + 1) / share[slots]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = special.gammainc(most, middle * mean + other).mean(axis=0) <= BEYOND
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return float(low.min())


def _noise(futures: Futures, generator: np.random.Generator) -> Array:
    """A day's noise and a half-hour's together."""
    found = np.ones(futures.size)
    for shape in (futures.day_shape, futures.half_hour_shape):
        known = np.where(np.isinf(shape), 1.0, shape)
        found *= np.where(np.isinf(shape), 1.0, generator.standard_gamma(known) / known)
    return found


def _takes_in(desk: Desk, assumptions: Assumptions) -> Array:
    """What each row of a desk's hours takes in: told, or as many as its agents answer in time."""
    return np.array([_row_takes_in(row, assumptions) for row in desk.hours.iter_rows(named=True)])


def _row_takes_in(row: Mapping[str, float | None], assumptions: Assumptions) -> float:
    told, agents = row["contacts_per_half_hour"], row["agents"]
    if told is not None:
        return told
    terms = service_terms(row, assumptions)
    return count_contacts(int(agents or 0), terms)


def service_terms(row: Mapping[str, float | None], assumptions: Assumptions) -> ServiceTerms:
    """What is promised to those who ring a desk, where its file does not say otherwise."""
    staffing = assumptions.staffing
    patience = row["patience_s"] or staffing.patience_s
    return ServiceTerms(
        staffing.answered,
        staffing.within_s,
        row["handling_s"] or staffing.handling_s,
        inf if patience is None else patience,
        staffing.shrinkage,
    )


def _carried(brings: Array, is_open: Array) -> Array:
    """What a closed day would bring comes on the next that is open."""
    found, waits = np.zeros(len(brings)), 0.0
    for day, each in enumerate(brings):
        if is_open[day]:
            found[day], waits = each + waits, 0.0
        else:
            waits += each
    return found
