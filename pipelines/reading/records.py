"""The user's accounts table: opened in a child process, checked by rule, then trusted."""

from pathlib import Path

import dataframely as dy
import polars as pl

from detector.errors import DetectorError, InputError
from detector.events.accounts import AccountRecords, clean_records
from pipelines.reading.pool import Workers
from pipelines.reading.shared.messages import Failed, Records, RecordsRequest


def read_records(pool: Workers, table: Path | None, folder: Path) -> dy.DataFrame[AccountRecords]:
    """Read the accounts table, if there is one.

    Args:
        pool: Opens the file.
        table: Parquet, or CSV if its name ends so.
        folder: Where the workers may write.

    Raises:
        InputError: The table cannot be read, or would mislead.
    """
    if table is None:
        return AccountRecords.create_empty()
    out = folder / "records.parquet"
    for _, reply in pool.run([RecordsRequest(path=str(table.absolute()), out=str(out))]):
        if isinstance(reply, Failed):
            # The columns of a log can be mapped, those of this table cannot.
            hint = reply.problem.hint.partition("; map another column")[0] or (
                "--accounts takes Parquet or *.csv with an account_id and partner, plan, country "
                "or extra_members; a plain list of ids is for --only"
            )
            raise InputError(f"The accounts table {table} {reply.problem.text}.", hint=hint)
        if not isinstance(reply, Records):
            raise DetectorError("The accounts table was given no answer.")
    return clean_records(pl.read_parquet(out, glob=False))
