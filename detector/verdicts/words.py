"""Verdicts in words: reasons, mitigations and the sentence an agent can read out."""

from collections.abc import Callable, Sequence
from typing import Any

import dataframely as dy
import polars as pl

from detector.evidence.terms import WeighedGroups
from detector.schemas import ACCOUNT, CODED, Accounts
from detector.settings import VerdictSettings
from detector.stories.say import Speaks, Voice, say
from detector.stories.sum_up import MOST_REASONS, Upshot, open_summary
from detector.verdicts.reasons import code_themes, tell_why_not
from detector.verdicts.themes import ROW, pick_themes

A = Accounts
_CODE = ("code", "parameters")
_THEME = (*CODED, "bits")
_SURE = "home_sure"


def put_into_words(
    verdicts: pl.DataFrame, weighed: Sequence[WeighedGroups], settings: VerdictSettings
) -> dy.DataFrame[Accounts]:
    """Give each verdict its themes, reasons, mitigations and summary.

    Args:
        verdicts: From `decide_verdicts`.
        weighed: Their `group`, the one that decides, in the order of the verdicts.
        settings: How probable a household must be to be spoken of.

    Returns:
        `Accounts`, finished but for what would clear them (`detector.clearing`); no address and
        no place name is in any sentence.

    Examples:
        Ada's daughter lives elsewhere, as an extra member whom Ada pays for:

        >>> verdicts = Accounts.sample(overrides={
        ...     "account_id": ["ada"], "verdict": "one_household", "flagged": False,
        ...     "pattern": "extra_members", "external_households": 1, "extra_members": 1,
        ...     "active_days": 20,
        ... }).drop("reasons", "mitigations", "reason_codes", "themes").with_columns(
        ...     household=pl.lit(1, pl.Int32), group=1, own_days=20, placeless=False,
        ...     common_devices=0, common_days=0, doubled_days=0,
        ...     profile_share=None, two_protocols=0)
        >>> told = put_into_words(verdicts, (), VerdictSettings())
        >>> print(told["summary"].item())
        This account is used by 1 other household too, and 1 extra member is paid for.
    """
    known = verdicts.select(
        pl.int_range(pl.len()).alias(ROW),
        *(pl.col(name) for name in A.column_names() if name in verdicts.columns),
        is_home_sure(settings).alias(_SURE),
    )
    themes = code_themes(pick_themes(weighed), verdicts)
    why_not = tell_why_not(verdicts, settings)
    return (
        known.join(_gather(themes, known), on=ROW, how="left", maintain_order="left")
        .join(_gather_codes(themes, why_not, known), on=ROW, how="left", maintain_order="left")
        .with_columns(
            pl.col(column.name).fill_null(pl.lit([], dtype=column.dtype))
            for column in (A.themes, A.reasons, A.mitigations, A.reason_codes)
        )
        .pipe(_with_summaries)
        .with_columns(mitigations=_paid_for().list.concat(A.mitigations.col))
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


def _gather(themes: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """row, themes, reasons, mitigations, each in the order of the themes."""
    speaks_for = pl.col("bits") > 0
    told = themes.with_columns(known[_SURE].gather(themes[ROW]))
    said = told.select("code", "parameters", speaks_for, _SURE)
    return (
        told.with_columns(said=_of_distinct(said, _say, pl.String()))
        .group_by(ROW, maintain_order=True)
        .agg(
            themes=pl.struct(_THEME),
            reasons=pl.col("said").filter(speaks_for),
            mitigations=pl.col("said").filter(~speaks_for),
        )
    )


def _gather_codes(themes: pl.DataFrame, why_not: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    """row, reason_codes: of what speaks for the verdict, after why an account is not flagged."""
    why = known.select(ROW, A.flagged.name).hstack(why_not.struct.unnest()).filter(~A.flagged.col)
    flagged = known[A.flagged.name].gather(themes[ROW])
    told = themes.filter((themes["bits"] > 0) == flagged)
    codes = pl.concat([why.select(ROW, *_CODE), told.select(ROW, *_CODE)])
    return (
        codes.sort(ROW, maintain_order=True)
        .group_by(ROW, maintain_order=True)
        .agg(reason_codes=pl.struct(_CODE))
    )


def _of_distinct(
    rows: pl.DataFrame, tell: Callable[[tuple[Any, ...]], Any], dtype: pl.DataType
) -> pl.Series:
    """What a function makes of each row; many are the same, and it is called once for them."""
    distinct = rows.unique()
    told = pl.Series("told", [tell(row) for row in distinct.iter_rows()], dtype=dtype)
    both = distinct.with_columns(told)
    beside = rows.join(both, on=rows.columns, how="left", nulls_equal=True, maintain_order="left")
    return beside["told"]


def _say(coded: tuple[Any, ...]) -> str:
    code, parameters, speaks_for, sure = coded
    speaks = Speaks.FOR if speaks_for else Speaks.AGAINST
    return say(code, parameters, speaks=speaks, voice=Voice(home_sure=sure))


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
    """The sentence for the agent on the phone, of each account (`detector.stories.sum_up`)."""
    why = pl.when(~A.flagged.col).then(A.reason_codes.col.list.first())
    # What is said of no other account than a flagged one would only make them differ.
    counted = (pl.when(A.flagged.col).then(c.col) for c in (A.probability, A.external_households))
    asked = verdicts.select(
        *(A.verdict.name, A.flagged.name, *counted),
        why.struct.field("code").fill_null(""),
        why.struct.field("parameters").fill_null("{}"),
        _SURE,
    )
    opening = _of_distinct(asked, _open, _OPENING)
    strongest = (
        pl.when(pl.col("then") == speaks).then(pl.col(side).list.head(MOST_REASONS))
        for speaks, side in ((Speaks.FOR, "reasons"), (Speaks.AGAINST, "mitigations"))
    )
    told = verdicts.select("reasons", "mitigations").with_columns(opening.struct.unnest())
    reasons = pl.coalesce(*strongest, _NONE)
    before = pl.when(reasons.list.len() > 0).then("before").otherwise(_NONE)
    said = pl.concat_list("lines", before, reasons)
    summary = said.list.unique(maintain_order=True).list.join(" ").alias(A.summary.name)
    return verdicts.with_columns(told.select(summary))


_OPENING = pl.Struct({"lines": pl.List(pl.String), "before": pl.List(pl.String), "then": pl.String})


def _open(account: tuple[Any, ...]) -> dict[str, Any]:
    verdict, flagged, probability, households, why_not, parameters, sure = account
    upshot = Upshot(
        verdict, flagged, probability or 0, households or 0, why_not, parameters, themes=()
    )
    return open_summary(upshot, Voice(home_sure=sure))._asdict()
