"""A finished run and a user's own labels → a model whose probabilities come true there.

Labels come from reviews, appeals and verified households. They may be chosen by what the run
says (the surest first, or a stretch of probabilities), but not by their answer: labels from
won appeals alone would teach that nobody shares.
"""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.evidence.scorecard import Scorecard
from detector.evidence.weigh import ALONE
from detector.learning.changes import FactorChange, list_changes, tell_changes
from detector.learning.labelled import LabelledAccounts, label_accounts
from detector.learning.labels import KINDS, Labels
from detector.learning.reweigh import Judged, decide_again, flag_again
from detector.learning.teach import Students, Taught, teach_best
from detector.learning.thresholds import promise_precision
from detector.measuring.metrics import calibration_error, reliability_table
from detector.runs.manifest import hash_json
from detector.schemas import ACCOUNT, Accounts
from detector.verdicts.rule import threshold_of

A, L = Accounts, LabelledAccounts

PRECISION = 0.98
"""What a new threshold promises where neither the user nor the old model says."""
OVERRULED = "that of the run's settings, [verdicts] threshold, whatever the model's"


@dataclass(frozen=True)
class Summary:
    """What the labels were, and what they changed."""

    version: str
    old_version: str
    regime: str
    """The kind of log that the model is for; empty where the run does not tell."""
    labels: dict[str, int]
    """Labels of each kind."""
    alone: int
    """Labels of accounts whose devices all live together; they set one number only."""
    window: str
    weights: str
    """How far the weights moved, and why no further."""
    changes: tuple[FactorChange, ...]
    """What the labels changed factor by factor, the largest change first."""
    ece_before: float
    ece_after: float
    """Each label judged by a model that did not see it, so that it is no self-praise."""
    found_before: float
    found_after: float
    """Share of the labelled sharers that are flagged, after by a model that did not see them."""
    precision: float
    """That the threshold promises."""
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
    scorecard: Scorecard,
    judged: Judged,
    labels: dy.DataFrame[Labels],
    precision: float | None = None,
) -> Calibration:
    """Teach a model what a user knows of their own accounts.

    Few labels set the scale: a slope and a shift for each card, or one for both. More move the
    weights, as far as it pays on labels not seen (`detector.learning.teach`). The threshold is
    chosen on all labels, each judged by a model that did not see it, by the bound of
    `choose_threshold`; where they prove none, the old one stays.

    Args:
        scorecard: The model that the run was made with.
        judged: The run.
        labels: What is known of some of its accounts.
        precision: What the threshold is to promise; none: what the model promises.

    Raises:
        LabelsError: The labels are too few, one-sided, strange, leaked or run against the evidence.
        OtherModelError: The run was made with another model.
    """
    old = scorecard.in_regime(judged.regime)
    cases = label_accounts(old, judged, labels)
    taught = teach_best(old, Students.of(judged, cases))
    precision = old.promise.get("precision", PRECISION) if precision is None else precision
    knowable = taught.cases.filter(L.knowable.col)
    promise = promise_precision(
        knowable[L.deciding_probability.name].to_numpy(),
        knowable[L.is_shared.name].to_numpy(),
        precision,
        old,
        cases.height,
    )
    model = promise.kept_by(taught.scorecard, precision)
    told = _Comparison(judged, cases, old, model, taught)
    summary = told.summarise(labels, precision, promise.note)
    update = {"version": summary.version, "training": {**old.training, **_told(summary)}}
    return Calibration(model.model_copy(update=update), summary)


@dataclass(frozen=True)
class _Comparison:
    """A run and its labels before two models."""

    judged: Judged
    cases: pl.DataFrame
    old: Scorecard
    new: Scorecard
    taught: Taught

    def summarise(self, labels: dy.DataFrame[Labels], precision: float, note: str) -> Summary:
        """Tell what the labels changed."""
        judged, cases = self.judged, self.cases
        after, threshold = decide_again(self.new, judged), threshold_of(self.new, judged.settings)
        flagged = after.filter(flag_again(after, self.new, judged.settings))
        honest = cases.filter(~L.is_shared.col)
        unseen = flag_again(self.taught.cases, self.new, judged.settings)
        return Summary(
            version=f"{self.old.version}+{_hash(labels)}",
            old_version=self.old.version,
            regime=self.new.regime,
            labels={kind: int((labels[L.label.name] == kind).sum()) for kind in KINDS},
            alone=int((cases[L.card.name] == ALONE).sum()),
            window=judged.window,
            weights=self.taught.note,
            changes=list_changes(self.old, self.new),
            ece_before=_ece(cases),
            ece_after=_ece(self.taught.cases),
            found_before=_share_found(cases, cases[L.flagged.name]),
            found_after=_share_found(self.taught.cases, unseen),
            precision=precision,
            old_threshold=threshold_of(self.old, judged.settings),
            threshold=threshold,
            threshold_note=note if threshold == self.new.threshold else OVERRULED,
            flagged_before=int(judged.accounts[A.flagged.name].sum()),
            flagged_after=flagged.height,
            honest_flagged_before=int(honest[L.flagged.name].sum()),
            honest_flagged_after=flagged.join(honest, on=ACCOUNT, how="semi").height,
        )


def _share_found(cases: pl.DataFrame, flagged: pl.Series) -> float:
    return float(flagged.filter(cases[L.is_shared.name]).mean())  # pyright: ignore[reportArgumentType]


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
        "weights": summary.weights,
        "changes": tell_changes(summary.changes),
        "ece_on_labels_not_seen": f"{summary.ece_before} before, {summary.ece_after} after",
        "threshold": summary.threshold_note,
    }
