"""The tables of a run → its messages: a line for each flag, and for each that came or went."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from detector.runs.contract import VERSION, schema_id
from detector.runs.files import replace_file
from detector.runs.manifest import JudgedDays
from detector.runs.messages import CHANGES, FLAGS, MESSAGES, NOT_SEEN, Changes, Flags
from detector.runs.run import ROWS_PER_GROUP, Run
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices, Households

ACCOUNTS_AT_ONCE = ROWS_PER_GROUP
"""Accounts looked at together: a row group of them; for fewer it would be read several times."""

A, H = Accounts, Households
CODES, WHY_NOT = Flags.reason_codes.name, Changes.why_not.name


@dataclass(frozen=True)
class ToldRun:
    """The run that is told about, and the run before it."""

    run: str
    window: JudgedDays
    previous_run: str | None = None
    flagged_before: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    """The account ids that it flagged."""


def write_messages(run: Run, told: ToldRun) -> None:
    """Write both files of messages beside the tables, whatever there was before.

    Few accounts are held in memory at a time.

    Args:
        run: Holds accounts, households and devices.
        told: What the lines say of the run itself.
    """
    stretches = list(_stretches(run))
    window = told.window.model_dump()
    head = {"schema_version": VERSION, "run": told.run, "window": window}
    flags = (row for each in stretches for row in _flags(run, each).iter_rows(named=True))
    _write_lines(run, FLAGS, ({**head, **_flag_line(row)} for row in flags))
    before = pl.DataFrame({ACCOUNT: told.flagged_before})
    frames = (_changes(run, each, before) for each in stretches)
    changes = (row for frame in frames for row in frame.iter_rows(named=True))
    head = {**head, Changes.previous_run.name: told.previous_run}
    _write_lines(run, CHANGES, ({**head, **_change_line(row)} for row in changes))


@dataclass(frozen=True)
class _Stretch:
    """Accounts from one id up to another, which is not among them."""

    low: str
    high: str | None

    def of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Row groups are passed over by their least and greatest keys."""
        rows = rows.filter(pl.col(ACCOUNT) >= self.low)
        return rows if self.high is None else rows.filter(pl.col(ACCOUNT) < self.high)

    def scan(self, run: Run, table: type[dy.Schema]) -> pl.LazyFrame:
        return self.of(pl.scan_parquet(run.path(table), glob=False))


def _stretches(run: Run) -> Iterator[_Stretch]:
    """Cut all ids that there may be into stretches of some accounts of the run."""
    ids = pl.scan_parquet(run.path(Accounts), glob=False).select(ACCOUNT)
    low = ""
    for first in range(ACCOUNTS_AT_ONCE, run.rows(Accounts), ACCOUNTS_AT_ONCE):
        high = ids.slice(first, 1).collect().item()
        yield _Stretch(low, high)
        low = high
    yield _Stretch(low, None)


def _flags(run: Run, stretch: _Stretch) -> pl.DataFrame:
    flagged = stretch.scan(run, Accounts).filter(A.flagged.name)
    told = [name for name in Accounts.column_names() if name in Flags.columns()]
    accounts = flagged.select(told).collect()
    households, mine = _households(run, stretch, accounts), Flags.households.name
    return accounts.join(households, on=ACCOUNT, how="left", maintain_order="left").with_columns(
        pl.col(mine).fill_null(pl.lit([], dtype=households.schema[mine]))
    )


def _households(run: Run, stretch: _Stretch, accounts: pl.DataFrame) -> pl.DataFrame:
    """The households of each account that count, with their devices."""
    counted = accounts.select(ACCOUNT, A.external_households.name)
    key = [ACCOUNT, H.household.name]
    rows = (
        stretch.scan(run, Households)
        .select(*key, H.household_id.name, H.probability.name)
        .join(counted.lazy(), on=ACCOUNT)
        .filter(H.household.col <= A.external_households.col)
    )
    living = (
        stretch.scan(run, Devices)
        .select(*key, DEVICE)
        .join(counted.lazy(), on=ACCOUNT, how="semi")
        .sort(*key, DEVICE)
        .group_by(key, maintain_order=True)
        .agg(devices=pl.col(DEVICE))
    )
    nobody = pl.lit([], dtype=pl.List(pl.String))
    return (
        rows.join(living, on=key, how="left")
        .with_columns(pl.col("devices").fill_null(nobody))
        .sort(key)
        .group_by(ACCOUNT, maintain_order=True)
        .agg(
            households=pl.struct(H.household.col, H.household_id.col, H.probability.col, "devices")
        )
        .collect()
    )


def _changes(run: Run, stretch: _Stretch, before: pl.DataFrame) -> pl.DataFrame:
    earlier = stretch.of(before.lazy()).with_columns(before=pl.lit(value=True)).collect()
    now = _asked_about(run, stretch, earlier[ACCOUNT]).join(
        earlier, on=ACCOUNT, how="full", coalesce=True
    )
    flagged, known = A.flagged.col, pl.col("before")
    unseen = pl.struct(code=pl.lit(NOT_SEEN), parameters=pl.lit("{}"))
    change = pl.when(flagged & known).then(pl.lit("held")).when(flagged).then(pl.lit("new"))
    below = flagged & (pl.col("deciding") < A.threshold.col)
    return now.sort(ACCOUNT).select(
        ACCOUNT,
        change=change.otherwise(pl.lit("released")),
        below_threshold=below.fill_null(value=False),
        verdict=A.verdict.col,
        probability=A.probability.col,
        threshold=A.threshold.col,
        why_not=pl.when(flagged.is_null()).then(unseen).otherwise(pl.col("why_not")),
    )


def _asked_about(run: Run, stretch: _Stretch, earlier: pl.Series) -> pl.DataFrame:
    """Who is flagged or was; with the probability of the household after those paid for."""
    after_paid = A.extra_members.col.fill_null(0).cast(pl.Int64) + 1
    accounts = (
        stretch.scan(run, Accounts)
        .filter(A.flagged.col | A.account_id.col.is_in(earlier.implode()))
        .with_columns(
            household=after_paid,
            why_not=pl.when(~A.flagged.col).then(A.reason_codes.col.list.get(0, null_on_oob=True)),
        )
    )
    number = H.household.col.cast(pl.Int64)
    households = stretch.scan(run, Households).select(ACCOUNT, number, next=H.probability.col)
    deciding = pl.when(H.household.col > 1).then(pl.col("next")).otherwise(A.probability.col)
    return (
        accounts.join(households, on=[ACCOUNT, H.household.name], how="left")
        .select(
            *(ACCOUNT, A.flagged.name, A.verdict.name, A.probability.name, A.threshold.name),
            "why_not",
            deciding=deciding,
        )
        .collect()
    )


def _flag_line(row: dict[str, Any]) -> dict[str, Any]:
    codes: list[dict[str, str]] = row[CODES]
    return {**row, CODES: [_code(each) for each in codes]}


def _change_line(row: dict[str, Any]) -> dict[str, Any]:
    why: dict[str, str] | None = row[WHY_NOT]
    return {**row, WHY_NOT: None if why is None else _code(why)}


def _code(told: Mapping[str, str]) -> dict[str, Any]:
    """With its parameters as an object."""
    return {"code": told["code"], "parameters": json.loads(told["parameters"])}


def _write_lines(run: Run, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    schema = schema_id(MESSAGES[name])
    with replace_file(run.folder / name) as part, part.open("wb") as file:
        for row in rows:
            file.write(_CANONICAL.encode({"schema": schema, **row}).encode("ascii") + b"\n")


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=_day)
