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


def why_not_flagged(settings: VerdictSettings) -> pl.Expr:
    """The code that says why an account is not flagged, however probable its sharing is.

    Asked of verdicts with `threshold` and the observations of the group that decides.

    Examples:
        >>> rows = pl.DataFrame({
        ...     "group": [0, 1, 1, 1], "active_days": 40, "external_households": [0, 1, 1, 0],
        ...     "extra_members": [0, 1, 0, 0], "placeless": [None, False, False, True],
        ...     "two_protocols": 0,
        ...     "probability": 0.9, "threshold": 0.99, "devices": 4, "common_devices": 0,
        ...     "common_days": 0, "doubled_days": 0, "profile_share": None})
        >>> rows.select(why_not_flagged(VerdictSettings()))["reason_codes"].struct.unnest().rows()
        [('one_group_of_devices', '{"devices":4}'), \
('paid_for', '{"external_households":1,"extra_members":1}'), \
('below_threshold', \
'{"active_days":40,"probability":0.9,"profiles":false,"threshold":0.99}'), \
('no_place_of_its_own', '{}')]
    """
    least = pl.lit(settings.min_active_days).alias("min_active_days")
    few = _as_json(A.active_days.col, least)
    paid = _as_json(A.external_households.col, A.extra_members.col)
    profiles = G.profile_share.col.is_not_null().alias("profiles")
    # With what would tell more: days, and whether profiles do.
    unlikely = _as_json(A.active_days.col, A.probability.col, profiles, A.threshold.col)
    return (
        pl.when(has_left_out(settings))
        .then(_code("devices_of_many_accounts", _as_json(W.common_devices.col)))
        .when(has_doubles(settings))
        .then(_code("one_id_at_two_places", _as_json(W.doubled_days.col)))
        .when(A.active_days.col < settings.min_active_days)
        .then(_code("too_little_use", few))
        .when(pl.col("group") == 0)
        .then(_code("one_group_of_devices", _as_json(A.devices.col)))
        .when(is_paid_for())
        .then(_code("paid_for", paid))
        .when(G.placeless.col)
        .then(_code(NO_PLACE.name, pl.lit("{}")))
        .when(HOME_LINE.holds)
        .then(_code(HOME_LINE.name, pl.lit("{}")))
        .otherwise(_code("below_threshold", unlikely))
        .alias(A.reason_codes.name)
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


def _code(code: str, parameters: pl.Expr) -> pl.Expr:
    return pl.struct(code=pl.lit(code), parameters=parameters)
