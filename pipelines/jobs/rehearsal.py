"""Job: a roll-out from end to end on a simulated service, month by month, as one closed loop.

Each month: plan waves, decide, deliver; let the world answer what was delivered; take in the new
log and judge it; take in feedback; read the pilot; and forecast anew from what desks counted.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from detector.errors import SettingsError
from pipelines.jobs.rehearsal_files import RehearsalFolder, lay_out
from pipelines.jobs.rehearsal_page import write_page
from pipelines.jobs.rehearsal_plans import forecast_month, plan_month, write_desks
from pipelines.jobs.rehearsal_steps import (
    Judging,
    act,
    draw_pilot,
    find_converts,
    hear,
    judge,
    read_arms,
    read_treated,
)
from pipelines.jobs.rehearsal_tables import Month, tell_month
from pipelines.terminal.drawing import counted, quiet_table
from pipelines.worlds.build import World, build_chunks
from pipelines.worlds.reactions.orders import NOTHING, read_orders
from pipelines.worlds.reactions.react import ReactionCourse, answer, react
from pipelines.worlds.reactions.settings import MONTH_DAYS
from pipelines.worlds.reactions.write import write_course
from pipelines.worlds.settings import WorldSettings

SIGNS_OF_A_REHEARSAL = ("world", "pilot.toml", "waves.toml")

FOLLOW_UPS = (3, 10, 17, 24)
"""Days of a month on which those who were treated before are looked at again."""


@dataclass(frozen=True)
class RehearsalPlan:
    """Which service is rolled out to, and for how long."""

    world: WorldSettings
    months: int = 4
    hold_out: float = 0.3
    """Share of the first run's flagged accounts that is left in peace."""
    draws: int = 1_000
    """Futures of each forecast."""

    def days_of(self, number: int) -> tuple[date, date]:
        """First and last day of a month; 0 is the log before."""
        start = self.world.first_day
        end = self.world.days + MONTH_DAYS * number
        first = end - MONTH_DAYS if number else 0
        return start + timedelta(days=first), start + timedelta(days=end - 1)


PLAN = RehearsalPlan(
    WorldSettings(
        accounts=600, seed=2026, sharing_prior=0.25, countries={"ES": 0.5, "GB": 0.3, "FR": 0.2}
    )
)
"""The service of `household demo --rollout`: three countries, so that desks are not idle."""


@dataclass(frozen=True)
class Rehearsal:
    """A roll-out, rehearsed."""

    folder: Path
    report: Path
    months: Sequence[Month]

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        months = [month.document() for month in self.months]
        return {"folder": str(self.folder), "report": str(self.report), "months": months}


def rehearse(folder: Path, plan: RehearsalPlan, judging: Judging) -> Rehearsal:
    """Roll out to a simulated service, month by month.

    Args:
        folder: Gets all that is written on the way; an earlier rehearsal there is replaced.
        plan: Which service, how long.
        judging: How logs are read and judged.

    Raises:
        SettingsError: The folder holds other things.
    """
    _clear(folder)
    place = RehearsalFolder(folder)
    lay_out(place, plan.hold_out, plan.months, MONTH_DAYS)
    parts = list(build_chunks(plan.world.horizon))
    _live(place, parts, ReactionCourse(plan.world, 0))
    write_desks(place, plan.world)
    judge(place, 0, judging)
    draw_pilot(place)
    months = [tell_month(place, 0, plan.days_of(0), {})]
    for number in range(1, plan.months + 1):
        months.append(_go_on(place, plan, number, parts, judging))
    report = write_page(place, months)
    return Rehearsal(folder, report, months)


def render_rehearsal(done: Rehearsal, console: Console) -> None:
    """Print each month in a line, and where the report is."""
    table = quiet_table(
        "Month to", ">Shared", ">Flagged", ">Of them shared", ">Steps", ">Heard", ">Contacts"
    )
    for month in done.months:
        steps, heard = sum(month.steps.values()), sum(month.heard.values())
        numbers = (month.shared, month.flagged, month.flagged_shared, steps, heard, month.contacts)
        table.add_row(str(month.last_day), *(f"{number:,}" for number in numbers))
    console.print(table)
    console.print(f"{counted(len(done.months) - 1, 'month')} of a simulated service's roll-out.")
    console.print(f"Report: {done.report}", markup=False, soft_wrap=True)


def _clear(folder: Path) -> None:
    """Delete an earlier rehearsal, and never anything else."""
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder.", hint="give another --out")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not all((folder / sign).exists() for sign in SIGNS_OF_A_REHEARSAL):
        raise SettingsError(f"{folder} holds other things.", hint="give an empty --out")
    shutil.rmtree(folder)


def _go_on(
    place: RehearsalFolder,
    plan: RehearsalPlan,
    number: int,
    parts: Sequence[World],
    judging: Judging,
) -> Month:
    """One month: act, let the world answer, look again."""
    first, last = plan.days_of(number)
    planned = plan_month(place, number, first + timedelta(days=1))
    forecast = forecast_month(place, number, plan.draws)
    follow_ups = [first + timedelta(days=offset) for offset in FOLLOW_UPS]
    heard: Counter[str] = Counter()
    for day in sorted({*planned, *follow_ups}):
        heard += _hear(place, parts, _course(place, plan, number), day)
        act(place, number, day)
    course, since = _course(place, plan, number), plan.days_of(1)[0]
    _live(place, parts, course)
    judge(place, number, judging)
    heard += _hear(place, parts, course, last + timedelta(days=1))
    find_converts(place, number, since)
    looks = [each / plan.months for each in range(1, number + 1)]
    told = read_arms(place, number, looks, since)
    return tell_month(place, number, (first, last), heard, (told.reading, forecast))


def _course(place: RehearsalFolder, plan: RehearsalPlan, number: int) -> ReactionCourse:
    """The world up to the end of a month, with all that was delivered so far."""
    treated = read_treated(place)
    treated.write_csv(place.treated)
    held = pl.read_csv(place.hold_outs, infer_schema=False)
    orders = read_orders(treated, held, plan.world) if treated.height else NOTHING
    return ReactionCourse(plan.world, number, orders)


def _hear(
    place: RehearsalFolder, parts: Sequence[World], course: ReactionCourse, day: date
) -> Counter[str]:
    """Take in what accounts did before a day, as far as the service's systems see it."""
    told = pl.concat([answer(part, course).feedback for part in parts])
    return hear(place, told.sort("day", "feedback_id"), day)


def _live(place: RehearsalFolder, parts: Sequence[World], course: ReactionCourse) -> None:
    """Let the world go on to the end of a month; what was written before stays."""
    answered = (react(part, course) for part in parts)
    write_course(answered, course, place.world, first_month=course.months)
