"""A plan of waves as it is told: its figures, its waves by day, the load of each desk by day."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import dataframely as dy
import numpy as np
import polars as pl

from detector.rollout.tables import BANDS, DESK, Banded
from detector.rollout.waves.binding import Binding, list_binding
from detector.rollout.waves.holding import DeskOutcome, Fullest, fullest_half_hours
from detector.rollout.waves.laying import Ground, Served
from detector.rollout.waves.plan import PlannedGroup, WavePlan
from detector.rollout.waves.problem import Array

_QUANTILES = [share for band in BANDS for share in ((1 - band / 100) / 2, 1 - (1 - band / 100) / 2)]


class WaveDays(dy.Schema):
    """How many accounts start on a day.

    Built by `detector.rollout.waves.telling.list_days`.
    """

    day = dy.Date(primary_key=True)
    wave = dy.String(primary_key=True, min_length=1)
    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True, description="Of record; empty: unknown.")
    accounts = dy.Int64(min=1)


class DeskDaysPlanned(Banded):
    """The fullest half-hour of a desk on a day under a plan; `expected` and bands are of it.

    Built by `detector.rollout.waves.telling.list_loads`.
    """

    partner = dy.String(primary_key=True, min_length=1)
    country = dy.String(primary_key=True)
    channel = dy.String(primary_key=True, min_length=1)
    day = dy.Date(primary_key=True)
    half_hour = dy.String(description="By the clock on the desk's wall.")
    takes = dy.Float64(min=0, description="Contacts that it takes in.")
    baseline = dy.Float64(min=0)
    expected_of_day = dy.Float64(min=0, description="Contacts of all half-hours.")


@dataclass(frozen=True)
class PartnerFigures:
    """How one partner fares.

    Attributes:
        partner: Which.
        accounts: That are planned.
        waves: Days on which any start.
        first_day: The first of them.
        last_day: The last.
        greedy_last_day: The last of the plan that fills each day in order; none: it leaves some
            over.
        scale: How much of what fits into the 95 % band of each half-hour is used, so that the
            promise is kept.
        held: Share of futures, other than those it was planned by, in which no half-hour of any of
            its desks overflows because of the waves.
        half_hour: Share of futures in which the half-hour overflows that does so most often.
        baseline_alone: Share of futures in which some half-hour overflows without any waves.
        unpromised: Desks of which only each half-hour's band is kept, as their baseline alone
            breaks the promise.
        binding: What keeps waves from ending sooner; of all partners that are planned together.
    """

    partner: str
    accounts: int
    waves: int
    first_day: date | None
    last_day: date | None
    greedy_last_day: date | None
    scale: float
    held: float
    half_hour: float
    baseline_alone: float
    unpromised: Sequence[str]
    binding: Sequence[Binding]


def list_figures(plan: WavePlan) -> list[PartnerFigures]:
    """How each partner fares, by name."""
    found = [
        _figures(plan.ground, group, partner)
        for group in plan.groups
        for partner in sorted(set(group.cells["partner"]))
    ]
    return sorted(found, key=lambda each: each.partner)


def share_held(plan: WavePlan) -> float:
    """Share of futures in which no half-hour of any partner overflows because of the waves."""
    outcomes = [outcome for group in plan.groups for outcome in group.measured]
    return _share_held(outcomes)


def list_days(plan: WavePlan) -> dy.DataFrame[WaveDays]:
    """How many accounts start on each day, by partner and country."""
    key = WaveDays.primary_key()
    counted = plan.waves.group_by(key).agg(accounts=pl.len().cast(pl.Int64)).sort(key)
    return WaveDays.validate(counted.select(WaveDays.column_names()), cast=True)


def list_loads(plan: WavePlan) -> dy.DataFrame[DeskDaysPlanned]:
    """The fullest half-hour of each desk on each day of the plan, until the last contacts."""
    parts: list[pl.DataFrame] = [DeskDaysPlanned.create_empty()]
    for group in plan.groups:
        happened = group.stage.happen(group.solved.problem, group.solved.starts)
        for served, each in zip(group.stage.served, happened, strict=True):
            parts.append(_loads(served, fullest_half_hours(each, _QUANTILES), plan.ground))
    last = plan.waves["day"].max()
    end = (last if isinstance(last, date) else plan.ground.starts) + timedelta(plan.ground.lags)
    table = pl.concat(parts).filter(pl.col("day") <= end).sort(*DESK, "day")
    return DeskDaysPlanned.validate(table, cast=True)


def figures_document(figures: PartnerFigures) -> dict[str, object]:
    """Figures as plain values."""
    return asdict(figures)


def _loads(served: Served, fullest: Fullest, ground: Ground) -> pl.DataFrame:
    desk, days = served.days, np.arange(len(fullest.slot))
    table = {
        "day": list(desk.load.days),
        "half_hour": [f"{slot // 2:02}:{slot % 2 * 30:02}" for slot in fullest.slot.tolist()],
        "takes": desk.takes[days, fullest.slot],
        "baseline": desk.baseline[days, fullest.slot],
        "expected": fullest.expected,
        "expected_of_day": fullest.of_day,
    }
    names = [f"{side}_{band}" for band in BANDS for side in ("low", "high")]
    table |= dict(zip(names, fullest.quantiles, strict=True))
    partner, country, channel = desk.load.desk.key
    found = pl.DataFrame(table).filter(pl.Series(fullest.slot >= 0), pl.col("day") >= ground.starts)
    named = found.with_columns(
        partner=pl.lit(partner), country=pl.lit(country), channel=pl.lit(channel)
    )
    return named.select(DeskDaysPlanned.column_names())


def _figures(ground: Ground, group: PlannedGroup, partner: str) -> PartnerFigures:
    solved = group.solved
    mine = group.cells["partner"].to_numpy() == partner
    at = [n for n, s in enumerate(group.stage.served) if s.days.load.desk.partner == partner]
    outcomes = [group.measured[n] for n in at]
    desks = [group.stage.served[n].days for n in at]
    alone = np.any([each.without for each in outcomes], axis=0)
    days = _days(solved.starts[mine], ground)
    greedy = solved.greedy[mine]
    whole = int(greedy.sum()) == int(solved.problem.accounts[mine].sum())
    return PartnerFigures(
        partner,
        int(solved.starts[mine].sum()),
        len(days),
        days[0] if days else None,
        days[-1] if days else None,
        (_days(greedy, ground) or [None])[-1] if whole else None,
        solved.scale,
        _share_held(outcomes),
        max(float(each.overflows.max()) / len(each.factor) for each in outcomes),
        float(alone.mean()),
        [
            desk.name
            for desk, each in zip(desks, outcomes, strict=True)
            if each.without.mean() > 1 - ground.terms.promise
        ],
        list_binding(group),
    )


def _days(starts: Array, ground: Ground) -> list[date]:
    first = ground.starts - timedelta(days=ground.past)
    return [first + timedelta(days=int(day)) for day in np.flatnonzero(starts.sum(axis=0))]


def _share_held(outcomes: Sequence[DeskOutcome]) -> float:
    return float((np.min([each.factor for each in outcomes], axis=0) >= 1).mean())
