"""Visits → circles: devices of an account that are chained together by the profiles they use."""

import polars as pl

from detector.components import label_components
from detector.profiles import count_profile_days
from detector.schemas import Visits

V = Visits
ACCOUNT, DEVICE = V.account_id.name, V.device_id.name
REGULAR = 0.1
"""Share of a device's use from which on a profile belongs to it; less is a slip of the finger."""


def find_circles(visits: pl.DataFrame) -> pl.DataFrame:
    """Chain the devices of each account that use the same profiles.

    A family shares a television, so its profiles meet there; two households behind one
    address do not share a screen, and fall into circles of their own.

    Args:
        visits: Of any subset of accounts, whole accounts only.

    Returns:
        account_id, device_id, circle (a number, one for each circle of each account); devices
        without profiles have no row.

    Examples:
        >>> seen = pl.DataFrame({
        ...     "account_id": "ada", "device_id": ["tv", "phone", "stick"],
        ...     "profiles": pl.Series([0b011, 0b001, 0b100], dtype=pl.UInt64)})
        >>> find_circles(seen).select("device_id", "circle").rows()
        [('phone', 0), ('stick', 1), ('tv', 0)]
    """
    use = (
        count_profile_days(visits.with_columns(owner=pl.struct(ACCOUNT, DEVICE)), "owner")
        .filter(pl.col("days") >= REGULAR * pl.col("days").sum().over("owner"))
        .with_columns(pl.col("owner").struct.field(DEVICE))
        .sort(ACCOUNT, DEVICE, "bit")
    )
    devices = use.select(ACCOUNT, DEVICE).unique().sort(ACCOUNT, DEVICE).with_row_index("node")
    profiles = use.select(ACCOUNT, "bit").unique().sort(ACCOUNT, "bit").with_row_index("mark")
    edges = use.join(devices, on=[ACCOUNT, DEVICE]).join(profiles, on=[ACCOUNT, "bit"])
    nodes = pl.int_range(devices.height + profiles.height, dtype=pl.Int64, eager=True)
    circles = label_components(
        nodes,
        edges["node"].cast(pl.Int64),
        edges["mark"].cast(pl.Int64) + devices.height,
    )
    return devices.select(ACCOUNT, DEVICE, circle=circles.head(devices.height))
