"""The figures of a benchmark on a terminal."""

from collections.abc import Sequence

from rich.console import Console

from pipelines.bench.bench import Bench
from pipelines.bench.figures import SizeFigures
from pipelines.bench.goals import AgainstGoal
from pipelines.terminal.drawing import plain, print_title, quiet_table


def render_bench(bench: Bench, console: Console) -> None:
    """Print a column for each size: costs, stages, ratios; then how costs grow."""
    print_title(f"Cost, with {bench.threads} threads", console)
    table = quiet_table("", *(f">{size.events:,} events" for size in bench.sizes))
    rows = [_rows(size) for size in bench.sizes]
    for name in dict.fromkeys(name for column in rows for name in column):
        table.add_row(plain(name), *(plain(column.get(name, "—")) for column in rows))
    console.print(table)
    if bench.exponents:
        print_title("Growth, as a power of the events", console)
        for name, power in bench.exponents.items():
            console.print(plain(f"{name}: {power:.2f}"))
    for size in bench.sizes:
        _print_held(f"{size.events:,} events, and what they must reach", size.held, console)
    _print_held("Growth, and what it must not pass", bench.held, console)


def _print_held(title: str, held: Sequence[AgainstGoal], console: Console) -> None:
    if not held:
        return
    print_title(title, console)
    table = quiet_table("", ">measured", ">must", "")
    for each in held:
        row = _plainly(each.name), f"{each.measured:,.2f}", f"{each.must:,g} {each.unit}"
        table.add_row(*map(plain, (*row, "met" if each.is_met else "missed")))
    console.print(table)


def _plainly(name: str) -> str:
    return name.replace("_", " ")


def _rows(size: SizeFigures) -> dict[str, str]:
    return {
        "accounts": f"{size.accounts:,}",
        "files": f"{size.files:,}",
        "MB in": f"{size.bytes_in / 1e6:,.0f}",
        "MB out": f"{size.bytes_out / 1e6:,.0f}",
        "seconds": f"{size.seconds:.1f}",
        "events per second": f"{size.events / size.seconds:,.0f}",
        "accounts per second": f"{size.accounts / size.seconds:,.0f}",
        "peak MiB": f"{size.peak_mib:,}",
        **_judged_again(size),
        **{f"s {name}": f"{seconds:.2f}" for name, seconds in size.stages.items()},
        **{f"s {_plainly(name)}": f"{cost.seconds:.2f}" for name, cost in size.costs.items()},
        **{f"CPU s {_plainly(n)}": f"{cost.cpu_seconds:.2f}" for n, cost in size.costs.items()},
        **{f"MiB {_plainly(name)}": f"{cost.peak_mib:,}" for name, cost in size.costs.items()},
        **{_plainly(name): f"{ratio:.1f} x" for name, ratio in size.ratios.items()},
        **{f"µs/account {name}": f"{each:.1f}" for name, each in size.judging.items()},
    }


def _judged_again(size: SizeFigures) -> dict[str, str]:
    share = size.judged_again
    return {} if share is None else {"accounts that a night judges": f"{share:.0%}"}
