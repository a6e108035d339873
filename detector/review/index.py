"""What the queue of a million accounts is filtered, sorted and counted by, held as numbers.

Texts stay in the run's files: of each account a few bytes are kept, and what a page shows is read
for its rows alone.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from detector.errors import InputError
from detector.runs.run import Run
from detector.schemas import Accounts, Devices

Mask = NDArray[np.bool_]
Numbers = NDArray[Any]
CODES_PER_WORD = 64
FACETS = ("verdict", "pattern", "partner", "country")
COUNTRY = Accounts.country_of_record.name
NUMBERS: dict[str, Any] = {
    "probability": np.float32,
    "home_confidence": np.float32,
    "active_days": np.uint16,
    "external_households": np.uint16,
}
COLUMNS = [
    *("account_id", *FACETS[:3], COUNTRY, *NUMBERS, "flagged"),
    "reason_codes",
]
READING = BoundedSemaphore(2)
OPEN: Any = pq.ParquetFile
"""pyarrow ships no types."""
UNREADABLE: tuple[type[Exception], ...] = (
    cast("Any", pa).ArrowException,
    pl.exceptions.PolarsError,
    OSError,
)
AT_ONCE = 1 << 15
"""Rows that are read at once: few, as libraries keep the memory that they once had."""
ACCOUNT = Accounts.account_id.name
FEW = 4
"""Rows of a group that are read one by one: a dozen take as long as the whole group."""


@dataclass(frozen=True)
class Facet:
    """One column of few values, as numbers."""

    values: tuple[str, ...]
    """Sorted; the empty text stands for accounts of which nothing is known."""
    codes: Numbers
    """Of each account, which of them."""


@dataclass(frozen=True)
class RunIndex:
    """All accounts of a run, in the order of its file.

    Built by `load_index`.
    """

    path: Path
    footer: Any
    """Of the file, read once."""
    group_rows: int
    """Rows in each row group of the file but the last."""
    accounts: pl.Series
    """Their ids, sorted."""
    facets: dict[str, Facet]
    probability: Numbers
    home_confidence: Numbers
    active_days: Numbers
    external_households: Numbers
    flagged: Mask
    reasons: tuple[str, ...]
    """Every code that some account has, sorted."""
    reason_bits: NDArray[np.uint64]
    """Per account and word of 64 codes."""
    shared_devices: pl.DataFrame
    """device_id, account_id: devices that were seen on several accounts."""
    orders: dict[str, Numbers] = field(default_factory=dict[str, Numbers])

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return self.accounts.len()

    def find(self, account_id: str) -> int | None:
        """The row of an account; none if the run does not hold it."""
        at = self.accounts.search_sorted(account_id)
        return at if at < self.size and self.accounts[at] == account_id else None

    def having(self, code: str) -> Mask:
        """Which accounts give a reason; none of them where nobody does."""
        if code not in self.reasons:
            return np.zeros(self.size, np.bool_)
        word, bit = divmod(self.reasons.index(code), CODES_PER_WORD)
        return (self.reason_bits[:, word] >> np.uint64(bit) & np.uint64(1)).astype(np.bool_)

    def order(self, name: str) -> Numbers:
        """Rows from the most of a number to the least; equal ones in the order of the file."""
        if name not in self.orders:
            values = getattr(self, name)
            self.orders[name] = np.argsort(-values.astype(np.float32), kind="stable").astype(
                np.int32
            )
        return self.orders[name]

    def read_rows(self, rows: Sequence[int] | Numbers, columns: list[str]) -> pl.DataFrame:
        """Read what is shown of some accounts, in the order asked for."""
        wanted = pl.DataFrame({"row": np.asarray(rows, np.int64)}).with_row_index("place")
        group = wanted["row"] // self.group_rows
        parts = wanted.with_columns(group=group).partition_by("group", maintain_order=True)
        read = [name for name in columns if name != ACCOUNT]
        if not parts:
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        told = pl.concat(self._read_part(part, read) for part in parts).sort("place")
        return told.with_columns(self.accounts.gather(wanted["row"])).select(columns)

    def _read_part(self, part: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """Rows of one group: a few one by one, of many the group; ids are known already."""
        if part.height <= FEW:
            file = pl.scan_parquet(self.path, glob=False).select(columns)
            rows = [file.slice(row, 1) for row in part["row"]]
            frame = pl.concat(pl.collect_all(rows))
        else:
            frame = self._read_group(part, columns)
        told = frame.with_columns(part["place"])
        return told.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))

    def _read_group(self, part: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        number = int(part["group"][0])
        start = number * self.group_rows
        file = pl.scan_parquet(self.path, glob=False).select(columns)
        with READING:
            return file.slice(start, self.group_rows).collect()[part["row"] - start]


def load_index(folder: Path) -> RunIndex:
    """Read what the queue of a run needs.

    Args:
        folder: A finished run.

    Raises:
        DetectorError: The folder holds no such run.
        InputError: Its accounts cannot be read, or were written by a version that told less.
    """
    run = Run(folder)
    run.finished()
    run.scan(Accounts)
    path = run.path(Accounts)
    with _reading(path) as file:
        footer: Any = file.metadata
        rows: list[int] = [footer.row_group(n).num_rows for n in range(footer.num_row_groups)]
        gathered = _Gathered(sum(rows))
        wanted = pl.scan_parquet(path, glob=False).select(COLUMNS)
        for start in range(0, sum(rows), AT_ONCE):
            gathered.add(wanted.slice(start, AT_ONCE).collect())
    reasons, bits = _in_order(gathered.reasons.known, gathered.bits)
    numbers: Any = gathered.numbers
    index = RunIndex(
        path=path,
        footer=footer,
        group_rows=rows[0] if rows else 1,
        accounts=pl.concat(gathered.ids),
        facets={name: coded.facet(gathered.codes[name]) for name, coded in gathered.texts.items()},
        **numbers,
        flagged=gathered.flagged,
        reasons=reasons,
        reason_bits=bits,
        shared_devices=_shared_devices(run),
    )
    index.order("probability")
    return index


@contextmanager
def _reading(path: Path) -> Generator[Any]:
    """A table of a run, whose columns are those that the queue needs."""
    again = "make the run anew: `household detect LOG --out DIR`"
    try:
        with OPEN(path, pre_buffer=False) as file:
            names: list[str] = file.schema_arrow.names
            lacking = {*COLUMNS} - {*names}
            if lacking:
                words = f"{path} lacks {', '.join(sorted(lacking))}: it is of an older version."
                raise InputError(words, hint=again)
            yield file
    except UNREADABLE as error:
        raise InputError(f"{path} cannot be read: {error}", hint=again) from error


@dataclass
class _Coded:
    """Texts as numbers, as they were met."""

    known: dict[str, int] = field(default_factory=dict[str, int])

    def read(self, column: pl.Series) -> Numbers:
        """The numbers of a column's texts."""
        texts = column.cast(pl.String).fill_null("")
        for text in texts.unique():
            self.known.setdefault(text, len(self.known))
        found = texts.replace_strict([*self.known], [*self.known.values()], return_dtype=pl.Int32)
        return found.to_numpy()

    def facet(self, codes: Numbers) -> Facet:
        """The texts sorted, whatever was met first; as few bytes for each account as will do."""
        values = tuple(sorted(self.known)) or ("",)
        place = {value: number for number, value in enumerate(values)}
        moved = np.array([place[value] for value in self.known], np.int32)
        kind = np.uint8 if len(values) <= 256 else np.int32
        return Facet(values, moved.astype(kind)[codes])


class _Gathered:
    """What batches of rows tell, in arrays that are there before; of their texts only ids stay."""

    def __init__(self, size: int) -> None:
        self.filled = 0
        self.ids = [pl.Series(ACCOUNT, [], pl.String)]
        self.texts = {name: _Coded() for name in FACETS}
        self.codes: dict[str, Numbers] = {name: np.zeros(size, np.int32) for name in FACETS}
        self.numbers = {name: np.zeros(size, kind) for name, kind in NUMBERS.items()}
        self.flagged = np.zeros(size, np.bool_)
        self.reasons = _Coded()
        self.bits = np.zeros((size, 1), np.uint64)

    def add(self, rows: pl.DataFrame) -> None:
        """Take in the next rows."""
        here = slice(self.filled, self.filled + rows.height)
        self.filled = here.stop
        self.ids.append(rows[ACCOUNT])
        for name, coded in self.texts.items():
            self.codes[name][here] = coded.read(rows[COUNTRY if name == "country" else name])
        for name, numbers in self.numbers.items():
            numbers[here] = rows[name].to_numpy()
        self.flagged[here] = rows["flagged"].to_numpy()
        bits = _bits(rows["reason_codes"], self.reasons)
        if bits.shape[1] > self.bits.shape[1]:
            self.bits = np.pad(self.bits, ((0, 0), (0, bits.shape[1] - self.bits.shape[1])))
        self.bits[here] = bits


def _bits(column: pl.Series, coded: _Coded) -> NDArray[np.uint64]:
    told = column.to_frame("code").with_row_index("row").explode("code").drop_nulls()
    codes, rows = coded.read(told["code"].struct.field("code")), told["row"].to_numpy()
    bits = np.zeros((column.len(), _words(coded)), np.uint64)
    for code in np.unique(codes):
        word, bit = divmod(int(code), CODES_PER_WORD)
        bits[rows[codes == code], word] |= np.uint64(1 << bit)
    return bits


def _words(coded: _Coded) -> int:
    return 1 + max(len(coded.known) - 1, 0) // CODES_PER_WORD


def _in_order(
    known: dict[str, int], bits: NDArray[np.uint64]
) -> tuple[tuple[str, ...], NDArray[np.uint64]]:
    """Codes sorted by name, so that the same run is told the same way whatever was met first."""
    names = tuple(sorted(known))
    moved = np.zeros_like(bits)
    for number, name in enumerate(names):
        (word, bit), (there, goal) = (divmod(n, CODES_PER_WORD) for n in (known[name], number))
        moved[:, there] |= (bits[:, word] >> np.uint64(bit) & np.uint64(1)) << np.uint64(goal)
    return names, moved


def _shared_devices(run: Run) -> pl.DataFrame:
    """Few devices are on several accounts; all others are left on the disk."""
    several = Devices.accounts.col > 1
    rows = run.scan(Devices).filter(several).select("device_id", "account_id")
    return rows.sort("device_id", "account_id").collect(engine="streaming")
