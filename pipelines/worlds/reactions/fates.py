"""What the answers mean for each household elsewhere, and for the account as a whole."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Ints, mix, uniform
from pipelines.worlds.reactions import lots
from pipelines.worlds.reactions.lives import UntouchedLives, household_keys
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
    lives: UntouchedLives, answers: pl.DataFrame, asked: pl.DataFrame, settings: WorldSettings
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
    ended = cancels.rename({"cause": "cancel_cause"})
    known = ranked.join(ended, on="account_id", how="left").sort("account_id", "household")
    return Fates(_households(known), cancels)


def _households(rows: pl.DataFrame) -> pl.DataFrame:
    """The first household by lot converts, the others comply; the first by number is paid for.

    Who left because of a treatment, or because the account was cancelled, takes an account on the
    day on which they would have anyway, unless they do so before.
    """
    reaction = pl.col("reaction")
    leaves = reaction.is_in(_LEAVING) & ~((reaction == "extra_member") & pl.col("is_paid"))
    answered = pl.when(leaves).then("answered")
    left = pl.min_horizontal(answered, "left_day", "cancel_day")
    converts = (reaction == "converted") & pl.col("is_first") & (left == answered)
    won = pl.when(converts).then(pl.col("answered") + pl.col("returned"))
    by_itself = pl.when(left == pl.col("left_day")).then(pl.lit(BY_ITSELF))
    by_treatment = pl.when(left == answered).then(pl.lit(TREATMENT))
    return rows.select(
        "account_id",
        "household",
        left_day=left,
        back_day=pl.min_horizontal(won, "back_day"),
        evade_day=pl.when(reaction == "evaded").then("answered"),
        new_account_id="new_account_id",
        cause=pl.coalesce(by_itself, by_treatment, "cancel_cause"),
    )


def _cancels(lives: UntouchedLives, answers: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
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
