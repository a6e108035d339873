"""Job: a run folder -> its report, one HTML file that needs nothing else."""

from collections.abc import Callable
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
    ReportPage,
    VerdictTotals,
    build_case,
    build_fairness,
    build_plots,
    tell_selftest,
)
from pipelines.run_tables import load_tables, read_table

T = TypeVar("T")

REPORT = "report.html"
BINS = 20


def write_report(folder: Path, *, top: int = 50) -> Path:
    """Write the report of a run into its folder.

    Args:
        folder: A finished run; if it holds an `evaluation.json` or a `selftest.json`, that is
            shown too.
        top: Most probable flagged accounts told in full.

    Returns:
        The file. Same run, same bytes.

    Raises:
        InputError: The folder is no run, or a table cannot be read.
    """
    if top < 0:
        raise SettingsError(f"{top} accounts cannot be shown.", hint="give 0 or more")
    page = build_page(folder, top)
    path = folder / REPORT
    with replace_file(path) as part:
        part.write_text(render_page(page), encoding="utf-8", newline="\n")
    return path


def build_page(folder: Path, top: int) -> ReportPage:
    """Gather what the report shows."""
    accounts = read_table(folder, Accounts)
    chosen = _most_probable(accounts, top)
    tables = load_tables(folder, chosen)
    evaluation = _evaluation(folder / EVALUATION)
    selftest = _selftest(folder / SELFTEST)
    manifest = Run(folder).manifest()
    stories = [tell_story(tables, account_id) for account_id in chosen]
    return ReportPage(
        name=folder.resolve().name,
        totals=_totals(accounts),
        histogram=draw_histogram(_bins(accounts), _bins(accounts.filter(Accounts.flagged.col))),
        cases=tuple(build_case(story, rank) for rank, story in enumerate(stories, start=1)),
        manifest=manifest,
        plots=build_plots(evaluation) if evaluation else None,
        fairness=_fairness(folder, accounts, evaluation),
        selftest=tell_selftest(selftest, manifest) if selftest else None,
    )


def _most_probable(accounts: pl.DataFrame, top: int) -> list[str]:
    order = [Accounts.probability.name, Accounts.evidence_bits.name, Accounts.account_id.name]
    flagged = accounts.filter(Accounts.flagged.col)
    ranked = flagged.sort(order, descending=[True, True, False])
    return ranked[Accounts.account_id.name].head(top).to_list()


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
