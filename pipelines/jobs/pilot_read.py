"""Job: what became of a pilot's accounts or regions -> what it found, and whether to stop."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from detector.errors import InputError, SettingsError
from detector.rollout.conversions import DAYS, mark_converted
from detector.rollout.pilots.given import ACCOUNTS, CLUSTER, DAY, check_accounts, check_regions
from detector.rollout.pilots.members import ACCOUNT
from detector.rollout.pilots.read import PilotReading, read_accounts, read_regions
from detector.rollout.pilots.say import say_reading
from detector.runs.files import replace_file
from pipelines.given import read_given
from pipelines.jobs.pilot import DrawnPilot, read_drawn, read_links
from pipelines.terminal.drawing import plain, quiet_table

CONVERTED = "converted"


@dataclass(frozen=True)
class ReadJob:
    """Which outcomes are read, of which pilot."""

    outcomes: Path
    pilot: Path
    out: Path | None = None
    since: date | None = None
    looks: str = "1"
    conversions: Path | None = None


@dataclass(frozen=True)
class ToldReading:
    """A reading, and the same in words."""

    reading: PilotReading
    words: Sequence[str]

    def document(self) -> dict[str, Any]:
        """Everything as plain values; what has no end is null."""
        told = asdict(self.reading)
        for each in told["outcomes"]:
            each["outcome"] = each["outcome"].name
            ends = {name: each["estimate"][name] for name in ("low", "high")}
            each["estimate"] |= {k: None if abs(v) == float("inf") else v for k, v in ends.items()}
        return {**told, "words": list(self.words)}


def read_pilot(job: ReadJob) -> ToldReading:
    """Compare the arms of a pilot at one look.

    Raises:
        DetectorError: The outcomes, the pilot or the looks cannot be used.
    """
    drawn, looks = read_drawn(job.pilot), parse_looks(job.looks)
    if job.since is None:
        reading = _accounts(job, drawn, looks)
    else:
        reading = read_regions(_regions(job, drawn), drawn.plan, job.since, looks)
    told = ToldReading(reading, say_reading(reading))
    if job.out is not None:
        _write(job.out, told)
    return told


def parse_looks(text: str) -> list[float]:
    """Read the information of each look so far.

    Examples:
        >>> parse_looks("0.2, 0.45")
        [0.2, 0.45]
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise SettingsError(
            f"--looks {text} is no list of shares.", hint="--looks 0.2,0.45 at the second look"
        ) from error


def render_reading(told: ToldReading, console: Console) -> None:
    """Print both arms, the difference and what follows."""
    table = quiet_table("Outcome", ">Treated", ">Held out", ">Difference", ">From", ">To", "Guard")
    for found in told.reading.outcomes:
        estimate = found.estimate
        numbers = (
            estimate.treated, estimate.hold_out, estimate.difference, estimate.low, estimate.high
        )  # fmt: skip
        table.add_row(
            found.outcome.name, *(f"{number:.4f}" for number in numbers), found.guard or ""
        )
    console.print(table)
    for line in told.words:
        console.print(plain(line))


def _accounts(job: ReadJob, drawn: DrawnPilot, looks: Sequence[float]) -> PilotReading:
    given = read_given(job.outcomes, [ACCOUNT], "The outcomes")
    links = read_links(job.conversions)
    if job.conversions is not None:
        wanted = [ACCOUNT, "lender", "kind", "days_since"]
        found = read_given(job.conversions, wanted, "The conversions")
        days = pl.col("days_since").cast(pl.Int64)
        marked = mark_converted(drawn.assigned, found.with_columns(days), DAYS)
        told = marked.select(ACCOUNT, pl.col(CONVERTED).cast(pl.String))
        given = given.drop(CONVERTED, strict=False).join(told, on=ACCOUNT, how="left")
    outcomes = check_accounts(given, drawn.assigned, drawn.plan, links)
    return read_accounts(outcomes, drawn.plan, looks, crossed=_crossed(drawn, links))


def _regions(job: ReadJob, drawn: DrawnPilot) -> pl.DataFrame:
    if drawn.plan.unit != "cluster":
        raise SettingsError(
            "The pilot drew accounts, and --since reads regions.",
            hint="leave --since out, and give a row for each account",
        )
    if job.conversions is not None:
        raise InputError(
            "Conversions are told by account, and --since reads regions.",
            hint="count them by region and day, as a column converted",
        )
    given = read_given(job.outcomes, [CLUSTER, DAY, ACCOUNTS], "The outcomes")
    return check_regions(given, drawn.assigned, drawn.plan)


def _crossed(drawn: DrawnPilot, links: pl.DataFrame | None) -> int:
    """Accounts that borrowers took, and that stand in the other arm themselves."""
    if links is None:
        return 0
    arms = drawn.assigned.select(ACCOUNT, "arm")
    both = links.join(arms, on=ACCOUNT).join(
        arms.rename({ACCOUNT: "lender", "arm": "lenders"}), on="lender"
    )
    return both.filter(pl.col("arm") != pl.col("lenders")).height


def _write(out: Path, told: ToldReading) -> None:
    from pipelines.jobs.pilot_page import render_page

    with replace_file(out / "reading.json") as part:
        part.write_text(json.dumps(told.document(), indent=2) + "\n", encoding="utf-8")
    with replace_file(out / "reading.html") as part:
        part.write_text(render_page(told.reading, told.words), encoding="utf-8")
