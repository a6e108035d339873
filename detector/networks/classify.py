"""What kind of network each address is, from how all accounts behave on it."""

import dataframely as dy
import polars as pl

from detector.schemas import NetworkCounts, Networks
from detector.settings import NetworkSettings

C = NetworkCounts


def decide_kinds(known: pl.DataFrame, settings: NetworkSettings) -> dy.DataFrame[Networks]:
    """Decide the kind of each network by itself, once its surroundings are known.

    Args:
        known: Merged `NetworkCounts` with `days`, `pool`, and how block and pool behave.
        settings: Where few becomes many.
    """
    kind, confidence = _kind(settings)
    located = C.located.col.cast(pl.Float64)
    return (
        known.with_columns(
            kind=kind,
            latitude=pl.when(located > 0).then(C.lat_e4_sum.col / located * 1e-4),
            longitude=pl.when(located > 0).then(C.lon_e4_sum.col / located * 1e-4),
        )
        .with_columns(confidence=confidence)
        .select(Networks.column_names())
        .sort(Networks.network.name)
        .pipe(Networks.validate, cast=True)
    )


_ANONYMIZER = r"hosting|datacenter|data center|vpn|proxy|relay|tor\b|cloud"
_CELLULAR = r"mobile|cellular|wireless|lte|5g"


def _kind(settings: NetworkSettings) -> tuple[pl.Expr, pl.Expr]:
    """The first rule that fits decides; ordered from the surest witness to the weakest."""
    said = pl.concat_str(C.connection_type.col, C.as_org.col, separator=" ", ignore_nulls=True)
    said = said.str.to_lowercase()
    stationary = C.stationary_accounts.col / C.accounts.col
    many = C.accounts.col >= settings.crowd_accounts
    # An address that one home after the other is given holds one account a day.
    daily = C.account_days.col / pl.col("days")
    crowd = many & ((daily >= settings.min_daily_accounts) | (stationary < 0.1))
    tenure = C.account_days.col / C.accounts.col
    residents = C.resident_accounts.col / C.accounts.col
    weekend = C.weekend_days.col / C.account_days.col
    phones = C.phones.col / C.devices.col
    is_cell = C.network.col.str.starts_with("cell:") | C.network.col.str.starts_with("country:")
    phone_pool = (
        (pl.col("pool_phone_share") >= settings.min_phone_share)
        & (pl.col("pool_stationary_share") <= settings.max_gateway_stationary_share)
        & (pl.col("pool_accounts") >= settings.min_pool_accounts)
    )
    phone_block = (
        (pl.col("block_phone_share") >= settings.min_phone_share)
        & (pl.col("block_stationary_share") <= settings.max_gateway_stationary_share)
        & (pl.col("block_accounts") >= settings.min_block_accounts)
        & (pl.col("block_tenure") <= settings.max_gateway_tenure_days)
    )
    residential = (pl.col("pool_stationary_share") >= settings.min_residential_share) & (
        pl.col("pool_accounts") >= settings.min_pool_accounts
    )
    kind = (
        pl.when(is_cell).then(pl.lit("unknown"))
        .when(said.str.contains(_ANONYMIZER)).then(pl.lit("anonymizer"))
        .when(said.str.contains(_CELLULAR)).then(pl.lit("cellular"))
        .when(crowd & (stationary >= 0.3)).then(pl.lit("carrier_nat"))
        .when(crowd & (stationary < 0.1) & (phone_pool | phone_block)).then(pl.lit("cellular"))
        .when(crowd & (weekend < 0.1) & (residents >= 0.2)).then(pl.lit("workplace"))
        .when(crowd & (stationary < 0.1) & (residents >= 0.4)).then(pl.lit("campus"))
        .when(crowd & (stationary < 0.15) & (tenure <= 3) & (phones < 0.9)).then(pl.lit("venue"))
        .when(crowd & (stationary < 0.1)).then(pl.lit("venue"))
        .when(crowd).then(pl.lit("carrier_nat"))
        .when((phone_pool | phone_block) & (C.stationary_accounts.col == 0)).then(
            pl.lit("cellular")
        )
        .when(
            (C.account_days.col >= 8) & (weekend < 0.05) & (C.stationary_accounts.col == 0)
        ).then(pl.lit("workplace"))
        .when(
            (C.stationary_accounts.col > 0) | (tenure >= settings.min_home_days)
        ).then(pl.lit("home_line"))
        .when(~many & residential).then(pl.lit("home_line"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    told = said.str.contains(_ANONYMIZER) | said.str.contains(_CELLULAR)
    weight = (C.account_days.col / (C.account_days.col + 5)).round(3)
    return kind, pl.when(told.fill_null(value=False)).then(0.95).otherwise(weight)
