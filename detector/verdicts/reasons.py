"""Which terms are told as reasons, and their codes: what a sentence is made from."""

import json
from collections.abc import Mapping

import dataframely as dy
import polars as pl

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import BEYOND_CHANCE, CLEARLY_ABOVE_CHANCE, FACTORS
from detector.evidence.limits import ONE_WITNESS
from detector.evidence.observations import AccountObservations, HomeObservations, Observations
from detector.evidence.weigh import ALONE, CEILINGS, HOME_LINE, NO_PLACE, PRIOR
from detector.kinds import Theme
from detector.schemas import ACCOUNT, Accounts, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.rule import has_doubles, has_left_out, is_paid_for

A, E, G, W = Accounts, Evidence, Observations, AccountObservations
TOLD = 4
"""Reasons and mitigations named per account; the evidence table has them all. No verdict asks."""
WORTH_TELLING_BITS = 0.15
"""Terms weaker than this change nothing that a listener would notice; the unknown is no reason.
No verdict asks."""

_RULES = {rule.name: rule for rule in (*CEILINGS, ONE_WITNESS)}
_FACTORS = {factor.name: factor for factor in (*FACTORS, *HOME_FACTORS)}
_CODE = {"code": pl.String, "parameters": pl.String}
_GROUP = {G.devices.name: f"{G.devices.name}_group"}
"""What decided verdicts call the columns of a group that the account has under the same name."""


def pick_terms(evidence: pl.DataFrame, verdicts: pl.DataFrame, sign: int) -> pl.DataFrame:
    """Pick the terms of the deciding household that are told, the strongest first.

    A term is told if it weighs something, is known, and says something: two places that play at
    once no more often than chance would have it are no reason, nor is what the account is like.

    Args:
        evidence: All terms, keyed by household.
        verdicts: account_id, household (the one that decides).
        sign: 1 for what speaks for another household, -1 for what speaks against it.

    Returns:
        account_id, factor, text; at most `TOLD` per account, sorted by account and weight.

    Examples:
        >>> evidence = Evidence.sample(overrides={
        ...     "account_id": "bob", "household": 1, "theme": "place", "bits": [1.0, 2.0, 3.0, 0.1],
        ...     "factor": ["concurrency", "simultaneity", "country", "crowd"],
        ...     "value": [10.0, 0.04, 1.0, 2.0]})
        >>> bob = pl.DataFrame({"account_id": ["bob"], "household": pl.Series([1], dtype=pl.Int32)})
        >>> pick_terms(evidence, bob, 1)["factor"].to_list()
        ['country']
    """
    deciding, weight = [ACCOUNT, E.household.name], sign * E.bits.col
    known = evidence.filter(E.value.col.is_not_null(), ~E.factor.col.is_in([PRIOR, ALONE]))
    mine = known.join(verdicts.select(deciding), on=deciding, how="semi")
    chance = mine.select(
        ACCOUNT, asked=E.factor.col, above=E.value.col >= CLEARLY_ABOVE_CHANCE
    ).filter(pl.col("asked").is_in([*BEYOND_CHANCE.values()]))
    asked = E.factor.col.replace_strict(BEYOND_CHANCE, default=None, return_dtype=pl.String)
    return (
        mine.filter(weight >= WORTH_TELLING_BITS)
        .with_columns(asked=asked)
        .join(chance, on=[ACCOUNT, "asked"], how="left")
        .filter(pl.col("asked").is_null() | pl.col("above") | (sign < 0))
        # How many devices an account holds is true of a large family as well.
        .filter((E.theme.col != Theme.ACCOUNT) | (sign < 0))
        .sort(ACCOUNT, -weight, E.factor.name)
        .group_by(ACCOUNT, maintain_order=True)
        .head(TOLD)
        .select(ACCOUNT, E.factor.name, E.text.name)
    )


def code_terms(terms: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Name the reason behind each sentence, with all numbers that stand in it.

    Args:
        terms: From `pick_terms`.
        verdicts: From `decide_verdicts`, with the observations of the group that decides.

    Returns:
        account_id, reason_codes: in the order of the terms.
    """
    ranked = terms.with_row_index("rank")
    coded = [
        part.select(ACCOUNT, "rank")
        .join(verdicts.select(ACCOUNT, **_parameters(str(name))), on=ACCOUNT)
        .select(ACCOUNT, "rank", code=pl.lit(name), parameters=_canonical(str(name)))
        for (name,), part in ranked.partition_by(E.factor.name, as_dict=True).items()
    ]
    nothing = pl.DataFrame(schema={ACCOUNT: pl.String, "rank": pl.UInt32, **_CODE})
    return (
        pl.concat([nothing, *coded])
        .sort("rank")
        .group_by(ACCOUNT, maintain_order=True)
        .agg(reason_codes=pl.struct(*_CODE))
    )


def why_not_flagged(settings: VerdictSettings) -> pl.Expr:
    """The code that says why an account is not flagged, however probable its sharing is.

    Asked of verdicts with `threshold` and the observations of the group that decides.

    Examples:
        >>> rows = pl.DataFrame({
        ...     "group": [0, 1, 1, 1], "active_days": 40, "external_households": [0, 1, 1, 0],
        ...     "extra_members": [0, 1, 0, 0], "placeless": [None, False, False, True],
        ...     "two_protocols": 0,
        ...     "probability": 0.9, "threshold": 0.99, "devices": 4, "common_devices": 0,
        ...     "common_days": 0, "doubled_days": 0})
        >>> rows.select(why_not_flagged(VerdictSettings()))["reason_codes"].struct.unnest().rows()
        [('one_group_of_devices', '{"devices":4}'), \
('paid_for', '{"external_households":1,"extra_members":1}'), \
('below_threshold', '{"probability":0.9,"threshold":0.99}'), ('no_place_of_its_own', '{}')]
    """
    least = pl.lit(settings.min_active_days).alias("min_active_days")
    few = _as_json(A.active_days.col, least)
    paid = _as_json(A.external_households.col, A.extra_members.col)
    return (
        pl.when(has_left_out(settings))
        .then(_code("devices_of_many_accounts", _as_json(W.common_devices.col)))
        .when(has_doubles(settings))
        .then(_code("one_id_at_two_places", _as_json(W.doubled_days.col)))
        .when(pl.col("group") == 0)
        .then(_code("one_group_of_devices", _as_json(A.devices.col)))
        .when(A.active_days.col < settings.min_active_days)
        .then(_code("too_little_use", few))
        .when(is_paid_for())
        .then(_code("paid_for", paid))
        .when(G.placeless.col)
        .then(_code(NO_PLACE.name, pl.lit("{}")))
        .when(HOME_LINE.holds)
        .then(_code(HOME_LINE.name, pl.lit("{}")))
        .otherwise(_code("below_threshold", _as_json(A.probability.col, A.threshold.col)))
        .alias(A.reason_codes.name)
    )


def name_no_home(text: pl.Expr) -> pl.Expr:
    """Call home the other household, where it is not known which of the two is the owner's.

    Examples:
        >>> texts = ["never came home", "3 of home's devices were at home", "the other place"]
        >>> pl.select(name_no_home(pl.lit(pl.Series(texts)))).to_series().to_list()
        ['never came to the other household', \
"3 of the other household's devices were at the other household", 'its own place']
    """
    said = text.str.replace_all("the other place", "its own place", literal=True)
    return said.str.replace_all(r"\bcame home\b", "came to home").str.replace_all(
        r"\bhome\b", "the other household"
    )


def say_reason(code: str, parameters: str) -> str:
    """Make the sentence of a reason code, as `reasons` and `mitigations` have it.

    Where it is not known which household is home, those have it as `name_no_home` puts it.

    Args:
        code: Of `Accounts.reason_codes`; a factor's name.
        parameters: As canonical JSON.

    Examples:
        >>> say_reason("company", '{"company_days":3,"own_days":12}')
        'a device of home was there on 25 % of its days'
    """
    if code in _RULES:
        return _RULES[code].text
    given: Mapping[str, object] = json.loads(parameters)
    columns = {**HomeObservations.columns(), **Observations.columns()}
    row = pl.DataFrame(
        {
            name: pl.Series([value], dtype=pl.String).str.to_date() if name in _DATES else [value]
            for name, value in given.items()
        }
    )
    typed = row.with_columns(pl.col(name).cast(columns[name].dtype) for name in given)
    return typed.select(_FACTORS[code].text).item()


_DATES = {name for name, column in Observations.columns().items() if isinstance(column, dy.Date)}


def _parameters(factor: str) -> dict[str, pl.Expr]:
    if factor in _RULES:
        return {}
    asked = sorted(set(_FACTORS[factor].text.meta.root_names()))
    grouped = {} if factor in _OF_HOME else _GROUP
    return {name: pl.col(grouped.get(name, name)) for name in asked}


_OF_HOME = {factor.name for factor in HOME_FACTORS}


def _canonical(factor: str) -> pl.Expr:
    asked = list(_parameters(factor))
    return pl.struct(asked).struct.json_encode() if asked else pl.lit("{}")


def _as_json(*parameters: pl.Expr) -> pl.Expr:
    return pl.struct(*parameters).struct.json_encode()


def _code(code: str, parameters: pl.Expr) -> pl.Expr:
    return pl.struct(code=pl.lit(code), parameters=parameters)
