"""What each account does about what is done to it, and when."""

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Floats, Ints, uniform
from pipelines.worlds.reactions import lots
from pipelines.worlds.reactions.lives import UntouchedLives
from pipelines.worlds.reactions.orders import Orders
from pipelines.worlds.reactions.settings import WAYS, Leanings, ReactionSettings
from pipelines.worlds.settings import WorldSettings

_SOLD_BY_SERVICE = "direct"
_NO_EXTRA_MEMBERS = "ad-supported"
"""Extra members are not sold on such plans, nor through partners (FACTS)."""

_FLAWLESS = "single"


def list_steps(lives: UntouchedLives, orders: Orders) -> pl.DataFrame:
    """Treatments that reach somebody, with the life that they meet on that day.

    An account whose borrowers have all left by then is an honest one.

    Returns:
        account_id, number, day, treatment, label, partner, country, plan; sorted.
    """
    there = orders.steps.join(lives.accounts, on="account_id").filter(
        pl.col("day") < pl.col("cancel_day")
    )
    elsewhere = (
        there.select("account_id", "day")
        .unique()
        .join(lives.households.select("account_id", "left_day"), on="account_id")
        .filter((pl.col("left_day") > pl.col("day")).fill_null(value=True))
        .select("account_id", "day", lends=pl.lit(value=True))
        .unique()
    )
    met = there.join(elsewhere, on=["account_id", "day"], how="left")
    label = pl.when(pl.col("lends")).then("label").otherwise(pl.lit(_FLAWLESS))
    return met.with_columns(label=label).drop("lends").sort("account_id", "day", "treatment")


def answer_steps(steps: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """Let each account answer the first of its treatments that moves it.

    Returns:
        account_id, number, label, reaction, day; one row an account at most.
    """
    ours = settings.reactions
    number, day = steps["number"].to_numpy(), steps["day"].to_numpy()
    lot = uniform(number, day, settings.seed, lots.ANSWERS)
    way = lots.pick(lot, _shares(steps, ours))
    stopped = _is_stopped(steps, way, settings)
    names = pl.Series([*WAYS, None]).gather(pl.Series(np.where(stopped, 0, way)))
    delay = lots.draw_days(
        uniform(number, day, settings.seed, lots.LEAVES), ours.leave_median_days, ours.leave_shape
    )
    answered = steps.with_columns(
        reaction=names, answered=pl.Series(day + np.where(stopped, 1, delay))
    )
    first = answered.drop_nulls("reaction").sort("account_id", "answered", "day", "treatment")
    return first.unique("account_id", keep="first", maintain_order=True).select(
        "account_id", "number", "label", "reaction", day="answered"
    )


def answer_appeals(steps: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """Who says that it is wrong, whatever else they do: once an account, about one treatment."""
    ours = settings.reactions
    number, day = steps["number"].to_numpy(), steps["day"].to_numpy()
    share = _leanings(steps, ours, "appealed") * lots.look_up(ours.strength, steps["treatment"])
    hit = uniform(number, day, settings.seed, lots.APPEALS) < share
    delay = lots.draw_days(
        uniform(number, day, settings.seed, lots.APPEAL_DAYS),
        ours.contacts.median_days,
        ours.contacts.shape,
    )
    told = steps.with_columns(answered=pl.Series(day + delay), reaction=pl.lit("appealed"))
    found = told.filter(pl.Series(hit)).sort("account_id", "answered")
    return found.unique("account_id", keep="first", maintain_order=True).select(
        "account_id", "number", "label", "reaction", day="answered"
    )


def answer_friction(lives: UntouchedLives, orders: Orders, settings: WorldSettings) -> pl.DataFrame:
    """Honest payers who are asked for a code where the change is under way, and what they do.

    Nobody is asked who was treated by then, or who is held out.

    Returns:
        account_id, number, partner, country, day of being asked, reaction.
    """
    rub = settings.reactions.friction
    honest = lives.accounts.filter(pl.col("label") != "shared")
    payers = _under_way(honest.filter(~pl.col("account_id").is_in(orders.held.implode())), orders)
    number = payers["number"].to_numpy()
    after = lots.whole(
        lots.exponential(uniform(number, settings.seed, lots.ASKED), rub.asked, rub.within_days)
    )
    day = payers["day"].to_numpy() + after
    cancels = uniform(number, settings.seed, lots.ASKED_CANCELS) < rub.cancelled
    reaction = pl.Series(["verified", "cancelled"]).gather(pl.Series(cancels.astype(np.int64)))
    treated = orders.steps.group_by("account_id").agg(treated_day=pl.col("day").min())
    asked = payers.with_columns(day=pl.Series(day), reaction=reaction)
    asked = asked.join(treated, on="account_id", how="left", maintain_order="left")
    untouched = (pl.col("day") < pl.col("treated_day")).fill_null(value=True)
    return asked.filter(untouched, pl.col("day") < pl.col("cancel_day")).select(
        "account_id", "number", "label", "partner", "country", "day", "reaction"
    )


def _under_way(payers: pl.DataFrame, orders: Orders) -> pl.DataFrame:
    """Payers whom the change reaches, with the day from which it does."""
    if orders.sold is not None:
        return payers.join(orders.sold, on=["partner", "country"]).sort("account_id")
    first = pl.lit(orders.first_day, pl.Int64)
    return payers.with_columns(day=first).drop_nulls("day").sort("account_id")


def _shares(steps: pl.DataFrame, ours: ReactionSettings) -> list[Floats]:
    strength = lots.look_up(ours.strength, steps["treatment"])
    sold_alone = (steps["partner"] == _SOLD_BY_SERVICE) & (steps["plan"] != _NO_EXTRA_MEMBERS)
    can_buy = sold_alone.to_numpy()
    shares = [_leanings(steps, ours, way) * strength for way in WAYS]
    bought = WAYS.index("extra_member")
    shares[bought] = np.where(can_buy, shares[bought], 0.0)
    return shares


def _leanings(steps: pl.DataFrame, ours: ReactionSettings, way: str) -> Floats:
    of: dict[str, Leanings] = {
        "shared": ours.sharers,
        "ambiguous": ours.torn,
        _FLAWLESS: ours.honest,
    }
    return lots.look_up({label: getattr(each, way) for label, each in of.items()}, steps["label"])


def _is_stopped(
    steps: pl.DataFrame, way: Ints, settings: WorldSettings
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Who would do nothing, but whose devices elsewhere are stopped."""
    number, day = steps["number"].to_numpy(), steps["day"].to_numpy()
    share = lots.look_up(settings.reactions.blocked, steps["treatment"])
    lends = (steps["label"] != _FLAWLESS).to_numpy()
    lot = uniform(number, day, settings.seed, lots.BLOCKS)
    return (way == len(WAYS)) & lends & (lot < share)
