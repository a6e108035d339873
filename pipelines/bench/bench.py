"""Job: logs of several sizes -> what judging them costs, against what else one could do.

Absolute times say more of the machine than of the program, so the figures to quote are ratios
of two measurements of one call.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from detector.runs.files import replace_file
from pipelines.bench.engines import has_spark, measure_spark
from pipelines.bench.figures import Cost, SizeFigures, exponents_of, figures_of
from pipelines.bench.goals import LOOP, AgainstGoal, hold
from pipelines.bench.multiplied import write_multiplied
from pipelines.bench.nights import measure_first_run, measure_nights
from pipelines.bench.process import PROGRAM, measure
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
    """Whether the naive program, DuckDB, the loop over accounts, a first run, nights and Spark are
    measured too."""


@dataclass(frozen=True)
class Bench:
    """All sizes, and how cost grows over them."""

    threads: int
    sizes: tuple[SizeFigures, ...]
    exponents: Mapping[str, float]
    """Power of the events with which seconds and memory grow; absent for a single size."""

    held: Sequence[AgainstGoal]
    """What these must reach."""

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
    powers = exponents_of(sizes)
    bench = Bench(job.threads, sizes, powers, hold(powers))
    with replace_file(job.out / "bench.json") as part:
        part.write_text(json.dumps(bench.document(), indent=2) + "\n", encoding="utf-8")
    with replace_file(job.out / "bench.svg") as part:
        part.write_text(str(draw_growth(_curves(sizes))), encoding="utf-8")
    return bench


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
    judged_again = None
    if job.references:
        nights = measure_nights(folder, job.out / "nights", job.threads, tell)
        judged_again, more = nights.judged_again, dict(nights.costs)
        if has_spark():
            more |= measure_spark(folder, job.out / "engines", job.threads, tell)
        costs |= {name: Cost.of(each) for name, each in more.items()}
    rmtree(job.out / "work", ignore_errors=True)
    return figures_of(folder, costs, run, judging, judged_again)


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
    return {**each, "a loop of HDBSCAN": loop, LOOP: loop / ours}


def _curves(sizes: Sequence[SizeFigures]) -> list[Curve]:
    """Seconds over events of all that was measured at every size."""
    names = [name for name in sizes[0].costs if all(name in size.costs for size in sizes)]
    return [
        Curve(name.replace("_", " "), [(size.events, size.costs[name].seconds) for size in sizes])
        for name in names
    ]
