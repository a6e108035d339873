"""The accounts table of a world: who sold each account, on which plan, since when."""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.worlds.geography import Geography
from pipelines.worlds.hashing import Floats, Ints, uniform
from pipelines.worlds.identities import name_accounts
from pipelines.worlds.providers import FIXED_SHARES
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import Cast

DIRECT = "direct"
OPERATORS = ("Cablora", "Lumora", "Northvia", "Orbex", "Telvia")
"""Brands under which fixed providers sell accounts; a brand is another provider elsewhere."""

SELLING = 3
"""Fixed providers of a country that sell accounts: the large ones, by their market shares."""

PLANS = (("ad-supported", 0.4), ("standard", 0.4), ("premium", 0.2))
OLDEST_DAYS = 2_200
"""Six years; half of the accounts are younger than a year and a half."""

CANCELLED = 0.02
ELSEWHERE = 0.05
"""Direct accounts whose country of record is not that of their home (moved, or bought abroad), so
that 97 % of all are; our estimate."""


def draw_sellers(accounts: Ints, settings: WorldSettings) -> Ints:
    """The fixed provider (0-4) of its country that sold each account; -1 for direct ones."""
    chance = uniform(accounts, settings.seed, 91)
    market = np.cumsum(FIXED_SHARES[:SELLING]) / sum(FIXED_SHARES[:SELLING])
    within = chance / max(settings.sold_by_operators, 1e-12)
    seller = np.searchsorted(market, np.minimum(within, 1 - 1e-12), side="right")
    return np.where(within < 1, seller, -1)


def draw_home_providers(accounts: Ints, settings: WorldSettings) -> Ints:
    """The fixed provider (0-4) whose line home has because it sold the account; -1: any."""
    bundled = uniform(accounts, settings.seed, 95) < settings.sold_with_line
    return np.where(bundled, draw_sellers(accounts, settings), -1)


def list_subscriptions(cast: Cast, geography: Geography, settings: WorldSettings) -> pl.DataFrame:
    """Describe each account of a chunk as its service would.

    Every fact is a function of the account's number, and none of them makes an account more
    likely to be shared. Nobody has paid for extra members: whoever has does not share.
    """
    account, country = _homes(cast, geography)
    chance = [uniform(account, settings.seed, purpose) for purpose in range(91, 95)]
    age = (chance[2] ** 2 * OLDEST_DAYS).astype(np.int64) + 1
    seller = draw_sellers(account, settings)
    record = _countries_of_record(account, country, seller < 0, geography, settings)
    return pl.DataFrame(
        {
            "account_id": name_accounts(account),
            "partner": name_partners(seller, country),
            "country": pl.Series(geography.countries).gather(pl.Series(record)),
            "plan": _plans(chance[1]),
            "extra_members": pl.zeros(len(account), pl.Int32, eager=True),
            "signup_date": [settings.first_day - timedelta(days=int(days)) for days in age],
            "status": np.where(chance[3] < CANCELLED, "cancelled", "active"),
        }
    ).sort("account_id")


def name_partners(seller: Ints, country: Ints) -> list[str]:
    """The brand of each seller in its country."""
    brand = np.array(OPERATORS)[(country + seller) % len(OPERATORS)]
    return np.where(seller < 0, DIRECT, brand).tolist()


def _homes(cast: Cast, geography: Geography) -> tuple[Ints, Ints]:
    """Each account and the country of its own household."""
    households = cast.households
    own = np.flatnonzero((households.number == 0) & (households.premise >= 0))
    account, first = np.unique(households.account[own], return_index=True)
    city = cast.premises.city[households.premise[own[first]]]
    return account, geography.country[city]


def _countries_of_record(
    account: Ints,
    country: Ints,
    direct: NDArray[np.bool_],
    geography: Geography,
    settings: WorldSettings,
) -> Ints:
    listed = [geography.countries.index(code) for code in settings.countries]
    other = np.array(listed)[(uniform(account, settings.seed, 97) * len(listed)).astype(np.int64)]
    moved = direct & (uniform(account, settings.seed, 96) < ELSEWHERE)
    return np.where(moved, other, country)


def _plans(chance: Floats) -> list[str]:
    ends = np.cumsum([share for _, share in PLANS])
    names = [name for name, _ in PLANS]
    return np.array(names)[np.minimum(np.searchsorted(ends, chance, side="right"), 2)].tolist()
