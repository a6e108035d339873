"""Ties → households: which devices live together, and which of the groups is home."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from detector.clustering import CLUSTERINGS, Ints, Points
from detector.linkage import link_groups
from detector.schemas import DEVICE_TYPES, Ties, Visits
from detector.settings import HouseholdSettings
from detector.strays import adopt_strays

V, T = Visits, Ties
ACCOUNT, DEVICE, PLACE = V.account_id.name, V.device_id.name, V.place.name


@dataclass(frozen=True)
class Groups:
    """Devices and places of some accounts with the group each belongs to; 0 is home."""

    devices: pl.DataFrame
    """account_id, device_id, group."""
    places: pl.DataFrame
    """account_id, place, group."""


def group_devices(
    visits: pl.DataFrame,
    ties: pl.DataFrame,
    devices: pl.DataFrame,
    settings: HouseholdSettings,
) -> Groups:
    """Group the devices of each account into those that live as one household.

    Args:
        visits: Of any subset of accounts, whole accounts only.
        ties: Their ties.
        devices: One row per device with `device_type` and `accounts`.
        settings: How strong a tie joins two devices.

    Returns:
        Group 0 is home, where most of the account's life is; the others follow by use.
    """
    real = devices.filter(pl.col("accounts") <= settings.max_accounts_per_device)
    days = visits.filter(V.place.col >= 0).group_by(ACCOUNT, DEVICE).agg(days=V.day.col.n_unique())
    labels = adopt_strays(visits, _link(real, ties, days, settings), settings)
    use = _use(visits, labels)
    order = (
        use.group_by(ACCOUNT, "label")
        .agg(pl.col("life", "events").sum(), least=pl.col(DEVICE).min())
        .sort(ACCOUNT, -(pl.col("life").cast(pl.Int64) * pl.col("events").cast(pl.Int64)), "least")
        .with_columns(group=pl.int_range(pl.len(), dtype=pl.Int32).over(ACCOUNT))
    )
    grouped = labels.join(order.select(ACCOUNT, "label", "group"), on=[ACCOUNT, "label"])
    devices_out = grouped.select(ACCOUNT, DEVICE, "group").sort(ACCOUNT, DEVICE)
    return Groups(devices_out, _place_groups(visits, devices_out))


def _link(
    devices: pl.DataFrame, ties: pl.DataFrame, days: pl.DataFrame, settings: HouseholdSettings
) -> pl.DataFrame:
    """Label each device with the group of its account that it lives in."""
    points = (
        devices.select(ACCOUNT, DEVICE)
        .join(days, on=[ACCOUNT, DEVICE], how="left")
        .with_columns(pl.col("days").fill_null(1).cast(pl.Float64))
        .sort(ACCOUNT, DEVICE)
        .with_row_index("point")
    )
    end = points.select(ACCOUNT, DEVICE, "point")
    pairs = (
        ties.join(end, left_on=[ACCOUNT, "device_a"], right_on=[ACCOUNT, DEVICE])
        .join(end, left_on=[ACCOUNT, "device_b"], right_on=[ACCOUNT, DEVICE], suffix="_b")
        .sort("point", "point_b")
    )
    sizes = points.group_by(ACCOUNT, maintain_order=True).len()["len"].to_numpy()
    labels = _cluster(
        Points(
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            points["days"].to_numpy(),
            pairs["point"].cast(pl.Int64).to_numpy(),
            pairs["point_b"].cast(pl.Int64).to_numpy(),
            pairs[T.strength.name].to_numpy(),
        ),
        settings,
    )
    return points.select(ACCOUNT, DEVICE, label=pl.Series(labels))


def _cluster(points: Points, settings: HouseholdSettings) -> Ints:
    """Join devices; by average linkage a phone seen twice cannot chain two homes together."""
    if settings.method != "average":
        return CLUSTERINGS[settings.method](points, settings.min_strength)
    ties = points.left, points.right, points.strength
    return link_groups(points.starts, points.weight, *ties, settings.min_strength)


def _use(visits: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """How much of the account's life each device holds: days at places count most."""
    return (
        visits.join(labels, on=[ACCOUNT, DEVICE])
        .group_by(ACCOUNT, "label", DEVICE)
        .agg(life=pl.when(V.place.col >= 0).then(10).otherwise(1).sum(), events=V.events.col.sum())
    )


def _place_groups(visits: pl.DataFrame, devices: pl.DataFrame) -> pl.DataFrame:
    """A place belongs to the group that spends most device-days there; home wins a draw."""
    return (
        visits.filter(V.place.col >= 0)
        .join(devices, on=[ACCOUNT, DEVICE])
        .group_by(ACCOUNT, PLACE, "group")
        .agg(days=pl.len())
        .sort(ACCOUNT, PLACE, -pl.col("days").cast(pl.Int64), "group")
        .group_by(ACCOUNT, PLACE, maintain_order=True)
        .agg(pl.col("group").first())
        .sort(ACCOUNT, PLACE)
    )


def list_devices(sightings: pl.DataFrame, device_accounts: pl.DataFrame) -> pl.DataFrame:
    """Describe each device of each account.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        device_accounts: On how many accounts each device id was seen in the whole log;
            devices on one account only may be left out.

    Returns:
        account_id, device_id, device_type, active_days, first_day, last_day, accounts.
    """
    return (
        sightings.group_by(ACCOUNT, DEVICE)
        .agg(
            # A device that once called itself a television is one; "unknown" yields to all.
            device_type=pl.col("device_type").cast(pl.Enum(DEVICE_TYPES)).min(),
            active_days=pl.col("day").n_unique(),
            first_day=pl.col("day").min(),
            last_day=pl.col("day").max(),
        )
        .join(device_accounts, on=DEVICE, how="left")
        .with_columns(pl.col("accounts").fill_null(1))
        .sort(ACCOUNT, DEVICE)
    )
