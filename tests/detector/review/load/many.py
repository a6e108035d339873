"""A run of any size: a small one whose accounts are repeated under new names."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dataframely as dy
import polars as pl

from detector import schemas
from detector.runs.run import MANIFEST, Run

TABLES: tuple[type[dy.Schema], ...] = (
    schemas.Accounts,
    schemas.Households,
    schemas.Devices,
    schemas.Places,
    schemas.Evidence,
    schemas.Visits,
    schemas.Ties,
)
NAMED = ("account_id", "device_id", "device_a", "device_b")
"""A device of one account is not also on its copies."""
STEP = 1e-7
"""Between probabilities of copies, or thousands of accounts would be equally sure."""


def write_many(source: Path, folder: Path, accounts: int) -> Path:
    """Write a run of so many accounts.

    Args:
        source: A finished run, of a few hundred accounts.
        folder: Gets the tables that the pages read.
        accounts: How many; what is left of the last copy is left out.
    """
    base, run = Run(source), Run(folder)
    names = base.scan(schemas.Accounts).collect()["account_id"].sort()
    for table in TABLES:
        rows = base.scan(table).collect().sort(table.primary_key())
        run.write_sorted(table, _copies(rows, names, accounts))
    for name in ("networks.parquet", MANIFEST):
        shutil.copy(source / name, folder)
    return folder


def _copies(rows: pl.DataFrame, names: pl.Series, accounts: int) -> Iterator[pl.DataFrame]:
    whole, rest = divmod(accounts, names.len())
    for copy in range(whole + bool(rest)):
        kept = names if copy < whole else names.head(rest)
        yield rows.filter(pl.col("account_id").is_in(kept.implode())).with_columns(
            *_renamed(rows, copy)
        )


def _renamed(rows: pl.DataFrame, copy: int) -> Iterator[pl.Expr]:
    names = [name for name in NAMED if name in rows.columns]
    yield (pl.lit(f"{copy:06d}-") + pl.col(names)).name.keep()
    if "probability" in rows.columns:
        yield (pl.col("probability") - copy * STEP).clip(0, 1)
