"""Verdicts in words: reasons, mitigations and the sentence an agent can read out."""

from collections.abc import Iterable

import dataframely as dy
import polars as pl

from detector.schemas import ACCOUNT, CODED, Accounts
from detector.settings import VerdictSettings
from detector.stories.say import Speaks, Voice, say
from detector.stories.sum_up import Upshot, sum_up
from detector.verdicts.reasons import code_themes, pick_themes, why_not_flagged

A = Accounts
_CODE = ("code", "parameters")
_THEME = (*CODED, "bits")
_SURE = "home_sure"


def put_into_words(
    verdicts: pl.DataFrame, evidence: pl.DataFrame, settings: VerdictSettings
) -> dy.DataFrame[Accounts]:
    """Give each verdict its themes, reasons, mitigations and summary.

    Args:
        verdicts: From `decide_verdicts`, with `household` the one that decides.
        evidence: All terms, keyed by household.
        settings: How probable a household must be to be spoken of.

    Returns:
        `Accounts`, finished but for what would clear them (`detector.clearing`); no address and
        no place name is in any sentence.

    Examples:
        Ada's daughter lives elsewhere, as an extra member whom Ada pays for:

        >>> from detector.schemas import Evidence
        >>> verdicts = Accounts.sample(overrides={
        ...     "account_id": ["ada"], "verdict": "one_household", "flagged": False,
        ...     "pattern": "extra_members", "external_households": 1, "extra_members": 1,
        ...     "active_days": 20,
        ... }).drop("reasons", "mitigations", "reason_codes", "themes").with_columns(
        ...     household=pl.lit(1, pl.Int32), group=1, own_days=20, placeless=False,
        ...     common_devices=0, common_days=0, doubled_days=0,
        ...     profile_share=None, two_protocols=0)
        >>> told = put_into_words(verdicts, Evidence.create_empty(), VerdictSettings())
        >>> print(told["summary"].item())
        This account is used by 1 other household too, and 1 extra member is paid for.
    """
    known = verdicts.with_columns(is_home_sure(settings).alias(_SURE))
    themes = code_themes(pick_themes(evidence, verdicts), verdicts).join(
        known.select(ACCOUNT, A.flagged.name, _SURE), on=ACCOUNT, maintain_order="left"
    )
    return (
        known.join(_gather(themes), on=ACCOUNT, how="left")
        .with_columns(
            A.themes.col.fill_null(pl.lit([], dtype=A.themes.dtype)),
            pl.col(A.reasons.name, A.mitigations.name).fill_null(pl.lit([], pl.List(pl.String))),
            _with_why_not(settings),
        )
        .with_columns(mitigations=_paid_for().list.concat(A.mitigations.col))
        .pipe(_with_summaries)
        .with_columns(
            cleared_by_devices=pl.lit([], dtype=pl.List(pl.String)),
            cleared_by_places=pl.lit([], dtype=pl.List(pl.Int32)),
            clearing=pl.lit(""),
        )
        .select(A.column_names())
        .sort(ACCOUNT)
        .pipe(A.validate, cast=True)
    )


def is_home_sure(settings: VerdictSettings) -> pl.Expr:
    """Whether it is known which household is the owner's, so that one may be called home.

    Examples:
        >>> verdicts = pl.DataFrame({"home_confidence": [0.7, 0.95]})
        >>> verdicts.select(is_home_sure(VerdictSettings())).to_series().to_list()
        [False, True]
    """
    return A.home_confidence.col >= settings.min_home_confidence


def _gather(themes: pl.DataFrame) -> pl.DataFrame:
    """account_id, themes, reasons, mitigations, reason_codes, each in the order of the themes."""
    speaks_for = pl.col("bits") > 0
    said = themes.select("code", "parameters", "bits", _SURE)
    return (
        themes.with_columns(said=pl.Series(_say_each(said.iter_rows()), dtype=pl.String))
        .group_by(ACCOUNT, maintain_order=True)
        .agg(
            themes=pl.struct(_THEME),
            reasons=pl.col("said").filter(speaks_for),
            mitigations=pl.col("said").filter(~speaks_for),
            reason_codes=pl.struct(_CODE).filter(speaks_for == A.flagged.col),
        )
    )


def _say_each(rows: Iterable[tuple[str, str, float, bool]]) -> list[str]:
    voices = {sure: Voice(home_sure=sure) for sure in (True, False)}
    return [
        say(code, parameters, speaks=Speaks.of(bits), voice=voices[sure])
        for code, parameters, bits, sure in rows
    ]


def _with_why_not(settings: VerdictSettings) -> pl.Expr:
    """The codes, after the one that says why an account is not flagged."""
    codes = A.reason_codes.col.fill_null(pl.lit([], dtype=A.reason_codes.dtype))
    why = pl.concat_list(why_not_flagged(settings))
    return pl.when(A.flagged.col).then(codes).otherwise(why.list.concat(codes))


def _paid_for() -> pl.Expr:
    """The first thing to know of an account that others use too, as a list of one or none."""
    extra = A.extra_members.col
    told = (extra > 0) & (A.external_households.col > 0)
    return pl.when(told).then(pl.concat_list(_say_extra_members(extra))).otherwise(_NONE)


_NONE = pl.lit([], dtype=pl.List(pl.String))


def _say_extra_members(extra: pl.Expr) -> pl.Expr:
    return extra.map_elements(
        lambda count: say("extra_members", {"extra_members": count}), return_dtype=pl.String
    )


def _with_summaries(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The sentence for the agent on the phone, of each account."""
    columns = (A.verdict, A.flagged, A.probability, A.external_households, A.reason_codes, A.themes)
    rows = verdicts.select(*(column.name for column in columns), _SURE).iter_rows(named=True)
    said = [sum_up(Upshot.of(row), Voice(home_sure=row[_SURE])) for row in rows]
    return verdicts.with_columns(pl.Series(A.summary.name, said, dtype=pl.String))
