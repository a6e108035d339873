"""Rows of a simulated log beside the truth about them."""

import polars as pl

from pipelines.worlds.build import World, build_world
from pipelines.worlds.casting import cast_accounts
from pipelines.worlds.infrastructure import build_infrastructure
from pipelines.worlds.settings import CLEAN, WorldSettings
from pipelines.worlds.sheets import Cast
from pipelines.worlds.situations import SITUATIONS, assign_situations

START = "playback_start"
TV = ("tv", "stick", "console")


def network() -> pl.Expr:
    """The address, or the /64 it is in."""
    v6 = pl.col("ip").str.extract(r"^((?:[^:]*:){4})")
    return pl.when(pl.col("ip").str.contains(":", literal=True)).then(v6).otherwise("ip")


def all_plays(world: World) -> pl.DataFrame:
    """All plays, with the situation of the account and the household of the device."""
    return (
        world.events.filter(pl.col("event_type") == START)
        .join(world.truth_accounts, on="account_id")
        .join(world.truth_devices, on=["account_id", "device_id"])
        .with_columns(
            network=network(),
            day=pl.col("ts").dt.date(),
            v6=pl.col("ip").str.contains(":", literal=True),
        )
    )


def plays(world: World, situation: str) -> pl.DataFrame:
    """Those of a situation's accounts."""
    return all_plays(world).filter(pl.col("situation") == situation)


def share_on_home_networks(rows: pl.DataFrame) -> float:
    """Share of the borrowers' plays on a network that the home has used too."""
    home = rows.filter(pl.col("household") == 0).select("account_id", "network").unique()
    away = rows.filter(pl.col("household") > 0)
    return away.join(home, on=["account_id", "network"], how="semi").height / away.height


def usual(rows: pl.DataFrame, column: str, *keys: str) -> pl.DataFrame:
    """The most frequent value of a column; of several, the least."""
    counted = rows.drop_nulls(column).group_by(*keys, column).len()
    best = counted.sort("len", column, descending=[True, False])
    return best.group_by(*keys, maintain_order=True).agg(pl.col(column).first())


def world_of(*situations: str, accounts: int = 120) -> World:
    """A world in which everybody lives one of some situations of one label."""
    return build_world(only(*situations, accounts=accounts))


def cast_of(settings: WorldSettings) -> Cast:
    """Who lives in a world of one chunk, before anybody watches."""
    accounts = range(settings.accounts)
    return cast_accounts(
        accounts, assign_situations(settings), build_infrastructure(settings), settings
    )


def only(*situations: str, accounts: int = 120) -> WorldSettings:
    """Settings of a world in which everybody lives one of some situations of one label."""
    label = next(s.label for s in SITUATIONS if s.name == situations[0])
    return WorldSettings(
        accounts=accounts,
        seed=12,
        mess=CLEAN,
        situation_weights={s.name: float(s.name in situations) for s in SITUATIONS},
        sharing_prior=float(label == "shared"),
        ambiguous_share=0.0,
    )
