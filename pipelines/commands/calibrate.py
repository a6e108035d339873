"""The command `household calibrate`."""

from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def calibrate(
    folder: Path,
    /,
    *,
    labels: Path,
    out: Path,
    model: Path | None = None,
    common: Common = COMMON,
) -> Answer:
    """Make the probabilities of a run's model come true on accounts that you know.

    Args:
        folder: A folder that `household detect` wrote.
        labels: CSV or Parquet with the columns account_id and label (single or shared).
        out: Where the new model goes; `household detect --model` takes it.
        model: The model that the run was made with; the packaged one unless you gave another.
        common: Options of every command.
    """
    from detector.evidence.scorecard import PACKAGED
    from pipelines.config import read_config
    from pipelines.jobs.calibrate import CalibrateJob, document, render_calibration
    from pipelines.jobs.calibrate import calibrate as calibrate_model

    read_config(common.config)
    job = CalibrateJob(folder, labels, out, model or PACKAGED)
    summary = calibrate_model(job)
    return Answer(document(summary, job), lambda console: render_calibration(summary, job, console))
