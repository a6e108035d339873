"""One bucket of accounts: drop what was delivered twice, add up the rest."""

from pathlib import Path

import polars as pl

from detector.schemas import Events, Sightings
from detector.sightings import build_sightings
from pipelines.reading.decode import FINGERPRINT
from pipelines.reading.messages import ReadPlan, Reduced, ReduceRequest
from pipelines.reading.tables import own_folder, write_table


def reduce_bucket(request: ReduceRequest, plan: ReadPlan) -> Reduced:
    """Add up all events of a bucket's accounts and write their sightings.

    Events with one fingerprint and one time are copies, in whatever files they stand: all
    their columns are equal, so it does not matter which one stays.
    """
    parts = [pl.read_ipc(path) for path in request.parts]
    events = pl.concat(parts)
    once = events.unique(subset=[FINGERPRINT, Events.ts.name], keep="any", maintain_order=False)
    sightings = build_sightings(Events.cast(once.drop(FINGERPRINT)), plan.events).filter(
        Sightings.day.col.is_between(request.first_day, request.last_day)
    )
    with own_folder():
        write_table(sightings, Path(request.out))
    return Reduced(
        kept=once.height, duplicates=events.height - once.height, sightings=sightings.height
    )
