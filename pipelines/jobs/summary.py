"""What a run came to, in a few lines and in one table."""

from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from rich.console import Console

from detector.runs.manifest import Manifest, RowCounts
from detector.runs.run import Run
from detector.schemas import Accounts
from pipelines.terminal.drawing import percent, plain, quiet_table


@dataclass(frozen=True)
class FlaggedAccount:
    """One flagged account."""

    account_id: str
    probability: float
    external_households: int
    summary: str


@dataclass(frozen=True)
class RunSummary:
    """The totals of a run."""

    folder: str
    accounts: int
    flagged: int
    verdicts: dict[str, int]
    first_day: str | None
    last_day: str | None
    rows: RowCounts
    files_set_aside: dict[str, str]
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """The summary as plain values."""
        return {**asdict(self), "rows": self.rows.model_dump()}


def summarize_run(folder: Path) -> RunSummary:
    """Gather the totals of a finished run.

    Raises:
        DetectorError: The folder holds no finished run.
    """
    run = Run(folder)
    manifest = run.finished()
    verdicts = run.scan(Accounts).select(Accounts.verdict.name, Accounts.flagged.name).collect()
    counts = verdicts[Accounts.verdict.name].cast(pl.String).value_counts().rows()
    window = manifest.window
    return RunSummary(
        folder=str(folder),
        accounts=verdicts.height,
        flagged=verdicts.filter(Accounts.flagged.col).height,
        verdicts=dict(sorted(counts)),
        first_day=str(window.first_day) if window else None,
        last_day=str(window.last_day) if window else None,
        rows=manifest.rows,
        files_set_aside=_set_aside(manifest),
        notes=manifest.notes,
    )


def render_summary(summary: RunSummary, console: Console) -> None:
    """Print the totals, what was left out, and what was assumed."""
    days = f", {summary.first_day} to {summary.last_day}" if summary.first_day else ""
    rows = f"{summary.rows.kept:,} of {summary.rows.read:,} rows{days}"
    console.print(plain(f"{summary.folder}: {summary.accounts:,} accounts judged from {rows}."))
    verdicts = [f"{count:,} {name.replace('_', ' ')}" for name, count in summary.verdicts.items()]
    console.print(f"Verdicts: {', '.join(verdicts) or 'none'}; {summary.flagged:,} flagged.")
    left_out = [f"{count:,} {reason}" for reason, count in _left_out(summary.rows)]
    if left_out:
        console.print(f"Rows left out: {', '.join(left_out)}.")
    for path, problem in summary.files_set_aside.items():
        console.print(plain(f"Set aside: {path} {problem}"))
    for note in summary.notes:
        console.print(plain(f"Note: {note}"))


def list_flagged(folder: Path, top: int) -> list[FlaggedAccount]:
    """The flagged accounts, surest first."""
    names = list(FlaggedAccount.__dataclass_fields__)
    rows = (
        Run(folder)
        .scan(Accounts)
        .filter(Accounts.flagged.col)
        .sort(Accounts.probability.col.neg(), Accounts.account_id.col)
        .select(names)
        .head(top)
        .collect()
    )
    return [FlaggedAccount(*row) for row in rows.rows()]


def render_flagged(flagged: list[FlaggedAccount], console: Console) -> None:
    """Print one account a row; the sentences wrap in their own column."""
    table = quiet_table("Account", ">Sure", ">Others", "Why")
    table.columns[0].no_wrap = True
    table.columns[1].no_wrap = True
    table.padding = (0, 2, 1, 0)
    for one in flagged:
        sure = percent(min(one.probability, 0.999), digits=1)
        others = str(one.external_households)
        table.add_row(plain(one.account_id), sure, others, plain(one.summary))
    console.print(table)


def _left_out(rows: RowCounts) -> list[tuple[str, int]]:
    """Why rows do not count, most frequent first."""
    counts = rows.rejected | {
        "duplicates": rows.duplicates,
        "outside the window": rows.outside_window,
        "of accounts not asked for": rows.not_listed,
    }
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(reason.replace("_", " "), count) for reason, count in ranked if count]


def _set_aside(manifest: Manifest) -> dict[str, str]:
    return {file.path: file.problem for file in manifest.inputs if file.problem}
