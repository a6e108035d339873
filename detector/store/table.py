"""The store: sightings of all days in a Delta Lake table, to which each ingest adds.

The table's own log decides what is there. Everything else of an ingest (which files it read, its
rejects) lies beside the table under the ingest's id and counts only if the log holds a transaction
of that id: so one commit makes all of it true at once, and what a killed ingest left behind is
never looked at. Sightings are sets: what two ingests both hold counts once.
"""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from detector.errors import DetectorError, SettingsError
from detector.log_settings import EventSettings
from detector.runs.files import flush_folder
from detector.runs.manifest import hash_json
from detector.store.columns import DAY, arrow_schema
from detector.store.ledger import Ingest

if TYPE_CHECKING:
    from deltalake import DeltaTable

BESIDE = "_household"
"""Readers of Delta tables and their vacuum pass over names with an underscore."""

FORMAT = 2
REWRITES = "household.rewrite"
"""Transactions of this name exclude each other: of two that replace files, one must look again."""


class ConflictError(DetectorError):
    """Another process changed the table first; what was written has to be thought over."""


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of the table: sightings of one day."""

    path: Path
    day: date
    rows: int
    bytes: int


@dataclass(frozen=True)
class Snapshot:
    """A store at one moment: what was committed then, whatever happens meanwhile."""

    folder: Path
    table: "DeltaTable"

    @property
    def id(self) -> str:
        """The store's own, whatever its folder is called and however it grows."""
        return str(self.table.metadata().id)

    @cached_property
    def files(self) -> tuple[DataFile, ...]:
        """The files of the table, by day and name."""
        actions: Any = pl.DataFrame(self.table.get_add_actions(flatten=True))
        columns = ("path", f"partition.{DAY}", "num_records", "size_bytes")
        rows = actions.select(columns).sort(columns[1], columns[0]).iter_rows()
        return tuple(DataFile(self.folder / path, *rest) for path, *rest in rows)

    @cached_property
    def ingests(self) -> tuple[Ingest, ...]:
        """What was ingested, in an order that does not change."""
        paths = sorted((self.folder / BESIDE / "ingests").glob("*.json"))
        return tuple(
            Ingest.model_validate_json(path.read_bytes()) for path in paths if self.holds(path.stem)
        )

    @cached_property
    def ingested(self) -> frozenset[str]:
        """Keys of the files that are in the table."""
        return frozenset(file.key for ingest in self.ingests for file in ingest.files)

    def holds(self, transaction: str) -> bool:
        """Whether the ingest or rewrite of this id was committed."""
        return self.table.transaction_version(transaction) is not None


def create_store(folder: Path, events: EventSettings) -> None:
    """Make an empty store, unless there is one; two may try at once.

    Raises:
        SettingsError: The folder holds something else, or a store with other settings.
    """
    from deltalake import DeltaTable  # noqa: PLC0415 - only stores need it

    if not DeltaTable.is_deltatable(str(folder)):
        if folder.exists() and any(path.name != BESIDE for path in folder.iterdir()):
            raise SettingsError(
                f"{folder} is not empty and no store.", hint="give a new folder as --store"
            )
        DeltaTable.create(
            str(folder),
            arrow_schema(),
            mode="ignore",
            partition_by=[DAY],
            configuration={"household": _mark(events)},
            raise_if_key_not_exists=False,
        )
    open_store(folder, events)


def open_store(folder: Path, events: EventSettings | None = None) -> Snapshot:
    """Look at a store as it is now.

    Args:
        folder: Where it is.
        events: How events are read; None to ask nothing of the store.

    Raises:
        SettingsError: There is no store, or its events were read in another way.
    """
    try:
        from deltalake import DeltaTable  # noqa: PLC0415 - only stores need it
        from deltalake.exceptions import DeltaError, TableNotFoundError  # noqa: PLC0415
    except ImportError as error:
        hint = "install it with: pip install 'household-detector[delta]'"
        raise SettingsError("A store needs the deltalake library.", hint=hint) from error
    try:
        table = DeltaTable(str(folder))
    except TableNotFoundError as error:
        hint = "fill one with: household ingest LOG --store DIR"
        raise SettingsError(f"{folder} is no store.", hint=hint) from error
    except (DeltaError, OSError) as error:
        raise DetectorError(f"The log of the store {folder} cannot be read: {error}") from error
    mark = table.metadata().configuration.get("household")
    if mark is None:
        raise SettingsError(
            f"{folder} is a Delta table, but not one of sightings.",
            hint="name the folder that `household ingest --store` filled",
        )
    if events is not None and mark != _mark(events):
        raise SettingsError(
            f"{folder} was filled with other settings under [events], or by another format.",
            hint="use the same settings, or ingest the log into a new store",
        )
    return Snapshot(folder, table)


def commit(
    snapshot: Snapshot,
    transaction: str,
    added: Sequence[DataFile],
    removed: Sequence[DataFile] = (),
) -> None:
    """Add files to the table, and take others out of it, in one step.

    Files that are taken out say the same as those that replace them; readers who began
    before keep them until `vacuum`.

    Args:
        snapshot: What the files were made from.
        transaction: The id under which everything else of this step was written.
        added: Complete, on the disk.
        removed: Of the snapshot.

    Raises:
        ConflictError: Another rewrite was committed since the snapshot.
    """
    from deltalake import CommitProperties, Transaction  # noqa: PLC0415 - only stores need it
    from deltalake.exceptions import CommitFailedError  # noqa: PLC0415

    marks = [Transaction(transaction, 1)]
    if removed:
        turn = (snapshot.table.transaction_version(REWRITES) or 0) + 1
        marks.append(Transaction(REWRITES, turn))
    try:
        snapshot.table.create_write_transaction(
            [*_removals(snapshot.folder, removed), *_additions(snapshot.folder, added, removed)],
            "append",
            arrow_schema(),
            [DAY],
            commit_properties=CommitProperties(
                app_transactions=marks,
                max_commit_retries=100,
            ),
        )
    except CommitFailedError as error:
        if not open_store(snapshot.folder).holds(transaction):
            raise ConflictError(f"{snapshot.folder} was changed meanwhile.") from error
    log = snapshot.folder / "_delta_log"
    for path in [*sorted(log.glob("*.json"))[-1:], log]:
        flush_folder(path)


def data_path(folder: Path, day: date, transaction: str) -> Path:
    """Where a transaction keeps the sightings of a day.

    Examples:
        >>> data_path(Path("store"), date(2026, 5, 1), "a1").as_posix()
        'store/day=2026-05-01/a1.parquet'
    """
    return folder / f"{DAY}={day}" / f"{transaction}.parquet"


def rejects_path(folder: Path, transaction: str) -> Path:
    """Where an ingest keeps the rows it refused."""
    return folder / BESIDE / "rejects" / f"{transaction}.parquet"


def ledger_path(folder: Path, transaction: str) -> Path:
    """Where an ingest says what it read."""
    return folder / BESIDE / "ingests" / f"{transaction}.json"


def _mark(events: EventSettings) -> str:
    return f"{FORMAT}:{hash_json(events.model_dump(mode='json'))}"


def _additions(folder: Path, files: Iterable[DataFile], replaced: Sequence[DataFile]) -> list[Any]:
    from deltalake.transaction import AddAction  # noqa: PLC0415 - only stores need it

    return [
        AddAction(
            path=quote(file.path.relative_to(folder).as_posix(), safe="/="),
            size=file.bytes,
            partition_values={DAY: str(file.day)},
            modification_time=file.path.stat().st_mtime_ns // 1_000_000,
            data_change=not replaced,
            stats=json.dumps({"numRecords": file.rows}),
        )
        for file in files
    ]


def _removals(folder: Path, files: Iterable[DataFile]) -> list[Any]:
    from deltalake.transaction import RemoveAction  # noqa: PLC0415 - only stores need it

    return [
        RemoveAction(
            path=file.path.relative_to(folder).as_posix(),
            data_change=False,
            deletion_timestamp=time.time_ns() // 1_000_000,
            size=file.bytes,
            partition_values={DAY: str(file.day)},
        )
        for file in files
    ]
