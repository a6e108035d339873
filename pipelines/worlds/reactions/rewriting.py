"""The log as it is after people have answered: rows fall away, move to other accounts, or lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

import numpy as np
import polars as pl

from pipelines.worlds.build import World
from pipelines.worlds.events import GEO_COLUMNS
from pipelines.worlds.hashing import mix, uniform
from pipelines.worlds.identities import number_accounts
from pipelines.worlds.mess import YEARS_AHEAD
from pipelines.worlds.reactions import lots
from pipelines.worlds.reactions.fates import Fates
from pipelines.worlds.settings import WorldSettings

_STANDING = ("tv", "console", "stick")
"""Devices that go through the line at home when somebody evades."""


@dataclass(frozen=True)
class Rewritten:
    """The log, and which devices went where."""

    events: pl.DataFrame
    """With `day` of the world besides."""
    moved: pl.DataFrame
    """lender, household, device_id, account_id, new_device_id of devices that were used since."""
    countries: pl.DataFrame
    """account_id of any household's new account, and the country that it is used in most."""


def rewrite(part: World, fates: Fates, settings: WorldSettings, last_day: int) -> Rewritten:
    """Let the answers change the log of some accounts up to a day.

    Rows without account or device are nobody's, and stay; so do those without a time.

    Args:
        part: As nobody touched it, to the world's horizon.
        fates: From which day what is otherwise.
        settings: Of the world as asked for.
        last_day: The first day that is not told any more.
    """
    every = _with_fates(part, fates, settings)
    # A profile's number, too, is a matter of all days: one more month must not count anew.
    profile = pl.col("profile_id").rank("dense").over("new_account_id").cast(pl.String)
    rows = every.with_columns(new_profile="p" + profile).filter(pl.col("day") < last_day)
    left, back, cancelled = (
        (pl.col("day") >= pl.col(name)).fill_null(value=False)
        for name in ("left_day", "back_day", "cancel_day")
    )
    moves = left & back
    kept = rows.filter(moves | ~(left | cancelled)).with_columns(moves=moves)
    lied = _go_home(kept, settings)
    events, moved = _move(lied, part.events.columns, settings)
    return Rewritten(events, moved, _countries(every))


def _countries(rows: pl.DataFrame) -> pl.DataFrame:
    country = pl.col("country") if "country" in rows.columns else pl.lit(None, pl.String)
    used = rows.select(account_id="new_account_id", seen_in=country).drop_nulls()
    counted = used.group_by("account_id", "seen_in").len()
    most = counted.sort("account_id", "len", "seen_in", descending=[False, True, False])
    return most.unique("account_id", keep="first").select("account_id", "seen_in")


def _with_fates(part: World, fates: Fates, settings: WorldSettings) -> pl.DataFrame:
    """Each row with its day of the world, the household it is of, and what becomes of that."""
    midnight = pl.lit(datetime.combine(settings.first_day, time())).dt.replace_time_zone("UTC")
    horizon = pl.lit(settings.horizon.days)
    ahead = (pl.col("ts") - midnight).dt.total_days()
    true = ((pl.col("ts") - YEARS_AHEAD) - midnight).dt.total_days()
    day = pl.when(ahead >= horizon).then(true).otherwise(ahead).fill_null(0)
    keyed = part.events.with_columns(day=day)
    account, device = "account_id", "device_id"
    return (
        keyed.join(part.truth_devices, on=[account, device], how="left", maintain_order="left")
        .join(fates.households, on=[account, "household"], how="left", maintain_order="left")
        .join(
            fates.cancels.select(account, "cancel_day"),
            on=account,
            how="left",
            maintain_order="left",
        )
    )


def _go_home(rows: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """Give what evades the address that home last had: televisions always, others on some days."""
    told = [name for name in ("ip", *GEO_COLUMNS) if name in rows.columns]
    numbered = rows.with_row_index("row")
    evades = pl.col("day") >= pl.col("evade_day")
    liars = numbered.filter(evades.fill_null(value=False) & pl.col("ts").is_not_null())
    if liars.is_empty():
        return rows
    period, number = settings.reactions.check_in_days, number_accounts(liars["account_id"])
    turn = (uniform(number, settings.seed, lots.CHECK_INS) * period).astype(np.int64)
    checks_in = pl.Series((liars["day"].to_numpy() + turn) % period == 0)
    liars = liars.filter(liars["device_type"].is_in(_STANDING) | checks_in)
    home = numbered.filter(
        pl.col("household") == 0, pl.col("device_type").is_in((*_STANDING, "desktop"))
    ).drop_nulls("ts")
    lines = home.select("account_id", "ts", *told, known=pl.lit(value=True)).sort("ts")
    there = liars.select("row", "account_id", "ts").sort("ts", "row")
    there = there.join_asof(lines, on="ts", by="account_id", check_sortedness=False)
    new = there.drop_nulls("known").select("row", "known", *told)
    both = numbered.join(new, on="row", how="left", suffix="_home", maintain_order="left")
    return both.with_columns(
        pl.when("known").then(f"{name}_home").otherwise(name).alias(name) for name in told
    ).select(rows.columns)


def _move(
    rows: pl.DataFrame, columns: Sequence[str], settings: WorldSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put what came back under its new account: profiles counted anew, some ids too."""
    stays, came = rows.filter(~pl.col("moves")), rows.filter("moves")
    came = came.with_columns(
        lender=pl.col("account_id"),
        old_device_id=pl.col("device_id"),
        account_id=pl.col("new_account_id"),
        device_id=_new_ids(came, settings),
        profile_id=pl.col("new_profile"),
    )
    moved = (
        came.select(
            "lender",
            "household",
            "account_id",
            device_id="old_device_id",
            new_device_id="device_id",
        )
        .unique()
        .sort("lender", "device_id", "account_id")
    )
    both = pl.concat([table.select(*columns, "day") for table in (stays, came)])
    return both.sort("ts", "event_id", maintain_order=True), moved


def _new_ids(came: pl.DataFrame, settings: WorldSettings) -> pl.Series:
    """The id of each device on the new account: its old one, or for some another."""
    ids = came["device_id"].unique().sort()
    word = np.array([int(each, 16) for each in ids], np.uint64)
    is_new = uniform(word, settings.seed, lots.NEW_IDS) < settings.reactions.new_ids
    other = mix(word, settings.seed, lots.NEW_NAMES)
    named = pl.Series([format(int(each), "016x") for each in other], dtype=pl.String)
    known = pl.DataFrame({"device_id": ids, "new": named.zip_with(pl.Series(is_new), ids)})
    return came.join(known, on="device_id", how="left", maintain_order="left")["new"]
