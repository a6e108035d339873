"""The answers: who shares, whose device is whose, what each network is."""

import polars as pl

from pipelines.worlds.identities import name_accounts
from pipelines.worlds.sheets import OUTSIDER, Cast
from pipelines.worlds.situations import SITUATIONS


def answer_devices(events: pl.DataFrame) -> pl.DataFrame:
    """The household of each device id that left a trace; 0 is the account's own.

    Who was refused has none: that is no use of the account.
    """
    return (
        events.filter(pl.col("household") != OUTSIDER)
        .select("account_id", "device_id", "household")
        .unique()
        .group_by("account_id", "device_id")
        .agg(pl.col("household").min())
        .sort("account_id", "device_id")
    )


def answer_accounts(cast: Cast, devices: pl.DataFrame) -> pl.DataFrame:
    """Label and situation of each account, counting the external households that were seen.

    A shared account of whose borrowers no trace is left is `single`: nothing in the log could
    tell it from one.
    """
    seen = (
        devices.filter(pl.col("household") > 0)
        .group_by("account_id")
        .agg(external_households=pl.col("household").n_unique().cast(pl.Int64))
    )
    situation = cast.answers.situation
    drawn = pl.DataFrame(
        {
            "account_id": name_accounts(cast.answers.account),
            "label": pl.Series([s.label for s in SITUATIONS]).gather(pl.Series(situation)),
            "situation": pl.Series([s.name for s in SITUATIONS]).gather(pl.Series(situation)),
        }
    )
    known = drawn.join(seen, on="account_id", how="left", maintain_order="left").with_columns(
        pl.col("external_households").fill_null(0)
    )
    untold = (pl.col("label") == "shared") & (pl.col("external_households") == 0)
    return known.with_columns(label=pl.when(untold).then(pl.lit("single")).otherwise("label")).sort(
        "account_id"
    )


def answer_networks(events: pl.DataFrame) -> pl.DataFrame:
    """What each network really is."""
    return events.select("network", "kind").unique().sort("network", "kind")
