"""What a factor is: a number taken from the observations, words for it, and its innocence."""

from dataclasses import dataclass
from enum import IntEnum

import polars as pl

from detector.kinds import Theme


class Sign(IntEnum):
    """Whether more of a value may only speak for, only against, or both ways."""

    AGAINST = -1
    EITHER = 0
    FOR = 1


@dataclass(frozen=True)
class Factor:
    """One question asked of every group of devices that may live elsewhere.

    Its weight in bits for each value comes from the scorecard, fitted jointly with all
    other factors so that nothing counts twice.
    """

    name: str
    theme: Theme
    asks: str
    """The question, in words."""
    innocent: str
    """The life of an honest household that gives such an answer, or why the answer is weak."""
    value: pl.Expr
    """From the columns of `Observations`, or of `HomeObservations`; null where unknown."""
    text: pl.Expr
    """The observation in words, without addresses; for the agent on the phone."""
    sign: Sign = Sign.EITHER
    why: str = ""
    """What makes the answer telling, where the question does not say it."""
    may_be_unlogged: bool = False
    """It is unknown where the log lacks its columns, which says nothing of a group: then it weighs
    nothing, whatever the worlds were like that it was fitted on."""
    beyond_chance: str = ""
    """The factor, this one itself or another, whose value must be clearly above 0 for the answer to
    be told as a reason: at chance it is none."""


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Divide counts; null where there is nothing to divide by.

    Examples:
        >>> counts = pl.DataFrame({"nights": [3, 0], "seen": [4, 0]})
        >>> counts.select(share(pl.col("nights"), pl.col("seen"))).to_series().to_list()
        [0.75, None]
    """
    return pl.when(whole > 0).then((part / whole).round(4))


def percent(value: pl.Expr) -> pl.Expr:
    """Write a share as whole percent: 0 only if there is none, 100 only if it is all.

    Examples:
        >>> shares = pl.lit(pl.Series([0.256, 0.001, 0.999, 0.0]))
        >>> pl.select(percent(shares)).to_series().to_list()
        ['26 %', '1 %', '99 %', '0 %']
    """
    partial = (value > 0) & (value < 1)
    whole = (value * 100).round()
    return pl.format(
        "{} %", pl.when(partial).then(whole.clip(1, 99)).otherwise(whole).cast(pl.Int64)
    )


def none_or(number: pl.Expr, none: str, words: pl.Expr) -> pl.Expr:
    """Say plainly that there was none: nobody understands "on 0 days".

    Examples:
        >>> days = pl.lit(pl.Series([0, 2]))
        >>> pl.select(none_or(days, "never", counted(days, "day"))).to_series().to_list()
        ['never', '2 days']
    """
    return pl.when(number == 0).then(pl.lit(none)).otherwise(words)


def counted(number: pl.Expr, one: str, many: str = "") -> pl.Expr:
    """Write a count with its noun.

    Examples:
        >>> pl.select(counted(pl.lit(pl.Series([1, 3])), "day")).to_series().to_list()
        ['1 day', '3 days']
    """
    noun = pl.when(number == 1).then(pl.lit(one)).otherwise(pl.lit(many or f"{one}s"))
    return pl.format("{} {}", number, noun)


def spelled(number: pl.Expr, one: str) -> pl.Expr:
    """Write a count with its noun, and a small one in letters.

    Examples:
        >>> pl.select(spelled(pl.lit(pl.Series([1, 5, 12])), "day")).to_series().to_list()
        ['one day', 'five days', '12 days']
    """
    words = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    known = (pl.when(number == n).then(pl.lit(word)) for n, word in enumerate(words, start=1))
    return counted(number, one).str.replace(r"^\d+", pl.coalesce(*known, number.cast(pl.String)))


def bits_ratio(seen: pl.Expr, expected: pl.Expr) -> pl.Expr:
    """Compare a count with what chance would give, in doublings; half a count forgives thin data.

    Examples:
        >>> pl.select(bits_ratio(pl.lit(15.5), pl.lit(3.5))).item()
        2.0
    """
    return ((seen + 0.5) / (expected + 0.5)).log(2).round(4)
