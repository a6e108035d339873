"""What the answers mean for each household elsewhere, and for the account as a whole."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Ints, mix, uniform
from pipelines.worlds.reactions import lots
from pipelines.worlds.reactions.lives import Lives, household_keys
from pipelines.worlds.settings import WorldSettings

TREATMENT, FRICTION, BY_ITSELF = "treatment", "friction", "by_itself"
"""Why something happened."""

_LEAVING = ("complied", "converted", "extra_member")


@dataclass(frozen=True)
class Fates:
    """From which day on what is otherwise than in the world that nobody touches."""

    households: pl.DataFrame
    """account_id, household, left_day, back_day, evade_day, new_account_id, cause."""
    cancels: pl.DataFrame
    """account_id, cancel_day, cause: of all accounts."""


def decide_fates(
    lives: Lives, answers: pl.DataFrame, asked: pl.DataFrame, settings: WorldSettings
) -> Fates:
    """Put the answers beside what would have happened anyway; what is earlier counts.

    Args:
        lives: What happens by itself.
        answers: From `answer_steps`.
        asked: From `answer_friction`.
        settings: Of the world.
    """
    answered = answers.select("account_id", "reaction", answered="day")
    rows = lives.households.join(answered, on="account_id", how="left").sort(
        "account_id", "household"
    )
    key = household_keys(rows)
    order = pl.Series(mix(key, settings.seed, lots.CONVERTS))
    ranked = rows.with_columns(
        place=order,
        returned=pl.Series(_returns(key, settings)),
        new_account_id=_name_new_accounts(key, settings),
    ).with_columns(
        is_first=pl.col("place") == pl.col("place").min().over("account_id"),
        is_paid=pl.col("household") == pl.col("household").min().over("account_id"),
    )
    cancels = _cancels(lives, answers, asked)
    ended = cancels.select("account_id", "cancel_day")
    households = (
        _households(ranked).join(ended, on="account_id", how="left").sort("account_id", "household")
    )
    went = pl.when(pl.col("left_day") < pl.col("cancel_day"))
    return Fates(
        households.with_columns(
            went.then(name).alias(name) for name in ("left_day", "back_day")
        ).drop("cancel_day"),
        cancels,
    )


def _households(rows: pl.DataFrame) -> pl.DataFrame:
    """The first household by lot converts, the others comply; the first by number is paid for."""
    reaction = pl.col("reaction")
    leaves = reaction.is_in(_LEAVING) & ~((reaction == "extra_member") & pl.col("is_paid"))
    leaves = leaves.fill_null(value=False)
    answered = pl.when(leaves).then("answered")
    back = pl.when(leaves & (reaction == "converted") & pl.col("is_first")).then(
        pl.col("answered") + pl.col("returned")
    )
    earlier = (answered < pl.col("left_day")).fill_null(answered.is_not_null())
    evades = pl.when(reaction == "evaded").then("answered")
    return rows.select(
        "account_id",
        "household",
        pl.when(earlier).then(answered).otherwise("left_day").alias("left_day"),
        pl.when(earlier).then(back).otherwise("back_day").alias("back_day"),
        evade_day=evades,
        new_account_id="new_account_id",
        cause=pl.when(earlier).then(pl.lit(TREATMENT)).otherwise(pl.lit(BY_ITSELF)),
    )


def _cancels(lives: Lives, answers: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    told = [
        table.filter(pl.col("reaction") == "cancelled").select(
            "account_id", cancel_day="day", cause=pl.lit(cause)
        )
        for table, cause in ((answers, TREATMENT), (asked, FRICTION))
    ]
    anyway = lives.accounts.select("account_id", "cancel_day", cause=pl.lit(BY_ITSELF))
    every = pl.concat([*told, anyway]).sort("account_id", "cancel_day", "cause")
    return every.unique("account_id", keep="first", maintain_order=True)


def _returns(key: Ints, settings: WorldSettings) -> Ints:
    """Days until a convert is back: some at once, the others over months and years."""
    ours = settings.reactions
    lot = uniform(key, settings.seed, lots.RETURN_DAYS)
    at_once = uniform(key, settings.seed, lots.RETURNS) < ours.back_at_once
    late = lots.draw_days(lot, ours.back_median_days, ours.back_shape)
    return np.where(at_once, (lot * 4).astype(np.int64), late)


def _name_new_accounts(key: Ints, settings: WorldSettings) -> pl.Series:
    words = mix(key, settings.seed, lots.NEW_NAMES)
    return pl.Series([f"new-{int(word) >> 16:012x}" for word in words], dtype=pl.String)
