"""Which themes are told as reasons, and their codes: what a sentence is made from."""

from collections.abc import Mapping

import polars as pl

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import BEYOND_CHANCE, CLEARLY_ABOVE_CHANCE, FACTORS
from detector.evidence.limits import ONE_WITNESS
from detector.evidence.observations import AccountObservations, Observations
from detector.evidence.scorecard import MICRO, PER_MICRO
from detector.evidence.weigh import ALONE, CEILINGS, HOME_LINE, NO_PLACE, PRIOR
from detector.schemas import ACCOUNT, Accounts, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.claims import list_claims
from detector.verdicts.rule import has_doubles, has_left_out, is_paid_for

A, E, G, W = Accounts, Evidence, Observations, AccountObservations
TOLD = 4
"""Reasons and mitigations named per account; the evidence table has them all. No verdict asks."""
WORTH_TELLING_BITS = 0.15
"""Terms weaker than this change nothing that a listener would notice; the unknown is no reason.
No verdict asks."""

_RULES = {rule.name: rule for rule in (*CEILINGS, ONE_WITNESS)}
_FACTORS = {factor.name: factor for factor in (*FACTORS, *HOME_FACTORS)}
_GROUP = {G.devices.name: f"{G.devices.name}_group"}
"""What decided verdicts call the columns of a group that the account has under the same name."""
_LEAST = int(WORTH_TELLING_BITS * MICRO)


def pick_themes(evidence: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Pick what is told of the deciding household: one factor of a theme, the strongest first.

    A theme speaks for what all its evidence comes to, and is told by its strongest factor that
    speaks so, is known, and says something (`detector.verdicts.claims`): two places that play at
    once no more often than chance would have it are no reason, nor is what is true of a large
    family as well.

    Args:
        evidence: All terms, keyed by household.
        verdicts: account_id, household (the one that decides).

    Returns:
        account_id, theme, micro_bits (of the theme), factor; at most `TOLD` for and as many
        against, sorted by account and weight.

    Examples:
        Its profiles are strange to home, which two factors tell, and one line speaks against it:

        >>> evidence = Evidence.sample(overrides={
        ...     "account_id": "bob", "household": 1, "theme": ["people", "people", "place"],
        ...     "bits": [3.0, 2.0, -1.0], "factor": ["profiles", "new_profiles", "two_protocols"],
        ...     "value": [0.0, 1.0, 1.0]})
        >>> bob = pl.DataFrame({"account_id": ["bob"], "household": pl.Series([1], dtype=pl.Int32)})
        >>> pick_themes(evidence, bob).drop("account_id").rows()
        [('people', 5000000, 'profiles'), ('place', -1000000, 'two_protocols')]
    """
    deciding, theme = [ACCOUNT, E.household.name], [ACCOUNT, E.theme.name]
    mine = (
        evidence.filter(~E.factor.col.is_in([PRIOR, ALONE]))
        .join(verdicts.select(deciding), on=deciding, how="semi")
        .with_columns(weight=(E.bits.col * MICRO).round().cast(pl.Int64))
    )
    sums = mine.group_by(theme).agg(micro_bits=pl.col("weight").sum())
    total, speaks_for = pl.col("micro_bits"), pl.col("micro_bits") > 0
    return (
        mine.join(list_claims(), on=E.factor.name)
        .join(sums, on=theme)
        .join(_chances(mine), on=[ACCOUNT, E.factor.name], how="left")
        .filter(
            total.abs() >= _LEAST,
            pl.col("weight") * total.sign() >= _LEAST,
            pl.when(speaks_for).then(_within("for")).otherwise(_within("against")),
            ~speaks_for | pl.col("above").fill_null(value=True),
        )
        .sort(*theme, -pl.col("weight").abs(), E.factor.name)
        .group_by(theme, maintain_order=True)
        .first()
        .sort(ACCOUNT, -total.abs(), E.theme.name)
        .filter(pl.int_range(pl.len()).over(ACCOUNT, speaks_for) < TOLD)
        .select(*theme, "micro_bits", E.factor.name)
    )


def _within(side: str) -> pl.Expr:
    return E.value.col.is_between(pl.col(f"{side}_least"), pl.col(f"{side}_most"))


def _chances(terms: pl.DataFrame) -> pl.DataFrame:
    """account_id, factor, above: whether what a factor asks for is beyond chance."""
    asked = pl.DataFrame(
        {E.factor.name: list(BEYOND_CHANCE), "asked": list(BEYOND_CHANCE.values())}
    )
    return (
        terms.filter(E.factor.col.is_in([*set(BEYOND_CHANCE.values())]))
        .select(ACCOUNT, asked=E.factor.col, above=E.value.col >= CLEARLY_ABOVE_CHANCE)
        .join(asked, on="asked")
        .select(ACCOUNT, E.factor.name, "above")
    )


def code_themes(themes: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Name the reason behind each sentence, with all numbers that stand in it.

    Args:
        themes: From `pick_themes`.
        verdicts: From `decide_verdicts`, with the observations of the group that decides.

    Returns:
        account_id, theme, bits, code, parameters: in the order of the themes.
    """
    factors: list[str] = themes[E.factor.name].unique().to_list()
    asked = sorted({column for factor in factors for column in _parameters(factor).values()})
    ranked = themes.with_row_index("rank").join(
        verdicts.select(ACCOUNT, *asked), on=ACCOUNT, how="left", maintain_order="left"
    )
    coded = [
        part.select(
            "rank",
            ACCOUNT,
            theme=E.theme.col.cast(pl.String),
            bits=pl.col("micro_bits") * PER_MICRO,
            code=pl.lit(name),
            parameters=_canonical(_parameters(str(name))),
        )
        for (name,), part in ranked.partition_by(E.factor.name, as_dict=True).items()
    ]
    return pl.concat([pl.DataFrame(schema=_CODED), *coded]).sort("rank").drop("rank")


_CODED = {
    "rank": pl.UInt32,
    ACCOUNT: pl.String,
    "theme": pl.String,
    "bits": pl.Float64,
    "code": pl.String,
    "parameters": pl.String,
}


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


def _canonical(parameters: Mapping[str, str]) -> pl.Expr:
    if not parameters:
        return pl.lit("{}")
    return _as_json(*(pl.col(column).alias(name) for name, column in parameters.items()))


def _as_json(*parameters: pl.Expr) -> pl.Expr:
    return pl.struct(*parameters).struct.json_encode()


def _code(code: str, parameters: pl.Expr) -> pl.Expr:
    return pl.struct(code=pl.lit(code), parameters=parameters)
