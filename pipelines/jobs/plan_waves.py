"""Job: a run, desks and rules -> waves that `household decide` takes, and how they were found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from rich.console import Console

from detector.errors import InputError, NothingToDoError, SettingsError
from detector.kernels.tables import harmless
from detector.kinds import Treatment
from detector.plain_text import counted
from detector.policy.decisions import STANDING
from detector.rollout.assumptions.read import DEFAULT as ASSUMED
from detector.rollout.assumptions.read import fingerprint, read_assumptions
from detector.rollout.cells import check_desks, count_reached, with_records
from detector.rollout.given import CAPACITY, MEASURED, read_capacity, read_measured
from detector.rollout.tables import Cells, MeasuredContacts, Waves
from detector.rollout.waves.binding import InfeasibleWavesError, find_shortfall
from detector.rollout.waves.laying import Ground
from detector.rollout.waves.page import build_page, render_page
from detector.rollout.waves.plan import WavePlan, plan_waves
from detector.rollout.waves.telling import (
    DeskDaysPlanned,
    PartnerFigures,
    figures_document,
    list_days,
    list_figures,
    list_loads,
    share_held,
)
from detector.rollout.waves.terms import DEFAULT as TERMS
from detector.rollout.waves.terms import read_terms
from detector.runs.files import replace_file
from detector.runs.run import Run
from detector.schemas import ACCOUNT, Accounts
from pipelines.given import read_given
from pipelines.jobs.decide_waves import LOADS, PLAN
from pipelines.jobs.forecast import load_records
from pipelines.jobs.forecast_files import tell_input
from pipelines.jobs.policy import load_policy
from pipelines.jobs.wave_candidates import Asked, list_candidates, list_done
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import plain, quiet_table

WAVES, DAYS, PAGE = "waves.parquet", "days.csv", "plan.html"
SCHEMA = "household.wave_plan.v1"


@dataclass(frozen=True)
class PlanWavesJob:
    """What waves are planned of, and by which rules."""

    folder: Path
    accounts: Path
    capacity: Path
    out: Path
    starts: date
    """The first day on which accounts may start."""
    rules: Path | None = None
    assumptions: Path | None = None
    policy: Path | None = None
    hold_outs: Path | None = None
    done: Path | None = None
    """An earlier wave file: its waves before `starts` are decided, the others are planned anew."""
    cases: str | None = None
    """A store in which earlier waves were decided."""
    measured: Path | None = None
    name: str = "wave"
    seed: int = 0


@dataclass(frozen=True)
class PlannedWaveFile:
    """A plan that was written."""

    job: PlanWavesJob
    plan: WavePlan
    figures: list[PartnerFigures]
    held: float
    left_out: Mapping[str, int]
    """Flagged accounts that are not planned, by reason."""

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        ground = self.plan.ground
        return {
            "schema": SCHEMA,
            "starts": self.job.starts,
            "horizon_days": ground.terms.horizon_days,
            "seed": self.job.seed,
            "futures": self.plan.groups[0].stage.futures.size if self.plan.groups else 0,
            "accounts": self.plan.waves.height,
            "left_out": self.left_out,
            "last_day": max((f.last_day for f in self.figures if f.last_day), default=None),
            "promise": ground.terms.promise,
            "held_by_all": self.held,
            "partners": [figures_document(each) for each in self.figures],
            "rules": ground.terms.model_dump(mode="json"),
            "assumptions": {
                "name": ground.known.name,
                "version": ground.known.version,
                "fingerprint": fingerprint(ground.known),
            },
            "inputs": [tell_input(role, path) for role, path in _inputs(self.job).items()],
        }


def plan(job: PlanWavesJob) -> PlannedWaveFile:
    """Plan waves of a run's flagged accounts, and write them with a page.

    Raises:
        InfeasibleWavesError: Not all accounts fit; it says what binds and what would be enough.
        NothingToDoError: There is nobody to plan.
        InputError: A file cannot be used.
        SettingsError: So it is with rules, assumptions or the policy.
    """
    accounts, records = read_table(job.folder, Accounts), load_records(job.accounts)
    known = with_records(accounts, records)
    _check_start(job)
    asked = Asked(job.starts, job.hold_outs, job.done, job.cases)
    done = list_done(asked, known)
    candidates, left_out = list_candidates(asked, known, done)
    if candidates.is_empty():
        raise NothingToDoError(
            "There is nobody to plan.", hint="all flagged accounts are in waves or held out"
        )
    reached = count_reached(accounts, records, _as_waves(candidates, job.starts))
    ground = Ground(
        starts=job.starts,
        capacity=read_capacity(
            read_given(job.capacity, CAPACITY, "The capacity"), source=str(job.capacity)
        ),
        payers=reached.payers,
        known=read_assumptions(_text(job.assumptions, ASSUMED), source=_name(job.assumptions)),
        terms=read_terms(_text(job.rules, TERMS), source=_name(job.rules)),
        policy=None if job.policy is None else load_policy(job.policy),
        done=count_reached(accounts, records, done).cells if done.height else Cells.create_empty(),
        measured=_measured(job.measured),
    )
    check_desks(reached, ground.capacity)
    found = plan_waves(candidates, ground, name=job.name, seed=job.seed)
    _refuse_left_over(found)
    planned = PlannedWaveFile(job, found, list_figures(found), share_held(found), left_out)
    _write(planned)
    return planned


def render_planned(planned: PlannedWaveFile, console: Console) -> None:
    """Print when each partner's waves begin and end, and how often they hold."""
    console.print(
        f"{counted(planned.plan.waves.height, 'account')} in waves, written to {planned.job.out}."
    )
    heads = ("Partner", ">Accounts", ">Waves", "First", "Last", "In order", ">Holds", "Binds")
    table = quiet_table(*heads)
    for each in planned.figures:
        table.add_row(
            plain(each.partner),
            f"{each.accounts:,}",
            str(each.waves),
            str(each.first_day or "-"),
            str(each.last_day or "-"),
            str(each.greedy_last_day or "does not fit"),
            f"{each.held:.1%}",
            plain("; ".join(f"{one.name} ({one.days} d)" for one in each.binding[:2]) or "-"),
        )
    console.print(table)
    console.print(
        "Holds: share of simulated futures in which no half-hour overflows because of the waves; "
        f"of all partners together {planned.held:.1%}. In order: the plan that fills day after day."
    )
    if full := [name for each in planned.figures for name in each.unpromised]:
        told = plain("; ".join(full))
        console.print(f"Too often full with the baseline alone to promise anything: {told}.")
    if planned.job.hold_outs is None:
        console.print(
            "Nobody is held out: without --hold-outs nobody can tell later what the waves did."
        )
    for what, accounts in planned.left_out.items():
        if accounts:
            console.print(f"Not planned: {counted(accounts, 'account')}, {what}.")


def _check_start(job: PlanWavesJob) -> None:
    window = Run(job.folder).finished().window
    if window is not None and job.starts < window.last_day:
        raise InputError(
            f"A plan from {job.starts} on has waves in the past: the run judged days up to "
            f"{window.last_day}.",
            hint="let it start later: --start",
        )


def _as_waves(candidates: pl.DataFrame, day: date) -> dy.DataFrame[Waves]:
    rows = candidates.select(
        ACCOUNT, wave=pl.lit(STANDING), day=pl.lit(day), treatment=pl.lit(Treatment.NOTIFY.value)
    )
    return Waves.validate(rows, cast=True)


def _measured(path: Path | None) -> dy.DataFrame[MeasuredContacts]:
    if path is None:
        return MeasuredContacts.create_empty()
    return read_measured(read_given(path, MEASURED, "The counts"), source=str(path))


def _refuse_left_over(found: WavePlan) -> None:
    short = [
        find_shortfall(each, found.ground, found.seed)
        for each in found.groups
        if not each.solved.is_whole
    ]
    if short:
        shown = " ".join(each.words() for each in short[:3])
        more = f" So it is with {len(short) - 3} more." if len(short) > 3 else ""
        raise InfeasibleWavesError(
            f"{shown}{more}",
            hint="more agents or days; a lower promise in the file of --rules; or plan with "
            "--measured once some waves were counted, as what is not known takes most of the room",
        )


def _write(planned: PlannedWaveFile) -> None:
    out = planned.job.out
    out.mkdir(parents=True, exist_ok=True)
    days, loads = list_days(planned.plan), list_loads(planned.plan)
    page = build_page(planned.job.starts, planned.figures, planned.held, loads, days)
    texts = {
        PLAN: json.dumps(planned.document(), indent=2, default=str, sort_keys=True) + "\n",
        DAYS: harmless(days).write_csv(),
        LOADS: harmless(_keys_first(loads)).write_csv(float_precision=3),
        PAGE: render_page(page),
    }
    for name, text in texts.items():
        with replace_file(out / name) as part:
            part.write_text(text, encoding="utf-8")
    # Last, as the waves are what others act upon.
    with replace_file(out / WAVES) as part:
        planned.plan.waves.write_parquet(part)


def _keys_first(loads: dy.DataFrame[DeskDaysPlanned]) -> pl.DataFrame:
    return loads.select(*DeskDaysPlanned.primary_key(), pl.exclude(DeskDaysPlanned.primary_key()))


def _inputs(job: PlanWavesJob) -> dict[str, Path]:
    """The files that a plan was made from, by what they are."""
    paths = {
        "accounts": job.accounts,
        "capacity": job.capacity,
        "rules": job.rules,
        "assumptions": job.assumptions,
        "policy": job.policy,
        "hold_outs": job.hold_outs,
        "done": job.done,
        "measured": job.measured,
    }
    return {role: path for role, path in paths.items() if path is not None}


def _text(path: Path | None, otherwise: Path) -> str:
    chosen = path or otherwise
    try:
        return chosen.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"{chosen} cannot be read: {error.strerror}.", hint="name a TOML file"
        ) from error


def _name(path: Path | None) -> str:
    return "the packaged file" if path is None else str(path)
