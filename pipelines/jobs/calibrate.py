"""Job: a finished run and a user's labels -> a model of their own."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from detector.errors import SettingsError
from detector.evidence.scorecard import PACKAGED
from detector.learning.calibrate import Summary, calibrate_scorecard
from detector.learning.labels import LABEL, clean_labels
from detector.learning.reweigh import Judged
from detector.runs.manifest import Manifest
from detector.runs.run import Run
from detector.schemas import ACCOUNT, Accounts, Evidence
from detector.settings import VerdictSettings
from pipelines.given import read_given
from pipelines.jobs.models import check_place, read_model, write_model
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import plain, quiet_table

LEAST_PRECISION = 0.5
"""A flag that is wrong more often than right is none."""
MOST_CHANGES = 12
"""Factors that are told on a screen; the model and `--json` tell all."""


@dataclass(frozen=True)
class CalibrateJob:
    """Which run, what is known of its accounts, and where the model goes."""

    folder: Path
    labels: Path
    out: Path
    model: Path = PACKAGED
    """The model that the run was made with."""
    precision: float | None = None
    """What the threshold is to promise; none: what the model promises."""


def calibrate(job: CalibrateJob) -> Summary:
    """Recalibrate the model of a run on labels, and write it.

    Raises:
        InputError: The labels cannot be read.
        LabelsError: They cannot teach the model anything, or would teach it something wrong.
        OtherModelError: The run was made with another model.
        SettingsError: The model cannot be read, its place is taken, or the precision is no share.
    """
    check_place(job.out)
    _check_precision(job.precision)
    manifest = Run(job.folder).finished()
    scorecard = read_model(job.model)
    judged = Judged(
        accounts=read_table(job.folder, Accounts),
        evidence=read_table(job.folder, Evidence),
        window=_window(manifest),
        settings=VerdictSettings.model_validate(manifest.settings.get("verdicts", {})),
        regime=manifest.model.regime if manifest.model else "",
    )
    labels = clean_labels(read_labels(job.labels))
    found = calibrate_scorecard(scorecard, judged, labels, job.precision)
    write_model(found.scorecard, job.out)
    return found.summary


def _check_precision(precision: float | None) -> None:
    if precision is not None and not LEAST_PRECISION <= precision < 1:
        raise SettingsError(
            f"A precision of {precision:g} cannot be promised.",
            hint=f"give a share from {LEAST_PRECISION:g} to below 1, such as 0.98",
        )


def read_labels(path: Path) -> pl.DataFrame:
    """Read the account ids and labels of a file as text.

    Raises:
        InputError: There is no such file, or it cannot be read.
        MissingColumnsError: It lacks one of the two columns.
    """
    return read_given(path, (ACCOUNT, LABEL), "The labels").select(ACCOUNT, LABEL)


def document(summary: Summary, job: CalibrateJob) -> dict[str, Any]:
    """The summary as plain values."""
    return {"model": str(job.out), **asdict(summary)}


def render_calibration(summary: Summary, job: CalibrateJob, console: Console) -> None:
    """Print what the labels changed, and how the model is used."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in summary.labels.items())
    console.print(plain(f"{job.out}: model {summary.version} from {counts} labels."))
    console.print(
        f"Window {summary.window}; {summary.alone:,} labels of accounts whose devices all live "
        "together.\n"
    )
    console.print(_figures(summary))
    console.print(f"\nWeights: {summary.weights}.")
    console.print(f"Threshold, to promise {summary.precision:.1%}: {summary.threshold_note}.\n")
    console.print(_changes(summary))
    console.print()
    console.print(plain(f"household detect LOG --model {job.out} --out DIR"))


def _figures(summary: Summary) -> Table:
    table = quiet_table("", ">Before", ">After", "")
    unseen = "each label by a model that did not see it"
    ece = (f"{summary.ece_before:.4f}", f"{summary.ece_after:.4f}")
    found = (f"{summary.found_before:.1%}", f"{summary.found_after:.1%}")
    table.add_row("calibration error (ECE)", *ece, unseen)
    table.add_row("labelled sharers flagged", *found, unseen)
    table.add_row("threshold", f"{summary.old_threshold:.4f}", f"{summary.threshold:.4f}")
    flagged = (summary.flagged_before, summary.flagged_after)
    honest = (summary.honest_flagged_before, summary.honest_flagged_after)
    table.add_row("flagged accounts of the run", *(f"{count:,}" for count in flagged))
    table.add_row("of them labelled single", *(f"{count:,}" for count in honest))
    return table


def _changes(summary: Summary) -> Table:
    """The factors whose bits moved most."""
    table = quiet_table("Factor", "Profiles", ">Bits before", ">Bits after")
    for change in summary.changes[:MOST_CHANGES]:
        table.add_row(change.factor, change.card, *change.words)
    left = len(summary.changes) - MOST_CHANGES
    if left > 0:
        table.add_row(f"{left} more")
    return table


def _window(manifest: Manifest) -> str:
    window = manifest.window
    return f"{window.first_day} to {window.last_day}" if window else "none"
