"""Which profiles the devices of an account use, read from the bits of its visits."""

import numpy as np
import polars as pl

from detector.schemas import Visits

V = Visits
ACCOUNT = V.account_id.name


def list_profile_visits(visits: pl.DataFrame) -> pl.DataFrame:
    """Repeat each visit for every profile that was used on it, as `bit` (0..63)."""
    named = visits.filter(V.profiles.col > 0)
    octets = named[V.profiles.name].to_numpy().astype("<u8").view(np.uint8).reshape(-1, 8)
    row, bit = np.nonzero(np.unpackbits(octets, axis=1, bitorder="little"))
    return named[row].with_columns(bit=pl.Series(bit, dtype=pl.Int64))


def count_profile_days(visits: pl.DataFrame, group: str) -> pl.DataFrame:
    """Count the visits on which each group used each profile.

    Args:
        visits: With a column that names the group of each visit's device.
        group: That column's name.

    Returns:
        account_id, the group, bit (0..63, see `Visits.profiles`), days; sorted.

    Examples:
        >>> seen = pl.DataFrame({"account_id": "ada", "group": [0, 0, 1],
        ...                      "profiles": pl.Series([1, 1 | 1 << 63, 1 << 63], dtype=pl.UInt64)})
        >>> count_profile_days(seen, "group").rows()
        [('ada', 0, 0, 2), ('ada', 0, 63, 1), ('ada', 1, 63, 1)]
    """
    return (
        list_profile_visits(visits.select(ACCOUNT, group, V.profiles.col))
        .group_by(ACCOUNT, group, "bit")
        .agg(days=pl.len().cast(pl.Int64))
        .sort(ACCOUNT, group, "bit")
    )
