"""Accounts changed in ways of which the right answer is known: sightings in, sightings out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import dataframely as dy
import numpy as np
import polars as pl

from detector.kernels.arrays import Longs
from detector.networks.survey import Surroundings
from detector.schemas import ACCOUNT, DEVICE, Sightings
from detector.selftest.choose import Pair, scramble

S = Sightings
TURNED = 29
"""Bits by which a relabelled account's profiles are turned: any number that is not 0."""

SELDOM = 4
"""A home that watches seldom is seen on one in so many of its days."""


def join_pairs(sightings: pl.DataFrame, pairs: Sequence[Pair]) -> dy.DataFrame[Sightings]:
    """Put each pair of accounts under one new id.

    Devices keep their ids, as no pair has one in common, and lines what all accounts say of them.

    Examples:
        >>> both = Sightings.sample(2, overrides={"account_id": ["ada", "bob"], "profiles": 1})
        >>> joined = join_pairs(both, [Pair("ada", "bob", turn=1)])
        >>> joined.sort("profiles").select("account_id", "profiles").rows()
        [('pair-0000', 1), ('pair-0000', 2)]
    """
    rows = [
        (f"pair-{number:04}", account, turn)
        for number, pair in enumerate(pairs)
        for account, turn in ((pair.first, 0), (pair.second, pair.turn))
    ]
    schema = {"pair": pl.String, ACCOUNT: pl.String, "turn": pl.UInt64}
    theirs = pl.DataFrame(rows, schema, orient="row").join(sightings, on=ACCOUNT)
    bits = _turned(theirs[S.profiles.name].to_numpy(), theirs["turn"].to_numpy())
    joined = theirs.with_columns(profiles=pl.Series(bits, dtype=pl.UInt64))
    return _sorted(joined.drop(ACCOUNT).rename({"pair": ACCOUNT}))


def without_profiles(sightings: pl.DataFrame) -> dy.DataFrame[Sightings]:
    """The same as if the log told of no profiles."""
    return Sightings.cast(sightings.with_columns(profiles=pl.lit(0, pl.UInt64)))


def relabel(sightings: pl.DataFrame) -> dy.DataFrame[Sightings]:
    """Give accounts, devices and profiles other ids, in another order."""
    profiles = sightings[S.profiles.name].to_numpy()
    bits = _turned(profiles, np.full(len(profiles), TURNED, np.uint64))
    return _sorted(
        sightings.with_columns(
            scrambled(sightings[ACCOUNT]),
            scrambled(sightings[DEVICE]),
            profiles=pl.Series(bits, dtype=pl.UInt64),
        )
    )


def shift(sightings: pl.DataFrame, days: int) -> dy.DataFrame[Sightings]:
    """Have everything happen some days later; of other accounts only their networks are known."""
    return Sightings.cast(sightings.with_columns(S.day.col + timedelta(days=days)))


def thin(sightings: pl.DataFrame, one_in: int = 2) -> dy.DataFrame[Sightings]:
    """Leave about one in so many days of each account, by a hash of both."""
    named = sightings.select(pl.concat_str(ACCOUNT, pl.lit(" "), S.day.name)).to_series()
    names = named.unique()
    drawn = [int(scramble(name), 16) % one_in == 0 for name in names]
    kept = names.filter(pl.Series(drawn, dtype=pl.Boolean))
    return Sightings.cast(sightings.filter(named.is_in(kept.implode())))


def thin_seconds(sightings: pl.DataFrame, pairs: Sequence[Pair]) -> dy.DataFrame[Sightings]:
    """Have the second account of each pair watch on about every fourth of its days only."""
    seconds = pl.Series([pair.second for pair in pairs], dtype=pl.String)
    is_second = pl.col(ACCOUNT).is_in(seconds.implode())
    some = thin(sightings.filter(is_second), SELDOM)
    return Sightings.cast(pl.concat([sightings.filter(~is_second), some]))


def put_beside(
    sightings: pl.DataFrame, first_day: date, span: int
) -> tuple[dy.DataFrame[Sightings], pl.DataFrame]:
    """Put each second span of an account's days on the days of the one before, on other devices.

    Args:
        sightings: Of whole accounts.
        first_day: When the first span begins.
        span: Its days.

    Returns:
        The sightings; and `account_id` and `days` on which both lives were seen, of which
        `met` on a line that both were on.

    Examples:
        Ada's Saturday is put beside her Friday:

        >>> days = Sightings.sample(2, overrides={"account_id": "ada", "device_id": "tv",
        ...     "network": "81.2.69.142", "day": [date(2026, 5, 1), date(2026, 5, 2)]})
        >>> beside, met = put_beside(days, date(2026, 5, 1), 1)
        >>> beside["day"].unique().to_list(), beside["device_id"].n_unique(), met.row(0)
        ([datetime.date(2026, 5, 1)], 2, ('ada', 1, 1))
    """
    span_number = (S.day.col - first_day).dt.total_days() // span
    lived = sightings.with_columns(life=span_number % 2).with_columns(
        pl.when(pl.col("life") == 1)
        .then(S.day.col - timedelta(days=span))
        .otherwise(S.day.col)
        .alias(S.day.name),
        pl.when(pl.col("life") == 1)
        .then(scrambled(sightings[DEVICE]))
        .otherwise(DEVICE)
        .alias(DEVICE),
    )
    lines = lived.group_by(ACCOUNT, S.day.name, S.network.name).agg(
        first=(pl.col("life") == 0).any(), second=(pl.col("life") == 1).any()
    )
    both = pl.col("first") & pl.col("second")
    days = lines.group_by(ACCOUNT, S.day.name).agg(
        pl.col("first").any(), pl.col("second").any(), met=both.any()
    )
    met = days.filter(both).group_by(ACCOUNT).agg(days=pl.len(), met=pl.col("met").sum())
    return _sorted(lived), met.sort(ACCOUNT)


def know_renamed(around: Surroundings) -> Surroundings:
    """Have it known of renamed devices, too, on how many accounts they are."""
    devices = around.device_accounts
    renamed = devices.with_columns(scrambled(devices[DEVICE]))
    return replace(around, device_accounts=pl.concat([devices, renamed]))


def scrambled(names: pl.Series) -> pl.Series:
    """The column with other names."""
    each = names.unique()
    others = pl.Series([scramble(name) for name in each], dtype=pl.String)
    return names.replace_strict(each, others, return_dtype=pl.String)


def _turned(bits: Longs, by: Longs) -> Longs:
    """Each set of 64 bits turned by so many."""
    whole = np.uint64(64)
    return (bits << by) | (bits >> ((whole - by) % whole))


def _sorted(rows: pl.DataFrame) -> dy.DataFrame[Sightings]:
    return Sightings.cast(rows.select(Sightings.column_names()).sort(Sightings.primary_key()))
