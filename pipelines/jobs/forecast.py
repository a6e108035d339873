"""Job: a run, desks and a plan of waves -> contacts, agents and outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from rich.console import Console

from detector.errors import SettingsError
from detector.events.accounts import COLUMNS, AccountRecords, clean_records
from detector.rollout.actual import (
    Actual,
    BandCoverage,
    compare_actual,
    count_days,
    leave_last_week,
    measure_coverage,
)
from detector.rollout.assumptions.read import DEFAULT, read_assumptions
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.calendar import Key
from detector.rollout.cells import Reached, check_desks, count_reached, spread_evenly
from detector.rollout.contacts import DeskLoad, list_loads
from detector.rollout.forecast import ContactForecast, forecast_contacts
from detector.rollout.futures import Chance
from detector.rollout.given import (
    CAPACITY,
    MEASURED,
    WAVES,
    read_capacity,
    read_measured,
    read_waves,
)
from detector.rollout.outcomes import OutcomeForecast, forecast_outcomes
from detector.rollout.tables import DESK, Capacity, Waves
from detector.rollout.updating import DayCounts, learn
from detector.runs.manifest import Manifest
from detector.runs.run import Run
from detector.schemas import ACCOUNT, Accounts
from pipelines.given import read_given
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import counted, plain, quiet_table


@dataclass(frozen=True)
class ForecastJob:
    """What to forecast, from what."""

    folder: Path
    accounts: Path
    capacity: Path
    out: Path
    waves: Path | None = None
    start: date | None = None
    """Without waves: the first day on which flagged accounts are treated."""
    days: int = 1
    """Without waves: over how many days."""
    today: date | None = None
    """By default the last day that the run judged."""
    assumptions: Path | None = None
    measured: Path | None = None
    seed: int = 0
    draws: int = 1000

    def inputs(self) -> dict[str, Path]:
        """The files that it reads besides the run, by what they are to it."""
        given = {
            "accounts": self.accounts,
            "capacity": self.capacity,
            "waves": self.waves,
            "assumptions": self.assumptions,
            "measured": self.measured,
        }
        return {role: path for role, path in given.items() if path is not None}


@dataclass(frozen=True)
class Planned:
    """All that was given, read and found good."""

    run: str
    known: Assumptions
    waves: dy.DataFrame[Waves]
    reached: Reached
    loads: Sequence[DeskLoad]
    counts: Mapping[Key, DayCounts]


@dataclass(frozen=True)
class Forecast:
    """A forecast, and what it is held against."""

    job: ForecastJob
    planned: Planned
    contacts: ContactForecast
    outcomes: OutcomeForecast
    actual: dy.DataFrame[Actual]
    coverage: Sequence[BandCoverage]


def plan_forecast(job: ForecastJob) -> Planned:
    """Read all that is given, and check it, before anything is reckoned or written.

    Raises:
        InputError: A file cannot be read, or something in it is wrong.
        SettingsError: Neither waves nor a first day were given, or the assumptions are wrong.
    """
    manifest = Run(job.folder).finished()
    known = load_assumptions(job.assumptions)
    capacity = load_capacity(job.capacity)
    measured = None
    if job.measured is not None:
        rows = read_given(job.measured, MEASURED, "The counts")
        measured = read_measured(rows, source=str(job.measured))
    accounts, records = read_table(job.folder, Accounts), load_records(job.accounts)
    waves = _plan_waves(job, manifest, accounts)
    reached = count_reached(accounts, records, waves)
    check_desks(reached, capacity)
    loads = list_loads(reached, capacity, known)
    counts = {} if measured is None else count_days(measured, loads)
    return Planned(manifest.fingerprint, known, waves, reached, loads, counts)


def run_forecast(job: ForecastJob, planned: Planned) -> Forecast:
    """Simulate futures, and hold earlier ones against what was counted."""
    chance, known, loads = Chance(job.seed, job.draws), planned.known, planned.loads
    found = forecast_contacts(loads, learn(loads, planned.counts, known), known, chance)
    earlier = {"before": {}, "last_week": leave_last_week(planned.counts)}
    counted_until = max((int(each.day.max()) for each in planned.counts.values()), default=-1)
    held = Chance(job.seed, job.draws, (0, counted_until + 1))
    forecasts = {
        name: forecast_contacts(loads, learn(loads, counts, known), known, held).days
        for name, counts in earlier.items()
        if planned.counts and (counts or name == "before")
    }
    actual = compare_actual(planned.counts, forecasts, loads)
    outcomes = forecast_outcomes(planned.reached, known, chance)
    return Forecast(job, planned, found, outcomes, actual, measure_coverage(actual))


def load_assumptions(path: Path | None) -> Assumptions:
    """Read a file of assumptions; without one, the one that is shipped.

    Raises:
        SettingsError: No such file, or something in it has to be mended.
    """
    try:
        text = (path or DEFAULT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}.", hint="name a file of assumptions in TOML"
        ) from error
    return read_assumptions(text, source=str(path or DEFAULT.name))


def load_capacity(path: Path) -> dy.DataFrame[Capacity]:
    """Read the file of desks."""
    return read_capacity(read_given(path, CAPACITY, "The capacity"), source=str(path))


def load_records(path: Path) -> dy.DataFrame[AccountRecords]:
    """Read the accounts table; columns that it lacks are unknown."""
    rows = read_given(path, [ACCOUNT], "The accounts table")
    lacking = [name for name in COLUMNS if name not in rows.columns]
    empty = {name: pl.lit(None, pl.String) for name in lacking}
    return clean_records(rows.with_columns(**empty).select(COLUMNS))


def render_forecast(found: Forecast, console: Console) -> None:
    """Print a line for each desk, and where the page is."""
    treated = int(found.planned.reached.cells["accounts"].sum())
    if gone := found.planned.reached.gone:
        console.print(
            f"Left out: {counted(gone, 'account')} of the plan that the run does not know any more."
        )
    console.print(f"{counted(treated, 'account')} treated; contacts, new if they come of that:")
    table = quiet_table(
        "Desk", ">Contacts", ">New", ">Busiest day", ">95 %", ">Agents", ">Rostered"
    )
    for row in summarise_desks(found.contacts):
        name = ", ".join(each for each in (row["partner"], row["country"], row["channel"]) if each)
        band = f"{row['low_95']:,.0f} to {row['high_95']:,.0f}"
        table.add_row(
            plain(name),
            f"{row['contacts']:,.0f}",
            f"{row['new']:,.0f}",
            f"{row['busiest']} {row['peak']:,.0f}",
            band,
            f"{row['agents']:,}",
            f"{row['rostered']:,}",
        )
    console.print(table)
    if not found.planned.counts:
        console.print(
            "No operator has published how many customers ring: the bands are wide. Count the "
            "first wave, and forecast again with --measured."
        )
    for one in found.coverage:
        shares = ", ".join(f"{share:.0%} in {band} %" for band, share in one.shares.items())
        console.print(
            f"{counted(one.days, 'day')} against the forecast ({one.forecast}): {shares}."
        )
    console.print(str(found.job.out / "report.html"), markup=False)


def summarise_desks(contacts: ContactForecast) -> list[dict[str, Any]]:
    """A row for each desk: contacts in all and new ones, its busiest day, the most agents."""
    everything = contacts.days.filter(pl.col("stream") == "all")
    peak = pl.col("expected").arg_max()
    found = everything.group_by(DESK).agg(
        contacts=pl.col("expected").sum(),
        busiest=pl.col("local_day").get(peak),
        peak=pl.col("expected").max(),
        low_95=pl.col("low_95").get(peak),
        high_95=pl.col("high_95").get(peak),
        agents=pl.col("agents").max(),
        rostered=pl.col("rostered").max(),
    )
    of_plan = contacts.days.filter(pl.col("stream").is_in(["treated", "friction"]))
    new = of_plan.group_by(DESK).agg(new=pl.col("expected").sum())
    return found.join(new, on=DESK, how="left").sort(DESK).to_dicts()


def _plan_waves(
    job: ForecastJob, manifest: Manifest, accounts: dy.DataFrame[Accounts]
) -> dy.DataFrame[Waves]:
    last = manifest.window.last_day if manifest.window else None
    today = job.today or last
    if job.waves is not None:
        rows = read_given(job.waves, WAVES, "The waves")
        # What was counted may be of waves that are over.
        earliest = date.min if job.measured is not None or today is None else today
        return read_waves(rows, source=str(job.waves), today=earliest)
    if job.start is None:
        raise SettingsError(
            "There is no plan to forecast.",
            hint="give --waves FILE; or --start DAY, and --days N to spread all flagged accounts",
        )
    if today is not None and job.start < today and job.measured is None:
        raise SettingsError(
            f"--start {job.start} is in the past, before {today}.",
            hint="start later, or say which day it is: --today",
        )
    flagged = accounts.filter(Accounts.flagged.col)[ACCOUNT]
    return spread_evenly(flagged, job.start, job.days)
