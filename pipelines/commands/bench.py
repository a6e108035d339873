"""The command `household bench`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from pipelines.commands.answers import COMMON, Answer, Common, start_log
from pipelines.commands.choices import AtLeastOne, Switch, threads_to_use


def bench(
    *,
    out: Path,
    events: Annotated[tuple[int, ...], Parameter(negative="", validator=Number(gte=1))] = (),
    threads: AtLeastOne = None,
    quick: Switch = False,
    common: Common = COMMON,
) -> Answer:
    """Measure what judging a log costs, against decoding it and other ways to judge it.

    Args:
        out: Folder for bench.json, bench.svg, and the logs, which are used again.
        events: Sizes to measure; a million and ten million by default.
        threads: Cores to use; all of them by default.
        quick: Leave out what it is compared with, but for the decoding.
        common: Options of every command.
    """
    from pipelines.bench.bench import SIZES, BenchJob, run_bench
    from pipelines.bench.summary import render_bench
    from pipelines.config import read_config

    read_config(common.config)
    screen = start_log()
    cores = threads_to_use(threads)
    job = BenchJob(out, events or SIZES, cores, references=not quick)
    found = run_bench(job, lambda words: screen.print(words, markup=False, highlight=False))
    return Answer(found.document(), lambda console: render_bench(found, console))
