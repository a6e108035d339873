"""Worlds that go on, in which somebody is treated."""

from datetime import timedelta

import polars as pl

from pipelines.worlds.build import World
from pipelines.worlds.reactions.orders import read_orders
from pipelines.worlds.reactions.react import ReactionCourse
from pipelines.worlds.reactions.settings import Leanings, ReactionSettings
from pipelines.worlds.settings import MessSettings, WorldSettings

FIRM = "pause_external_devices"
MONTHS, DAY = 3, 50
QUIET = {"own_account": 0.0, "cancelled_per_month": 0.0}
"""Nothing happens by itself."""

SETTINGS = WorldSettings(
    accounts=240,
    days=42,
    seed=15,
    sharing_prior=0.4,
    mess=MessSettings(account_gaps=0),
    reactions=ReactionSettings(horizon_months=MONTHS),
)


def leaning(**changes: object) -> WorldSettings:
    """The same world with other reactions."""
    return SETTINGS.model_copy(update={"reactions": SETTINGS.reactions.model_copy(update=changes)})


def certain(way: str, **changes: object) -> WorldSettings:
    """Everybody with borrowers answers in one way, and nothing happens by itself."""
    return leaning(**QUIET, **changes, sharers=Leanings(**{way: 1}), torn=Leanings(**{way: 1}))


def waves(accounts: pl.Series, day: int = DAY, treatment: str = FIRM) -> pl.DataFrame:
    """All of them are treated on one day of the world."""
    return pl.DataFrame(
        {
            "account_id": accounts,
            "wave": "one",
            "day": str(SETTINGS.first_day + timedelta(days=day)),
            "treatment": treatment,
        }
    )


def course(
    given: pl.DataFrame,
    settings: WorldSettings = SETTINGS,
    hold_outs: pl.DataFrame | None = None,
    months: int = MONTHS,
) -> ReactionCourse:
    return ReactionCourse(settings, months, read_orders(given, hold_outs, settings))


def labelled(world: World, label: str) -> pl.Series:
    """Accounts of a label."""
    return world.truth_accounts.filter(pl.col("label") == label)["account_id"]
