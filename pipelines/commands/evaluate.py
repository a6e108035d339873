"""The command `household evaluate`."""

import json
from pathlib import Path

from pipelines.commands.answers import COMMON, Answer, Common


def evaluate(folder: Path, /, *, truth: Path, common: Common = COMMON) -> Answer:
    """Hold a run against the truth of its world.

    Args:
        folder: A folder that `household detect` wrote; it gets evaluation.json.
        truth: The folder of the world, with its truth_*.parquet tables.
        common: Options of every command.
    """
    from detector.runs.run import Run
    from pipelines.config import read_config
    from pipelines.jobs.evaluate import evaluate_run, render_evaluation

    read_config(common.config)
    Run(folder).finished()
    figures = evaluate_run(folder, truth)
    return Answer(
        json.loads(figures.to_json()), lambda console: render_evaluation(figures, console)
    )
