"""The command `household calibrate`."""

from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def calibrate(  # noqa: PLR0913 - what a user may choose
    folder: Path,
    /,
    *,
    labels: Path,
    out: Path,
    model: Path | None = None,
    precision: float | None = None,
    common: Common = COMMON,
) -> Answer:
    """Teach a run's model what you know of your own accounts.

    Args:
        folder: A folder that `household detect` wrote.
        labels: CSV or Parquet with the columns account_id and label (single or shared).
        out: Where the new model goes; `household detect --model` takes it.
        model: The model that the run was made with; the packaged one unless you gave another.
        precision: Share of flags that must be right, at 95 % confidence; the model's by default.
        common: Options of every command.
    """
    from detector.evidence.scorecard import PACKAGED
    from pipelines.config import read_config
    from pipelines.jobs.calibrate import CalibrateJob, document, render_calibration
    from pipelines.jobs.calibrate import calibrate as calibrate_model

    read_config(common.config)
    job = CalibrateJob(folder, labels, out, model or PACKAGED, precision)
    summary = calibrate_model(job)
    return Answer(document(summary, job), lambda console: render_calibration(summary, job, console))
