"""Rows about which there is something to say, cleaned one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from detector.events.clean import Window, clean_events
from detector.events.rows import Rejects
from pipelines.reading.child.adding import add_events
from pipelines.reading.child.books import Books
from pipelines.reading.child.gathering import FileRows, join_pieces
from pipelines.reading.child.rows import read_rows
from pipelines.reading.child.sum_files import write_part
from pipelines.reading.shared.enrichment import enrich_events
from pipelines.reading.shared.messages import DecodeRequest, ReadPlan
from pipelines.reading.shared.tables import own_folder


@dataclass(frozen=True)
class Job:
    """What all pieces have in common."""

    requests: Sequence[DecodeRequest]
    plan: ReadPlan

    @property
    def window(self) -> Window:
        """The days to judge, and where the log ends."""
        one = self.requests[0]
        return Window(one.first_day, one.last_day, one.log_ends)

    @property
    def buckets(self) -> int:
        """Into how many buckets the accounts are dealt."""
        return self.requests[0].buckets


def look_closer(job: Job, held: Sequence[FileRows], books: Books) -> None:
    """Clean rows, add up those that are good after all, and write the rejects.

    Args:
        job: Whose rows.
        held: Of one layout; they are counted as read already.
        books: Where what became of them is entered.
    """
    rest, files = join_pieces(held), [request.file.name for request in job.requests]
    rows = read_rows(rest.table, rest.layout.mapped, rest.layout.source.columns).with_columns(
        file=pl.Series(files).gather(rest.file), row=pl.Series(rest.number)
    )
    clean = clean_events(rows, job.window, job.plan.events)
    events = enrich_events(clean.events, job.plan)
    if events.height:
        added = add_events(events, clean.fingerprints, job.plan.events, job.buckets)
        with own_folder():
            books.add(added, write_part(added, f"{books.out}.arrow"))
    if clean.rejects.height:
        books.rejects.append(f"{books.out}-rejects.arrow")
        with own_folder():
            clean.rejects.write_ipc(books.rejects[-1], compression="lz4")
    books.outside_window += clean.outside_window
    books.repairs.update(clean.repairs)
    place = {name: number for number, name in enumerate(files)}
    for name, count in clean.files.value_counts().iter_rows():
        books.kept[place[name]] += count
    refused = clean.rejects.group_by(Rejects.file.name, Rejects.reason.name).len()
    for name, reason, count in refused.iter_rows():
        books.rejected[place[name]][reason] += count
