"""Job: what reviewers answered, how far they and the reasons are to be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from detector.cases.agreeing import agreement, overturn_rates
from detector.cases.golden import add_golden, golden
from detector.cases.reviewing import reviews
from detector.cases.second_looks import disputed
from detector.cases.suspending import is_reason, lift_reason, suspend_reason, suspended
from detector.errors import InputError, SettingsError
from detector.plain_text import plain_text
from detector.runs.files import replace_file
from detector.runs.run import Run
from detector.schemas import Accounts
from pipelines.clock import now_us
from pipelines.jobs.cases import open_cases
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import percent, plain, quiet_table


@dataclass(frozen=True)
class Agreement:
    """How far reviewers agree, and what a lead has to settle."""

    counted: pl.DataFrame
    disputed: pl.DataFrame


def read_agreement(url: str) -> Agreement:
    """Count what was right and agreed upon, and find what nobody has settled."""
    with open_cases(url) as store, store.reading() as reading:
        return Agreement(agreement(reading), disputed(reading))


def write_reviews(url: str, out: Path) -> int:
    """Write every answer as Parquet, and count them.

    Raises:
        SettingsError: The file is there already.
    """
    if out.exists():
        raise SettingsError(f"{out} is there already.", hint="give another --out")
    with open_cases(url) as store, store.reading() as reading:
        told = reviews(reading)
    with replace_file(out) as part:
        told.write_parquet(part)
    return told.height


def add_golden_case(url: str, account: str, run: Path, known: str, by: str) -> dict[str, Any]:
    """Say what is known of an account as a run shows it.

    Raises:
        InputError: The run does not judge the account.
    """
    manifest = Run(run).finished()
    if account not in read_table(run, Accounts)[Accounts.account_id.name]:
        raise InputError(
            f"{run} does not judge the account {plain_text(account)!r}.",
            hint="give an account of accounts.parquet",
        )
    with open_cases(url) as store:
        add_golden(store, account, manifest.fingerprint, known, by, now_us())
    return {"account_id": account, "run": manifest.fingerprint, "answer": known}


def read_golden(url: str) -> pl.DataFrame:
    """All golden cases."""
    with open_cases(url) as store, store.reading() as reading:
        return golden(reading)


def read_reasons(url: str) -> pl.DataFrame:
    """How often each reason was overturned, and whether it is suspended."""
    with open_cases(url) as store, store.reading() as reading:
        out = suspended(reading).select("code", "suspended_by", suspended=pl.lit(value=True))
        both = overturn_rates(reading).join(out, on="code", how="full", coalesce=True)
    counts = pl.col("overturned", "reviewed").fill_null(0)
    return both.with_columns(counts, pl.col("suspended").fill_null(value=False)).sort("code")


def suspend_in_store(url: str, code: str, by: str) -> None:
    """Let a reason flag nobody.

    Raises:
        InputError: No account has it.
    """
    with open_cases(url) as store:
        with store.reading() as reading:
            known = is_reason(reading, code)
        if not known:
            raise InputError(
                f"No account in the store has the reason {plain_text(code)!r}.",
                hint="household cases show ACCOUNT --json lists those of an account",
            )
        suspend_reason(store, code, by, now_us())


def lift_in_store(url: str, code: str, by: str) -> None:
    """Let a reason flag again.

    Raises:
        RefusedMoveError: It is not suspended.
    """
    with open_cases(url) as store:
        lift_reason(store, code, by, now_us())


def render_agreement(found: Agreement, console: Console) -> None:
    """Print what was right and agreed upon, and how many pairs wait for a lead."""
    if found.counted.is_empty():
        console.print("No golden case was answered, and no second look was taken.")
        return
    table = quiet_table("", "Name", ">Golden right", ">Between", ">Agreed", ">Between")
    for row in found.counted.iter_rows(named=True):
        table.add_row(
            row["kind"],
            plain(row["name"]),
            _of(row["golden_right"], row["golden_answered"], row["golden_share"]),
            _between(row["golden_answered"], row["golden_low"], row["golden_high"]),
            _of(row["agreed"], row["done"], row["agreed_share"]),
            _between(row["done"], row["agreed_low"], row["agreed_high"]),
        )
    console.print(table)
    accounts = ", ".join(found.disputed["account_id"].unique().sort())
    if accounts:
        console.print()
        console.print(plain(f"Two answers differ, and a lead settles: {accounts}"))


def render_golden(found: pl.DataFrame, console: Console) -> None:
    """Print golden cases as a table."""
    table = quiet_table("Account", "Run", "Known", "By")
    for row in found.iter_rows(named=True):
        who = plain(row["added_by"])
        table.add_row(plain(row["account_id"]), row["run"][:8], row["answer"], who)
    console.print(table if found.height else "There are no golden cases.")


def render_reasons(found: pl.DataFrame, console: Console) -> None:
    """Print reasons as a table, the suspended ones marked."""
    table = quiet_table("Reason", ">Overturned", ">Between", "")
    for row in found.iter_rows(named=True):
        table.add_row(
            plain(row["code"]),
            _of(row["overturned"], row["reviewed"], row["share"]),
            _between(row["reviewed"], row["low"], row["high"]),
            plain(_told_suspension(row)),
        )
    console.print(table if found.height else "No reason was reviewed yet.")


def _told_suspension(row: Mapping[str, Any]) -> str:
    return f"suspended by {row['suspended_by']}: flags nobody" if row["suspended"] else ""


def _of(hits: int, of: int, share: float | None) -> str:
    return f"{hits:,} of {of:,} ({percent(share)})" if of else "—"


def _between(of: int, low: float, high: float) -> str:
    return f"{percent(low)} to {percent(high)}" if of else ""
