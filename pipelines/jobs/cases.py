"""Job: look at cases, and do what a person decides about them."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from detector.cases.checkpoint import read_checkpoint, sign, take_checkpoint
from detector.cases.open import open_store
from detector.cases.reading import CaseFilter
from detector.cases.store import CaseStore
from detector.cases.tell_labels import labels
from detector.cases.verify import Verified, verify_chain
from detector.errors import InputError, SettingsError
from detector.runs.files import replace_file
from pipelines.clock import now_us
from pipelines.terminal.drawing import counted, percent, plain, print_title, quiet_table

KEY_VARIABLE = "HOUSEHOLD_CHECKPOINT_KEY"
PARQUET = ".parquet"
LOOKS = {
    "claim": "taken to look at",
    "release": "let go",
    "undo": "answer taken back",
    "view": "looked at",
}
"""What reviewers do besides answering, in words."""


@dataclass(frozen=True)
class Page:
    """Some cases, and where the next page begins."""

    cases: pl.DataFrame
    after: str | None
    """The last account of this page; none if it is the last page."""
    counts: Mapping[str, int]
    """How many cases stand where, of all."""


@dataclass(frozen=True)
class CaseStory:
    """One case, what became of it, and what is in force."""

    case: Mapping[str, Any]
    moves: pl.DataFrame
    in_force: pl.DataFrame


def open_cases(url: str) -> CaseStore:
    """Open a store that is there; a misspelt name makes none."""
    return open_store(url, create=False)


def list_cases(url: str, wanted: CaseFilter) -> Page:
    """A page of cases.

    Raises:
        SettingsError: The page would hold nothing.
    """
    if wanted.limit < 1:
        raise SettingsError("A page holds at least one case.", hint="--limit 50")
    with open_cases(url) as store, store.reading() as reading:
        found, counts = reading.list_cases(wanted), reading.count_states()
    is_last = found.height < wanted.limit
    return Page(found, None if is_last else found["account_id"][-1], counts)


def show_case(url: str, account: str) -> CaseStory:
    """One case with its history.

    Raises:
        UnknownCaseError: There is none of this account.
    """
    with open_cases(url) as store, store.reading() as reading:
        case = reading.find_case(account).row(0, named=True)
        moves = reading.read_moves(account)
        return CaseStory(case, moves, reading.decisions_in_force([account]))


def write_labels(url: str, out: Path) -> dict[str, int]:
    """Write what people found out, as CSV or Parquet, and count it.

    Raises:
        SettingsError: The file is there already.
    """
    _check_place(out)
    with open_cases(url) as store, store.reading() as reading:
        known = labels(reading).with_columns(pl.col("label").cast(pl.String))
    with replace_file(out) as part:
        if out.suffix == PARQUET:
            known.write_parquet(part)
        else:
            known.write_csv(part)
    return dict(known["label"].value_counts().sort("label").iter_rows())


def write_checkpoint(url: str, out: Path, key: Path | None) -> dict[str, Any]:
    """Sign how far the store's chain reaches, into a file that is to be kept elsewhere."""
    _check_place(out)
    with open_cases(url) as store:
        checkpoint = take_checkpoint(store, now_us())
    text = sign(checkpoint, _read_key(key))
    with replace_file(out) as part:
        part.write_text(text, encoding="utf-8")
    return {"checkpoint": str(out), **asdict(checkpoint)}


def verify_cases(url: str, checkpoint: Path | None, key: Path | None) -> Verified:
    """Follow the store's chain, against a checkpoint if there is one."""
    signed = read_checkpoint(_read_text(checkpoint), _read_key(key)) if checkpoint else None
    with open_cases(url) as store:
        return verify_chain(store, signed)


def page_document(page: Page) -> dict[str, Any]:
    """A page as plain values."""
    return {"cases": page.cases.to_dicts(), "after": page.after, "counts": page.counts}


def story_document(story: CaseStory) -> dict[str, Any]:
    """A case with its history as plain values; times as text, codes as JSON."""
    moves = [
        {**move, "at": _told_time(move["at_us"]), "body": json.loads(move["body"])}
        for move in story.moves.drop("previous", "hash").to_dicts()
    ]
    codes = json.loads(story.case["reason_codes"])
    return {
        "case": {**story.case, "reason_codes": codes},
        "history": moves,
        "in_force": story.in_force.drop("withdrawn_by").to_dicts(),
    }


def render_page(page: Page, console: Console) -> None:
    """Print a page as a table, and how to turn it."""
    counts = ", ".join(f"{number:,} {_word(state)}" for state, number in page.counts.items())
    console.print(f"Cases: {counts or 'none'}.\n")
    if page.cases.is_empty():
        return
    table = quiet_table("Account", "State", "Since", ">Probability", ">Bits", "Partner", "Country")
    for case in page.cases.iter_rows(named=True):
        until = f" until {case['until']}" if case["until"] else ""
        table.add_row(
            plain(case["account_id"]),
            _word(case["state"]) + until,
            str(case["since"]),
            percent(case["probability"]),
            f"{case['evidence_bits']:+.1f}",
            plain(case["partner"] or ""),
            plain(case["country"] or ""),
        )
    console.print(table)
    if page.after is not None:
        console.print()
        console.print(plain(f"The next page: --after {page.after!r}", "dim"))


def render_case(story: CaseStory, console: Console) -> None:
    """Print what a case is about, its history in words, and what is in force."""
    case = story.case
    console.print()
    until = f" until {case['until']}" if case["until"] else ""
    console.print(
        plain(case["account_id"], "bold"),
        f"{_word(case['state'])}{until}, since {case['since']}, version {case['version']}",
        sep="   ",
    )
    console.print(plain(case["summary"]))
    facts = [
        f"{_word(case['verdict'])}{' · flagged' if case['flagged'] else ''}",
        f"probability {percent(case['probability'])}, flagged from {percent(case['threshold'])}",
        f"{case['evidence_bits']:+.1f} bits",
        f"home is known by {percent(case['home_confidence'])}",
        f"flagged {counted(case['runs_flagged'], 'run')} in a row, up to {case['run_day']}",
    ]
    facts += [str(case[name]) for name in ("partner", "country", "plan") if case[name]]
    console.print(plain(" · ".join(facts), "dim"))
    _render_history(story.moves, console)
    _render_in_force(story.in_force, console)


def render_verified(found: Verified, console: Console) -> None:
    """Print what was looked at, and what is wrong."""
    looked = f"{counted(found.moves, 'move')} and {counted(found.decisions, 'decision')}"
    if not found.breaks:
        console.print(f"Whole: {looked}, each as it was written.")
        return
    console.print(f"Broken: {looked}.")
    for words in found.breaks:
        console.print(plain(f"  · {words}"))


def _render_history(moves: pl.DataFrame, console: Console) -> None:
    print_title("History", console)
    table = quiet_table("When (UTC)", "Who", "What", "Why")
    for move in moves.iter_rows(named=True):
        table.add_row(
            _told_time(move["at_us"]),
            plain(move["actor"]),
            _told_move(move),
            plain(move["note"]),
        )
    console.print(table)


def _render_in_force(in_force: pl.DataFrame, console: Console) -> None:
    print_title("In force", console)
    if in_force.is_empty():
        console.print("Nothing.")
        return
    table = quiet_table("Treatment", "Device", "From (UTC)", "Wave", "Why")
    for decision in in_force.iter_rows(named=True):
        table.add_row(
            _word(decision["treatment"]),
            plain(decision["device_id"] or "the account"),
            f"{decision['not_before']:%Y-%m-%d %H:%M}",
            plain(decision["wave"]),
            plain(decision["reason"]),
        )
    console.print(table)


def _told_move(move: Mapping[str, Any]) -> str:
    here, there, kind = move["from_state"], move["to_state"], str(move["kind"])
    if kind == "review":
        return f"answered: {json.loads(move['body'])['answer']}"
    if there is None:
        return LOOKS.get(kind, kind)
    return f"{_word(here)} → {_word(there)}" if here else f"{_word(there)}ed"


def _told_time(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%Y-%m-%d %H:%M:%S}"


def _word(state: str) -> str:
    return state.replace("_", " ")


def _read_key(path: Path | None) -> bytes:
    """From a file, or else from the environment; never from the command line, which others see."""
    if path is not None:
        return _read_text(path).strip().encode()
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise SettingsError(
            "A checkpoint is signed with a key.", hint=f"--key FILE, or {KEY_VARIABLE}"
        )
    return key.encode()


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def _check_place(out: Path) -> None:
    if out.exists():
        raise SettingsError(f"{out} is there already.", hint="give another --out")
