"""Whom waves may be planned of: flagged, not treated yet, not held out, in nobody's hands."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dataframely as dy
import polars as pl

from detector.cases.open import open_store
from detector.errors import InputError, SettingsError
from detector.kinds import CaseState, Treatment
from detector.plain_text import counted
from detector.policy.decisions import TREATED_ARM
from detector.rollout.tables import Waves
from detector.rollout.waves.ranking import CANDIDATES
from detector.schemas import ACCOUNT
from pipelines.jobs.decide_waves import ARM, read_arms, read_plan

AT_REST = (
    CaseState.CLEARED,
    CaseState.EXEMPT,
    CaseState.APPEALED,
    CaseState.OVERTURNED,
)
"""Cases of which a person said, or has yet to say, that nothing is done."""


@dataclass(frozen=True)
class Asked:
    """What tells whom to leave out.

    Attributes:
        starts: The first day of the plan.
        hold_outs: Accounts with their arm.
        done: An earlier wave file.
        cases: A store in which waves were decided.
    """

    starts: date
    hold_outs: Path | None
    done: Path | None
    cases: str | None


def list_done(asked: Asked, known: pl.DataFrame) -> dy.DataFrame[Waves]:
    """Accounts of the run that earlier waves have treated, each on its first day.

    Raises:
        SettingsError: Some were treated after the plan is to start.
    """
    parts: list[pl.DataFrame] = [Waves.create_empty()]
    notice = pl.lit(Treatment.NOTIFY.value).cast(Waves.treatment.dtype)
    if asked.done is not None:
        rows = _earlier(asked.done).filter(pl.col("day") < asked.starts)
        parts.append(rows.with_columns(treatment=notice).select(Waves.column_names()))
    if asked.cases is not None:
        with open_store(asked.cases) as store, store.reading() as reading:
            decided = reading.decisions_in_force()
        first = decided.sort("seq").unique(ACCOUNT, keep="first", maintain_order=True)
        rows = first.with_columns(treatment=notice, day=pl.col("as_of"))
        parts.append(rows.select(Waves.column_names()))
    both = pl.concat(parts).join(known.select(ACCOUNT), on=ACCOUNT, how="semi")
    both = both.sort(ACCOUNT, "day").unique(ACCOUNT, keep="first", maintain_order=True)
    if late := both.filter(pl.col("day") >= asked.starts).height:
        raise SettingsError(
            f"{counted(late, 'account')} were treated on {asked.starts} or after it.",
            hint="let the plan start after the last wave that was decided: --start",
        )
    return Waves.validate(both, cast=True)


def list_candidates(
    asked: Asked, known: pl.DataFrame, done: dy.DataFrame[Waves]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Flagged accounts that may be planned, and how many are left out for which reason."""
    left = known.filter("flagged")
    counts = dict[str, int]()
    for reason, accounts in (
        ("in earlier waves", done[ACCOUNT]),
        ("held out", _held_out(asked.hold_outs)),
        ("cleared, exempt or under appeal", _at_rest(asked.cases)),
    ):
        kept = left.join(accounts.to_frame(ACCOUNT), on=ACCOUNT, how="anti")
        counts[reason] = left.height - kept.height
        left = kept
    return left.select(CANDIDATES).sort(ACCOUNT), counts


def _earlier(path: Path) -> pl.DataFrame:
    plan = read_plan(path)
    if plan is None:
        raise InputError(f"{path} has no column day.", hint="give a file that plan-waves wrote")
    return plan.rows


def _held_out(path: Path | None) -> pl.Series:
    if path is None:
        return pl.Series(dtype=pl.String)
    return read_arms(path).filter(pl.col(ARM) != TREATED_ARM)[ACCOUNT]


def _at_rest(cases: str | None) -> pl.Series:
    if cases is None:
        return pl.Series(dtype=pl.String)
    with open_store(cases) as store, store.reading() as reading:
        return reading.read_cases([ACCOUNT], AT_REST)[ACCOUNT]
