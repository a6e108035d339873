"""What each stage after the reduction costs: ``python -m pipelines.bench.judging LOG WORK``.

Times the judging of one log stage by stage, and a loop of `hdbscan.HDBSCAN` over the same
accounts beside it.
"""

import argparse
import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from detector.detect import judge
from detector.evidence.scorecard import load_scorecard
from detector.networks.survey import survey
from detector.schemas import ACCOUNT, DEVICE
from detector.settings import Settings
from pipelines.reading.log import read_log
from pipelines.reading.options import ReadOptions
from pipelines.reading.shared.tables import read_bucket

MOST_ACCOUNTS = 20_000
"""Accounts whose stages are timed one by one; the loop beside them sees a tenth."""


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Generator[None]:
        """Add what is done inside to a stage."""
        begun = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0) + time.perf_counter() - begun


def time_judging(log: Path, work: Path) -> dict[str, Any]:
    """Seconds of each stage, and of the loop, with the accounts that each saw."""
    settings, clock = Settings(), Clock()
    reading = read_log([str(log)], settings, ReadOptions(), work, lambda _: None)
    buckets = [read_bucket(path) for path in reading.buckets]
    card = load_scorecard()
    # Compiled code is loaded before the clock starts, as the loop's is.
    judge(buckets[0], survey(buckets[:1], settings), settings, card)
    with clock.time("networks"):
        around = survey(buckets, settings)
    accounts = 0
    for bucket in buckets:
        if accounts >= MOST_ACCOUNTS:
            break
        accounts += bucket[ACCOUNT].n_unique()
        with clock.time("all of judging"):
            judge(bucket, around, settings, card, watch=clock.time)
    few = pl.concat(buckets).filter(pl.col(ACCOUNT).hash(seed=0) % 10 == 0)
    return {
        "accounts": accounts,
        "accounts_of_log": sum(bucket[ACCOUNT].n_unique() for bucket in buckets),
        "seconds": clock.seconds,
        "loop": _time_loop(few, _import_cluster()),
    }


def _import_cluster() -> Callable[[Any], Any]:
    from hdbscan import HDBSCAN

    options = {"min_cluster_size": 2, "min_samples": 1, "allow_single_cluster": True}
    clusterer: Any = HDBSCAN
    return lambda apart: clusterer(metric="precomputed", **options).fit_predict(apart)


def _time_loop(sightings: pl.DataFrame, cluster: Callable[[Any], Any]) -> dict[str, float]:
    """One account after the other, its devices' distances already worked out."""
    devices = sightings.group_by(ACCOUNT).agg(pl.col(DEVICE).n_unique()).sort(ACCOUNT)
    rng = np.random.default_rng(0)
    apart = {size: rng.random((size, size)) for size in devices[DEVICE].unique() if size > 1}
    sizes = [size for size in devices[DEVICE] if size in apart]
    cluster(np.ones((3, 3)) - np.eye(3))
    begun = time.perf_counter()
    for size in sizes:
        cluster((apart[size] + apart[size].T) * (1 - np.eye(size)))
    return {"accounts": len(sizes), "seconds": time.perf_counter() - begun}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("work", type=Path)
    chosen = parser.parse_args()
    print(json.dumps(time_judging(chosen.log, chosen.work)))  # noqa: T201 - its answer
