"""The accounts table of a world: who sold each account, on which plan, since when."""

from datetime import timedelta

import numpy as np
import polars as pl

from pipelines.worlds.geography import Geography
from pipelines.worlds.hashing import Floats, Ints, uniform
from pipelines.worlds.identities import name_accounts
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import Cast

DIRECT = "direct"
OPERATORS = ("Cablora", "Lumora", "Northvia", "Orbex", "Telvia")
"""Each country has two of them."""

SOLD_DIRECT = 0.55
BIGGER_OPERATOR = 0.3
PLANS = (("ad-supported", 0.4), ("standard", 0.4), ("premium", 0.2))
OLDEST_DAYS = 2_200
"""Six years; half of the accounts are younger than a year and a half."""

CANCELLED = 0.02


def list_subscriptions(cast: Cast, geography: Geography, settings: WorldSettings) -> pl.DataFrame:
    """Describe each account of a chunk as its service would.

    Every fact is a function of the account's number, so no draw of the log depends on it, and
    none of them makes an account more likely to be shared. Nobody has paid for extra members:
    whoever has does not share.
    """
    account, country = _homes(cast, geography)
    chance = [uniform(account, settings.seed, purpose) for purpose in range(91, 95)]
    age = (chance[2] ** 2 * OLDEST_DAYS).astype(np.int64) + 1
    return pl.DataFrame(
        {
            "account_id": name_accounts(account),
            "partner": _partners(chance[0], country),
            "country": pl.Series(geography.countries).gather(pl.Series(country)),
            "plan": _plans(chance[1]),
            "extra_members": pl.zeros(len(account), pl.Int32, eager=True),
            "signup_date": [settings.first_day - timedelta(days=int(days)) for days in age],
            "status": np.where(chance[3] < CANCELLED, "cancelled", "active"),
        }
    ).sort("account_id")


def _homes(cast: Cast, geography: Geography) -> tuple[Ints, Ints]:
    """Each account and the country of its own household."""
    households = cast.households
    own = np.flatnonzero((households.number == 0) & (households.premise >= 0))
    account, first = np.unique(households.account[own], return_index=True)
    city = cast.premises.city[households.premise[own[first]]]
    return account, geography.country[city]


def _partners(chance: Floats, country: Ints) -> list[str]:
    bigger = chance < SOLD_DIRECT + BIGGER_OPERATOR
    operator = (country + np.where(bigger, 0, 1)) % len(OPERATORS)
    names = np.where(chance < SOLD_DIRECT, DIRECT, np.array(OPERATORS)[operator])
    return names.tolist()


def _plans(chance: Floats) -> list[str]:
    ends = np.cumsum([share for _, share in PLANS])
    names = [name for name, _ in PLANS]
    return np.array(names)[np.minimum(np.searchsorted(ends, chance, side="right"), 2)].tolist()
