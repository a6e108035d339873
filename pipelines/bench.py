"""Job: logs of several sizes -> what judging them costs, against what else one could do.

Absolute times say more of the machine than of the program, so the figures to quote are ratios
of two measurements of one call.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from shutil import rmtree
from typing import Any

from detector.files import replace_file
from fixtures.multiplied import write_multiplied
from pipelines.bench_process import Measured, measure
from pipelines.report.svg_growth import Curve, draw_growth

SIZES = (1_000_000, 10_000_000)
NAIVE_EVENTS = 1_000_000
"""The largest log that the naive reference is run on; it takes a minute."""

_DETECT = "from pipelines.cli import main; main()"


@dataclass(frozen=True)
class BenchJob:
    """Which sizes to measure, and where."""

    out: Path
    events: tuple[int, ...] = SIZES
    threads: int = 1
    references: bool = True
    """Whether the naive program, DuckDB and the loop over accounts are run too."""


@dataclass(frozen=True)
class SizeFigures:
    """What one log cost."""

    events: int
    accounts: int
    files: int
    bytes_in: int
    bytes_out: int
    seconds: float
    peak_mib: int
    stages: Mapping[str, float]
    baselines: Mapping[str, float]
    """Seconds of the other ways, by name."""

    ratios: Mapping[str, float]
    judging: Mapping[str, Any]
    """Microseconds per account of each stage after the reduction."""


@dataclass(frozen=True)
class Bench:
    """All sizes, and how cost grows over them."""

    threads: int
    sizes: tuple[SizeFigures, ...]
    exponents: Mapping[str, float]
    """Power of the events with which seconds and memory grow; absent for a single size."""

    def document(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)


def run_bench(job: BenchJob, tell: Callable[[str], None]) -> Bench:
    """Measure every size and write `bench.json` and `bench.svg`.

    Logs that an earlier call left are used again.

    Raises:
        DetectorError: If one of the commands measured fails.
    """
    sizes = tuple(_measure_size(job, events, tell) for events in sorted(job.events))
    bench = Bench(job.threads, sizes, _exponents(sizes))
    with replace_file(job.out / "bench.json") as part:
        part.write_text(json.dumps(bench.document(), indent=2) + "\n", encoding="utf-8")
    with replace_file(job.out / "bench.svg") as part:
        part.write_text(str(draw_growth(_curves(sizes))), encoding="utf-8")
    return bench


def growth_exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Fit the power of the size with which a cost grows, by least squares on logarithms.

    Examples:
        >>> round(growth_exponent([1, 10, 100], [2, 40, 800]), 2)
        1.3
    """
    across, upward = [log(size) for size in sizes], [log(cost) for cost in costs]
    middle, height = sum(across) / len(across), sum(upward) / len(upward)
    pairs = zip(across, upward, strict=True)
    slope = sum((x - middle) * (y - height) for x, y in pairs)
    return slope / sum((x - middle) ** 2 for x in across)


def _measure_size(job: BenchJob, events: int, tell: Callable[[str], None]) -> SizeFigures:
    folder = job.out / "logs" / str(events)
    if not folder.is_dir():
        tell(f"writing {events:,} events")
        part = folder.with_name(f".{folder.name}.part")
        rmtree(part, ignore_errors=True)
        write_multiplied(part, events)
        part.rename(folder)
    baselines = _baselines(job, folder, events, tell)
    tell(f"judging {events:,} events")
    results = job.out / "results"
    options = ["--out", str(results), "--threads", str(job.threads), "--force", "--json"]
    whole = measure(["-c", _DETECT, "detect", str(folder), *options], job.threads)
    run = json.loads((results / "run.json").read_bytes())
    judging = _judging(job, folder, tell) if job.references and events <= NAIVE_EVENTS else {}
    return _figures(folder, whole, run, baselines, judging)


def _baselines(
    job: BenchJob, folder: Path, events: int, tell: Callable[[str], None]
) -> dict[str, float]:
    seconds: dict[str, float] = {}
    names = ("decode", "checked_decode", *(("duckdb",) if job.references else ()))
    for name in names:
        tell(f"{name} of {events:,} events")
        done = measure(["-m", "fixtures.baselines", name, str(folder)], job.threads)
        seconds[name] = float(json.loads(done.answer)["seconds"])
    if job.references and events <= NAIVE_EVENTS:
        tell(f"the naive program on {events:,} events")
        seconds["naive"] = measure(["-m", "fixtures.naive", str(folder)], job.threads).seconds
    return seconds


def _judging(job: BenchJob, folder: Path, tell: Callable[[str], None]) -> dict[str, float]:
    """Microseconds per account of each stage, and of a loop of HDBSCAN."""
    tell("the stages one by one")
    work = job.out / "work"
    done = measure(["-m", "pipelines.bench_judging", str(folder), str(work)], job.threads)
    rmtree(work, ignore_errors=True)
    found = json.loads(done.answer)
    of_log, accounts = found["accounts_of_log"], found["accounts"]
    shared = ("count", "networks")
    each = {
        name: 1e6 * seconds / (of_log if name in shared else accounts)
        for name, seconds in found["seconds"].items()
    }
    loop = 1e6 * found["loop"]["seconds"] / found["loop"]["accounts"]
    ours = sum(each[name] for name in ("places", "ties", "households"))
    return {**each, "a loop of HDBSCAN": loop, "loop over places, ties and households": loop / ours}


def _figures(
    folder: Path,
    whole: Measured,
    run: Mapping[str, Any],
    baselines: Mapping[str, float],
    judging: Mapping[str, float],
) -> SizeFigures:
    stages = {stage["name"]: float(stage["seconds"]) for stage in run["stages"]}
    files = list(folder.rglob("*.parquet"))
    reduction = stages["sightings"]
    ratios = {
        "whole / decode": whole.seconds / baselines["decode"],
        "whole / checked decode": whole.seconds / baselines["checked_decode"],
        "reduction / decode": reduction / baselines["decode"],
        "reduction / checked decode": reduction / baselines["checked_decode"],
    }
    if "duckdb" in baselines:
        ratios["duckdb / reduction"] = baselines["duckdb"] / reduction
    if "naive" in baselines:
        ratios["naive / whole"] = baselines["naive"] / whole.seconds
    return SizeFigures(
        events=run["rows"]["read"],
        accounts=run["outputs"]["accounts.parquet"]["rows"],
        files=len(files),
        bytes_in=sum(path.stat().st_size for path in files),
        bytes_out=sum(output["bytes"] for output in run["outputs"].values()),
        seconds=whole.seconds,
        peak_mib=whole.peak_mib,
        stages=stages,
        baselines=dict(baselines),
        ratios=ratios,
        judging=dict(judging),
    )


def _exponents(sizes: Sequence[SizeFigures]) -> dict[str, float]:
    if len(sizes) < 2:
        return {}
    events = [size.events for size in sizes]
    return {
        "seconds": growth_exponent(events, [size.seconds for size in sizes]),
        "memory": growth_exponent(events, [size.peak_mib for size in sizes]),
        "decode": growth_exponent(events, [size.baselines["decode"] for size in sizes]),
    }


def _curves(sizes: Sequence[SizeFigures]) -> list[Curve]:
    """Seconds over events of all that was measured at every size, and of the stages."""
    names = [name for name in sizes[0].baselines if all(name in s.baselines for s in sizes)]
    others = [
        Curve(name.replace("_", " "), [(s.events, s.baselines[name]) for s in sizes])
        for name in names
    ]
    whole = Curve("household detect", [(size.events, size.seconds) for size in sizes])
    reduction = Curve("its reduction", [(s.events, s.stages["sightings"]) for s in sizes])
    return [whole, reduction, *others]
