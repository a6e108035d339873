"""Job: past runs under several policies, side by side; nothing is kept and nothing is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from rich.console import Console

from detector.cases.night import JudgedRun, Night, decide_night
from detector.cases.open import open_store
from detector.cases.reading import Reading
from detector.cases.store import CaseStore
from detector.cases.tell_labels import labels
from detector.errors import SettingsError
from detector.policy.decisions import Decisions
from detector.policy.rules import Policy
from detector.runs.run import Run
from detector.schemas import ACCOUNT
from pipelines.jobs.decide import read_run
from pipelines.jobs.policy import load_policy
from pipelines.run_tables import load_truth
from pipelines.terminal.drawing import plain, quiet_table

ACTOR = "household replay"


@dataclass(frozen=True)
class ReplayJob:
    """Which runs, under which policies, and how it is known who was treated wrongly."""

    runs: tuple[Path, ...]
    policies: tuple[Path, ...]
    truth: Path | None = None
    """A world whose truth is known."""
    cases: str | None = None
    """A store whose reviews are known."""


@dataclass(frozen=True)
class PolicyTally:
    """What one policy does to the accounts of one slice over all runs."""

    policy: str
    dimension: str
    name: str
    flagged: int
    treated: int
    wrongly_treated: int | None
    """Of those treated, the ones known to be one household; None where nothing is known."""
    treatments: Mapping[str, int]
    """Accounts by treatment."""


def replay(job: ReplayJob) -> tuple[PolicyTally, ...]:
    """Let each policy decide about the same runs, in the order of their days, from an empty store.

    Nobody reviews cases in a replay: what waits for a person's confirmation is not done.

    Raises:
        SettingsError: There is no run or no policy to compare.
    """
    if not job.runs or not job.policies:
        raise SettingsError(
            "A replay needs runs and policies.", hint="household replay RUN... --policy A.toml"
        )
    judged = sorted((read_run(path, Run(path).finished()) for path in job.runs), key=_day)
    single = _known_single(job)
    policies = [(path.stem, load_policy(path)) for path in job.policies]
    return tuple(
        tally for name, policy in policies for tally in _tallies(name, policy, judged, single)
    )


def replay_document(tallies: Sequence[PolicyTally]) -> dict[str, Any]:
    """All tallies as plain values."""
    return {"tallies": [asdict(tally) for tally in tallies]}


def render_replay(tallies: Sequence[PolicyTally], console: Console) -> None:
    """Print the policies side by side, first over all, then by pattern and partner."""
    for dimension in dict.fromkeys(tally.dimension for tally in tallies):
        table = quiet_table(
            dimension.capitalize(), "Policy", ">Flagged", ">Treated", ">Wrongly", "By treatment"
        )
        mine = [tally for tally in tallies if tally.dimension == dimension]
        for tally in sorted(mine, key=lambda each: (each.name, each.policy)):
            wrongly = "-" if tally.wrongly_treated is None else f"{tally.wrongly_treated:,}"
            told = (f"{n:,} {t.replace('_', ' ')}" for t, n in tally.treatments.items())
            table.add_row(
                plain(tally.name),
                plain(tally.policy),
                f"{tally.flagged:,}",
                f"{tally.treated:,}",
                wrongly,
                ", ".join(told),
            )
        console.print(table)


def _day(judged: JudgedRun) -> tuple[str, str]:
    return str(judged.day), judged.run


def _known_single(job: ReplayJob) -> pl.Series | None:
    """The accounts known to be one household; None if nothing is known of anybody."""
    if job.truth is not None:
        accounts = load_truth(job.truth).accounts
        return accounts.filter(pl.col("label") == "single")[ACCOUNT]
    if job.cases is not None:
        with open_store(job.cases, create=False) as store, store.reading() as reading:
            known = labels(reading)
        return known.filter(pl.col("label") == "single")[ACCOUNT]
    return None


def _tallies(
    name: str, policy: Policy, judged: Sequence[JudgedRun], single: pl.Series | None
) -> list[PolicyTally]:
    with TemporaryDirectory() as folder, open_store(str(Path(folder) / "cases.db")) as store:
        for run in judged:
            _decide(store, run, policy)
        with store.reading() as reading:
            accounts = _accounts(reading, judged)
    whole = accounts.with_columns(all=pl.lit("all accounts"))
    parts = (("all", "all"), ("pattern", "pattern"), ("partner", "partner"))
    return [
        _tally(name, dimension, str(value), rows, single)
        for dimension, column in parts
        for (value,), rows in sorted(whole.partition_by(column, as_dict=True).items())
    ]


def _decide(store: CaseStore, run: JudgedRun, policy: Policy) -> None:
    at = int(datetime.combine(run.day, time(), UTC).timestamp()) * 1_000_000
    with store.writing(ACTOR, at) as writing:
        decide_night(writing, run, Night(run.day, policy))


def _accounts(reading: Reading, judged: Sequence[JudgedRun]) -> pl.DataFrame:
    """Every account that any run flagged, as the last of them saw it, and what was decided."""
    flagged = pl.concat(
        [run.accounts.filter(pl.col("flagged")).select(ACCOUNT, "pattern") for run in judged]
    ).unique(ACCOUNT, keep="last", maintain_order=True)
    decided = (
        reading.read_decisions()
        .filter(Decisions.withdraws.col.is_null())
        .group_by(ACCOUNT)
        .agg(treatments=Decisions.treatment.col.cast(pl.String).unique().sort())
    )
    sold = reading.read_cases([ACCOUNT, "partner"]).select(
        ACCOUNT, pl.col("partner").fill_null("no partner")
    )
    return flagged.join(sold, on=ACCOUNT, how="left").join(decided, on=ACCOUNT, how="left")


def _tally(
    policy: str, dimension: str, name: str, rows: pl.DataFrame, single: pl.Series | None
) -> PolicyTally:
    treated = rows.filter(pl.col("treatments").is_not_null())
    wrongly = None
    if single is not None:
        wrongly = treated.filter(pl.col(ACCOUNT).is_in(single.implode())).height
    each = treated.select(pl.col("treatments").explode())["treatments"].value_counts()
    counts = dict(each.sort("treatments").iter_rows())
    return PolicyTally(policy, dimension, name, rows.height, treated.height, wrongly, counts)
