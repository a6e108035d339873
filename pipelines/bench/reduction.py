"""The reduction alone: ``python -m pipelines.bench.reduction LOG WORK THREADS``."""

import argparse
import json
import time
from pathlib import Path

from detector.settings import Settings
from pipelines.reading.log import read_log
from pipelines.reading.options import ReadOptions

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("work", type=Path)
    parser.add_argument("threads", type=int)
    chosen = parser.parse_args()
    options = ReadOptions(threads=chosen.threads)
    begun = time.perf_counter()
    reading = read_log([chosen.log], Settings(), options, chosen.work, lambda _: None)
    seconds = time.perf_counter() - begun
    print(json.dumps({"rows": reading.counts.read, "seconds": seconds}))  # noqa: T201 - its answer
