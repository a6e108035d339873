"""Ids of accounts and devices: what may be one, and what programs write who have none."""

import re

import polars as pl

from detector.log_settings import EventSettings

SENTINELS = (
    *("", "0", "-1", "-", "null", "none", "nil", "nan", "n/a", "unknown", "undefined"),
    *("anonymous", "guest", "default", "(null)", "9774d56d682e549c", "000000000000000"),
    *("00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000"),
    *("ffffffff-ffff-ffff-ffff-ffffffffffff", "02:00:00:00:00:00", "00:00:00:00:00:00"),
)
"""What programs write when they have no id: 9774d56d682e549c was one of millions of Android
phones, 02:00:00:00:00:00 is any iPhone. Taken for an id, each would tie strangers together."""

CONTROL = r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]"
"""Characters that move or hide text where it is shown."""

ID_REASONS = (
    *("null_account", "sentinel_account", "null_device", "sentinel_device"),
    *("overlong_id", "damaged_id"),
)


def find_id_reasons(ids: pl.Series, whose: str, settings: EventSettings) -> pl.Series:
    """Tell why texts are no ids of an account or a device; null for those that may be.

    Examples:
        >>> find_id_reasons(pl.Series(["ada", " unknown "]), "account", EventSettings()).to_list()
        [None, 'sentinel_account']
    """
    plain = ids.str.contains(rf"^[!-~]{{1,{settings.max_ids_chars}}}$") & ~ids.str.contains(_NONE)
    reason = pl.Series([None], dtype=pl.String).new_from_index(0, len(ids))
    odd = (~plain.fill_null(value=True)).arg_true()
    return reason.scatter(odd, _look_closer(ids.gather(odd), whose, settings))


_NONE = f"(?i)^(?:{'|'.join(map(re.escape, SENTINELS))})$"


def _look_closer(ids: pl.Series, whose: str, settings: EventSettings) -> pl.Series:
    """The same of ids that are not spelt as nearly all are."""
    name = pl.col("id")
    checks = (
        (name.str.strip_chars().str.to_lowercase().is_in(SENTINELS), f"sentinel_{whose}"),
        (name.str.len_chars() > settings.max_ids_chars, "overlong_id"),
        (name.str.contains(CONTROL), "damaged_id"),
    )
    reason = pl.coalesce(pl.when(test).then(pl.lit(reason)) for test, reason in checks)
    return pl.DataFrame({"id": ids}).select(reason).to_series()
