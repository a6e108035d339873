"""Job: runs before and since -> accounts that borrowers took, in each arm of a pilot."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from rich.console import Console

from detector.errors import InputError
from detector.rollout.conversions import (
    TAIL_DAYS,
    Conversions,
    SeenRun,
    find_conversions,
    mark_converted,
)
from detector.rollout.pilots.plan import PilotOutcome
from detector.rollout.pilots.read import PilotReading, read_accounts
from detector.rollout.pilots.say import say_found
from detector.runs.files import replace_file
from detector.runs.run import Run
from detector.schemas import Accounts, Devices, Places
from pipelines.jobs.pilot import DrawnPilot, read_drawn
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import counted, percent, plain, quiet_table

CONVERTED = PilotOutcome(
    name="converted",
    label="have a borrower who took an account",
    kind="share",
    baseline=0.22,
    over_days=180,
    worth_seeing=0.05,
    source="22 % of the unblocked against 32 % of the blocked (MoffettNathanson and PCH, Q3 2023)",
)
MARKS = (30, 60, 90, 180, 365, TAIL_DAYS)
"""Days after which it is told how many converted by then."""


@dataclass(frozen=True)
class ConversionsJob:
    """Which runs are held against each other, and for which pilot."""

    before: Path
    later: Sequence[Path]
    pilot: Path
    since: date
    out: Path
    days: int


@dataclass(frozen=True)
class MeasuredConversions:
    """Who converted, and how many more than without the pilot."""

    job: ConversionsJob
    seen_days: int
    """From the first day of treatment to the last one judged."""
    reading: PilotReading
    by_day: Sequence[dict[str, Any]]
    kinds: dict[str, int]

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        [found] = self.reading.outcomes
        return {
            "conversions": str(self.job.out),
            "since": self.job.since,
            "days": self.job.days,
            "seen_days": self.seen_days,
            "kinds": self.kinds,
            "by_day": self.by_day,
            "estimate": asdict(found.estimate),
            "words": self.words(),
        }

    def words(self) -> list[str]:
        """The same, said."""
        [found] = self.reading.outcomes
        lines = list(say_found(found, is_first=True))
        low, high = (100 * end for end in (found.estimate.low, found.estimate.high))
        if low > 0:
            lines.append(
                f"Of 100 treated accounts, {low:.1f} to {high:.1f} have a conversion that is the "
                "pilot's doing; the others would have come anyway."
            )
        else:
            lines.append(
                "That any conversion is the pilot's doing is not proven: the held-out convert, too."
            )
        if self.seen_days < self.job.days:
            lines.append(
                f"Only {self.seen_days} of {self.job.days} days are seen so far: more will come."
            )
        return lines


def measure_conversions(job: ConversionsJob) -> MeasuredConversions:
    """Find the conversions of a pilot's accounts, and compare its arms.

    Raises:
        DetectorError: A run, the pilot or the days cannot be used.
    """
    if not 1 <= job.days <= TAIL_DAYS:
        raise InputError(
            f"Conversions within {job.days} days were asked for.",
            hint=f"--days takes 1 to {TAIL_DAYS}",
        )
    drawn = read_drawn(job.pilot)
    before, later = read_seen(job.before), [read_seen(folder) for folder in job.later]
    found = find_conversions(before, later, job.since)
    mine = found.filter(pl.col("lender").is_in(drawn.assigned["account_id"].implode()))
    mine = Conversions.cast(mine)
    _write(job.out, mine)
    seen_days = (max(run.last_day for run in later) - job.since).days + 1
    kinds = dict(mine["kind"].cast(pl.String).value_counts().sort("kind").iter_rows())
    reading = _compare(drawn, mine, job.days)
    return MeasuredConversions(job, seen_days, reading, _by_day(drawn, mine, seen_days), kinds)


def read_seen(folder: Path) -> SeenRun:
    """Read of a run what conversions are found in.

    Raises:
        DetectorError: The folder holds no finished run, or it judged no days.
    """
    window = Run(folder).finished().window
    if window is None:
        raise InputError(f"{folder} judged no days.", hint="name the folder of a run")
    wanted = [Accounts.account_id.name, Accounts.flagged.name, Accounts.signed_up.name]
    return SeenRun(
        window.first_day,
        window.last_day,
        read_table(folder, Accounts).select(wanted),
        read_table(folder, Devices),
        read_table(folder, Places),
    )


def render_conversions(found: MeasuredConversions, console: Console) -> None:
    """Print how many converted by when, in both arms, and what of it was won."""
    total = sum(found.kinds.values())
    kinds = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in found.kinds.items())
    console.print(plain(f"{found.job.out}: {counted(total, 'borrower')} found ({kinds or '-'})."))
    table = quiet_table("By day", ">Treated", ">Held out")
    for row in found.by_day:
        table.add_row(str(row["day"]), percent(row["treated"]), percent(row["hold_out"]))
    console.print(table)
    for line in found.words():
        console.print(plain(line))


def _compare(drawn: DrawnPilot, found: dy.DataFrame[Conversions], days: int) -> PilotReading:
    named = [each for each in drawn.plan.outcomes if each.name == CONVERTED.name]
    plan = drawn.plan.model_copy(update={"outcomes": (*named, CONVERTED)[:1]})
    return read_accounts(mark_converted(drawn.assigned, found, days), plan)


def _by_day(
    drawn: DrawnPilot, found: dy.DataFrame[Conversions], seen_days: int
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for day in [*(mark for mark in MARKS if mark < seen_days), min(seen_days, TAIL_DAYS)]:
        marked = mark_converted(drawn.assigned, found, day)
        shares = dict(
            marked.group_by(pl.col("arm").cast(pl.String))
            .agg(pl.col("converted").mean())
            .iter_rows()
        )
        rows.append({"day": day, "treated": shares["treated"], "hold_out": shares["hold-out"]})
    return rows


def _write(out: Path, found: dy.DataFrame[Conversions]) -> None:
    with replace_file(out) as part:
        if out.suffix == ".csv":
            found.write_csv(part)
        else:
            found.write_parquet(part, compression="zstd")
