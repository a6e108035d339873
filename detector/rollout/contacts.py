"""What reaches a desk: how many accounts are treated when, and when their contacts come of it.

A contact comes some days after a treatment (Gamma), on a day on which the desk is open and rather
on some weekdays than on others, in an hour that people like to ring in. Nobody is lost who finds a
desk closed: the days and hours that are open share all contacts among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import dataframely as dy
import numpy as np
import polars as pl
from scipy import special

from detector.errors import SettingsError
from detector.kinds import Treatment
from detector.plain_text import plain_text
from detector.rollout.assumptions.draws import fit
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.calendar import (
    Array,
    CallDesk,
    OpenSlots,
    days_between,
    list_desks,
    open_slots,
)
from detector.rollout.cells import Reached
from detector.rollout.factors import mix_factor, treatment_factor
from detector.rollout.tables import ALL_COUNTRIES, Capacity

Mix = tuple[str, str]
"""A pattern and a plan."""
_ORDER = list(Treatment)


@dataclass(frozen=True)
class DeskLoad:
    """What reaches one desk in the days of a plan.

    Attributes:
        desk: Which.
        slots: Its open half-hours.
        mixes: Patterns and plans of the accounts.
        started: Accounts by first treatment: mixes in rows, days of their first treatment across.
        wave: The number of the wave that begins on each day; 0 where none does.
        payers: Honest payers who may be asked for a code, for each day.
        baseline: Contacts that come anyway, for each open half-hour.
        share: Of the partner's contacts that come to this channel.
    """

    desk: CallDesk
    slots: OpenSlots
    mixes: Sequence[Mix]
    started: Mapping[Treatment, Array]
    wave: Array
    payers: Array
    baseline: Array
    share: float

    @property
    def days(self) -> Sequence[date]:
        """All days of the window."""
        return self.slots.days

    def days_at(self, places: Array) -> list[date]:
        """The days at some places of the window."""
        return [self.days[int(each)] for each in places]

    @cached_property
    def weekdays(self) -> Array:
        """Of each day, Monday being 0."""
        return np.array([day.weekday() for day in self.days])

    @cached_property
    def is_open(self) -> Array:
        """Whether the desk is open on each day."""
        return np.bincount(self.slots.day, minlength=len(self.days)) > 0

    @property
    def daily_baseline(self) -> Array:
        """Contacts that come anyway, for each day."""
        return np.bincount(self.slots.day, self.baseline, len(self.days))


def find_window(reached: Reached, assumptions: Assumptions) -> list[date]:
    """The days on which contacts of a plan come: from its first wave to the end of its last tail.

    Examples:
        >>> from detector.rollout.assumptions.read import DEFAULT, read_assumptions
        >>> from detector.rollout.tables import Cells, Payers
        >>> one = {"partner": "a", "country": "", "plan": "", "pattern": "", "wave": "w",
        ...        "day": date(2026, 9, 7), "treatment": "notify", "accounts": 1, "borrowers": 1}
        >>> cells = Cells.validate(pl.DataFrame([one]), cast=True)
        >>> known = read_assumptions(DEFAULT.read_text("utf-8"), source="")
        >>> str(find_window(Reached(cells, Payers.create_empty()), known)[-1])
        '2026-11-02'
    """
    treated: list[date] = sorted(reached.cells["day"].unique().to_list())
    if not treated:
        raise SettingsError(
            "The plan treats nobody, so that there is nothing to forecast.",
            hint="name a run with flagged accounts, or a wave file with some of them",
        )
    climb = max((step.after_days for step in assumptions.steps), default=0)
    end = treated[-1] + timedelta(days=climb + assumptions.delay.tail_days)
    return days_between(treated[0], end)


def list_loads(
    reached: Reached, capacity: dy.DataFrame[Capacity], assumptions: Assumptions
) -> list[DeskLoad]:
    """Spread counted accounts over the desks that answer for them.

    Args:
        reached: Whom the plan treats, and whom it reaches besides.
        capacity: The desks.
        assumptions: For shares of channels, and days on which desks are closed.

    Raises:
        SettingsError: The plan treats nobody, or a channel has no share of contacts.
    """
    days, desks = find_window(reached, assumptions), list_desks(capacity)
    return [
        _load(
            desk,
            [each for each in desks if each.partner == desk.partner],
            reached,
            days,
            assumptions,
        )
        for desk in desks
    ]


def _load(
    desk: CallDesk,
    siblings: Sequence[CallDesk],
    reached: Reached,
    days: list[date],
    known: Assumptions,
) -> DeskLoad:
    mine = answers_for(desk, siblings)
    cells, payers = reached.cells.filter(mine), reached.payers.filter(mine)
    mixes = sorted(set(cells.select("pattern", "plan").iter_rows()))
    slots = open_slots(desk, days, known.closed)
    return DeskLoad(
        desk=desk,
        slots=slots,
        mixes=mixes,
        started=_started(cells, mixes, days),
        wave=_waves(cells, days),
        payers=_exposed(reached.cells.filter(partner=desk.partner), payers, days),
        baseline=desk.hours["baseline_per_half_hour"].to_numpy()[slots.row],
        share=channel_share(desk, siblings, known.profile.channels),
    )


def answers_for(desk: CallDesk, siblings: Sequence[CallDesk]) -> pl.Expr:
    """A desk of a country answers for it, one of all countries for those without a desk."""
    partner = pl.col("partner") == desk.partner
    if desk.country != ALL_COUNTRIES:
        return partner & (pl.col("country") == desk.country)
    others = sorted({each.country for each in siblings} - {ALL_COUNTRIES})
    return partner & ~pl.col("country").is_in(others)


def channel_share(
    desk: CallDesk, siblings: Sequence[CallDesk], shares: Mapping[str, float]
) -> float:
    """Share of a partner's contacts that come to this channel, of those that it has.

    Raises:
        SettingsError: A channel has no share of contacts.
    """
    channels = {each.channel for each in siblings if each.country == desk.country}
    if unknown := sorted(channels - set(shares)):
        name = plain_text(unknown[0])
        raise SettingsError(
            f"The channel {name!r} of {plain_text(desk.partner)!r} has no share of contacts.",
            hint=f"give one under [profile] channels = {{ {name} = 0.1, ... }}",
        )
    return shares[desk.channel] / sum(shares[each] for each in channels)


def _started(cells: pl.DataFrame, mixes: list[Mix], days: list[date]) -> dict[Treatment, Array]:
    found = dict[Treatment, Array]()
    place = {mix: row for row, mix in enumerate(mixes)}
    for pattern, plan, day, treatment, accounts in cells.select(
        "pattern", "plan", "day", "treatment", "accounts"
    ).iter_rows():
        counts = found.setdefault(Treatment(treatment), np.zeros((len(mixes), len(days))))
        counts[place[pattern, plan], (day - days[0]).days] += accounts
    return dict(sorted(found.items(), key=lambda each: _ORDER.index(each[0])))


def _waves(cells: pl.DataFrame, days: list[date]) -> Array:
    found = np.zeros(len(days), int)
    names = sorted(cells["wave"].unique().to_list())
    for wave, day in cells.select("wave", "day").unique().sort("wave", "day").iter_rows():
        found[(day - days[0]).days] = names.index(wave)
    return found


def _exposed(cells: pl.DataFrame, payers: pl.DataFrame, days: list[date]) -> Array:
    """Nobody is asked for a code before the first wave of the partner; then all may be."""
    found = np.zeros(len(days))
    treated = sorted(cells["day"].to_list())
    if treated:
        found[days.index(treated[0]) :] = payers["accounts"].sum()
    return found


def later_steps(first: Treatment, known: Assumptions) -> list[int]:
    """Which steps of the ladder follow a first treatment: those that are harsher."""
    return [
        number
        for number, step in enumerate(known.steps)
        if _ORDER.index(step.treatment) > _ORDER.index(first)
    ]


def spread_delay(mean: float, shape: float, tail: int) -> Array:
    """Shares of contacts that come so many days after a treatment, of those within the tail.

    Examples:
        >>> shares = spread_delay(mean=4.0, shape=1.0, tail=28)
        >>> shares[:3].round(3).tolist(), float(shares.sum().round(9))
        ([0.221, 0.172, 0.134], 1.0)
    """
    below = special.gammainc(shape, np.arange(tail + 1) * shape / mean)
    return np.diff(below) / below[-1]


def spread_contacts(load: DeskLoad, starts: Array, delay: Array, week: Array) -> Array:
    """Shares of the contacts after treatments of some days that come on each day of the window.

    Args:
        load: Whose calendar.
        starts: Days of treatments, as places in the window.
        delay: Shares by days after a treatment.
        week: Weights of weekdays.

    Returns:
        Days of treatments in rows, days of contacts across; each row sums to 1, or to 0 if the desk
        is never open in the tail.
    """
    gap = np.arange(len(load.days))[None, :] - starts[:, None]
    inside = (gap >= 0) & (gap < delay.size)
    shares = np.where(inside, delay[np.clip(gap, 0, delay.size - 1)], 0.0)
    shares = shares * (week[load.weekdays] * load.is_open)[None, :]
    total = shares.sum(axis=1, keepdims=True)
    return np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)


def spread_friction(load: DeskLoad, week: Array, within_days: int) -> Array:
    """For each day, how many honest payers are asked for a code, if all are within so many days.

    What falls on closed weekdays comes on the open ones.
    """
    weekdays, is_open = load.weekdays, load.is_open
    ever = np.array([is_open[weekdays == each].any() for each in range(7)])
    weights = week * ever
    scale = 7 / weights.sum() if ever.any() else 0.0
    return load.payers / within_days * scale * weights[weekdays] * is_open


def mean_treated(
    load: DeskLoad, delay: Array, week: Array, known: Assumptions
) -> tuple[Array, Array]:
    """Contacts by day of a level of 1: after first treatments, and after what follows them.

    Factors of treatments, patterns and plans stand at their means.
    """
    first, later = np.zeros(len(load.days)), np.zeros(len(load.days))
    factors = np.array([mix_factor(mix, known) for mix in load.mixes])
    for treatment, started in load.started.items():
        starts = np.flatnonzero(started.any(axis=0))
        accounts = (factors @ started[:, starts]) * load.share
        factor = treatment_factor(treatment, known)
        first += factor * accounts @ spread_contacts(load, starts, delay, week)
        for number in later_steps(treatment, known):
            step = known.steps[number]
            size = fit(step.share).mean * treatment_factor(step.treatment, known)
            shares = spread_contacts(load, starts + step.after_days, delay, week)
            later += size * accounts @ shares
    return first, later
