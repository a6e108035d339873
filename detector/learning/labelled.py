"""A finished run and labels → the accounts that a model may learn from, or why it may not."""

import hashlib

import dataframely as dy
import polars as pl

from detector.evidence.scorecard import MICRO, Scorecard
from detector.evidence.weigh import ALONE
from detector.learning.labels import (
    KINDS,
    FewLabelsError,
    Labels,
    LeakedLabelsError,
    StrangeLabelsError,
    name_some,
)
from detector.learning.reweigh import Judged, OtherModelError, Redecided, decide_again
from detector.schemas import ACCOUNT

MIN_EACH = 50
"""Labels of each kind that a slope and a shift need to be worth more than the packaged ones."""
FOLDS = 5
"""Parts of the labels, each judged by models that saw only the others."""


class LabelledAccounts(Redecided):
    """A labelled account as a model sees it."""

    label = dy.Enum(KINDS)
    is_shared = dy.Bool()
    fold = dy.UInt8(max=FOLDS - 1, description="In which part of the labels it is.")


L = LabelledAccounts


def label_accounts(
    scorecard: Scorecard, judged: Judged, labels: dy.DataFrame[Labels]
) -> dy.DataFrame[LabelledAccounts]:
    """See the labelled accounts as the model does, and put each in one of several parts.

    Raises:
        LabelsError: They are too few or one-sided, name strange accounts, or look like the flags.
        OtherModelError: The run was made with another model.
    """
    decided = decide_again(scorecard, judged)
    said = (decided[L.evidence_bits.name] * MICRO).round().cast(pl.Int64)
    if not said.equals(decided[L.micro_bits.name], check_names=False):
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
    fold = pl.col(ACCOUNT).map_elements(_fold_of, return_dtype=pl.UInt8)
    cases = (
        decided.join(labels, on=ACCOUNT)
        .with_columns(is_shared=L.label.col == "shared", fold=fold)
        .sort(ACCOUNT)
        .pipe(L.cast)
    )
    _refuse_few(cases)
    _refuse_leak(cases)
    return cases


def _fold_of(account_id: str) -> int:
    """Throw a die that falls the same way each time."""
    return hashlib.sha256(f"calibrate {account_id}".encode()).digest()[0] % FOLDS


def are_enough(cases: pl.DataFrame) -> bool:
    """Whether there are labels enough of either kind to learn from.

    Examples:
        Sixty honest accounts teach nothing about sharing:

        >>> are_enough(pl.DataFrame({"is_shared": [False] * 60 + [True] * 9}))
        False
    """
    shared = int(cases[L.is_shared.name].sum())
    return min(shared, cases.height - shared) >= MIN_EACH


def _refuse_few(cases: pl.DataFrame) -> None:
    """Only accounts with a second group of devices say anything about the weights."""
    weighed = cases.filter(L.card.col != ALONE)
    if are_enough(weighed):
        return
    shared = int(weighed[L.is_shared.name].sum())
    alone = cases.height - weighed.height
    spent = f" ({alone:,} more belong to accounts whose devices all live together)" if alone else ""
    raise FewLabelsError(
        f"{weighed.height - shared:,} single and {shared:,} shared labels are too few{spent}.",
        hint=f"at least {MIN_EACH} of each kind are needed, of accounts with devices elsewhere",
    )


def _refuse_leak(cases: pl.DataFrame) -> None:
    if (cases[L.is_shared.name] == cases[L.flagged.name]).all():
        raise LeakedLabelsError(
            f"All {cases.height:,} labels say exactly what the run's flags say: they look like its "
            "own verdicts, and would only confirm them.",
            hint="label accounts by what reviews, appeals or visits found out",
        )
