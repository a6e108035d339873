"""What becomes of borrowers and accounts although nobody is treated."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.worlds.build import World
from pipelines.worlds.hashing import Ints, uniform
from pipelines.worlds.identities import number_accounts
from pipelines.worlds.reactions import lots
from pipelines.worlds.reactions.settings import MONTH_DAYS
from pipelines.worlds.settings import WorldSettings

_SOON_DAYS = 4
"""Days within which who leaves by themselves is back."""


@dataclass(frozen=True)
class UntouchedLives:
    """Accounts and households elsewhere, with the days on which they go by themselves."""

    accounts: pl.DataFrame
    """account_id, number, label, partner, country, plan, cancel_day."""
    households: pl.DataFrame
    """account_id, number, label, household, left_day, back_day: null if they stay."""


def follow_lives(part: World, settings: WorldSettings) -> UntouchedLives:
    """Say when accounts are cancelled and borrowers leave, from the end of the first log on.

    Args:
        part: Some accounts of the world, thought out to its horizon.
        settings: Of the world as asked for: its log ends after `days`.
    """
    known = part.truth_accounts.select("account_id", "label").join(
        part.accounts.select("account_id", "partner", "country", "plan"), on="account_id"
    )
    number = number_accounts(known["account_id"])
    accounts = known.with_columns(
        number=pl.Series(number), cancel_day=pl.Series(_cancels(number, settings))
    ).sort("account_id")
    elsewhere = part.truth_devices.filter(pl.col("household") > 0)
    households = (
        elsewhere.select("account_id", "household")
        .unique()
        .join(accounts.select("account_id", "number", "label"), on="account_id")
        .sort("account_id", "household")
    )
    return UntouchedLives(accounts, _leave_by_themselves(households, settings))


def household_keys(households: pl.DataFrame) -> Ints:
    """A lasting number for each household of each account."""
    return households["number"].to_numpy() * 1_000 + households["household"].to_numpy()


def _cancels(number: Ints, settings: WorldSettings) -> Ints:
    lot = uniform(number, settings.seed, lots.CHURN)
    share = settings.reactions.cancelled_per_month
    return settings.days + lots.whole(lots.exponential(lot, share, MONTH_DAYS))


def _leave_by_themselves(households: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """Borrowers who take an account of their own anyway: back within days, without a gap to see."""
    ours, key = settings.reactions, household_keys(households)
    lot = uniform(key, settings.seed, lots.OWN_ACCOUNTS)
    left = settings.days + lots.whole(
        lots.exponential(lot, ours.own_account, ours.own_account_days)
    )
    soon = uniform(key, settings.seed, lots.RETURNS) * _SOON_DAYS
    known = households.with_columns(
        left_day=pl.Series(left), back_day=pl.Series(left + soon.astype(np.int64))
    )
    is_borrower = pl.col("label") == "shared"
    return known.with_columns(
        pl.when(is_borrower).then(name).alias(name) for name in ("left_day", "back_day")
    )
