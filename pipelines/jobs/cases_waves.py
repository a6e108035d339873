"""Job: stop rules of waves in a case store: what fired, and who let waves go on."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from detector.cases.open import open_store
from pipelines.clock import now_us
from pipelines.jobs.wave_stops import LIFT, STOP, lift
from pipelines.terminal.drawing import plain, quiet_table


def list_stops(url: str) -> list[dict[str, Any]]:
    """Every stop and every lift, in order."""
    with open_store(url) as store, store.reading() as reading:
        stops, lifts = reading.read_told(STOP), reading.read_told(LIFT)
    told = sorted((*stops.iter_rows(named=True), *lifts.iter_rows(named=True)), key=_seq)
    return [
        {
            "at": datetime.fromtimestamp(row["at_us"] / 1e6, UTC).isoformat(),
            "kind": "lifted" if row["kind"] == LIFT else "stopped",
            "by": row["actor"],
            "note": row["note"],
            **json.loads(row["body"]),
        }
        for row in told
    ]


def lift_in_store(url: str, rule: str, partner: str, by: str, reason: str) -> None:
    """Let waves of a partner go on although a rule fired."""
    with open_store(url) as store, store.writing(by, now_us(), person=True) as writing:
        lift(writing, rule, partner, reason)


def render_stops(found: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print stops and lifts as a table."""
    table = quiet_table("At", "What", "Rule", "Partner", "By", "Why")
    for each in found:
        row = (each["at"][:16], each["kind"], each["rule"], each["partner"], each["by"])
        table.add_row(*map(plain, row), plain(each["note"]))
    console.print(table if found else "No wave was stopped.")


def _seq(row: Mapping[str, Any]) -> int:
    return row["seq"]
