"""Sightings of all accounts → what kind of log they are from, told by what it holds."""

import polars as pl

from detector.schemas import Sightings
from detector.settings import NetworkSettings

S = Sightings

ADDRESSES, POSITIONS, COUNTRIES = "addresses", "positions", "countries"
PROVIDERS, PROFILES = "providers", "profiles"


def name_regime(places: str, *, providers: bool, profiles: bool) -> str:
    """Name a kind of log by what it tells.

    Only of addresses it is asked whether the log tells whose they are.

    Examples:
        >>> name_regime(ADDRESSES, providers=True, profiles=False)
        'addresses, providers'
        >>> name_regime(POSITIONS, providers=True, profiles=True)
        'positions, profiles'
    """
    told = [PROVIDERS] * (providers and places == ADDRESSES) + [PROFILES] * profiles
    return ", ".join([places, *told])


def forget_profiles(regime: str) -> str:
    """The kind of log that another one is without its profiles.

    Examples:
        >>> forget_profiles("addresses, profiles")
        'addresses'
    """
    return regime.removesuffix(f", {PROFILES}")


def find_regime(sightings: pl.LazyFrame, settings: NetworkSettings) -> str:
    """Tell what kind of log the sightings of all accounts are from.

    What a probability is worth depends on what a log can tell, so the weights are set right for
    each kind by itself. A column counts as told from a small share of the sightings on, as many
    devices have no profile; where places come from is asked of most of them.

    Args:
        sightings: Of all accounts.
        settings: From which share on a column is told.

    Examples:
        >>> seen = Sightings.sample(2, overrides={
        ...     "network": "81.2.69.142", "profiles": [0, 3], "asn": None, "country": None,
        ...     "spot": None})
        >>> find_regime(seen.lazy(), NetworkSettings())
        'addresses, profiles'
    """
    network = S.network.col
    counts = sightings.select(
        rows=pl.len(),
        positions=network.str.starts_with("cell:").sum(),
        countries=network.str.starts_with("country:").sum(),
        providers=pl.any_horizontal(S.asn.col.is_not_null(), S.country.col.is_not_null()).sum(),
        profiles=(S.profiles.col != 0).sum(),
    )
    told = counts.collect(engine="streaming").row(0, named=True)
    least = settings.min_told_share * told["rows"]
    usual = max((POSITIONS, COUNTRIES), key=lambda kind: told[kind])
    return name_regime(
        usual if 2 * told[usual] > told["rows"] else ADDRESSES,
        providers=told[PROVIDERS] > least,
        profiles=told[PROFILES] > least,
    )
