"""Job: two run folders -> which accounts they judge differently, and why."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from detector.kinds import VERDICTS
from detector.measuring.compare import Change, Comparison, Move, Side, compare_runs, list_changed
from detector.runs.manifest import Manifest, RunPlan, difference
from detector.runs.run import Run
from detector.schemas import Accounts, Evidence
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import percent, plain, print_title, quiet_table

NAMED = 5
"""Accounts in only one run that are named on the screen."""


@dataclass(frozen=True)
class Compared:
    """A comparison, and what the two runs were."""

    before: str
    after: str
    days_before: str
    days_after: str
    differs_in: str
    """What sets the runs apart, in words; empty if nothing that decides verdicts does."""
    comparison: Comparison

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)


def compare_folders(before: Path, after: Path) -> Compared:
    """Hold two finished runs against each other.

    Raises:
        DetectorError: One of the folders holds no finished run, or cannot be read.
    """
    was, now = Run(before).finished(), Run(after).finished()
    tables = read_table(before, Accounts), read_table(after, Accounts)
    changed = list_changed(*tables)
    sides = (
        Side(accounts, read_table(folder, Evidence, changed))
        for accounts, folder in zip(tables, (before, after), strict=True)
    )
    return Compared(
        str(before), str(after), _days(was), _days(now), _difference(was, now), compare_runs(*sides)
    )


def render_comparison(compared: Compared, top: int, console: Console) -> None:
    """Print the totals, how verdicts moved, and the accounts that changed with their reasons."""
    found = compared.comparison
    console.print(plain(f"{compared.before} ({compared.days_before})"))
    console.print(plain(f"{compared.after} ({compared.days_after})"))
    console.print(plain(f"They differ in: {compared.differs_in or 'nothing'}."))
    console.print(
        f"{found.in_both:,} accounts in both, {len(found.changes):,} judged differently; "
        f"{found.newly_flagged:,} newly flagged, {found.released:,} released, "
        f"{found.still_flagged:,} still flagged."
    )
    _render_transitions(found, console)
    for change in found.changes[:top]:
        _render_change(change, console)
    if (more := len(found.changes) - top) > 0:
        console.print(f"\n{more:,} more: --top or --json lists them.")
    for folder, accounts in (
        (compared.before, found.only_before),
        (compared.after, found.only_after),
    ):
        _render_only(folder, accounts, console)


def _difference(was: Manifest, now: Manifest) -> str:
    plan = RunPlan(
        version=now.versions.get("household-detector", ""),
        settings=now.settings,
        options=now.options,
        inputs=now.inputs,
        store=now.store,
    )
    parts = [difference(plan, was)]
    if was.options.get("model") != now.options.get("model"):
        parts.append("model")
    if was.window != now.window:
        parts.append("days")
    return ", ".join(part for part in parts if part)


def _days(manifest: Manifest) -> str:
    window = manifest.window
    return f"{window.first_day} to {window.last_day}" if window else "no days"


def _render_transitions(found: Comparison, console: Console) -> None:
    cells = {(t.before, t.after): t.accounts for t in found.transitions}
    used = [v for v in VERDICTS if any(v in pair for pair in cells)]
    print_title("Verdicts: before ↓, after →", console)
    table = quiet_table("", *(f">{_spoken(verdict)}" for verdict in used))
    for before in used:
        counts = [cells.get((before, after), 0) for after in used]
        table.add_row(_spoken(before), *(f"{count:,}" if count else "·" for count in counts))
    console.print(table)


def _render_change(change: Change, console: Console) -> None:
    console.print()
    verdicts = (change.verdict_before, change.verdict_after)
    names = " → ".join(dict.fromkeys(map(_spoken, verdicts)))
    flag = {(False, True): ", newly flagged", (True, False): ", released"}.get(
        (change.flagged_before, change.flagged_after), ""
    )
    sure = f"{percent(change.probability_before)} → {percent(change.probability_after)}"
    bits = f"{change.bits_before:+.2f} → {change.bits_after:+.2f} bits"
    console.print(plain(f"{change.account_id}: {names}{flag}; {sure}, {bits}"))
    for move in change.moves:
        console.print(plain(f"  {say_move(move)}"))
    if not change.moves:
        console.print("  No evidence moved: the threshold did, or a flag was held.")


def say_move(move: Move) -> str:
    """Say how far one factor moved, and what was seen then and now.

    Examples:
        >>> say_move(Move("weeks", 1.0, 2.5, "seen in 3 weeks", "seen in 4 weeks"))
        '+1.50 bits weeks: seen in 3 weeks → seen in 4 weeks'
        >>> say_move(Move("weeks", 2.0, 0.0, "seen in 3 weeks", None))
        '-2.00 bits weeks: seen in 3 weeks → not weighed'
    """
    texts = (move.text_before or "not weighed", move.text_after or "not weighed")
    said = " → ".join(dict.fromkeys(texts))
    return f"{move.bits:+.2f} bits {move.factor.replace('_', ' ')}: {said}"


def _render_only(folder: str, accounts: tuple[str, ...], console: Console) -> None:
    if accounts:
        named = ", ".join([*accounts[:NAMED], *(["..."] if len(accounts) > NAMED else [])])
        console.print()
        console.print(plain(f"Only in {folder}: {len(accounts):,} accounts ({named})"))


def _spoken(verdict: str) -> str:
    return verdict.replace("_", " ")
