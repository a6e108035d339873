"""Accounts changed in ways that must not move the verdict, and how often one moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import dataframely as dy
import polars as pl

from detector.schemas import ACCOUNT, Sightings
from detector.selftest.copies import relabel, scrambled, shift, thin
from detector.selftest.figures import ChangeFigures, ChangeName
from detector.selftest.outcomes import Judge, ProofOutcomes, rate

O = ProofOutcomes  # noqa: E741 - as every table is called by its first letter

WEEKS, DAYS = 28, 3
"""By how many days accounts are shifted: so that weekdays stay, and so that they do not."""

AFTER = "_after"


@dataclass(frozen=True)
class HarmlessChange:
    """One way to change accounts, and when that has moved what must not move."""

    name: ChangeName
    make: Callable[[pl.DataFrame], dy.DataFrame[Sightings]]
    broken: pl.Expr
    """Asked of rows with what was before, and what is `_after`."""
    asked: pl.Expr
    """Of which accounts."""


def _is_other(names: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name + AFTER)) for name in names)


ANYTHING = _is_other([name for name in ProofOutcomes.column_names() if name != ACCOUNT])
VERDICT = _is_other([O.verdict.name])
ALL = pl.lit(value=True)
CHANGES = (
    HarmlessChange("relabelled", relabel, ANYTHING, ALL),
    HarmlessChange("shifted_by_weeks", partial(shift, days=WEEKS), ANYTHING, ALL),
    HarmlessChange("shifted_by_days", partial(shift, days=DAYS), VERDICT, ALL),
    HarmlessChange(
        "thinned", thin, pl.col(O.flagged.name + AFTER), O.verdict.col == "one_household"
    ),
)


def count_broken(
    groups: Sequence[dy.DataFrame[Sightings]], judge: Judge
) -> tuple[ChangeFigures, ...]:
    """Change accounts, judge them again, and count of whom something else is told.

    Args:
        groups: Accounts; two groups may call different ones by the same id.
        judge: What they are judged by, which knows devices by their other names, too.
    """
    before = [judge.hear(some) for some in groups]
    return tuple(
        ChangeFigures(change=change.name, broken=rate(_compared(change, groups, before, judge)))
        for change in CHANGES
    )


def _compared(
    change: HarmlessChange,
    groups: Sequence[dy.DataFrame[Sightings]],
    before: Sequence[dy.DataFrame[ProofOutcomes]],
    judge: Judge,
) -> pl.Series:
    """Of each account that is asked, whether it moved."""
    moved = [pl.Series(dtype=pl.Boolean)]
    for some, known in zip(groups, before, strict=True):
        after = judge.hear(change.make(some))
        names = scrambled(known[ACCOUNT]) if change.make is relabel else known[ACCOUNT]
        both = known.with_columns(names).join(after, on=ACCOUNT, suffix=AFTER, how="left")
        moved.append(both.filter(change.asked).select(change.broken).to_series())
    return pl.concat(moved)
