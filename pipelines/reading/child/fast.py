"""Rows that are plainly good, without a look at each of their texts.

What the texts mean is worked out once for each distinct one. Rows about which there is anything
to say (a reject, a location other than by address) are left to `detector.events.clean`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.events.addresses import number_networks
from detector.events.clean import (
    Window,
    hash_column,
    join_hashes,
    salt_of,
    usable_ids,
)
from detector.events.rows import LogRows
from detector.events.words import FAILED, is_playing, is_refusal, read_event_types
from detector.kernels.arrays import Codes, Flags, Longs
from detector.kernels.texts import Encoded
from pipelines.reading.child.coercion import TEXTS, is_text, read_texts
from pipelines.reading.child.rows import read_rows, walk
from pipelines.reading.shared.arrow import Schema, Table, pa
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.mapping import Mapped
from pipelines.reading.shared.messages import ReadPlan
from pipelines.reading.shared.times import OLDEST_US, US_PER_DAY, days_since_1970


@dataclass(frozen=True)
class Columns:
    """One piece of a file: its texts as codes, its other columns as they were read."""

    texts: Mapping[str, Encoded]
    others: pl.DataFrame

    def work_out(
        self, name: str, read: Callable[[pl.Series], NDArray[Any]], missing: np.generic
    ) -> NDArray[Any]:
        """Say of each row what its text means, each distinct text read once."""
        if name not in self.texts:
            return np.full(self.others.height, missing)
        return self.texts[name].take(read(self.texts[name].texts), missing)

    def prints(self) -> Longs:
        """The fingerprint of each row, as `fingerprint_rows` would tell it."""
        rows = self.others.height
        columns = (column for column in self.others if column.name in _NUMBERS)
        numbers = (hash_column(column) for column in columns if column.null_count() < rows)
        totals = join_hashes(rows, numbers)
        for name, encoded in self.texts.items():
            encoded.add_hashes(totals, salt_of(name))
        return totals


_NUMBERS = tuple(
    name
    for name, column in LogRows.columns().items()
    if column.dtype != pl.String and name not in (LogRows.file.name, LogRows.row.name)
)
_UNIQUE = LogRows.event_id.name
_NEEDED = {LogRows.account_id.name, LogRows.device_id.name, LogRows.ip.name}


def read_columns(table: Table, mapped: Mapped, source: LogSource) -> Columns:
    """Bring a piece of a file to the contract's columns, with texts as codes."""
    texts = {
        name: (Encoded.one_each if name == _UNIQUE else Encoded.of)(
            read_texts(name, walk(table, steps))
        )
        for name, steps in mapped.steps.items()
        if name in TEXTS
    }
    for name, value in mapped.constants.items():
        if name in TEXTS and value is not None:
            codes = pa.repeat(pa.scalar(0, pa.int32()), table.num_rows).to_numpy()
            texts[name] = Encoded(codes, pl.Series([value], dtype=pl.String))
    rest = {name: steps for name, steps in mapped.steps.items() if name not in TEXTS}
    constants = {name: value for name, value in mapped.constants.items() if name not in TEXTS}
    return Columns(texts, read_rows(table, Mapped(rest, constants), source.columns))


def text_columns(schema: Schema, mapped: Mapped) -> list[str]:
    """The file's own names of its columns of texts that repeat, but those in structs or lists."""
    ways = (way for name, way in mapped.steps.items() if name in TEXTS and name != _UNIQUE)
    names = {str(way[0]) for way in ways if len(way) == 1}
    return sorted(name for name in names if is_text(schema.field(name).type))


def find_listed(columns: Columns, plan: ReadPlan) -> Flags:
    """The rows of the accounts that the caller asked for; all, if there is no list."""
    if plan.only is None:
        return np.ones(columns.others.height, np.bool_)
    account = columns.texts.get(LogRows.account_id.name)
    if account is None:
        return np.zeros(columns.others.height, np.bool_)
    listed = account.texts.is_in(_account_list(plan.only))
    return account.take(listed.to_numpy(), missing=False)


@cache
def _account_list(path: str) -> tuple[str, ...]:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return tuple(sorted({line for line in lines if line}))


@dataclass(frozen=True)
class NetworkCodes:
    """The network of each distinct address text; -1 where there is none."""

    of_text: Codes
    texts: pl.Series


def read_networks(columns: Columns) -> NetworkCodes:
    """Read each distinct address once."""
    if LogRows.ip.name not in columns.texts:
        return NetworkCodes(np.empty(0, np.int32), pl.Series(dtype=pl.String))
    return NetworkCodes(*number_networks(columns.texts[LogRows.ip.name].texts))


def find_plain(columns: Columns, networks: NetworkCodes, window: Window, plan: ReadPlan) -> Flags:
    """The rows that nothing is wrong with, whether or not their day is judged."""
    if not columns.texts.keys() >= _NEEDED or plan.mmdb or plan.cidr:
        return np.zeros(columns.others.height, np.bool_)
    ts, unread = columns.others[LogRows.ts.name], columns.others[LogRows.ts_text.name]
    last = (days_since_1970(window.log_ends) + 1) * US_PER_DAY
    micros = ts.dt.epoch("us").fill_null(-1).to_numpy()
    plain = (micros >= OLDEST_US) & (micros < last)
    if unread.null_count() < len(unread):
        plain &= unread.is_null().to_numpy()
    for name, whose in ((LogRows.account_id.name, "account"), (LogRows.device_id.name, "device")):
        usable = usable_ids(columns.texts[name].texts, whose, plan.events)
        plain &= columns.texts[name].take(usable.to_numpy(), missing=False)
    plain &= ~_failed(columns)
    return plain & columns.texts[LogRows.ip.name].take(networks.of_text >= 0, missing=False)


def _failed(columns: Columns) -> Flags:
    """The sign-ins that came to nothing."""
    nothing = np.bool_(False)
    failed = columns.work_out(LogRows.event_type.name, _is_failed, nothing)
    refused = columns.work_out(LogRows.outcome.name, _is_refusal, nothing)
    if not refused.any():
        return failed
    return failed | (refused & ~columns.work_out(LogRows.event_type.name, _is_playing, nothing))


def _is_failed(texts: pl.Series) -> Flags:
    return (read_event_types(texts) == FAILED).fill_null(value=False).to_numpy()


def _is_refusal(texts: pl.Series) -> Flags:
    return is_refusal(texts).to_numpy()


def _is_playing(texts: pl.Series) -> Flags:
    return is_playing(read_event_types(texts)).to_numpy()
