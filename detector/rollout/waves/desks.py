"""What a desk can take in, half-hour by half-hour, and the greatest load that fits into it."""

from dataclasses import dataclass
from math import inf

import numpy as np
import polars as pl
from scipy import special

from detector.rollout.assumptions.draws import fit
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.bands import chance_of
from detector.rollout.contacts import DeskLoad, spread_contacts, spread_friction
from detector.rollout.factors import treatment_factor
from detector.rollout.staff import find_capacity
from detector.rollout.tables import SLOTS
from detector.rollout.waves.futures import OfDesk, WaveFutures, noise
from detector.rollout.waves.problem import Array

BEYOND = 0.02
"""Share of futures that may lie above what a half-hour takes in. Above the 95 % band lie 2.5 %;
that delays differ between futures, which no day by itself shows, adds up to half a point."""
ONE = ("", "")
"""Accounts are counted as average ones, whatever their pattern and plan."""
_HALVINGS = 30


@dataclass(frozen=True)
class DeskDays:
    """A desk on all days of a plan, by day and half-hour.

    Attributes:
        load: The desk, its payers and its calendar; who starts is told apart.
        number: Which of all desks.
        share: Of a day's contacts; 0 where it is closed.
        takes: Contacts that it can take in; 0 where it is closed.
        baseline: Contacts that come anyway.
    """

    load: DeskLoad
    number: int
    share: Array
    takes: Array
    baseline: Array

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return ", ".join(filter(None, self.load.desk.key))

    def drawn(self, futures: WaveFutures) -> OfDesk:
        """What the futures say of it."""
        return futures.desks[self.load.desk.key]

    def treated(self, started: Array, futures: WaveFutures, known: Assumptions, seed: int) -> Array:
        """Expected contacts of treated accounts: by future and day, without the noise of a day.

        Args:
            started: Average accounts by day that start and ring here; each day is a wave.
            futures: What may be.
            known: For the steps of the ladder.
            seed: Where chance comes from: lists differ, and so do waves and their steps.
        """
        mine, chance = self.drawn(futures), chance_of(seed, "waves", *self.load.desk.key)
        brings = self.load.is_open * mine.known_week[self.load.weekdays]
        shape = np.repeat(futures.wave_shape[:, None], len(started), axis=1)
        found = _bring(started * noise(shape, chance), futures, brings, 0)
        for step in known.steps:
            size = fit(step.share).mean * treatment_factor(step.treatment, known)
            again = started * noise(shape, chance) * futures.later[:, None]
            found += size * _bring(again, futures, brings, step.after_days)
        return mine.level[:, None] * found

    def friction(self, futures: WaveFutures, known: Assumptions) -> Array:
        """Payers by day that are asked for a code, if all are within the days of [friction]."""
        week = self.drawn(futures).known_week
        return spread_friction(self.load, week, known.friction.within_days) * self.load.share


def _bring(started: Array, futures: WaveFutures, brings: Array, after: int) -> Array:
    """Contacts by future and day of who started: what `contacts.spread_contacts` says, summed up.

    Each start's contacts go to days by their delay times what a day brings, over the sum of that:
    convolutions do for all starts, as few futures differ in their delay.
    """
    days, tail = len(brings), futures.delays.shape[1]
    ahead = np.concatenate([brings[after:], np.zeros(after + tail)])
    total = np.empty((len(futures.delays), days))
    for row, delay in enumerate(futures.delays):
        total[row] = np.convolve(ahead, delay[::-1], "valid")[:days]
    total = total[futures.delay]
    each: Array = started / np.where(total > 0, total, np.inf)
    found = np.zeros((futures.size, days + after + tail))
    for lag, shares in enumerate(futures.delays[futures.delay].T):
        found[:, after + lag : after + lag + days] += each * shares[:, None]
    return found[:, :days] * brings


def lay_out(load: DeskLoad, number: int, hours: Array, known: Assumptions) -> DeskDays:
    """Lay out a desk's half-hours, and what each takes in: as told, or as its agents can answer."""
    shape = (len(load.days), SLOTS)
    takes, baseline, share = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    at = (load.slots.day, load.slots.slot)
    takes[at] = find_capacity(load, known)
    baseline[at] = load.baseline
    share[at] = hours[load.slots.slot]
    of_day = share.sum(axis=1, keepdims=True)
    share = np.divide(share, of_day, out=np.zeros(shape), where=of_day > 0)
    return DeskDays(load, number, share, takes, baseline)


def spread_starts(desk: DeskDays, futures: WaveFutures, known: Assumptions) -> Array:
    """Contacts expected of an average account by the day of its start, in rows, on all days."""
    mine, delay = desk.drawn(futures), futures.mean_delay
    days = np.arange(len(desk.load.days))
    found = spread_contacts(desk.load, days, delay, mine.known_week)
    for step in known.steps:
        size = fit(step.share).mean * treatment_factor(step.treatment, known)
        size *= float(futures.later.mean())
        found += size * spread_contacts(desk.load, days + step.after_days, delay, mine.known_week)
    return found * float(mine.level.mean())


def greatest_loads(desk: DeskDays, futures: WaveFutures, known: Assumptions, seed: int) -> Array:
    """Find for each day the greatest expected load that fits into all of its half-hours.

    The 95 % band of contacts is turned round: of each half-hour the greatest mean is sought at
    which only so many futures as lie above the band bring more contacts than it takes in. Chance is
    Poisson's given a future's mean, and that mean is Gamma around what the future expects.

    Returns:
        By day, expected contacts of treated accounts; infinite where the desk is closed.
    """
    generator = np.random.Generator(np.random.PCG64([seed, desk.number]))
    stray = noise(futures.day_shape, generator) * noise(futures.half_hour_shape, generator)
    asked = desk.friction(futures, known)
    found, same = np.full(len(asked), inf), dict[bytes, float]()
    for day in np.flatnonzero(desk.share.any(axis=1)):
        rows = (desk.share[day], desk.takes[day], desk.baseline[day], asked[day : day + 1])
        key = b"".join(each.tobytes() for each in rows)
        if key not in same:
            same[key] = _greatest_load(desk, int(day), futures, stray, float(asked[day]))
        found[day] = same[key]
    return found


def _greatest_load(
    desk: DeskDays, day: int, futures: WaveFutures, stray: Array, asked: float
) -> float:
    """Only the fullest half-hour of those that take in the same can bind."""
    share, takes, base = desk.share[day], desk.takes[day], desk.baseline[day]
    table = pl.DataFrame({"slot": range(SLOTS), "share": share, "takes": takes, "base": base})
    fullest = table.filter(pl.col("share") > 0).sort("share", "slot", descending=[True, False])
    slots = fullest.unique(["takes", "base"], keep="first", maintain_order=True)["slot"].to_numpy()
    mine = desk.drawn(futures)
    level = mine.level * (1 + futures.later * futures.steps)
    weekday = desk.load.days[day].weekday()
    turn = mine.week[:, weekday][:, None] * mine.hours[:, slots] * stray[:, None] * share[slots]
    treated = (level / level.mean())[:, None] * turn
    other = futures.friction[:, None] * asked * turn + base[slots] * stray[:, None]
    most = np.floor(takes[slots]) + 1
    low: Array = np.zeros(len(slots))
    high: Array = (most + 1) / share[slots]
    for _ in range(_HALVINGS):
        middle: Array = (low + high) / 2
        fits = special.gammainc(most, middle * treated + other).mean(axis=0) <= BEYOND
        low = np.where(fits, middle, low)
        high = np.where(fits, high, middle)
    return float(low.min())
