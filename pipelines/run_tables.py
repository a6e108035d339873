"""The tables of a run folder or of a world's truth, read and checked."""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import dataframely as dy
import polars as pl
from dataframely.exc import ValidationError

from detector.errors import InputError, MissingColumnsError
from detector.events.accounts import Residents
from detector.evidence.weigh import theme_of
from detector.measuring.truth import Truth, TruthAccounts, TruthDevices, TruthNetworks
from detector.runs.run import Run
from detector.schemas import Accounts, Devices, Evidence, Households, Places, Ties, Visits
from detector.stories.tell import RunTables

S = TypeVar("S", bound=dy.Schema)

_TOLD_BY_OTHERS = {
    Evidence.theme.name: theme_of(Evidence.factor.col),
    Households.household_id.name: pl.format(
        "{}/{}", Households.account_id.col, Households.household.col
    ),
    # What such a run does not know may not lead to anything.
    Accounts.threshold.name: pl.lit(1.0),
    Accounts.home_confidence.name: pl.lit(0.0),
    Devices.borrowed.name: pl.lit(value=False),
    Accounts.reason_codes.name: pl.lit([], dtype=Accounts.reason_codes.dtype),
}
"""Columns that a run of an older version lacks, but whose values its other columns tell."""


def read_table(
    folder: Path, table: type[S], accounts: Collection[str] | None = None
) -> dy.DataFrame[S]:
    """Read one table of a folder, or only its rows of some accounts.

    Raises:
        InputError: The folder or its file is missing, or cannot be read.
        MissingColumnsError: The file is another kind of table.

    Examples:
        >>> from detector.schemas import Accounts
        >>> read_table(Path("nowhere"), Accounts)
        Traceback (most recent call last):
        detector.errors.InputError: There is no folder nowhere.
        <BLANKLINE>
        Hint: name a folder that `household detect --out` wrote
    """
    with _reading(folder, table) as rows:
        if accounts is not None:
            rows = rows.filter(Accounts.account_id.col.is_in(sorted(accounts)))
        return table.cast(rows.collect())


def list_accounts(folder: Path) -> pl.Series:
    """The ids of all accounts of a run, sorted."""
    column = Accounts.account_id.name
    with _reading(folder, Accounts) as rows:
        return rows.select(column).collect()[column].sort()


def list_flagged_accounts(folder: Path) -> pl.Series:
    """The ids of the flagged accounts of a run, sorted."""
    column = Accounts.account_id.name
    with _reading(folder, Accounts) as rows:
        return rows.filter(Accounts.flagged.name).select(column).collect()[column].sort()


def list_residents(folder: Path) -> dy.DataFrame[Residents]:
    """Which device lives in which household of a run; nothing if it is of a version without names.

    Sorted by account and device.
    """
    named = Residents.household_id.col.is_not_null()
    with _reading(folder, Devices) as rows:
        found = rows.filter(named).select(Residents.column_names()).collect()
    return Residents.cast(found.sort(Residents.primary_key()))


def load_tables(folder: Path, accounts: Collection[str] | None = None) -> RunTables:
    """Read what stories are told from, for all accounts of a run or for some.

    Raises:
        InputError: The folder is no run, or a table cannot be read.
    """
    return RunTables(
        accounts=read_table(folder, Accounts, accounts),
        households=read_table(folder, Households, accounts),
        devices=read_table(folder, Devices, accounts),
        places=read_table(folder, Places, accounts),
        evidence=read_table(folder, Evidence, accounts),
        visits=read_table(folder, Visits, accounts),
        ties=read_table(folder, Ties, accounts),
    )


def load_truth(world: Path) -> Truth:
    """Read the truth of a world, whose account and device ids may also be integers.

    Raises:
        InputError: A table is missing, cannot be read, or holds an unknown label.
    """
    has_networks = Run(world).holds(TruthNetworks)
    return Truth(
        _valid_truth(world, TruthAccounts),
        _valid_truth(world, TruthDevices),
        _valid_truth(world, TruthNetworks) if has_networks else None,
    )


@contextmanager
def _reading(folder: Path, table: type[dy.Schema]) -> Generator[pl.LazyFrame]:
    """Open a table of a folder; whatever goes wrong while it is read is an `InputError`."""
    path = Run(folder).path(table)
    _check_presence(folder, path.name)
    try:
        yield _scan(path, table)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="make the run anew") from error


def _check_presence(folder: Path, name: str) -> None:
    hint = "name a folder that `household detect --out` wrote"
    if name.startswith("truth"):
        hint = "name a folder that `household simulate --out` wrote"
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", hint=hint)
    if not (folder / name).is_file():
        raise InputError(f"{folder} holds no {name}.", hint=hint)


def _scan(path: Path, table: type[dy.Schema]) -> pl.LazyFrame:
    """Columns that may be unknown are so in a run of a version that did not have them."""
    rows = pl.scan_parquet(path, glob=False)
    columns, found = table.columns(), rows.collect_schema().names()
    new = [name for name in columns if name not in found]
    needed = {name for name in new if not columns[name].nullable}
    if lacking := needed - _TOLD_BY_OTHERS.keys():
        raise MissingColumnsError.in_table(str(path), lacking, found)
    unknown = {name: pl.lit(None, columns[name].dtype) for name in new}
    told = {name: _TOLD_BY_OTHERS[name] for name in new if name in needed}
    return rows.with_columns(**unknown | told).select(list(columns))


def _valid_truth(world: Path, table: type[S]) -> dy.DataFrame[S]:
    try:
        return table.validate(read_table(world, table))
    except ValidationError as error:
        path = Run(world).path(table)
        raise InputError(f"{path} is no truth of a world: {error}") from error
