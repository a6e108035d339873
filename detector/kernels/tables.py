"""Tables brought to the columns of a schema."""

import dataframely as dy
import polars as pl


def complete(rows: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """The columns of a schema in its order, null where the rows lack one; others are left out.

    Examples:
        >>> class Pair(dy.Schema):
        ...     a = dy.Int64()
        ...     b = dy.String(nullable=True)
        >>> complete(pl.DataFrame({"c": [1], "a": [2]}), Pair).to_dict(as_series=False)
        {'a': [2], 'b': [None]}
    """
    return rows.select(
        pl.col(name) if name in rows.columns else pl.lit(None, column.dtype).alias(name)
        for name, column in schema.columns().items()
    )
