"""What the service knows afterwards, and what only the truth does."""

import numpy as np
import polars as pl

from pipelines.worlds.atlas import ATLAS
from pipelines.worlds.build import World
from pipelines.worlds.hashing import uniform
from pipelines.worlds.reactions import lots
from pipelines.worlds.reactions.fates import BY_ITSELF, FRICTION, TREATMENT, Fates
from pipelines.worlds.reactions.rewriting import Rewritten
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.subscriptions import PLANS, SELLING, name_partners

FEEDBACK = {
    "verified": "verified",
    "appealed": "appealed",
    "extra_member": "extra_member_bought",
    "cancelled": "cancelled",
}
"""Reactions that a service's own systems see, and what `household feedback` calls them."""

BORROWED = "borrowed_before"
"""The situation of an account that a borrower took."""


def tell_reactions(
    answers: pl.DataFrame,
    asked: pl.DataFrame,
    contacts: pl.DataFrame,
    fates: Fates,
    last_day: int,
) -> pl.DataFrame:
    """What each account did, on which day of the world, and why: account_id, reaction, day, cause.

    An account whose borrowers leave by themselves `lost_borrower`; nobody sees that but the truth.
    """
    cause = {"treated": TREATMENT, "friction": FRICTION}
    # What people would have done after they cancelled, they did not do.
    acts = pl.concat(
        [
            answers.select("account_id", "reaction", "day", cause=pl.lit(TREATMENT)),
            asked.select("account_id", "reaction", "day", cause=pl.lit(FRICTION)),
            contacts.select(
                "account_id",
                pl.lit("called").alias("reaction"),
                "day",
                cause=pl.col("stream").replace_strict(cause, return_dtype=pl.String),
            ),
            fates.households.filter(pl.col("cause") == BY_ITSELF)
            .drop_nulls("left_day")
            .select(
                "account_id",
                pl.lit("lost_borrower").alias("reaction"),
                day="left_day",
                cause="cause",
            ),
        ]
    ).filter(pl.col("reaction") != "cancelled")
    ended = fates.cancels.rename({"cancel_day": "day"})
    alive = acts.join(ended.select("account_id", end="day"), on="account_id")
    told = pl.concat(
        [
            alive.filter(pl.col("day") < pl.col("end")).drop("end"),
            ended.select("account_id", pl.lit("cancelled").alias("reaction"), "day", "cause"),
        ]
    )
    return told.filter(pl.col("day") < last_day).sort("account_id", "day", "reaction", "cause")


def tell_feedback(reactions: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """What the service's systems report: feedback_id, account_id, kind, day."""
    seen = reactions.filter(pl.col("reaction").is_in(list(FEEDBACK)))
    kind = pl.col("reaction").replace_strict(FEEDBACK, return_dtype=pl.String)
    told = seen.select("account_id", kind=kind, day=_date(settings)).unique()
    name = pl.concat_str("kind", "account_id", pl.col("day").cast(pl.String), separator=":")
    return told.select(name.alias("feedback_id"), "account_id", "kind", "day").sort(
        "day", "feedback_id"
    )


def tell_conversions(rewritten: Rewritten, fates: Fates, settings: WorldSettings) -> pl.DataFrame:
    """Devices that are on a new account: lender, device_id, account_id, new_device_id, days."""
    why = fates.households.select(
        "household", "cause", _date(settings, "left_day"), _date(settings, "back_day"),
        lender="account_id",
    )  # fmt: skip
    return (
        rewritten.moved.join(why, on=["lender", "household"], how="left")
        .select(
            "lender",
            "device_id",
            "account_id",
            "new_device_id",
            "household",
            "left_day",
            "cause",
            day="back_day",
        )
        .sort("lender", "device_id", "account_id")
    )


def tell_accounts(
    part: World,
    rewritten: Rewritten,
    reactions: pl.DataFrame,
    conversions: pl.DataFrame,
    settings: WorldSettings,
) -> pl.DataFrame:
    """The accounts table afterwards: cancelled ones, extra members, and new accounts."""
    ended = reactions.filter(pl.col("reaction") == "cancelled")["account_id"]
    paid = reactions.filter(pl.col("reaction") == "extra_member")["account_id"]
    is_in = pl.col("account_id").is_in
    known = part.accounts.with_columns(
        status=pl.when(is_in(ended.implode())).then(pl.lit("cancelled")).otherwise("status"),
        extra_members=pl.col("extra_members") + is_in(paid.implode()).cast(pl.Int32),
    )
    new = _new_accounts(part, rewritten, conversions, settings)
    return pl.concat([known, new.select(known.columns).cast(known.schema)]).sort("account_id")


def tell_truth(part: World, conversions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Label and devices of old and new accounts; a new one is of one household."""
    new = conversions.select("account_id").unique()
    accounts = pl.concat(
        [
            part.truth_accounts,
            new.select(
                "account_id",
                label=pl.lit("single"),
                situation=pl.lit(BORROWED),
                external_households=pl.lit(0, pl.Int64),
            ),
        ]
    )
    devices = conversions.select(
        "account_id", device_id="new_device_id", household=pl.lit(0, pl.Int64)
    )
    both = pl.concat([part.truth_devices, devices.select(part.truth_devices.columns)])
    return accounts.sort("account_id"), both.sort("account_id", "device_id")


def _new_accounts(
    part: World, rewritten: Rewritten, conversions: pl.DataFrame, settings: WorldSettings
) -> pl.DataFrame:
    """Sold by a partner as often as others are, in the country where they are used.

    Where the service is not sold, whoever borrowed has the country of the lender.
    """
    begun = conversions.group_by("account_id").agg(
        signup_date=pl.col("day").min(), lender=pl.col("lender").first()
    )
    lenders = part.accounts.select(lender="account_id", of_lender="country")
    new = begun.join(lenders, on="lender").sort("account_id")
    new = new.join(rewritten.countries, on="account_id", how="left").sort("account_id")
    key = np.array([int(name[4:], 16) for name in new["account_id"]], np.int64)
    lot = uniform(key, settings.seed, lots.SOLD)
    by_operator = lot < settings.sold_by_operators
    seller = (lot / max(settings.sold_by_operators, 1e-12) * SELLING).astype(np.int64)
    seller = np.where(by_operator, seller, -1)
    is_sold = pl.col("seen_in").is_in(list(settings.countries))
    there = pl.when(is_sold).then("seen_in")
    country = new.select(country=pl.coalesce(there, "of_lender"))["country"]
    number = np.array([list(ATLAS).index(code) for code in country], np.int64)
    ends = np.cumsum([share for _, share in PLANS])
    plan = np.searchsorted(ends, uniform(key, settings.seed, lots.PLANS_BOUGHT), side="right")
    return new.with_columns(
        partner=pl.Series(name_partners(seller, number), dtype=pl.String),
        country=country,
        plan=pl.Series([name for name, _ in PLANS]).gather(pl.Series(plan.clip(0, 2))),
        extra_members=pl.lit(0),
        status=pl.lit("active"),
    )


def _date(settings: WorldSettings, column: str = "day") -> pl.Expr:
    return (pl.lit(settings.first_day) + pl.duration(days=column)).alias(column)
