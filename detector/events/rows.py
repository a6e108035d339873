"""A log's rows as they were read, before anything is judged."""

import dataframely as dy
import polars as pl

from detector.errors import InputError, MissingColumnsError

REQUIRED = ("ts", "account_id", "device_id")


class LogRows(dy.Schema):
    """One row of a log under the contract's names and types; nothing is checked yet.

    Built by `pipelines.reading` and `rows_of`, read by `detector.events.clean.clean_events`.
    """

    file = dy.String()
    row = dy.Int64(min=0, description="Number of the row in its file, from 0.")
    ts = dy.Datetime(nullable=True, time_unit="us", time_zone="UTC")
    ts_text = dy.String(nullable=True, description="The time as logged, where it is unreadable.")
    account_id = dy.String(nullable=True)
    device_id = dy.String(nullable=True)
    ip = dy.String(nullable=True)
    event_type = dy.String(nullable=True)
    outcome = dy.String(nullable=True, description="Whether what was tried came to anything.")
    device_type = dy.String(nullable=True)
    duration_s = dy.Int64(nullable=True)
    country = dy.String(nullable=True)
    city = dy.String(nullable=True)
    latitude = dy.Float64(nullable=True, allow_inf=True, allow_nan=True)
    longitude = dy.Float64(nullable=True, allow_inf=True, allow_nan=True)
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    connection_type = dy.String(nullable=True)
    profile_id = dy.String(nullable=True)
    event_id = dy.String(nullable=True)


class Rejects(dy.Schema):
    """One row of the log that could not be used, with its reason and its original values.

    Built by `detector.events.clean`; a row may be refused for one reason only, the first.
    """

    file = dy.String(primary_key=True, description="Its name within the log.")
    row = dy.Int64(primary_key=True, min=0, description="Number of the row in its file, from 0.")
    reason = dy.String(min_length=1, description="The first thing that is wrong with it.")
    values = dy.String(description="The row's mapped columns as one JSON object.")


def rows_of(log: pl.DataFrame, name: str = "log") -> dy.DataFrame[LogRows]:
    """Take a frame whose columns bear the contract's names as rows of a log.

    Times without a zone are UTC, ids may be whole numbers, columns of other names are left out.

    Args:
        log: Its times are datetimes; texts and numbers are read by `pipelines.reading` only,
            which is told their unit.
        name: Of the log, for the rows that are refused.

    Raises:
        InputError: A column that must be there is not, or its type would lose ids or times.

    Examples:
        >>> from datetime import datetime
        >>> log = pl.DataFrame({"ts": [datetime(2026, 5, 1, 20)], "account_id": [7],
        ...                     "device_id": ["tv"], "ip": ["81.2.69.142"]})
        >>> rows_of(log).select("row", "account_id", "ip").rows()
        [(0, '7', '81.2.69.142')]
    """
    _check_columns(log)
    missing = [
        pl.lit(None, column.dtype).alias(name)
        for name, column in LogRows.columns().items()
        if name not in log.columns
    ]
    times = pl.col(LogRows.ts.name).cast(pl.Datetime("us"))
    naive = getattr(log.schema[LogRows.ts.name], "time_zone", None) is None
    return LogRows.cast(
        log.with_columns(*missing)
        .with_columns(
            pl.lit(name).alias(LogRows.file.name),
            pl.int_range(pl.len(), dtype=pl.Int64).alias(LogRows.row.name),
            times.dt.replace_time_zone("UTC")
            if naive
            else LogRows.ts.col.dt.convert_time_zone("UTC"),
        )
        .select(
            pl.col(name).cast(column.dtype, strict=False)
            for name, column in LogRows.columns().items()
        )
    )


def _check_columns(log: pl.DataFrame) -> None:
    missing = [name for name in REQUIRED if name not in log.columns]
    located = {"ip", "country"} & {*log.columns} or {"latitude", "longitude"} <= {*log.columns}
    if missing or not located:
        raise MissingColumnsError(
            f"The frame lacks the columns {[*missing, *([] if located else ['ip'])]}.",
            hint=f"found are {sorted(log.columns)}; rename them to those of the contract",
        )
    if not isinstance(log.schema[LogRows.ts.name], pl.Datetime):
        raise InputError(
            f"The frame's ts holds {log.schema[LogRows.ts.name]}, not times.",
            hint="read it with str.to_datetime, or pl.from_epoch and the unit that you know",
        )
    for name in (LogRows.account_id.name, LogRows.device_id.name):
        if log.schema[name].is_float():
            raise InputError(
                f"The frame's {name} holds {log.schema[name]}: different ids may be one there.",
                hint="give texts or whole numbers",
            )
