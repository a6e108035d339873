"""What the first run of a version costs, and what a night does, beside a run over everything."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.kernels.compiled import FOLDER
from detector.store.table import BESIDE
from pipelines.bench.process import Measured, measure, measure_command

BEFORE = 2
"""Days of the log that the window leaves out: one before it, one that is yet to come."""


@dataclass(frozen=True)
class NightCosts:
    """What a night costs, beside one that knows nothing of the night before."""

    costs: Mapping[str, Measured]
    """`day_in`: the last day is taken in; `night`: its window is judged by what the night before
    left; `night_anew`: the same with nothing left."""

    judged_again: float
    """The share of the accounts that the night judged; of the others it kept what was known."""


def measure_first_run(words: Sequence[str], work: Path, threads: int) -> Measured:
    """A run for which no loop was compiled before.

    Args:
        words: Of the run.
        work: For the loops; removed.
        threads: Cores to use.
    """
    loops = work / "loops"
    shutil.rmtree(loops, ignore_errors=True)
    found = measure(words, threads, {FOLDER: str(loops)})
    shutil.rmtree(loops)
    return found


def measure_nights(log: Path, work: Path, threads: int, tell: Callable[[str], None]) -> NightCosts:
    """The last day of a log comes to a store of all days before, and is judged.

    Args:
        log: A folder for each day.
        work: For the store and the runs; removed.
        threads: Cores to use.
        tell: Is told what is measured next.
    """
    days = [str(day) for day in sorted(log.iterdir())]
    store = work / "store"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    def household(name: str, *words: str) -> Measured:
        tell(name)
        return measure_command(words, threads)

    def take_in(name: str, some: Sequence[str]) -> Measured:
        return household(name, "ingest", *some, "--store", str(store), "--skip-bad-files")

    def judge(name: str) -> Measured:
        window, out = max(1, len(days) - BEFORE), work / name.replace(" ", "-")
        run = ["detect", "--store", str(store), "--window", str(window), "--out", str(out)]
        return household(name, *run)

    take_in("all days but one", days[:-1])
    judge("the night before")
    found = {"day_in": take_in("the last day", days[-1:]), "night": judge("the night")}
    again = _share_judged(work / "the-night")
    shutil.rmtree(store / BESIDE / "judged")
    found["night_anew"] = judge("the night with nothing left of the one before")
    shutil.rmtree(work)
    return NightCosts(found, again)


def _share_judged(run: Path) -> float:
    told = json.loads((run / "run.json").read_bytes())
    judged = {stage["name"]: stage["rows_out"] for stage in told["stages"]}
    return judged["verdicts"] / told["outputs"]["accounts.parquet"]["rows"]
