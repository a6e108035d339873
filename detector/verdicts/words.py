"""Verdicts in words: reasons, mitigations and the sentence an agent can read out."""

import dataframely as dy
import polars as pl

from detector.evidence.factors.factor import counted
from detector.evidence.observations import AccountObservations, Observations
from detector.schemas import ACCOUNT, Accounts, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.reasons import code_terms, name_no_home, pick_terms, why_not_flagged
from detector.verdicts.rule import has_doubles, has_left_out

A, E, G, W = Accounts, Evidence, Observations, AccountObservations
ENOUGH_DAYS = 21
"""Active days from which more of them hardly tell more. No verdict asks."""
_NONE = pl.lit([], dtype=pl.List(pl.String))


def put_into_words(
    verdicts: pl.DataFrame, evidence: pl.DataFrame, settings: VerdictSettings
) -> dy.DataFrame[Accounts]:
    """Give each verdict its reasons, its mitigations and its summary.

    Args:
        verdicts: From `decide_verdicts`, with `household` the one that decides.
        evidence: All terms, keyed by household.
        settings: How probable a household must be to be spoken of.

    Returns:
        `Accounts`, finished but for what would clear them (`detector.clearing`); no address and
        no place name is in any sentence.

    Examples:
        Ada's daughter lives elsewhere, as an extra member whom Ada pays for:

        >>> verdicts = Accounts.sample(overrides={
        ...     "account_id": ["ada"], "verdict": "one_household", "flagged": False,
        ...     "pattern": "extra_members", "external_households": 1, "extra_members": 1,
        ... }).drop("reasons", "mitigations", "reason_codes").with_columns(
        ...     household=pl.lit(1, pl.Int32), group=1, own_days=20, placeless=False,
        ...     common_devices=0, common_days=0, doubled_days=0,
        ...     profile_share=None, two_protocols=0)
        >>> told = put_into_words(verdicts, Evidence.create_empty(), VerdictSettings())
        >>> print(told["summary"].item())
        This account is used by 1 other household, and 1 extra member is paid for.
    """
    speak, excuse = (pick_terms(evidence, verdicts, sign) for sign in (1, -1))
    flagged = verdicts.filter(A.flagged.col).select(ACCOUNT)
    coded = pl.concat(
        [
            speak.join(flagged, on=ACCOUNT, how="semi", maintain_order="left"),
            excuse.join(flagged, on=ACCOUNT, how="anti", maintain_order="left"),
        ]
    )
    return (
        verdicts.join(_texts(speak, A.reasons.name), on=ACCOUNT, how="left")
        .join(_texts(excuse, A.mitigations.name), on=ACCOUNT, how="left")
        .join(code_terms(coded, verdicts), on=ACCOUNT, how="left")
        .with_columns(
            pl.col(A.reasons.name, A.mitigations.name).fill_null(_NONE),
            _with_why_not(settings),
        )
        .with_columns(
            _without_home(A.reasons.col, settings), _without_home(A.mitigations.col, settings)
        )
        .with_columns(mitigations=_paid_for().list.concat(A.mitigations.col))
        .with_columns(
            summary=_summary(settings),
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


def _texts(terms: pl.DataFrame, name: str) -> pl.DataFrame:
    return terms.group_by(ACCOUNT, maintain_order=True).agg(E.text.col.alias(name))


def _without_home(texts: pl.Expr, settings: VerdictSettings) -> pl.Expr:
    """What is told of a flagged account, calling no household home where that is not known."""
    unknown = A.flagged.col & ~is_home_sure(settings)
    return pl.when(unknown).then(texts.list.eval(name_no_home(pl.element()))).otherwise(texts)


def _with_why_not(settings: VerdictSettings) -> pl.Expr:
    """The codes, after the one that says why an account is not flagged."""
    codes = A.reason_codes.col.fill_null(pl.lit([], dtype=A.reason_codes.dtype))
    why = pl.concat_list(why_not_flagged(settings))
    return pl.when(A.flagged.col).then(codes).otherwise(why.list.concat(codes))


def _paid_for() -> pl.Expr:
    """The first thing to know of an account that others use too, as a list of one or none."""
    extra = A.extra_members.col
    verb = pl.when(extra == 1).then(pl.lit("is")).otherwise(pl.lit("are"))
    words = pl.format("{} {} paid for", counted(extra, "extra member"), verb)
    told = (extra > 0) & (A.external_households.col > 0)
    return pl.when(told).then(pl.concat_list(words)).otherwise(_NONE)


def _summary(settings: VerdictSettings) -> pl.Expr:
    """One sentence for the agent on the phone."""
    paid_for = pl.format(
        "This account is used by {}, and {}.",
        counted(A.external_households.col, "other household"),
        A.mitigations.col.list.first(),
    )
    return (
        pl.when(A.flagged.col)
        .then(pl.when(is_home_sure(settings)).then(_flagged()).otherwise(_flagged_somewhere()))
        .when(A.verdict.col == "insufficient_evidence")
        .then(_unsure(settings))
        .when(A.pattern.col == "extra_members")
        .then(paid_for)
        .otherwise(_one_household())
    )


_PERCENT = (A.probability.col * 100).floor().clip(0, 99).cast(pl.Int64)


def _flagged() -> pl.Expr:
    return pl.format(
        "{} of this account {} in {} ({} % sure){}.",
        counted(A.external_devices.col, "device"),
        pl.when(A.external_devices.col == 1).then(pl.lit("lives")).otherwise(pl.lit("live")),
        counted(A.external_households.col, "other household"),
        _PERCENT,
        _told("; the surest of them: {}"),
    )


def _flagged_somewhere() -> pl.Expr:
    """Which devices are the owner's is not known, so that none are counted as another's."""
    return pl.format(
        "This account is used by {} ({} % sure), of which any may be the owner's{}.",
        counted(A.external_households.col + 1, "household"),
        _PERCENT,
        _told("; of the surest of them: {}"),
    )


def _told(of_several: str) -> pl.Expr:
    """The first two reasons, after a colon; of several households the surest is spoken of."""
    reasons = A.reasons.col.list.head(2).list.join("; ")
    return (
        pl.when(reasons == "")
        .then(pl.lit(""))
        .when(A.external_households.col > 1)
        .then(pl.format(of_several, reasons))
        .otherwise(pl.format(": {}", reasons))
    )


def _unsure(settings: VerdictSettings) -> pl.Expr:
    too_little = pl.format(
        "Too little was seen of this account to know: {}.",
        counted(A.active_days.col, "active day"),
    )
    return (
        pl.when(has_left_out(settings))
        .then(_of_many())
        .when(has_doubles(settings))
        .then(_at_two_places())
        .when(A.probability.col > settings.max_single_probability)
        .then(pl.format("{} {}.", pl.lit(SIGNS), _what_would_tell()))
        .when(A.active_days.col < settings.min_active_days)
        .then(too_little)
        .otherwise(
            pl.lit(
                "Some devices of this account were seen on the move only: nobody can know where "
                "they live."
            )
        )
    )


SIGNS = "There are signs of use elsewhere, but not enough to act:"


def _what_would_tell() -> pl.Expr:
    """What is missing most to know more of an account."""
    return (
        pl.when(A.active_days.col < ENOUGH_DAYS)
        .then(pl.lit("more days of use would tell"))
        .when(G.profile_share.col.is_null())
        .then(pl.lit("whose profiles are used where would tell, and the log does not say"))
        .otherwise(pl.lit("some weeks more would tell, or a person who asks"))
    )


def _of_many() -> pl.Expr:
    few = W.common_devices.col == 1
    return pl.format(
        "{} of this account {} on too many accounts to be anybody's: nobody can know who uses {}.",
        counted(W.common_devices.col, "device id"),
        pl.when(few).then(pl.lit("is")).otherwise(pl.lit("are")),
        pl.when(few).then(pl.lit("it")).otherwise(pl.lit("them")),
    )


def _at_two_places() -> pl.Expr:
    return pl.format(
        "A device of this account played at two places at once on {}: two devices bear one id, and "
        "nobody can know where each of them lives.",
        counted(W.doubled_days.col, "day"),
    )


def _one_household() -> pl.Expr:
    innocent = (
        pl.when(A.mitigations.col.list.len() > 0)
        .then(A.mitigations.col.list.head(2).list.join("; "))
        .otherwise(pl.lit("too little was seen of them"))
    )
    several = "This account is used by one household; what speaks for it: {}."
    return (
        pl.when(G.own_days.col.is_null())
        .then(pl.lit("All devices of this account live in one household."))
        .otherwise(pl.format(several, innocent))
    )
