"""Write a world that goes on: its log month by month, what the service knows, and the truth."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipelines.worlds.build import build_chunks, merge_networks
from pipelines.worlds.reactions.contacts import count_contacts
from pipelines.worlds.reactions.react import Reacted, ReactionCourse, react
from pipelines.worlds.reactions.settings import MONTH_DAYS
from pipelines.worlds.write import EventFiles

TABLES = (
    "accounts",
    "truth_accounts",
    "truth_devices",
    "truth_reactions",
    "truth_conversions",
    "truth_households",
    "feedback",
)
_SORTED = {"truth_conversions": ("lender", "device_id"), "feedback": ("day", "feedback_id")}


def simulate_course(course: ReactionCourse, folder: Path) -> None:
    """Simulate a world that goes on, and write it chunk by chunk.

    Args:
        course: Which world, how far, what is done to whom.
        folder: Gets `events/month-00.parquet`, the log before, and one file for each month since;
            `accounts.parquet` as of the end; `feedback.parquet`, what systems tell of accounts;
            `measured.parquet`, contacts as desks count them; the truth tables; `settings.json`.
    """
    write_course(map_course(course), course, folder)


def map_course(course: ReactionCourse) -> Iterator[Reacted]:
    """Let one chunk of accounts after the other go through a course."""
    return (react(part, course) for part in build_chunks(course.settings.horizon))


def write_course(
    parts: Iterator[Reacted], course: ReactionCourse, folder: Path, *, first_month: int = 0
) -> None:
    """Write what went through a course.

    Args:
        parts: From `react`, one for each chunk of accounts.
        course: That they went through.
        folder: As for `simulate_course`.
        first_month: Months of the log before this one are left out: they were written before.
    """
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in (*TABLES, "truth_networks")}
    contacts: list[pl.DataFrame] = []
    month = (pl.col("day") - course.settings.days).floordiv(MONTH_DAYS) + 1
    with EventFiles(folder / "events", "month-{:02d}") as events:
        for part in parts:
            rows = part.events.with_columns(file=month.clip(0, course.months)).drop("day")
            events.add(rows.filter(pl.col("file") >= first_month))
            contacts.append(part.contacts)
            for name, pieces in tables.items():
                pieces.append(getattr(part, name))
    networks = merge_networks(tables.pop("truth_networks"))
    networks.write_parquet(folder / "truth_networks.parquet")
    for name, pieces in tables.items():
        whole = pl.concat(pieces).sort(_SORTED.get(name, "account_id"), maintain_order=True)
        whole.write_parquet(folder / f"{name}.parquet")
    _write_contacts(contacts, tables["accounts"], course, folder)
    text = course.settings.model_dump_json(indent=2) + "\n"
    (folder / "settings.json").write_text(text, encoding="utf-8")


def _write_contacts(
    contacts: Sequence[pl.DataFrame],
    accounts: Sequence[pl.DataFrame],
    course: ReactionCourse,
    folder: Path,
) -> None:
    """Every contact for the truth, and what desks counted from the first treatment on."""
    every, settings = pl.concat(contacts), course.settings
    first = course.orders.first_day
    counted = range(course.last_day if first is None else first, course.last_day)
    desks = pl.concat(accounts).select("partner", "country")
    count_contacts(every, desks, counted, settings).write_parquet(folder / "measured.parquet")
    date = pl.lit(settings.first_day) + pl.duration(days="day")
    every.with_columns(date.alias("day")).write_parquet(folder / "truth_contacts.parquet")
