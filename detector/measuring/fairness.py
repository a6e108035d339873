"""Whom flags fall on: the flagged share by provider, network, country, devices, plan, partner."""

from dataclasses import replace

import polars as pl

from detector.measuring.figures import ComparedSlice
from detector.measuring.metrics import Rate
from detector.measuring.significance import fisher_p_value, holm_p_values
from detector.schemas import ACCOUNT, Accounts, Places

A, P = Accounts, Places
FLAGGED = A.flagged.name
OTHER, UNKNOWN = "other", "unknown"

DIMENSIONS = {
    "provider": "with provider {}",
    "home_network": "whose home network is of kind {}",
    "country": "of country {}",
    "devices": "with {}",
    "ipv6": "with IPv6 on {} of their days",
    "plan": "on plan {}",
    "partner": "of partner {}",
}
"""What accounts are told apart by, and how a sentence names the accounts of one slice."""

MIN_ACCOUNTS = 30
"""Slices of fewer accounts are put together: no share of theirs would mean anything."""

ALPHA = 0.05
"""The chance that a fair run has any slice called out, over all slices together."""

LEAST_SHOWN = 0.0001
"""Below this chance, how small it is says nothing more to a reader."""


def list_facts(accounts: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Say of each account which slice it is in, by each dimension.

    The provider, kind and protocol are those of the home place; the country is that of
    record, else that of the home place.

    Args:
        accounts: `Accounts`.
        places: `Places` of at least their home places.

    Returns:
        account_id, flagged and one text column per dimension.

    Examples:
        >>> accounts = pl.DataFrame({
        ...     "account_id": ["ada"], "flagged": False, "home_place": 0, "devices": 4,
        ...     "country_of_record": "FR", "plan": None, "partner": "Orbex"})
        >>> home = pl.DataFrame({
        ...     "account_id": ["ada"], "place": 0, "kind": "home_line", "country": "ES",
        ...     "as_org": pl.Series([None], dtype=pl.String), "asn": 3352,
        ...     "ipv6_days": 0, "active_days": 30})
        >>> ada = list_facts(accounts, home)
        >>> ada.select("provider", "country", "devices", "ipv6", "plan").row(0)
        ('AS3352', 'FR', '3 or 4 devices', 'none', 'unknown')
    """
    home = places.select(
        ACCOUNT,
        P.country.name,
        home_place=P.place.col,
        home_network=P.kind.col.cast(pl.String),
        provider=pl.coalesce(P.as_org.col, pl.format("AS{}", P.asn.col)),
        ipv6=_ipv6(P.ipv6_days.col / P.active_days.col),
    )
    known = accounts.join(home, on=[ACCOUNT, A.home_place.name], how="left")
    return known.select(
        ACCOUNT,
        FLAGGED,
        "provider",
        "home_network",
        pl.coalesce(A.country_of_record.col, P.country.col).alias("country"),
        _band(A.devices.col).alias("devices"),
        "ipv6",
        A.plan.name,
        A.partner.name,
    ).with_columns(pl.col(DIMENSIONS).fill_null(UNKNOWN))


def compare_slices(facts: pl.DataFrame) -> tuple[ComparedSlice, ...]:
    """Measure the flagged share of each slice and hold it against that of all other accounts.

    A slice is worse if its share is higher by more than chance allows: Fisher's exact test,
    one-sided, corrected for the number of slices (Holm). A dimension that does not tell the
    accounts apart is left out.

    Args:
        facts: From `list_facts`, for the accounts to compare: all, or the honest ones.

    Returns:
        Slices by dimension and name.

    Examples:
        One provider's customers are flagged far more often than the others':

        >>> facts = pl.DataFrame({"provider": ["Orbex"] * 40 + ["Telvia"] * 400})
        >>> hits = pl.Series("flagged", [True] * 8 + [False] * 32 + [True] * 4 + [False] * 396)
        >>> for one in compare_slices(facts.with_columns(hits)):
        ...     print(one.name, one.rate.hits, one.rate.of, one.ratio, one.worse)
        Orbex 8 40 20.0 True
        Telvia 4 400 0.05 False
    """
    dimensions = [name for name in DIMENSIONS if name in facts.columns]
    slices = [one for name in dimensions for one in _slices_of(facts, name)]
    tested = [one for one in slices if min(one.rate.of, one.rest.of) >= MIN_ACCOUNTS]
    chances = holm_p_values([_chance(one) for one in tested])
    found = {
        (one.dimension, one.name): replace(
            one, p_value=float(f"{chance:.6g}"), worse=chance < ALPHA
        )
        for one, chance in zip(tested, chances, strict=True)
    }
    return tuple(found.get((one.dimension, one.name), one) for one in slices)


def call_out(one: ComparedSlice, who: str) -> str:
    """Say in a sentence how much more often the accounts of a slice are flagged.

    Examples:
        >>> worse = ComparedSlice("partner", "Orbex", Rate.from_counts(12, 400),
        ...     Rate.from_counts(40, 4_000), ratio=3.0, p_value=0.00041, worse=True)
        >>> print(call_out(worse, "Accounts"))  # doctest: +NORMALIZE_WHITESPACE
        Accounts of partner Orbex are flagged 3.0 times as often as others
        (12 of 400 against 40 of 4,000, p = 0.00041).
    """
    accounts = _name_accounts(one)
    times = (
        "while no others are" if one.ratio is None else f"{one.ratio:.1f} times as often as others"
    )
    rates = f"{one.rate.hits:,} of {one.rate.of:,} against {one.rest.hits:,} of {one.rest.of:,}"
    return f"{who} {accounts} are flagged {times} ({rates}{_in_words(one.p_value)})."


def _name_accounts(one: ComparedSlice) -> str:
    words = one.dimension.replace("_", " ")
    match one.name:
        case "other":
            return f"in the smaller slices by {words}"
        case "unknown":
            return f"of unknown {words}"
        case name:
            return DIMENSIONS[one.dimension].format(name.replace("_", " "))


def _in_words(chance: float | None) -> str:
    if chance is None:
        return ""
    return f", p < {LEAST_SHOWN}" if chance < LEAST_SHOWN else f", p = {chance:.2g}"


def _slices_of(facts: pl.DataFrame, dimension: str) -> list[ComparedSlice]:
    counts = (
        facts.group_by(name=dimension)
        .agg(hits=pl.col(FLAGGED).sum(), of=pl.len())
        .with_columns(
            name=pl.when(pl.col("of") < MIN_ACCOUNTS).then(pl.lit(OTHER)).otherwise("name")
        )
        .group_by("name")
        .agg(pl.col("hits", "of").sum())
        .sort("name")
    )
    if counts.height < 2:
        return []
    all_hits, all_of = int(counts["hits"].sum()), int(counts["of"].sum())
    return [
        _slice(
            dimension,
            name,
            Rate.from_counts(hits, of),
            Rate.from_counts(all_hits - hits, all_of - of),
        )
        for name, hits, of in counts.iter_rows()
    ]


def _slice(dimension: str, name: str, rate: Rate, rest: Rate) -> ComparedSlice:
    ratio = round(rate.hits * rest.of / (rate.of * rest.hits), 6) if rest.hits else None
    return ComparedSlice(dimension, name, rate, rest, ratio, p_value=None, worse=False)


def _chance(one: ComparedSlice) -> float:
    return fisher_p_value(one.rate.hits, one.rate.of, one.rest.hits, one.rest.of)


def _ipv6(share: pl.Expr) -> pl.Expr:
    return (
        pl.when(share == 0)
        .then(pl.lit("none"))
        .when(share < 0.5)
        .then(pl.lit("some"))
        .when(share >= 0.5)
        .then(pl.lit("most"))
    )


def _band(devices: pl.Expr) -> pl.Expr:
    """Bands that widen: one device more matters less the more there are."""
    bands = {"1 device": 1, "2 devices": 2, "3 or 4 devices": 4, "5 to 7 devices": 7}
    named = (pl.when(devices <= most).then(pl.lit(name)) for name, most in bands.items())
    return pl.coalesce(*named, pl.lit("8 devices or more"))
