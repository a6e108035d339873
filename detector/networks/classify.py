"""What kind of network each address is, from how all accounts behave on it."""

import dataframely as dy
import polars as pl

from detector.geo import from_spot
from detector.kinds import NETWORK_KINDS, OWN_LINE
from detector.networks.additive import NetworkCounts
from detector.schemas import Networks
from detector.settings import NetworkSettings

C = NetworkCounts
Rule = tuple[pl.Expr, str]
"""What speaks for a kind, and the kind."""


def decide_kinds(known: pl.LazyFrame, settings: NetworkSettings) -> dy.LazyFrame[Networks]:
    """Decide the kind of each network by itself, once its surroundings are known.

    Enrichment (AS names, connection types) is believed where it is given; behaviour
    decides the rest. A network seen little is judged by its neighbours in the block and by
    its provider's pool.

    Args:
        known: Counts of the whole log with `days`, `pool`, and how block and pool behave.
        settings: Where few becomes many.

    Returns:
        One row per network, sorted.
    """
    rules = (*_told(), *_crowds(settings), *_few(settings))
    decided = known.with_columns(
        *from_spot(C.spot.col),
        # Every arm is an Enum: where one is text, parts of a large table come out as either.
        kind=pl.coalesce(
            *(pl.when(test).then(pl.lit(kind, _KINDS)) for test, kind in rules),
            pl.lit("unknown", _KINDS),
        ),
        confidence=_confidence(settings),
    )
    return Networks.cast(decided.select(Networks.column_names()).sort(Networks.network.name))


_KINDS = pl.Enum(NETWORK_KINDS)
_ANONYMIZER = r"hosting|datacenter|data center|vpn|proxy|relay|tor\b|cloud"
_CELLULAR = r"mobile|cellular|wireless|lte|5g"

_SAID = pl.concat_str(
    C.connection_type.col, C.as_org.col, separator=" ", ignore_nulls=True
).str.to_lowercase()
_STATIONARY = C.stationary_accounts.col / C.accounts.col
_TENURE = C.account_days.col / C.accounts.col
_RESIDENTS = C.resident_accounts.col / C.accounts.col
_WEEKEND = C.weekend_days.col / C.account_days.col
_PHONES = C.phones.col / C.devices.col


def _told() -> tuple[Rule, ...]:
    """What the log says of a network; of a cell of coordinates its homes say nothing."""
    is_cell = C.network.col.str.starts_with("cell:") | C.network.col.str.starts_with("country:")
    return (
        (C.network.col.str.starts_with(OWN_LINE), "home_line"),
        (is_cell, "unknown"),
        (_SAID.str.contains(_ANONYMIZER), "anonymizer"),
        (_SAID.str.contains(_CELLULAR), "cellular"),
    )


def _crowds(settings: NetworkSettings) -> tuple[Rule, ...]:
    """Addresses of many accounts; ordered from the surest witness to the weakest."""
    # An address that one home after the other is given holds one account a day.
    daily = C.account_days.col / Networks.days.col
    mobile = settings.min_settled_share > _STATIONARY
    crowd = _is_many(settings) & ((daily >= settings.min_daily_accounts) | mobile)
    weekdays = settings.max_office_weekend_share > _WEEKEND
    passing = (settings.max_guest_tenure_days >= _TENURE) & (
        settings.max_guest_phone_share > _PHONES
    )
    return (
        (crowd & (settings.min_carrier_share <= _STATIONARY), "carrier_nat"),
        (crowd & mobile & _is_among_phones(settings), "cellular"),
        (crowd & weekdays & (settings.min_colleague_share <= _RESIDENTS), "workplace"),
        (crowd & mobile & (settings.min_student_share <= _RESIDENTS), "campus"),
        (crowd & (settings.max_venue_settled_share > _STATIONARY) & passing, "venue"),
        (crowd & mobile, "venue"),
        (crowd, "carrier_nat"),
    )


def _few(settings: NetworkSettings) -> tuple[Rule, ...]:
    """Addresses of one account, of few, or of many one after the other."""
    no_television = C.stationary_accounts.col == 0
    clerk = (C.account_days.col >= settings.min_clerk_days) & (
        settings.max_clerk_weekend_share > _WEEKEND
    )
    residential = (pl.col("pool_stationary_share") >= settings.min_residential_share) & (
        pl.col("pool_accounts") >= settings.min_pool_accounts
    )
    return (
        (_is_among_phones(settings) & no_television, "cellular"),
        (clerk & no_television, "workplace"),
        (~no_television | (settings.min_home_days <= _TENURE), "home_line"),
        (~_is_many(settings) & residential, "home_line"),
    )


def _is_many(settings: NetworkSettings) -> pl.Expr:
    return C.accounts.col >= settings.crowd_accounts


def _is_among_phones(settings: NetworkSettings) -> pl.Expr:
    """Whether the provider, or the block, serves telephones on the road."""

    def gateways(name: str) -> pl.Expr:
        phones, still = pl.col(f"{name}_phone_share"), pl.col(f"{name}_stationary_share")
        return (phones >= settings.min_phone_share) & (
            still <= settings.max_gateway_stationary_share
        )

    pool = gateways("pool") & (pl.col("pool_accounts") >= settings.min_pool_accounts)
    block = gateways("block") & (pl.col("block_accounts") >= settings.min_block_accounts)
    return pool | (block & (pl.col("block_tenure") <= settings.max_gateway_tenure_days))


def _confidence(settings: NetworkSettings) -> pl.Expr:
    """How surely the kind is known: the more days, the surer; what the log tells, most surely."""
    told = _SAID.str.contains(_ANONYMIZER) | _SAID.str.contains(_CELLULAR)
    days = C.account_days.col
    seen = (days / (days + settings.half_confidence_days)).round(3)
    return pl.when(told.fill_null(value=False)).then(settings.told_confidence).otherwise(seen)
