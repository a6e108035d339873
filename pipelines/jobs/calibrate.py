"""Job: a finished run and a user's labels -> a model of their own."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

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


@dataclass(frozen=True)
class CalibrateJob:
    """Which run, what is known of its accounts, and where the model goes."""

    folder: Path
    labels: Path
    out: Path
    model: Path = PACKAGED
    """The model that the run was made with."""


def calibrate(job: CalibrateJob) -> Summary:
    """Recalibrate the model of a run on labels, and write it.

    Raises:
        InputError: The labels cannot be read.
        LabelsError: They cannot teach the model anything, or would teach it something wrong.
        OtherModelError: The run was made with another model.
        SettingsError: The model cannot be read, or its place is taken.
    """
    check_place(job.out)
    manifest = Run(job.folder).finished()
    scorecard = read_model(job.model)
    judged = Judged(
        accounts=read_table(job.folder, Accounts),
        evidence=read_table(job.folder, Evidence),
        window=_window(manifest),
        settings=VerdictSettings.model_validate(manifest.settings.get("verdicts", {})),
    )
    found = calibrate_scorecard(scorecard, judged, clean_labels(read_labels(job.labels)))
    write_model(found.scorecard, job.out)
    return found.summary


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
        f"{summary.method.capitalize()}; window {summary.window}; {summary.alone:,} labels of "
        "accounts whose devices all live together.\n"
    )
    table = quiet_table("", ">Before", ">After", "")
    table.add_row(
        "calibration error (ECE)",
        f"{summary.ece_before:.4f}",
        f"{summary.ece_after:.4f}",
        f"on {summary.held_out:,} labels held out",
    )
    table.add_row(
        "threshold",
        f"{summary.old_threshold:.4f}",
        f"{summary.threshold:.4f}",
        summary.threshold_note,
    )
    table.add_row(
        "flagged accounts of the run", f"{summary.flagged_before:,}", f"{summary.flagged_after:,}"
    )
    table.add_row(
        "of them labelled single",
        f"{summary.honest_flagged_before:,}",
        f"{summary.honest_flagged_after:,}",
    )
    console.print(table)
    console.print()
    console.print(plain(f"household detect LOG --model {job.out} --out DIR"))


def _window(manifest: Manifest) -> str:
    window = manifest.window
    return f"{window.first_day} to {window.last_day}" if window else "none"
