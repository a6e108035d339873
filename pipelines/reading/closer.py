"""Rows about which there is something to say, cleaned one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.events import Window, clean_events
from detector.schemas import Rejects
from pipelines.reading.adding import add_events
from pipelines.reading.arrow import Table, pa
from pipelines.reading.enrichment import enrich_events
from pipelines.reading.mapping import Mapped
from pipelines.reading.messages import Decoded, DecodeRequest, LogSource, ReadPlan
from pipelines.reading.parts import write_part
from pipelines.reading.rows import read_rows
from pipelines.reading.tables import own_folder


@dataclass(frozen=True)
class Job:
    """What all pieces of a request share."""

    request: DecodeRequest
    plan: ReadPlan
    source: LogSource
    mapped: Mapped

    @property
    def window(self) -> Window:
        """The days to judge, and where the log ends."""
        return Window(self.request.first_day, self.request.last_day, self.request.log_ends)


@dataclass(frozen=True)
class Rest:
    """Rows of a piece as they were read, and their numbers in the file."""

    table: Table
    numbers: NDArray[np.int64]


def look_closer(job: Job, held: Sequence[Rest], out: str) -> Decoded:
    """Clean rows, add up those that are good after all, and write the rejects.

    Returns:
        What became of the rows; they are counted as read already.
    """
    buckets = job.request.buckets
    table = pa.concat_tables([rest.table for rest in held])
    rows = read_rows(table, job.mapped, job.source.columns).with_columns(
        file=pl.lit(job.request.file.name),
        row=pl.Series(np.concatenate([rest.numbers for rest in held])),
    )
    clean = clean_events(rows, job.window, job.plan.events)
    events = enrich_events(clean.events, job.plan)
    added = None
    if events.height:
        added = add_events(events, clean.fingerprints, job.plan.events, buckets)
    rejects = (f"{out}-rejects.arrow",) if clean.rejects.height else ()
    with own_folder():
        parts = (write_part(added, f"{out}.arrow"),) if added else ()
        for path in rejects:
            clean.rejects.write_ipc(path, compression="lz4")
    return Decoded(
        rows=0,
        kept=events.height,
        outside_window=clean.outside_window,
        not_listed=0,
        rejected=dict(Counter[str](clean.rejects[Rejects.reason.name])),
        repairs=dict(clean.repairs),
        copies=added.copies if added else 0,
        days=dict(added.days) if added else {},
        parts=parts,
        rejects=rejects,
    )
