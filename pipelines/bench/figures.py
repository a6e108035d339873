"""What a log cost: figures, and ratios of two of them, which tell of the program alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any, Self

from pipelines.bench.goals import CPU, MEMORY, AgainstGoal, hold
from pipelines.bench.process import Measured


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

    costs: Mapping[str, Cost]
    """What was measured by itself: all of it, the reduction, and the other ways."""

    ratios: Mapping[str, float]
    judging: Mapping[str, float]
    """Microseconds per account of each stage after the reduction."""

    judged_again: float | None
    """The share of accounts that a night judges."""

    held: Sequence[AgainstGoal]
    """What the figures must reach."""


def figures_of(
    folder: Path,
    costs: Mapping[str, Cost],
    run: Mapping[str, Any],
    judging: Mapping[str, float],
    judged_again: float | None,
) -> SizeFigures:
    """Put what was measured of one log together and hold it against what it must reach.

    Args:
        folder: The log.
        costs: Of each way to do it, `whole` and `decode` at least.
        run: The manifest of what `whole` wrote.
        judging: Microseconds per account, by stage.
        judged_again: From `measure_nights`.
    """
    files = list(folder.rglob("*.parquet"))
    events, accounts = run["rows"]["read"], run["outputs"]["accounts.parquet"]["rows"]
    whole, ratios = costs["whole"], _ratios(costs)
    figures = {name: cost.seconds for name, cost in costs.items()} | {**judging, **ratios}
    figures |= {CPU: 1e6 * whole.cpu_seconds / accounts, MEMORY: float(whole.peak_mib)}
    return SizeFigures(
        events=events,
        accounts=accounts,
        files=len(files),
        bytes_in=sum(path.stat().st_size for path in files),
        bytes_out=sum(output["bytes"] for output in run["outputs"].values()),
        seconds=whole.seconds,
        peak_mib=whole.peak_mib,
        stages={stage["name"]: float(stage["seconds"]) for stage in run["stages"]},
        costs=costs,
        ratios=ratios,
        judging=judging,
        judged_again=judged_again,
        held=hold(figures, events),
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
    return wall | cpu | _spark(costs)


def _spark(costs: Mapping[str, Cost]) -> dict[str, float]:
    """By the clock, without what it takes to start."""
    if "spark" not in costs:
        return {}
    spark = costs["spark"].seconds - costs["spark_start"].seconds
    return {"spark / whole": spark / (costs["whole"].seconds - costs["start"].seconds)}


def exponents_of(sizes: Sequence[SizeFigures]) -> dict[str, float]:
    """Fit how memory and time grow with the events; nothing, if there is one size only."""
    if len(sizes) < 2:
        return {}
    events = [size.events for size in sizes]
    powers = {"memory": growth_exponent(events, [size.peak_mib for size in sizes])}
    for name in ("whole", "reduction", "decode"):
        seconds = [size.costs[name].cpu_seconds for size in sizes]
        powers[f"CPU seconds, {name}"] = growth_exponent(events, seconds)
    return powers


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
