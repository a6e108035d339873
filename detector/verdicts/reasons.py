"""The codes of reasons: what a sentence is made from."""

import polars as pl

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.limits import ONE_WITNESS
from detector.evidence.observations import AccountObservations, Observations
from detector.evidence.scorecard import PER_MICRO
from detector.evidence.weigh import CEILINGS, HOME_LINE, NO_PLACE
from detector.schemas import Accounts, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.rule import has_doubles, has_left_out, is_paid_for
from detector.verdicts.themes import MICRO_BITS, ROW

A, E, G, W = Accounts, Evidence, Observations, AccountObservations
_RULES = {rule.name: rule for rule in (*CEILINGS, ONE_WITNESS)}
_FACTORS = {factor.name: factor for factor in (*FACTORS, *HOME_FACTORS)}
_GROUP = {G.devices.name: f"{G.devices.name}_group"}
"""What decided verdicts call the columns of a group that the account has under the same name."""


def code_themes(themes: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Name the reason behind each sentence, with all numbers that stand in it.

    Args:
        themes: From `pick_themes`; its rows are those of the verdicts.
        verdicts: From `decide_verdicts`, with the observations of the group that decides.

    Returns:
        row, theme, bits, code, parameters: in the order of the themes.
    """
    coded = [
        part.select(
            "rank",
            ROW,
            theme=E.theme.col.cast(pl.String),
            bits=pl.col(MICRO_BITS) * PER_MICRO,
            code=pl.lit(name),
            parameters=_parameters_of(str(name), verdicts, part[ROW]),
        )
        for (name,), part in themes.with_row_index("rank")
        .partition_by(E.factor.name, as_dict=True)
        .items()
    ]
    return pl.concat([pl.DataFrame(schema=_CODED), *coded]).sort("rank").drop("rank")


_CODED = {
    "rank": pl.UInt32,
    ROW: pl.Int64,
    "theme": pl.String,
    "bits": pl.Float64,
    "code": pl.String,
    "parameters": pl.String,
}


def _parameters_of(factor: str, verdicts: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """What a code carries in each of the rows, as canonical JSON."""
    asked = _parameters(factor)
    if not asked:
        return pl.Series(["{}"]).new_from_index(0, len(rows))
    found = verdicts.select(pl.col(column).alias(name) for name, column in asked.items())[rows]
    return found.select(_as_json(*map(pl.col, found.columns))).to_series()


def tell_why_not(verdicts: pl.DataFrame, settings: VerdictSettings) -> pl.Series:
    """Say why each account is not flagged, however probable its sharing is.

    Args:
        verdicts: With `threshold` and the observations of the group that decides.
        settings: What is asked of an account.

    Returns:
        A struct of code and parameters for each; of flagged ones it means nothing.

    Examples:
        >>> rows = pl.DataFrame({
        ...     "group": [0, 1, 1, 1], "active_days": 40, "external_households": [0, 1, 1, 0],
        ...     "extra_members": [0, 1, 0, 0], "placeless": [None, False, False, True],
        ...     "two_protocols": 0,
        ...     "probability": 0.9, "threshold": 0.99, "devices": 4, "common_devices": 0,
        ...     "common_days": 0, "doubled_days": 0, "profile_share": None})
        >>> tell_why_not(rows, VerdictSettings()).struct.unnest().rows()
        [('one_group_of_devices', '{"devices":4}'), \
('paid_for', '{"external_households":1,"extra_members":1}'), \
('below_threshold', \
'{"active_days":40,"probability":0.9,"profiles":false,"threshold":0.99}'), \
('no_place_of_its_own', '{}')]
    """
    least = pl.lit(settings.min_active_days).alias("min_active_days")
    # With what would tell more: days, and whether profiles do.
    profiles = G.profile_share.col.is_not_null().alias("profiles")
    carried: dict[str, tuple[pl.Expr, ...]] = {
        "devices_of_many_accounts": (W.common_devices.col,),
        "one_id_at_two_places": (W.doubled_days.col,),
        "too_little_use": (A.active_days.col, least),
        "one_group_of_devices": (A.devices.col,),
        "paid_for": (A.external_households.col, A.extra_members.col),
        "below_threshold": (A.active_days.col, A.probability.col, profiles, A.threshold.col),
    }
    code = verdicts.select(code=_code_why_not(settings)).to_series()
    parameters = pl.Series(["{}"]).new_from_index(0, verdicts.height)
    for name, columns in carried.items():
        at = (code == name).arg_true()
        told = verdicts.select(*columns)[at].select(_as_json(pl.all()))
        parameters = parameters.scatter(at, told.to_series())
    return pl.select(pl.struct(code=code, parameters=parameters)).to_series()


def _code_why_not(settings: VerdictSettings) -> pl.Expr:
    return (
        pl.when(has_left_out(settings))
        .then(pl.lit("devices_of_many_accounts"))
        .when(has_doubles(settings))
        .then(pl.lit("one_id_at_two_places"))
        .when(A.active_days.col < settings.min_active_days)
        .then(pl.lit("too_little_use"))
        .when(pl.col("group") == 0)
        .then(pl.lit("one_group_of_devices"))
        .when(is_paid_for())
        .then(pl.lit("paid_for"))
        .when(G.placeless.col)
        .then(pl.lit(NO_PLACE.name))
        .when(HOME_LINE.holds)
        .then(pl.lit(HOME_LINE.name))
        .otherwise(pl.lit("below_threshold"))
    )


def _parameters(factor: str) -> dict[str, str]:
    """What a code carries, and the columns of decided verdicts that hold it."""
    if factor in _RULES:
        return {}
    asked = sorted(set(_FACTORS[factor].text.meta.root_names()))
    grouped = {} if factor in _OF_HOME else _GROUP
    return {name: grouped.get(name, name) for name in asked}


_OF_HOME = {factor.name for factor in HOME_FACTORS}


def _as_json(*parameters: pl.Expr) -> pl.Expr:
    return pl.struct(*parameters).struct.json_encode()
