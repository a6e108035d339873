"""Tables brought to the columns of a schema, or into a form that a spreadsheet may have."""

import dataframely as dy
import polars as pl

from detector.plain_text import FORMULA


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


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before text that a spreadsheet would reckon with.

    Examples:
        >>> told = pl.DataFrame({"id": ["=1+1", "ada", " @x"], "bits": [-1.0, 2.0, 3.0]})
        >>> harmless(told).rows()
        [("'=1+1", -1.0), ('ada', 2.0), ("' @x", 3.0)]
    """
    text = pl.col(pl.String)
    return frame.with_columns(
        pl.when(text.str.contains(FORMULA)).then("'" + text).otherwise(text).name.keep()
    )
