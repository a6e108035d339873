"""The commands `household cases reviews ...`."""

from pathlib import Path
from typing import Annotated

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE


def agreement(*, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """Count per reviewer and per reason what was right and what two agreed upon.

    Args:
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import read_agreement, render_agreement

    read_config(common.config)
    found = read_agreement(cases)
    told = {"agreement": found.counted.to_dicts(), "disputed": found.disputed.to_dicts()}
    return Answer(told, lambda console: render_agreement(found, console))


def export(*, cases: Annotated[str, STORE], out: Path, common: Common = COMMON) -> Answer:
    """Write every answer of reviewers, those taken back among them.

    Args:
        cases: The case store.
        out: A Parquet file that is not there yet.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_reviews import write_reviews

    read_config(common.config)
    count = write_reviews(cases, out)
    words = f"{out}: {count:,} answers."
    return Answer({"reviews": str(out), "rows": count}, lambda console: console.print(words))
