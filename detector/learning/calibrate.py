"""A finished run and a user's own labels → a model whose probabilities come true there.

Labels come from reviews, appeals and verified households. They may be chosen by what the run
says (the surest first, or a stretch of probabilities), but not by their answer: labels from
won appeals alone would teach that nobody shares.
"""

from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl
from scipy.stats import beta

from detector.evidence.scorecard import MICRO, Card, Scorecard, log_odds
from detector.evidence.weigh import ALONE, KNOWN, UNKNOWN
from detector.kernels.arrays import Flags
from detector.learning.fit import calibrate_card, choose_threshold, share_micro_bits
from detector.learning.labelled import MIN_EACH, LabelledAccounts, are_enough, label_accounts
from detector.learning.labels import KINDS, Labels, OppositeLabelsError
from detector.learning.reweigh import Judged, decide_again, flag_again
from detector.measuring.metrics import calibration_error, reliability_table
from detector.runs.manifest import hash_json
from detector.schemas import ACCOUNT, Accounts
from detector.verdicts.rule import threshold_of

A, L = Accounts, LabelledAccounts

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
    cases = label_accounts(scorecard, judged, labels)
    separate = all(are_enough(cases.filter(L.card.col == card)) for card in (KNOWN, UNKNOWN))
    learnt_on, held_out = (cases.filter(L.held_out.col == half) for half in (False, True))
    tried = _fit(scorecard, learnt_on, separate=separate)
    if cases.height >= MIN_FOR_THRESHOLD:
        final, note = _with_threshold(tried, _rejudged(tried, judged, held_out))
    else:
        final = _fit(scorecard, cases, separate=separate).model_copy(update={"promise": {}})
        note = f"kept; under {MIN_FOR_THRESHOLD:,} labels prove none"
    version = f"{scorecard.version}+{_hash(labels)}"
    after, threshold = decide_again(final, judged), threshold_of(final, judged.settings)
    flagged = after.filter(flag_again(after, final, judged.settings))
    honest = cases.filter(~L.is_shared.col)
    summary = Summary(
        version=version,
        old_version=scorecard.version,
        labels={kind: int((labels[L.label.name] == kind).sum()) for kind in KINDS},
        alone=int((cases[L.card.name] == ALONE).sum()),
        window=judged.window,
        method="a sigmoid for each card" if separate else "one sigmoid for both cards",
        held_out=held_out.height,
        ece_before=_ece(held_out),
        ece_after=_ece(_rejudged(tried, judged, held_out)),
        old_threshold=threshold_of(scorecard, judged.settings),
        threshold=threshold,
        threshold_note=note if threshold == final.threshold else OVERRULED,
        flagged_before=int(judged.accounts[A.flagged.name].sum()),
        flagged_after=flagged.height,
        honest_flagged_before=int(honest[L.flagged.name].sum()),
        honest_flagged_after=flagged.join(honest, on=ACCOUNT, how="semi").height,
    )
    update = {"version": version, "training": {**scorecard.training, **_told(summary)}}
    return Calibration(final.model_copy(update=update), summary)


def _fit(scorecard: Scorecard, cases: pl.DataFrame, *, separate: bool) -> Scorecard:
    """Fold a sigmoid into the cards, and set right how often the accounts without one share."""
    weighed = cases.filter(L.card.col != ALONE)
    of_card = {
        card: weighed.filter(L.card.col == card) if separate else weighed
        for card in (KNOWN, UNKNOWN)
    }
    alone = cases.filter(L.card.col == ALONE)
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
    said = float(alone[L.probability.name].to_numpy().mean().clip(1e-6, 1 - 1e-6))
    return share_micro_bits(alone[L.is_shared.name].to_numpy()) - round(log_odds(said) * MICRO)


def _calibrated(card: Card, cases: pl.DataFrame) -> Card:
    """Fit slope and shift, with one contrary case in the middle of each kind.

    Platt (1999) softens the targets in the same measure: without it, kinds that a threshold
    parts without a single error would call for an endless slope.
    """
    bits = cases[L.micro_bits.name].to_numpy() / MICRO
    is_shared = cases[L.is_shared.name].to_numpy()
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
    kept = cases.select(ACCOUNT, L.is_shared.name, L.held_out.name)
    return decide_again(scorecard, judged.among(kept)).join(kept, on=ACCOUNT).sort(ACCOUNT)


def _with_threshold(scorecard: Scorecard, held_out: pl.DataFrame) -> tuple[Scorecard, str]:
    """Choose the threshold on accounts that the weights have not seen.

    Where they are too few to prove one, the old one stays, as it does with fewer labels; where
    they disprove it, nobody is flagged.
    """
    knowable = held_out.filter(L.knowable.col)
    is_shared = knowable[L.is_shared.name].to_numpy()
    chances = knowable[L.deciding_probability.name].to_numpy()
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
    is_shared, said = cases[L.is_shared.name].to_numpy(), cases[L.probability.name].to_numpy()
    return calibration_error(reliability_table(is_shared, said)) or 0.0


def _hash(labels: dy.DataFrame[Labels]) -> str:
    return hash_json(labels.sort(ACCOUNT).cast({L.label.name: pl.String}).rows())[:8]


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
