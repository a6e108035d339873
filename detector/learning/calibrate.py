# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A finished run and a user's own labels → a model whose probabilities come true there.

Labels come from reviews, appeals and verified households. They may be chosen by what the run
says (the surest first, or a stretch of probabilities), but not by their answer: labels from
won appeals alone would teach that nobody shares.
"""

import hashlib
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl
from scipy.stats import beta

from detector.evidence.scorecard import MICRO, Card, Scorecard, log_odds
from detector.evidence.weigh import ALONE, KNOWN, UNKNOWN
from detector.kernels.arrays import Flags
from detector.learning.fit import calibrate_card, choose_threshold, share_micro_bits
from detector.learning.labels import (
    KINDS,
    FewLabelsError,
    Labels,
    LeakedLabelsError,
    OppositeLabelsError,
    StrangeLabelsError,
    name_some,
)
from detector.learning.reweigh import (
    ACCOUNT,
    Judged,
    OtherModelError,
    decide_again,
    flag_again,
)
from detector.measuring.metrics import calibration_error, reliability_table
from detector.runs.manifest import hash_json
from detector.schemas import Accounts
from detector.verdicts.rule import threshold_of

A = Accounts
MIN_EACH = 50
"""Labels of each kind that a slope and a shift need to be worth more than the packaged ones."""
MIN_FOR_THRESHOLD = 1000
"""Labels from which half of them may be spared to prove a threshold on."""
PRECISION = 0.985
"""What a new threshold promises where the old model does not say."""
OVERRULED = "that of the run's settings, [verdicts] threshold, whatever the model's"


@dataclass(frozen=True)
class Summary:
    """What the labels were, and what they changed."""

    version: str
    old_version: str
    labels: dict[str, int]
    """Labels of each kind."""
    alone: int
    """Labels of accounts whose devices all live together; they set one number only."""
    window: str
    method: str
    held_out: int
    """Labels on which the errors of calibration were measured."""
    ece_before: float
    ece_after: float
    """Of a model fitted on the other half of the labels, so that it is no self-praise."""
    old_threshold: float
    threshold: float
    threshold_note: str
    flagged_before: int
    flagged_after: int
    """Accounts of the run that the new model flags."""
    honest_flagged_before: int
    honest_flagged_after: int
    """Accounts labelled `single` that are flagged."""


@dataclass(frozen=True)
class Calibration:
    """The new model and how it came about."""

    scorecard: Scorecard
    summary: Summary


def calibrate_scorecard(
    scorecard: Scorecard, judged: Judged, labels: dy.DataFrame[Labels]
) -> Calibration:
    """Make the probabilities of a model come true on a user's own accounts.

    With few labels a slope and a shift for each card (or one for both), and the threshold
    stays. From `MIN_FOR_THRESHOLD` labels on, that is learnt from one half of the accounts and
    the threshold from the other, by the bound of `choose_threshold`.

    Args:
        scorecard: The model that the run was made with.
        judged: The run.
        labels: What is known of some of its accounts.

    Raises:
        LabelsError: The labels are too few, one-sided, strange, leaked or run against the evidence.
        OtherModelError: The run was made with another model.
    """
    cases = _cases(scorecard, judged, labels)
    _refuse_few(cases)
    _refuse_leak(cases)
    separate = all(_enough(cases.filter(pl.col("card") == card)) for card in (KNOWN, UNKNOWN))
    learnt_on, held_out = (cases.filter(pl.col("held_out") == half) for half in (False, True))
    tried = _fit(scorecard, learnt_on, separate=separate)
    if cases.height >= MIN_FOR_THRESHOLD:
        final, note = _with_threshold(tried, _rejudged(tried, judged, held_out))
    else:
        final = _fit(scorecard, cases, separate=separate).model_copy(update={"promise": {}})
        note = f"kept; under {MIN_FOR_THRESHOLD:,} labels prove none"
    version = f"{scorecard.version}+{_hash(labels)}"
    after, threshold = decide_again(final, judged), threshold_of(final, judged.settings)
    flagged = after.filter(flag_again(after, final, judged.settings))
    honest = cases.filter(~pl.col("is_shared"))
    summary = Summary(
        version=version,
        old_version=scorecard.version,
        labels={kind: int((labels["label"] == kind).sum()) for kind in KINDS},
        alone=int((cases["card"] == ALONE).sum()),
        window=judged.window,
        method="a sigmoid for each card" if separate else "one sigmoid for both cards",
        held_out=held_out.height,
        ece_before=_ece(held_out),
        ece_after=_ece(_rejudged(tried, judged, held_out)),
        old_threshold=threshold_of(scorecard, judged.settings),
        threshold=threshold,
        threshold_note=note if threshold == final.threshold else OVERRULED,
        flagged_before=int(judged.accounts["flagged"].sum()),
        flagged_after=flagged.height,
        honest_flagged_before=int(honest["flagged"].sum()),
        honest_flagged_after=flagged.join(honest, on=ACCOUNT, how="semi").height,
    )
    update = {"version": version, "training": {**scorecard.training, **_told(summary)}}
    return Calibration(final.model_copy(update=update), summary)


def _cases(scorecard: Scorecard, judged: Judged, labels: dy.DataFrame[Labels]) -> pl.DataFrame:
    """The labelled accounts as the model sees them, each in one of two halves."""
    decided = decide_again(scorecard, judged)
    said = (decided[A.evidence_bits.name] * MICRO).round().cast(pl.Int64)
    if not said.equals(decided["micro_bits"], check_names=False):
        raise OtherModelError(
            f"The run was not made with model {scorecard.version}: its evidence weighs otherwise.",
            hint="name the model that the run was made with as --model, or make the run anew",
        )
    strange = labels.join(decided, on=ACCOUNT, how="anti")[ACCOUNT]
    if strange.len():
        raise StrangeLabelsError(
            f"{strange.len():,} labelled accounts are not in the run: {name_some(strange)}.",
            hint="leave them out, or name the run that judged them",
        )
    half = pl.col(ACCOUNT).map_elements(_is_held_out, return_dtype=pl.Boolean)
    return (
        decided.join(labels, on=ACCOUNT)
        .with_columns(is_shared=pl.col("label") == "shared", held_out=half)
        .sort(ACCOUNT)
    )


def _is_held_out(account_id: str) -> bool:
    """Toss a coin that falls the same way each time."""
    return hashlib.sha256(f"calibrate {account_id}".encode()).digest()[0] % 2 == 1


def _enough(cases: pl.DataFrame) -> bool:
    shared = int(cases["is_shared"].sum())
    return min(shared, cases.height - shared) >= MIN_EACH


def _refuse_few(cases: pl.DataFrame) -> None:
    """Only accounts with a second group of devices say anything about the weights."""
    weighed = cases.filter(pl.col("card") != ALONE)
    if _enough(weighed):
        return
    shared = int(weighed["is_shared"].sum())
    alone = cases.height - weighed.height
    spent = f" ({alone:,} more belong to accounts whose devices all live together)" if alone else ""
    raise FewLabelsError(
        f"{weighed.height - shared:,} single and {shared:,} shared labels are too few{spent}.",
        hint=f"at least {MIN_EACH} of each kind are needed, of accounts with devices elsewhere",
    )


def _refuse_leak(cases: pl.DataFrame) -> None:
    if (cases["is_shared"] == cases[A.flagged.name]).all():
        raise LeakedLabelsError(
            f"All {cases.height:,} labels say exactly what the run's flags say: they look like its "
            "own verdicts, and would only confirm them.",
            hint="label accounts by what reviews, appeals or visits found out",
        )


def _fit(scorecard: Scorecard, cases: pl.DataFrame, *, separate: bool) -> Scorecard:
    """Fold a sigmoid into the cards, and set right how often the accounts without one share."""
    weighed = cases.filter(pl.col("card") != ALONE)
    of_card = {
        card: weighed.filter(pl.col("card") == card) if separate else weighed
        for card in (KNOWN, UNKNOWN)
    }
    alone = cases.filter(pl.col("card") == ALONE)
    update = {
        KNOWN: _calibrated(scorecard.known, of_card[KNOWN]),
        UNKNOWN: _calibrated(scorecard.unknown, of_card[UNKNOWN]),
        "alone_micro_bits": scorecard.alone_micro_bits + _alone_shift(alone),
    }
    return scorecard.model_copy(update=update)


def _alone_shift(alone: pl.DataFrame) -> int:
    """How much likelier accounts whose devices live together are shared than the model says.

    Sharers are too rare among them for a slope: only their share is set right.
    """
    if alone.height < MIN_EACH:
        return 0
    said = float(alone["probability"].to_numpy().mean().clip(1e-6, 1 - 1e-6))
    return share_micro_bits(alone["is_shared"].to_numpy()) - round(log_odds(said) * MICRO)


def _calibrated(card: Card, cases: pl.DataFrame) -> Card:
    """Fit slope and shift, with one contrary case in the middle of each kind.

    Platt (1999) softens the targets in the same measure: without it, kinds that a threshold
    parts without a single error would call for an endless slope.
    """
    bits, is_shared = cases["micro_bits"].to_numpy() / MICRO, cases["is_shared"].to_numpy()
    middle = {kind: float(bits[is_shared == kind].mean()) for kind in (False, True)}
    if middle[True] <= middle[False]:
        raise OppositeLabelsError(
            "Accounts labelled shared show less evidence of sharing than those labelled single.",
            hint="see whether the two labels were confused",
        )
    all_bits = np.append(bits, [middle[False], middle[True]])
    return calibrate_card(card, all_bits, np.append(is_shared, [True, False]))


def _rejudged(scorecard: Scorecard, judged: Judged, cases: pl.DataFrame) -> pl.DataFrame:
    """The same labelled accounts in the eyes of another model."""
    kept = cases.select(ACCOUNT, "is_shared", "held_out")
    return decide_again(scorecard, judged.among(kept)).join(kept, on=ACCOUNT).sort(ACCOUNT)


def _with_threshold(scorecard: Scorecard, held_out: pl.DataFrame) -> tuple[Scorecard, str]:
    """Choose the threshold on accounts that the weights have not seen.

    Where they are too few to prove one, the old one stays, as it does with fewer labels; where
    they disprove it, nobody is flagged.
    """
    knowable = held_out.filter("knowable")
    is_shared = knowable["is_shared"].to_numpy()
    chances = knowable["deciding_probability"].to_numpy()
    precision = scorecard.promise.get("precision", PRECISION)
    threshold, bound, flagged = choose_threshold(chances, is_shared, precision)
    promise = {"precision": precision, "confidence": 0.95, "bound": bound, "flagged": flagged}
    caught = is_shared[chances >= scorecard.threshold]
    said = f"{caught.sum():,} of {caught.size:,} held-out flags right"
    if flagged:
        note = f"{flagged:,} held-out accounts flagged, precision at least {bound:.1%}"
    elif _disproves(caught, precision):
        note = f"{said}, not {precision:.1%} at any threshold: nobody is flagged"
    else:
        threshold, promise = scorecard.threshold, {}
        note = f"kept; {said}, too few to prove {precision:.1%}"
    return scorecard.model_copy(update={"threshold": threshold, "promise": promise}), note


def _disproves(is_shared: Flags, precision: float) -> bool:
    """Whether flags are wrong too often for chance (Clopper-Pearson, 95 %, one-sided)."""
    right, wrong = int(is_shared.sum()), int((~is_shared).sum())
    return wrong > 0 and bool(beta.ppf(0.95, right + 1, wrong) < precision)


def _ece(cases: pl.DataFrame) -> float:
    table = reliability_table(cases["is_shared"].to_numpy(), cases["probability"].to_numpy())
    return calibration_error(table) or 0.0


def _hash(labels: dy.DataFrame[Labels]) -> str:
    return hash_json(labels.sort(ACCOUNT).cast({"label": pl.String}).rows())[:8]


def _told(summary: Summary) -> dict[str, str]:
    """The summary as the model file keeps it; a later calibration replaces it."""
    counts = ", ".join(f"{count} {kind}" for kind, count in summary.labels.items())
    return {
        "recalibrated_from": summary.old_version,
        "labels": f"{counts}; {summary.alone} of accounts without devices elsewhere",
        "window": summary.window,
        "method": summary.method,
        "ece_on_held_out_half": (
            f"{summary.ece_before} before, {summary.ece_after} after, {summary.held_out} labels"
        ),
        "threshold": summary.threshold_note,
    }
