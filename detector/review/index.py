"""What the queue of a million accounts is filtered, sorted and counted by, held as numbers.

Texts stay in the run's files: of each account a few bytes are kept, and what a page shows is read
for its rows alone.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from detector.runs.run import Run
from detector.schemas import Accounts, Devices

Mask = NDArray[np.bool_]
Numbers = NDArray[Any]
CODES_PER_WORD = 64
FACETS = ("verdict", "pattern", "partner", "country")
COUNTRY = Accounts.country_of_record.name


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
        at = cast("int", self.accounts.search_sorted(account_id))
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
            self.orders[name] = np.argsort(-values, kind="stable").astype(np.int32)
        return self.orders[name]

    def read_rows(self, rows: Numbers, columns: list[str]) -> pl.DataFrame:
        """Read what is shown of some accounts, in the order asked for."""
        wanted = pl.DataFrame({"row": np.asarray(rows, np.int64)}).with_row_index("place")
        found: list[pl.DataFrame] = []
        with pq.ParquetFile(self.path) as file:
            start = 0
            for group in range(file.num_row_groups):
                count = file.metadata.row_group(group).num_rows
                inside = wanted.filter(pl.col("row").is_between(start, start + count - 1))
                if inside.height:
                    table = file.read_row_group(group, columns=columns)
                    kept = table.take((inside["row"] - start).to_arrow())
                    frame = cast("pl.DataFrame", pl.from_arrow(kept))
                    found.append(frame.with_columns(inside["place"]))
                start += count
        if not found:
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        return pl.concat(found).sort("place").drop("place")


def load_index(folder: Path) -> RunIndex:
    """Read what the queue of a run needs.

    Args:
        folder: A finished run.

    Raises:
        DetectorError: The folder holds no such run.
    """
    run = Run(folder)
    run.finished()
    run.scan(Accounts)
    path = run.path(Accounts)
    names = [*FACETS[:3], COUNTRY, "flagged", "probability", "home_confidence"]
    frame = pl.read_parquet(path, columns=[*names, "active_days", "external_households"])
    codes, bits = _reasons(path)
    return RunIndex(
        path=path,
        accounts=pl.read_parquet(path, columns=["account_id"])["account_id"].rechunk(),
        facets={name: _facet(frame[COUNTRY if name == "country" else name]) for name in FACETS},
        probability=frame["probability"].cast(pl.Float32).to_numpy(),
        home_confidence=frame["home_confidence"].cast(pl.Float32).to_numpy(),
        active_days=frame["active_days"].cast(pl.Int32).to_numpy(),
        external_households=frame["external_households"].cast(pl.Int32).to_numpy(),
        flagged=frame["flagged"].to_numpy(),
        reasons=codes,
        reason_bits=bits,
        shared_devices=_shared_devices(run),
    )


def _facet(column: pl.Series) -> Facet:
    filled = column.cast(pl.String).fill_null("")
    values = filled.unique().sort()
    codes = filled.cast(pl.Enum(values)).to_physical().cast(pl.Int32).to_numpy()
    return Facet(tuple(values), codes)


def _reasons(path: Path) -> tuple[tuple[str, ...], NDArray[np.uint64]]:
    """A bit for each code; read group by group, as the parameters beside them are long."""
    known: dict[str, int] = {}
    parts: list[NDArray[np.uint64]] = []
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=["reason_codes.list.element.code"])
            column = table.column(0).combine_chunks()
            parts.append(_bits(column, known))
    words = 1 + max(len(known) - 1, 0) // CODES_PER_WORD
    whole = [np.pad(part, ((0, 0), (0, words - part.shape[1]))) for part in parts]
    bits = np.concatenate(whole) if whole else np.zeros((0, words), np.uint64)
    return _in_order(known, bits)


def _bits(column: Any, known: dict[str, int]) -> NDArray[np.uint64]:  # noqa: ANN401 - pyarrow
    coded = column.flatten().field("code").dictionary_encode()
    for code in coded.dictionary.to_pylist():
        known.setdefault(code, len(known))
    numbers = np.array([known[code] for code in coded.dictionary.to_pylist()], np.int64)
    codes = numbers[coded.indices.to_numpy(zero_copy_only=False)]
    rows = np.repeat(np.arange(len(column)), column.value_lengths().to_numpy(zero_copy_only=False))
    words = 1 + max(len(known) - 1, 0) // CODES_PER_WORD
    bits = np.zeros((len(column), words), np.uint64)
    for code in np.unique(codes):
        word, bit = divmod(int(code), CODES_PER_WORD)
        bits[rows[codes == code], word] |= np.uint64(1 << bit)
    return bits


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
