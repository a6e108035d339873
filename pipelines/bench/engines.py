"""What Spark on this machine costs, beside the local engine, and what it takes to start each."""

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from pipelines.bench.multiplied import write_multiplied
from pipelines.bench.process import Measured, measure_command
from pipelines.worlds.settings import WorldSettings

START = WorldSettings(accounts=20, days=7, seed=1, geo_columns=False)
"""So small a log that a run over it is little more than the start."""


def has_spark() -> bool:
    """Whether there is a Spark to measure, and the Java that it needs."""
    return importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


def measure_spark(
    log: Path, work: Path, threads: int, tell: Callable[[str], None]
) -> Mapping[str, Measured]:
    """Judge a log with Spark, and one that is next to nothing with Spark and without.

    Args:
        log: What is judged.
        work: For the runs and the small log; removed.
        threads: Cores to use.
        tell: Is told what is measured next.

    Returns:
        `spark`: the log; `spark_start`, `start`: the small log, with Spark and without.
    """
    shutil.rmtree(work, ignore_errors=True)
    small = work / "small"
    write_multiplied(small, 1, START)

    def judge(name: str, rows: Path, *more: str) -> Measured:
        tell(name.replace("_", " "))
        return measure_command(["detect", str(rows), "--out", str(work / name), *more], threads)

    spark = ("--engine", "spark", "--master", f"local[{threads}]")
    found = {
        "start": judge("start", small),
        "spark_start": judge("spark_start", small, *spark),
        "spark": judge("spark", log, *spark),
    }
    shutil.rmtree(work)
    return found
