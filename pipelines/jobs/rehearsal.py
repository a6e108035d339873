"""Job: a roll-out from end to end on a simulated service, month by month, as one closed loop.

Each month: plan waves, decide, deliver; let the world answer what was delivered; take in the new
log and judge it; take in feedback; read the pilot; and forecast anew from what desks counted.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from detector.rollout.pilots.read import Reading
from detector.runs.run import Run
from detector.schemas import ACCOUNT, Accounts
from pipelines.jobs.rehearsal_steps import (
    Judging,
    Place,
    act,
    draw_pilot,
    find_converts,
    hear,
    judge,
    lay_out,
    list_new,
    read_arms,
    read_treated,
)
from pipelines.worlds.build import World, build_chunks
from pipelines.worlds.reactions.orders import NOTHING, read_orders
from pipelines.worlds.reactions.react import Course, react
from pipelines.worlds.reactions.settings import MONTH_DAYS
from pipelines.worlds.reactions.write import write_course
from pipelines.worlds.settings import WorldSettings

WAVES = (2, 9)
"""Days of a month on which a wave begins."""

FOLLOW_UPS = (17, 27)
"""Days of a month on which those who were treated before are looked at again."""


@dataclass(frozen=True)
class RehearsalPlan:
    """Which service is rolled out to, and for how long."""

    world: WorldSettings
    months: int = 4
    hold_out: float = 0.3
    """Share of the first run's flagged accounts that is left in peace."""


@dataclass(frozen=True)
class Month:
    """What happened in one month of 30 days; month 0 is the log before."""

    number: int
    last_day: date
    flagged: int
    flagged_shared: int
    """Of these, accounts that others still use."""
    shared: int
    """Accounts that others still use, found or not."""
    steps: dict[str, int]
    """Accounts given each treatment."""
    heard: dict[str, int]
    """Results of other systems, by kind."""
    contacts: int
    reading: Reading | None


@dataclass(frozen=True)
class Rehearsal:
    """A roll-out, rehearsed."""

    folder: Path
    plan: RehearsalPlan
    months: Sequence[Month]


def rehearse(folder: Path, plan: RehearsalPlan, judging: Judging) -> Rehearsal:
    """Roll out to a simulated service, month by month.

    Args:
        folder: Emptied, and filled with all that was written on the way.
        plan: Which service, how long.
        judging: How logs are read and judged.
    """
    shutil.rmtree(folder, ignore_errors=True)
    place = Place(folder)
    lay_out(place, plan.hold_out, plan.months, MONTH_DAYS)
    parts = list(build_chunks(plan.world.horizon))
    _live(place, parts, Course(plan.world, 0))
    judge(place, 0, judging)
    draw_pilot(place)
    months = [_tell(place, plan, 0, {}, None)]
    for number in range(1, plan.months + 1):
        months.append(_go_on(place, plan, number, parts, judging))
    return Rehearsal(folder, plan, months)


def _go_on(
    place: Place, plan: RehearsalPlan, number: int, parts: Sequence[World], judging: Judging
) -> Month:
    """One month: act, let the world answer, look again."""
    first, run = _first_day(plan, number), place.run(number - 1)
    _plan_waves(place, number, first)
    for day in sorted(WAVES + FOLLOW_UPS):
        wave = _wave_of(place, number, first + timedelta(days=day))
        if wave is not None:
            act(place, run, first + timedelta(days=day), wave)
    treated = read_treated(place)
    treated.write_csv(place.treated)
    held = pl.read_csv(place.hold_outs, infer_schema=False)
    orders = read_orders(treated, held, plan.world) if treated.height else NOTHING
    _live(place, parts, Course(plan.world, number, orders))
    judge(place, number, judging)
    heard = hear(place, _first_day(plan, number + 1) - timedelta(days=1))
    since = _first_day(plan, 1)
    find_converts(place, number, since)
    looks = [each / plan.months for each in range(1, number + 1)]
    told = read_arms(place, number, looks, since)
    return _tell(place, plan, number, heard, told.reading)


def _live(place: Place, parts: Sequence[World], course: Course) -> None:
    """Let the world go on to the end of a month; what was written before stays."""
    answered = (react(part, course) for part in parts)
    write_course(answered, course, place.world, first_month=course.months)


def _plan_waves(place: Place, number: int, first: date) -> None:
    """Deal out new accounts over the days of waves."""
    new = list_new(place, number - 1).sort(ACCOUNT)
    days = [first + timedelta(days=day) for day in WAVES]
    turn = pl.int_range(pl.len()) % len(days)
    new.with_columns(
        wave=pl.format("month-{}", pl.lit(number)),
        day=turn.replace_strict(dict(enumerate(map(str, days))), return_dtype=pl.String),
        treatment=pl.lit("notify"),
    ).write_csv(place.waves(number))


def _wave_of(place: Place, number: int, day: date) -> Path | None:
    """The accounts to decide about on a day, as a file; none if there are none."""
    planned = pl.read_csv(place.waves(number), infer_schema=False)
    if day in {_day(text) for text in planned["day"]}:
        members = planned.filter(pl.col("day") == str(day))
    else:
        members = read_treated(place).select(ACCOUNT).unique().sort(ACCOUNT)
    path = place.folder / "waves" / f"{day}.csv"
    members.write_csv(path)
    return path if members.height else None


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _first_day(plan: RehearsalPlan, number: int) -> date:
    days = plan.world.days + MONTH_DAYS * (number - 1)
    return plan.world.first_day + timedelta(days=days)


def _tell(
    place: Place, plan: RehearsalPlan, number: int, heard: dict[str, int], reading: Reading | None
) -> Month:
    """Count what the month came to, and what of it only the truth knows."""
    last = _first_day(plan, number + 1) - timedelta(days=1)
    flagged = Run(place.run(number)).scan(Accounts).filter(Accounts.flagged.col).collect()
    shared = _still_shared(place)
    steps = read_treated(place).filter(pl.col("day") >= str(_first_day(plan, number)))
    done = steps.unique([ACCOUNT, "treatment"])["treatment"].value_counts(sort=True)
    rang = pl.read_parquet(place.world / "truth_contacts.parquet")
    return Month(
        number,
        last,
        flagged.height,
        flagged.filter(Accounts.account_id.col.is_in(shared.implode())).height,
        shared.len(),
        dict(done.rows()),
        heard,
        rang.filter(pl.col("day") >= _first_day(plan, number)).height,
        reading,
    )


def _still_shared(place: Place) -> pl.Series:
    """Accounts that some other household still uses at the end."""
    truth = pl.read_parquet(place.world / "truth_accounts.parquet")
    homes = pl.read_parquet(place.world / "truth_households.parquet")
    active = pl.read_parquet(place.world / "accounts.parquet")
    ended = pl.read_parquet(place.world / "truth_reactions.parquet")
    ended = ended.filter(pl.col("reaction") == "cancelled")[ACCOUNT]
    lent = homes.filter(pl.col("left_day").is_null())[ACCOUNT].unique()
    return (
        truth.join(active, on=ACCOUNT)
        .filter(
            pl.col("label") == "shared",
            pl.col(ACCOUNT).is_in(lent.implode()),
            ~pl.col(ACCOUNT).is_in(ended.implode()),
        )[ACCOUNT]
        .sort()
    )
