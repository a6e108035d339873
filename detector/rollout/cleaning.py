"""Text of given files made into days, half-hours and numbers; what is wrong is refused by line."""

from collections.abc import Iterable
from difflib import get_close_matches

import polars as pl

from detector.errors import InputError
from detector.plain_text import plain_text
from detector.rollout.tables import ALL_COUNTRIES, DIRECT, PHONE, SLOTS

LINE = "line"
"""The column with the line of the file in which a row stands."""
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST = 1e7
"""More contacts or agents in half an hour than anybody has."""
_NAMED = 3
_ALIKE = 0.8
"""Share of letters in common from which a column is taken to be misspelt."""


def trim_words(
    rows: pl.DataFrame, source: str, needed: Iterable[str], optional: Iterable[str]
) -> pl.DataFrame:
    """Trimmed text with line numbers; empty is unknown.

    A column that only looks like one of these is refused: what it says would be lost unseen.
    """
    if missing := sorted(set(needed) - set(rows.columns)):
        raise InputError(
            f"{source} lacks the columns {missing}.", hint=f"needed are {', '.join(needed)}"
        )
    _refuse_misspelt(rows.columns, [*needed, *optional], source)
    text = pl.all().cast(pl.String).str.strip_chars()
    trimmed = rows.select(pl.when(text != "").then(text).name.keep())
    return trimmed.with_row_index(LINE, offset=2)


def _refuse_misspelt(columns: list[str], known: list[str], source: str) -> None:
    lacking = [name for name in known if name not in columns]
    for column in columns:
        alike = get_close_matches(column.strip().lower(), lacking, 1, _ALIKE)
        if alike and column not in known:
            raise InputError(
                f"{source} has a column {plain_text(column)!r}, which nobody reads.",
                hint=f"call it {alike[0]}, if that is what it says, or else take it out",
            )


def text_of(table: pl.DataFrame, name: str) -> pl.Expr:
    """A column that need not be there."""
    known = name in table.columns
    return pl.col(name) if known else pl.lit(None, pl.String).alias(name)


def desk_of(table: pl.DataFrame) -> list[pl.Expr]:
    """Partner, country and channel, as desks are told apart."""
    country = text_of(table, "country").str.to_uppercase().fill_null(ALL_COUNTRIES)
    channel = text_of(table, "channel").str.to_lowercase().fill_null(PHONE)
    return [text_of(table, "partner").fill_null(DIRECT), country, channel]


def each_value(table: pl.DataFrame, name: str, source: str) -> Iterable[tuple[str | None, str]]:
    """Values of a column with where they stand, for messages."""
    lines = table[LINE].to_list()
    values = table[name].to_list() if name in table.columns else [None] * table.height
    return ((v, f"{source}: line {n}: {name}") for v, n in zip(values, lines, strict=True))


def number_of(table: pl.DataFrame, name: str, source: str) -> pl.Expr:
    """A column of numbers from 0 on that need not be there."""
    value = pl.col(name).cast(pl.Float64, strict=False)
    if name not in table.columns:
        return pl.lit(None, pl.Float64).alias(name)
    wrong = pl.col(name).is_not_null() & (value.is_null() | ~value.is_between(0, _MOST))
    what = f"a {name} that is negative or no number"
    refuse(table.filter(wrong), what, "give 0 or more, as 12 or 12.5", source, column=name)
    return value


def day_of(table: pl.DataFrame, source: str) -> pl.Expr:
    """The column `day` as days."""
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    refuse(table.filter(day.is_null()), "no day", "write days as 2026-09-01", source, column="day")
    return day


def list_weekdays(value: str | None, where: str) -> list[int]:
    """`mon-fri`, `sat` or `mon,wed`; nothing is every day.

    Examples:
        >>> list_weekdays("fri-mon,wed", "desks.csv: line 2")
        [0, 2, 4, 5, 6]
    """
    found = set[int]()
    for part in (value or "mon-sun").lower().split(","):
        first, _, last = (word.strip()[:3] for word in part.partition("-"))
        if first not in _NAMES or (last or first) not in _NAMES:
            raise InputError(
                f"{where} = {plain_text(part)!r} is no weekday.",
                hint="write mon-fri, or mon,wed,sat; leave it empty for all",
            )
        begin, end = _NAMES.index(first), _NAMES.index(last or first)
        found |= {(begin + i) % 7 for i in range((end - begin) % 7 + 1)}
    return sorted(found)


def find_start(value: str | None, where: str) -> int:
    """The half-hour that is told; -1 if none is: a day as a whole."""
    return -1 if value is None else find_slot(value, where)


def find_slot(value: str | None, where: str) -> int:
    """A time of day as its half-hour.

    Examples:
        >>> find_slot("20:30", ""), find_slot("24:00", "")
        (41, 48)
    """
    hour, _, minute = (value or "").partition(":")
    is_time = hour.isdecimal() and minute[:2] in ("00", "30") and minute[2:] in ("", ":00")
    slot = 2 * int(hour) + (minute[:2] == "30") if is_time else SLOTS + 1
    if slot > SLOTS:
        raise InputError(
            f"{where} = {plain_text(value or '')!r} is no half-hour of a day.",
            hint="write 09:00 or 20:30, by the clock on the desk's wall; 24:00 ends a day",
        )
    return slot


def refuse(
    rows: pl.DataFrame, what: str, hint: str, source: str, *, column: str | None = None
) -> None:
    """Say how many rows are wrong, and where the first of them stand."""
    if rows.is_empty():
        return
    lines = rows[LINE].unique().sort()
    shown = ", ".join(map(str, lines.head(_NAMED)))
    more = ", and more" if lines.len() > _NAMED else ""
    value = rows[column][0] if column else None
    told = f" ({column} = {plain_text(value[:40])!r})" if value is not None else ""
    rows_told = "1 row" if lines.len() == 1 else f"{lines.len():,} rows"
    raise InputError(f"{source} has {rows_told} with {what}{told}: line {shown}{more}.", hint=hint)
