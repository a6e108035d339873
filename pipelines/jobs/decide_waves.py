"""Whom a call of `decide` is about: all, a wave, or of a plan of waves those whose day it is."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from detector.cases.reading import Reading
from detector.cases.subjects import Chosen
from detector.errors import InputError, NothingToDoError, SettingsError
from detector.plain_text import GUARDED, counted, plain_text
from detector.policy.decisions import STANDING
from detector.rollout.waves.terms import DEFAULT, StopTerms, WaveTerms, read_terms
from detector.schemas import ACCOUNT
from pipelines.given import read_given

ARM = "arm"
BEGUN = "begun"
"""The wave's name in a call that decides the next steps of earlier waves."""
PLAN, LOADS = "plan.json", "loads.csv"
DESK_DAY = ("partner", "country", "channel", "day")


@dataclass(frozen=True)
class DecideJob:
    """Which run to act on, by which policy, as of which day."""

    folder: Path
    as_of: date
    cases: str | None = None
    """The case store; a dry run may do without one."""
    policy: Path | None = None
    """Without one, the policy that is shipped: notices only."""
    wave: Path | None = None
    hold_outs: Path | None = None
    begun: bool = False
    """Of a wave file with days: the next steps of earlier waves, not the wave of the day."""
    measured: Path | None = None
    """Contacts that desks counted, for the stop rules of a wave file with days."""
    dry_run: bool = False


@dataclass(frozen=True)
class WavePlanFile:
    """A wave file with days, and the plan beside it.

    Attributes:
        path: The file.
        rows: account_id, wave, day; each account once.
    """

    path: Path
    rows: pl.DataFrame

    @property
    def stops(self) -> StopTerms:
        """When waves halt: as the plan says, or else as packaged."""
        plan = self.path.parent / PLAN
        if plan.is_file():
            rules = json.loads(plan.read_text(encoding="utf-8"))["rules"]
            return WaveTerms.model_validate_json(json.dumps(rules)).stops
        return read_terms(DEFAULT.read_text(encoding="utf-8"), source=DEFAULT.name).stops

    @property
    def loads(self) -> pl.DataFrame:
        """Contacts that the plan expects, by desk and day."""
        path = self.path.parent / LOADS
        if not path.is_file():
            raise InputError(
                f"Contacts were counted, and {path} is missing, which says what was expected.",
                hint="leave the wave file in the folder that household plan-waves wrote",
            )
        text = pl.read_csv(path, infer_schema=False).fill_null("")
        return text.select(
            *(pl.col(name).str.replace(GUARDED, "${1}") for name in DESK_DAY[:3]),
            pl.col("day").str.to_date(),
            pl.col("expected_of_day").cast(pl.Float64),
        )


def read_plan(path: Path) -> WavePlanFile | None:
    """Read a wave file with days; one without a column `day` is none.

    Raises:
        InputError: A row without account, wave or day, or an account in two waves.
    """
    rows = read_given(path, [ACCOUNT], "The wave")
    if "day" not in rows.columns:
        return None
    rows = read_given(path, [ACCOUNT, "wave", "day"], "The wave")
    days = rows.select(
        ACCOUNT, "wave", day=pl.col("day").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    )
    if broken := days.filter(pl.any_horizontal(pl.all().is_null())).height:
        raise InputError(
            f"{path}: {counted(broken, 'row')} without account, wave or day.",
            hint="write days as 2026-09-01",
        )
    if twice := days.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT].n_unique():
        raise InputError(
            f"{path} has waves that overlap: {counted(twice, 'account')} in two of them.",
            hint="give each account one row",
        )
    return WavePlanFile(path, days.sort(ACCOUNT))


def choose(job: DecideJob, plan: WavePlanFile | None) -> Chosen:
    """Whom a call of `decide` is about.

    Args:
        job: The call.
        plan: Its wave file, if that has days.

    Raises:
        SettingsError: What is asked belongs to a wave file with days.
        NothingToDoError: No wave is on that day.
        InputError: A file cannot be used.
    """
    if (job.begun or job.measured is not None) and plan is None:
        raise SettingsError(
            "--begun and --measured belong to a wave file with a column day.",
            hint="give the file that household plan-waves wrote as --wave",
        )
    arms = Chosen().arms if job.hold_outs is None else read_arms(job.hold_outs)
    if plan is not None:
        return (choose_begun if job.begun else choose_day)(plan, job.as_of, arms)
    if job.wave is None:
        return Chosen(STANDING, None, arms)
    members = read_given(job.wave, [ACCOUNT], "The wave")[ACCOUNT].drop_nulls().unique().sort()
    return Chosen(job.wave.stem, members, arms)


def read_arms(path: Path) -> pl.DataFrame:
    """Read hold-outs: account_id and arm, each account once.

    Raises:
        SettingsError: An account is in two arms.
    """
    arms = read_given(path, [ACCOUNT, ARM], "The hold-outs").select(ACCOUNT, ARM)
    arms = arms.drop_nulls().unique().sort(ACCOUNT, ARM)
    if twice := arms.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT].to_list():
        raise SettingsError(
            f"{path} names {len(set(twice))} accounts in two arms.",
            hint="an account is in one arm only",
        )
    return arms


def choose_day(plan: WavePlanFile, as_of: date, arms: pl.DataFrame) -> Chosen:
    """The wave of a day.

    Raises:
        NothingToDoError: No wave is on that day.
        InputError: All waves lie in the past, or two have that day.
    """
    today = plan.rows.filter(pl.col("day") == as_of)
    names = today["wave"].unique().sort()
    if len(names) > 1:
        raise InputError(
            f"{plan.path} has {len(names)} waves on {as_of}.", hint="give a day one wave"
        )
    if today.is_empty():
        later = plan.rows.filter(pl.col("day") > as_of)["day"].min()
        if later is None:
            raise InputError(
                f"All waves of {plan.path} lie in the past, before {as_of}.",
                hint="plan again what is left: household plan-waves --done",
            )
        raise NothingToDoError(
            f"No wave is on {as_of}; the next one is on {later}.", hint="nothing was changed"
        )
    return Chosen(names[0], today[ACCOUNT], arms)


def choose_begun(plan: WavePlanFile, as_of: date, arms: pl.DataFrame) -> Chosen:
    """All waves before a day, each under its own name, for the next steps of their accounts.

    Raises:
        NothingToDoError: There is none yet.
    """
    begun = plan.rows.filter(pl.col("day") < as_of)
    if begun.is_empty():
        raise NothingToDoError(f"No wave was before {as_of}.", hint="nothing was changed")
    return Chosen(BEGUN, begun[ACCOUNT], arms, begun.select(ACCOUNT, "wave"))


def check_order(reading: Reading, plan: WavePlanFile, as_of: date) -> None:
    """Refuse a wave that overlaps with what is in force, or comes after one that was left out.

    Raises:
        InputError: So it is.
    """
    today = plan.rows.filter(pl.col("day") == as_of)
    held = reading.decisions_in_force(today[ACCOUNT].to_list())[ACCOUNT].n_unique()
    if held:
        raise InputError(
            f"The wave of {as_of} overlaps with another: {counted(held, 'account')} of it "
            f"{'is' if held == 1 else 'are'} being treated already.",
            hint="plan again with --cases, which leaves them out",
        )
    decided = set(reading.read_calls()["wave"])
    earlier = plan.rows.filter(pl.col("day") < as_of).select("wave", "day").unique().sort("day")
    missed = earlier.filter(~pl.col("wave").is_in([*decided]))
    for wave, day in missed.head(1).iter_rows():
        raise InputError(
            f"The wave {plain_text(wave)} lies in the past, on {day}, and was never decided.",
            hint="plan again what is left, from today on: household plan-waves --cases --start",
        )
