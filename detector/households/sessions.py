"""Ids that last for one session only → the device that bears them one after the other.

Some players take a new id at each start, and browsers do that forget. Each such id is seen within
a day, at one place. Counted one by one they make a home of sixty televisions that never meet.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import dataframely as dy
import polars as pl

from detector.schemas import ACCOUNT, DEVICE, DeviceGroups, Devices, Visits

D, V = Devices, Visits
LASTING, _ROW = "lasting", "row"
_KEY = [ACCOUNT, DEVICE]
_PAST_MIDNIGHT = timedelta(days=1)


@dataclass(frozen=True)
class SessionIds:
    """Which ids are one device's, of some accounts."""

    ids: pl.DataFrame
    """account_id, device_id, lasting: the least of those that are one device's."""

    @classmethod
    def find(cls, visits: pl.DataFrame, devices: pl.DataFrame, least: int) -> Self:
        """Find ids of one type that were seen at one place for a session only, if they are many.

        What is at two places is not taken for one device: a household elsewhere may have a player
        of the same make.

        Args:
            visits: Of any subset of accounts, whole accounts only.
            devices: One row per device with `device_type`.
            least: How many such ids there are at one place, where they are one device's.

        Examples:
            A television at home and one at a borrower's take a new id each evening:

            >>> from datetime import date
            >>> evenings = [(home, day) for home in (0, 1) for day in range(1, 9)]
            >>> names = [f"tv-{home}-{day}" for home, day in evenings]
            >>> visits = Visits.sample(overrides={
            ...     "account_id": "ada", "device_id": names,
            ...     "place": [home for home, _ in evenings],
            ...     "day": [date(2026, 5, day) for _, day in evenings]})
            >>> devices = pl.DataFrame({
            ...     "account_id": "ada", "device_id": names, "device_type": "tv"})
            >>> SessionIds.find(visits, devices, 8).ids["lasting"].unique().sort().to_list()
            ['tv-0-1', 'tv-1-1']
        """
        many = devices.filter(pl.len().over(ACCOUNT) >= least)
        seen = (
            visits.join(many.select(ACCOUNT).unique(), on=ACCOUNT, how="semi")
            .group_by(_KEY)
            .agg(
                pl.col(V.place.name).first(),
                lasts=V.day.col.max() - V.day.col.min(),
                places=V.place.col.n_unique(),
            )
            .filter(pl.col("lasts") <= _PAST_MIDNIGHT, pl.col("places") == 1)
            .join(many.select(*_KEY, D.device_type.name), on=_KEY)
        )
        alike = [ACCOUNT, D.device_type.name, V.place.name]
        ids = seen.filter(pl.len().over(alike) >= least)
        return cls(ids.select(*_KEY, pl.col(DEVICE).min().over(alike).alias(LASTING)))

    def unite_visits(self, visits: dy.DataFrame[Visits]) -> dy.DataFrame[Visits]:
        """The visits of lasting devices, sorted."""
        if self.ids.is_empty():
            return visits
        rows = visits.with_row_index(_ROW)
        theirs = rows.join(self.ids.select(ACCOUNT).unique(), on=ACCOUNT, how="semi")
        named = theirs.join(self.ids, on=_KEY, how="left").with_columns(
            pl.coalesce(LASTING, DEVICE).alias(DEVICE), pl.col(_ROW).min().over(ACCOUNT)
        )
        united = (
            named.group_by(_ROW, *V.primary_key())
            .agg(
                V.use.col.sum(), pl.col(V.hours.name, V.playing.name, V.profiles.name).bitwise_or()
            )
            .sort(V.primary_key())
        )
        others = rows.join(self.ids, on=ACCOUNT, how="anti", maintain_order="left")
        both = pl.concat([others, united.select(rows.columns)])
        # Whole accounts go back to where they were.
        return V.cast(both.sort(_ROW, maintain_order=True).drop(_ROW))

    def unite_devices(self, devices: pl.DataFrame) -> pl.DataFrame:
        """The lasting devices."""
        passing = self.ids.filter(pl.col(DEVICE) != pl.col(LASTING))
        return devices.join(passing, on=_KEY, how="anti", maintain_order="left")

    def expand(self, groups: dy.DataFrame[DeviceGroups]) -> dy.DataFrame[DeviceGroups]:
        """The groups of all ids, given those of lasting devices."""
        if self.ids.is_empty():
            return groups
        passing = self.ids.filter(pl.col(DEVICE) != pl.col(LASTING))
        theirs = passing.join(groups, left_on=[ACCOUNT, LASTING], right_on=_KEY).drop(LASTING)
        every = pl.concat([groups, theirs.select(groups.columns)])
        return DeviceGroups.cast(every.sort(DeviceGroups.primary_key()))
