"""One account's rows out of a run's files, read for the page that shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import TypeVar

import dataframely as dy
import polars as pl

from detector.errors import SettingsError
from detector.runs.run import Run
from detector.schemas import Accounts, Devices, Evidence, Households, Places, Ties, Visits
from detector.stories.tell import RunTables

READING = BoundedSemaphore(2)
"""So many read at once: a row group is large, and twenty of them would fill the memory."""
S = TypeVar("S", bound=dy.Schema)
TABLES: dict[str, type[dy.Schema]] = {
    "account": Accounts,
    "households": Households,
    "devices": Devices,
    "places": Places,
    "evidence": Evidence,
    "visits": Visits,
    "ties": Ties,
}
"""What a reader may see the rows of: not `networks.parquet`, which holds addresses."""


@dataclass(frozen=True)
class RunFiles:
    """The tables of a run by account; each is sorted by it, so few row groups are touched."""

    folder: Path
    find: Callable[[str], int | None] = field(default=lambda _account_id: None)
    """The row of an account in its table, where that is known: nothing is then searched."""

    def read(self, table: type[S], account_id: str) -> dy.DataFrame[S]:
        """The rows of one account."""
        run = Run(self.folder)
        run.scan(table)
        rows = pl.scan_parquet(run.path(table), glob=False)
        row = self.find(account_id) if table is Accounts else None
        mine = rows.filter(pl.col("account_id") == account_id)
        found = (mine if row is None else rows.slice(row, 1)).collect()
        known = {name: kind for name, kind in table.columns().items() if kind.nullable}
        lacking = {n: pl.lit(None, k.dtype) for n, k in known.items() if n not in found.columns}
        return table.cast(found.with_columns(**lacking).select(table.column_names()))

    def tables(self, account_id: str) -> RunTables:
        """All that a story is told from."""
        with READING:
            return self._tables(account_id)

    def _tables(self, account_id: str) -> RunTables:
        return RunTables(
            accounts=self.read(Accounts, account_id),
            households=self.read(Households, account_id),
            devices=self.read(Devices, account_id),
            places=self.read(Places, account_id),
            evidence=self.read(Evidence, account_id),
            visits=self.read(Visits, account_id),
            ties=self.read(Ties, account_id),
        )

    def rows(self, name: str, account_id: str) -> pl.DataFrame:
        """The rows that a number on a page came from.

        Raises:
            SettingsError: There is no such table, or nobody may see it.
        """
        if name not in TABLES:
            raise SettingsError(
                f"There is no table {name[:40]!r} to look at.", hint=f"one of {', '.join(TABLES)}"
            )
        return self.read(TABLES[name], account_id)

    def find_device(self, device_id: str) -> list[str]:
        """Accounts on which a device was seen: the whole column is read, nothing else."""
        rows = Run(self.folder).scan(Devices).filter(Devices.device_id.col == device_id)
        found = rows.select("account_id").collect(engine="streaming")["account_id"]
        return found.sort().to_list()

    def find_place(self, name: str, most: int) -> list[str]:
        """Accounts with a place in a city, spelt as the log has it but for its capitals."""
        wanted = Places.city.col.str.to_lowercase() == name.lower()
        rows = pl.scan_parquet(Run(self.folder).path(Places), glob=False).filter(wanted)
        found = rows.select("account_id").collect(engine="streaming")["account_id"]
        return found.unique().sort().head(most).to_list()
