"""Other accounts on which this one's devices were seen, or that lived behind the same line."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from detector.review.desk import Desk
from detector.review.files import RunFiles
from detector.runs.run import Run
from detector.schemas import Devices, Places

LINE = Places.common_line.name
DAYS = (Places.line_first_day.name, Places.line_last_day.name)


@dataclass(frozen=True)
class CommonDevice:
    """A device that was seen on both accounts."""

    device_id: str
    account_id: str


@dataclass(frozen=True)
class CommonPlace:
    """A place of this account, and the days on which another account lived there, too."""

    place: int
    account_id: str
    first_day: date
    last_day: date


def find_common_devices(desk: Desk, account_id: str) -> list[CommonDevice]:
    """Devices of an account that were seen on others, by device and account."""
    shared = desk.index.shared_devices
    account = Devices.account_id.name
    mine = shared.filter(shared[account] == account_id)[Devices.device_id.name]
    found = shared.filter(
        shared[Devices.device_id.name].is_in(mine.implode()), shared[account] != account_id
    )
    return [CommonDevice(*row) for row in found.iter_rows()]


def find_common_places(files: RunFiles, account_id: str) -> list[CommonPlace]:
    """Places of an account that others share, by place and account.

    An address is one family's today and another's tomorrow: their days have to overlap.
    Runs of versions that kept no lines share none.
    """
    mine = files.read(Places, account_id).filter(Places.common_line.col.is_not_null())
    if mine.is_empty():
        return []
    theirs = (
        pl.scan_parquet(Run(files.folder).path(Places), glob=False)
        .filter(pl.col(LINE).is_in(mine[LINE].implode()), pl.col("account_id") != account_id)
        .select(LINE, "account_id", *DAYS)
        .collect(engine="streaming")
    )
    both = (
        mine.select(LINE, Places.place.name, *DAYS)
        .join(theirs, on=LINE, suffix="_there")
        .with_columns(
            first=pl.max_horizontal("line_first_day", "line_first_day_there"),
            last=pl.min_horizontal("line_last_day", "line_last_day_there"),
        )
        .filter(pl.col("first") <= pl.col("last"))
        .group_by(Places.place.name, "account_id")
        .agg(pl.min("first"), pl.max("last"))
        .sort(Places.place.name, "account_id")
    )
    return [CommonPlace(*row) for row in both.iter_rows()]
