"""One bucket of accounts: drop what was delivered twice, add up the rest."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from detector.schemas import Events, Sightings
from detector.sightings import build_sightings, merge_sightings
from pipelines.reading.decode import FINGERPRINT
from pipelines.reading.messages import ReadPlan, Reduced, ReduceRequest
from pipelines.reading.tables import own_folder, write_table


def reduce_bucket(request: ReduceRequest, plan: ReadPlan) -> Reduced:
    """Add up all events of a bucket's accounts and write their sightings.

    Events with one fingerprint and one time are copies, in whatever files they stand: all
    their columns are equal, so it does not matter which one stays. A bucket that is much
    larger than planned, because one account floods it, is added up a few days at a time.
    """
    rows, kept = 0, 0
    sightings = Sightings.create_empty()
    for events in _slices(request):
        once = events.unique(subset=[FINGERPRINT, Events.ts.name], keep="any", maintain_order=False)
        rows, kept = rows + events.height, kept + once.height
        part = build_sightings(Events.cast(once.drop(FINGERPRINT)), plan.events)
        sightings = merge_sightings([sightings, part]) if sightings.height else part
    inside = Sightings.day.col.is_between(request.first_day, request.last_day)
    sightings = sightings.filter(inside)
    with own_folder():
        write_table(sightings, Path(request.out))
    return Reduced(kept=kept, duplicates=rows - kept, sightings=sightings.height)


def _slices(request: ReduceRequest) -> Iterator[pl.DataFrame]:
    """The bucket's events, so that those of one time are together."""
    number = -(-request.rows // request.slice_rows)
    day = Events.ts.col.dt.epoch("d")
    for remainder in range(number):
        parts = (pl.read_ipc(path) for path in request.parts)
        yield pl.concat([part.filter(day % number == remainder) for part in parts])
