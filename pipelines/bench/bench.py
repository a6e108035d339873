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
from typing import Any, Self

from detector.runs.files import replace_file
from pipelines.bench.multiplied import write_multiplied
from pipelines.bench.nights import PROGRAM, measure_first_run, measure_nights
from pipelines.bench.process import Measured, measure
from pipelines.report.charts.growth import Curve, draw_growth

SIZES = (1_000_000, 10_000_000)
NAIVE_EVENTS = 1_000_000
"""The largest log that the naive reference is run on; it takes a minute."""


@dataclass(frozen=True)
class BenchJob:
    """Which sizes to measure, and where."""

    out: Path
    events: tuple[int, ...] = SIZES
    threads: int = 1
    references: bool = True
    """Whether the naive program, DuckDB and the loop over accounts are run too."""


@dataclass(frozen=True)
class Cost:
    """What one way to do it cost."""

    seconds: float
    cpu_seconds: float
    peak_mib: int

    @classmethod
    def of(cls, done: Measured) -> Self:
        """Of a command, the start of Python included."""
        return cls(done.seconds, done.cpu_seconds, done.peak_mib)


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
    """Seconds of each."""

    costs: Mapping[str, "Cost"]
    """What was measured by itself: all of it, the reduction, and the other ways."""

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
    ways = _ways(job, folder)
    costs = {name: _cost(words, job, tell) for name, words in ways.items()}
    run = json.loads((job.out / "results" / "run.json").read_bytes())
    few = job.references and events <= NAIVE_EVENTS
    judging = _judging(job, folder, tell) if few else {}
    if few:
        tell("the first run of a version")
        costs["first_run"] = Cost.of(measure_first_run(ways["whole"], job.out, job.threads))
    if job.references:
        nights = measure_nights(folder, job.out / "nights", job.threads, tell)
        costs |= {name: Cost.of(each) for name, each in nights.items()}
    rmtree(job.out / "work", ignore_errors=True)
    return _figures(folder, costs, run, judging)


def _ways(job: BenchJob, folder: Path) -> dict[str, list[str]]:
    """The commands to measure."""
    log, threads = str(folder), str(job.threads)
    results = ["--out", str(job.out / "results"), "--threads", threads, "--force", "--json"]
    names = ["decode", "checked_decode", "in_process", *(["duckdb"] if job.references else [])]
    ways = {name: ["-m", "pipelines.bench.baselines", name, log] for name in names}
    if job.references and int(folder.name) <= NAIVE_EVENTS:
        ways["naive"] = ["-m", "pipelines.bench.naive", log]
    ways["reduction"] = ["-m", "pipelines.bench.reduction", log, str(job.out / "work"), threads]
    ways["whole"] = [*PROGRAM, "detect", log, *results]
    return ways


def _cost(words: Sequence[str], job: BenchJob, tell: Callable[[str], None]) -> Cost:
    """Measure a command; the start of Python is left out where it tells its own seconds."""
    tell(" ".join(words[1:4]))
    done = measure(words, job.threads)
    own = json.loads(done.answer)
    seconds = float(own.get("seconds", done.seconds))
    return Cost(seconds, float(own.get("cpu_seconds", done.cpu_seconds)), done.peak_mib)


def _judging(job: BenchJob, folder: Path, tell: Callable[[str], None]) -> dict[str, float]:
    """Microseconds per account of each stage, and of a loop of HDBSCAN."""
    tell("the stages one by one")
    work = job.out / "work"
    done = measure(["-m", "pipelines.bench.judging", str(folder), str(work)], job.threads)
    rmtree(work, ignore_errors=True)
    found = json.loads(done.answer)
    of_log, accounts = found["accounts_of_log"], found["accounts"]
    shared = ("networks",)
    each = {
        name: 1e6 * seconds / (of_log if name in shared else accounts)
        for name, seconds in found["seconds"].items()
    }
    loop = 1e6 * found["loop"]["seconds"] / found["loop"]["accounts"]
    ours = sum(each[name] for name in ("places", "ties", "households"))
    return {**each, "a loop of HDBSCAN": loop, "loop over places, ties and households": loop / ours}


def _figures(
    folder: Path, costs: Mapping[str, Cost], run: Mapping[str, Any], judging: Mapping[str, float]
) -> SizeFigures:
    files = list(folder.rglob("*.parquet"))
    return SizeFigures(
        events=run["rows"]["read"],
        accounts=run["outputs"]["accounts.parquet"]["rows"],
        files=len(files),
        bytes_in=sum(path.stat().st_size for path in files),
        bytes_out=sum(output["bytes"] for output in run["outputs"].values()),
        seconds=costs["whole"].seconds,
        peak_mib=costs["whole"].peak_mib,
        stages={stage["name"]: float(stage["seconds"]) for stage in run["stages"]},
        costs=costs,
        ratios=_ratios(costs),
        judging=judging,
    )


def _ratios(costs: Mapping[str, Cost]) -> dict[str, float]:
    """Each pair that tells something, by the clock and by the processor."""
    pairs = [(of, than) for of in ("whole", "reduction") for than in ("decode", "checked_decode")]
    pairs += [("in_process", "decode"), ("duckdb", "reduction"), ("naive", "whole")]
    pairs += [("first_run", "whole"), ("night", "night_anew"), ("day_in", "night_anew")]
    there = [(of, than) for of, than in pairs if of in costs and than in costs]
    wall = {f"{of} / {than}": costs[of].seconds / costs[than].seconds for of, than in there}
    cpu = {
        f"{of} / {than}, CPU": costs[of].cpu_seconds / costs[than].cpu_seconds for of, than in there
    }
    return wall | cpu


def _exponents(sizes: Sequence[SizeFigures]) -> dict[str, float]:
    if len(sizes) < 2:
        return {}
    events = [size.events for size in sizes]
    powers = {"memory": growth_exponent(events, [size.peak_mib for size in sizes])}
    for name in ("whole", "reduction", "decode"):
        seconds = [size.costs[name].cpu_seconds for size in sizes]
        powers[f"CPU seconds, {name}"] = growth_exponent(events, seconds)
    return powers


def _curves(sizes: Sequence[SizeFigures]) -> list[Curve]:
    """Seconds over events of all that was measured at every size."""
    names = [name for name in sizes[0].costs if all(name in size.costs for size in sizes)]
    return [
        Curve(name.replace("_", " "), [(size.events, size.costs[name].seconds) for size in sizes])
        for name in names
    ]
