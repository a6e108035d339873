"""Devices that stay where they stand, and play on the lines of two providers at once.

Two televisions that bear one id, as after a copy of an app's data, are one device in a log. A
television may fail over from one line to another, and then plays on both within a half-hour or
two; on whole evenings it plays on one.
"""

import polars as pl

from detector.kinds import is_stationary
from detector.schemas import ACCOUNT, DEVICE, Networks, Sightings

N, S = Networks, Sightings
DOUBLED_DAYS = "doubled_days"
CHANGEOVER = 1
"""Half-hours of a day in which a device that changes its line plays on both."""
_EVENING = [ACCOUNT, DEVICE, S.day.name, "newer"]


def find_doubles(sightings: pl.DataFrame, networks: pl.DataFrame) -> pl.DataFrame:
    """Count the days on which a device of an account played at two places at once for long.

    Both protocols of one line are no two lines; relays and addresses of one provider, which may
    be one line's, are not told apart.

    Args:
        sightings: Of any subset of accounts.
        networks: Knows the pools of at least their networks.

    Returns:
        account_id, doubled_days; accounts without any are left out.

    Examples:
        >>> from datetime import date
        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": "ada", "device_id": "tv", "device_type": "tv", "playing": 0b1110,
        ...     "day": date(2026, 5, 1), "network": ["81.2.69.142", "92.40.7.1"]})
        >>> networks = Networks.sample(overrides={
        ...     "network": ["81.2.69.142", "92.40.7.1"], "kind": "home_line", "pool": ["A", "B"]})
        >>> find_doubles(sightings, networks).rows()
        [('ada', 1)]
    """
    plays = sightings.filter(is_stationary(S.device_type.col), S.playing.col > 0)
    # Most devices are on one network a day: those need not be looked up.
    some = plays.filter(S.network.col.n_unique().over(ACCOUNT, DEVICE, S.day.name) > 1)
    lines = networks.filter(N.kind.col.cast(pl.String) != "anonymizer", N.pool.col.is_not_null())
    once = (
        some.join(lines.select(N.network.name, N.pool.name), on=N.network.name)
        .group_by(*_EVENING[:3], N.pool.name, newer=S.network.col.str.ends_with("/64"))
        .agg(S.playing.col.bitwise_or())
    )
    each, whole = S.playing.col.bitwise_count_ones(), S.playing.col.bitwise_or()
    return (
        once.group_by(_EVENING)
        .agg(twice=each.sum() - whole.bitwise_count_ones())
        .filter(pl.col("twice") > CHANGEOVER)
        .group_by(ACCOUNT)
        .agg(S.day.col.n_unique().alias(DOUBLED_DAYS))
    )
