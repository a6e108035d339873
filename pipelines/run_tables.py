"""The tables of a run folder or of a world's truth, read and checked."""

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

import dataframely as dy
import polars as pl
from dataframely.exc import ValidationError

from detector.errors import InputError, MissingColumnsError
from detector.runs import Run
from detector.truth import Truth, TruthAccounts, TruthDevices, TruthNetworks

S = TypeVar("S", bound=dy.Schema)


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
    path = Run(folder).path(table)
    _check_presence(folder, path.name)
    try:
        rows = _scan(path, table)
        if accounts is not None:
            rows = rows.filter(pl.col("account_id").is_in(sorted(accounts)))
        return table.cast(rows.collect())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="make the run anew") from error


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


def _check_presence(folder: Path, name: str) -> None:
    hint = "name a folder that `household detect --out` wrote"
    if name.startswith("truth"):
        hint = "name a folder that `household simulate --out` wrote"
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", hint=hint)
    if not (folder / name).is_file():
        raise InputError(f"{folder} holds no {name}.", hint=hint)


def _scan(path: Path, table: type[dy.Schema]) -> pl.LazyFrame:
    rows = pl.scan_parquet(path, glob=False)
    names, found = table.column_names(), rows.collect_schema().names()
    if lacking := set(names) - set(found):
        raise MissingColumnsError.in_table(str(path), lacking, found)
    return rows.select(names)


def _valid_truth(world: Path, table: type[S]) -> dy.DataFrame[S]:
    try:
        return table.validate(read_table(world, table))
    except ValidationError as error:
        path = Run(world).path(table)
        raise InputError(f"{path} is no truth of a world: {error}") from error
