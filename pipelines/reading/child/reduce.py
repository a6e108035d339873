"""One bucket of accounts: drop what was delivered twice, add up the rest."""

from pathlib import Path

import polars as pl

from detector.schemas import Sightings
from pipelines.reading.child.sum_files import merge_parts
from pipelines.reading.shared.messages import Reduced, ReduceRequest
from pipelines.reading.shared.tables import own_folder, write_table


def reduce_bucket(request: ReduceRequest) -> Reduced:
    """Add up all pieces of a bucket and write its sightings.

    Events with one fingerprint are copies, in whatever pieces they stand. A bucket that is much
    larger than planned, because one account floods it, is added up a few days at a time.
    """
    number = -(-request.rows // request.slice_rows)
    merged = [merge_parts(request.parts, (number, remainder)) for remainder in range(number)]
    inside = Sightings.day.col.is_between(request.first_day, request.last_day)
    sightings = pl.concat([each.sightings() for each in merged]).filter(inside)
    if number > 1:
        sightings = sightings.sort(Sightings.primary_key())
    with own_folder():
        write_table(sightings, Path(request.out))
    return Reduced(copies=sum(each.totals.copies for each in merged), sightings=sightings.height)
