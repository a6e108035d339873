"""Job: a run folder -> its report, one HTML file that needs nothing else."""

from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import TypeVar

import polars as pl
from pydantic import ValidationError

from detector.charts.histogram import draw_histogram
from detector.errors import InputError, SettingsError
from detector.kinds import VERDICTS
from detector.measuring.fairness import compare_slices, list_facts
from detector.measuring.figures import Evaluation
from detector.runs.files import replace_file
from detector.runs.run import Run
from detector.schemas import Accounts, Places
from detector.selftest.figures import SelfTest
from detector.stories.tell import tell_story
from pipelines.jobs.evaluate import EVALUATION
from pipelines.jobs.selftest import SELFTEST
from pipelines.report.html import render_page
from pipelines.report.page import (
    FairnessPlots,
    FlaggedRow,
    ReportPage,
    VerdictTotals,
    build_case,
    build_fairness,
    build_plots,
    name_anchor,
    tell_selftest,
)
from pipelines.run_tables import load_tables, read_table

T = TypeVar("T")

REPORT = "report.html"
BINS = 20


def write_report(folder: Path, *, top: int = 50, accounts: Sequence[str] = ()) -> Path:
    """Write the report of a run into its folder.

    All flagged accounts stand in its table, whatever their number.

    Args:
        folder: A finished run; if it holds an `evaluation.json` or a `selftest.json`, that is
            shown too.
        top: Most probable flagged accounts told in full.
        accounts: Tell these in full instead, flagged or not.

    Returns:
        The file. Same run, same bytes.

    Raises:
        InputError: The folder is no run, or a table cannot be read.
        UnknownAccountError: The run holds no account that was asked for.
    """
    if top < 0:
        raise SettingsError(f"{top} accounts cannot be told in full.", hint="give 0 or more")
    page = build_page(folder, top, accounts)
    path = folder / REPORT
    with replace_file(path) as part:
        part.write_text(render_page(page), encoding="utf-8", newline="\n")
    return path


def build_page(folder: Path, top: int, asked: Sequence[str] = ()) -> ReportPage:
    """Gather what the report shows."""
    accounts = read_table(folder, Accounts)
    flagged = _rank_flagged(accounts)
    chosen = [*dict.fromkeys(asked)] or flagged[Accounts.account_id.name].head(top).to_list()
    tables = load_tables(folder, chosen)
    evaluation = _evaluation(folder / EVALUATION)
    selftest = _selftest(folder / SELFTEST)
    manifest = Run(folder).manifest()
    mine = [tables.of_account(account_id) for account_id in chosen]
    cases = (
        build_case(tell_story(each, account_id), each.visits, rank)
        for rank, (account_id, each) in enumerate(zip(chosen, mine, strict=True), start=1)
    )
    return ReportPage(
        name=folder.resolve().name,
        totals=_totals(accounts),
        histogram=draw_histogram(_bins(accounts), _bins(accounts.filter(Accounts.flagged.col))),
        flagged=_list_flagged(flagged, {*chosen}),
        cases=tuple(cases),
        manifest=manifest,
        plots=build_plots(evaluation) if evaluation else None,
        fairness=_fairness(folder, accounts, evaluation),
        selftest=tell_selftest(selftest, manifest) if selftest else None,
    )


def _rank_flagged(accounts: pl.DataFrame) -> pl.DataFrame:
    """All flagged accounts, the most probable first."""
    order = [Accounts.probability.name, Accounts.evidence_bits.name, Accounts.account_id.name]
    return accounts.filter(Accounts.flagged.col).sort(order, descending=[True, True, False])


def _list_flagged(flagged: pl.DataFrame, told: Set[str]) -> tuple[FlaggedRow, ...]:
    """The rows of the table that leaves nobody out."""
    unknown = pl.col(Accounts.partner.name, Accounts.country_of_record.name).fill_null("")
    return tuple(
        FlaggedRow(
            account_id=row["account_id"],
            anchor=name_anchor(row["account_id"]),
            is_told=row["account_id"] in told,
            probability=row["probability"],
            evidence_bits=row["evidence_bits"],
            verdict=row["verdict"],
            pattern=row["pattern"],
            partner=row["partner"],
            country=row["country_of_record"],
            households=row["external_households"] + 1,
            devices=row["devices"],
            active_days=row["active_days"],
            summary=row["summary"],
        )
        for row in flagged.with_columns(unknown).iter_rows(named=True)
    )


def _totals(accounts: pl.DataFrame) -> VerdictTotals:
    verdict = Accounts.verdict.col.cast(pl.String)
    counts = dict(accounts.group_by(verdict).agg(n=pl.len()).iter_rows())
    return VerdictTotals(
        accounts=accounts.height,
        flagged=accounts.filter(Accounts.flagged.col).height,
        verdicts={verdict: counts.get(verdict, 0) for verdict in VERDICTS},
    )


def _bins(accounts: pl.DataFrame) -> list[int]:
    """Accounts per twentieth of probability; 1 falls into the last."""
    number = (Accounts.probability.col * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
    counts = dict(accounts.group_by(number.alias("bin")).agg(n=pl.len()).iter_rows())
    return [counts.get(i, 0) for i in range(BINS)]


def _fairness(
    folder: Path, accounts: pl.DataFrame, evaluation: Evaluation | None
) -> FairnessPlots | None:
    """Who is wronged, as far as the truth is known; else only who is flagged."""
    if evaluation:
        return build_fairness(evaluation.fairness, is_truth_known=True)
    slices = compare_slices(list_facts(accounts, read_table(folder, Places)))
    return build_fairness(slices, is_truth_known=False)


def _evaluation(path: Path) -> Evaluation | None:
    return _read(path, Evaluation.from_json, "evaluation of a run", "evaluate")


def _selftest(path: Path) -> SelfTest | None:
    return _read(path, SelfTest.from_json, "self-test of a log", "selftest")


def _read(path: Path, read: Callable[[str], T], what: str, command: str) -> T | None:
    """What another command left in the folder; None if it never ran."""
    if not path.is_file():
        return None
    try:
        return read(path.read_text(encoding="utf-8"))
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        problem = f"{path} is no {what}: {error}"
        hint = f"delete it, or run `household {command}` again"
        raise InputError(problem, hint=hint) from error
