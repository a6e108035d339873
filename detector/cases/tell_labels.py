"""What people found out about accounts, as labels to calibrate a model on."""

import dataframely as dy
import polars as pl

from detector.cases.reading import Reading
from detector.cases.reviewing import reviews
from detector.cases.second_looks import disputed
from detector.kinds import CaseState as State
from detector.kinds import DrawnBy
from detector.kinds import ReviewAnswer as Answer
from detector.learning.labels import KINDS

SINGLE, SHARED = KINDS
VERIFIED = "verified"
"""The kind of feedback that says that a code was entered: the device is the account holder's."""

LABELS = {
    State.CONFIRMED.value: SHARED,
    State.UPHELD.value: SHARED,
    State.CLEARED.value: SINGLE,
    State.OVERTURNED.value: SINGLE,
    VERIFIED: SINGLE,
}
LAST = 1 << 62
"""After every move of the same moment."""
DOUBTS = (State.UNDER_REVIEW.value, State.OPEN.value, State.APPEALED.value)
"""After these nobody knows any more: taken back, new evidence, or disputed. An exemption says
nothing about sharing, so that it neither makes a label nor ends one."""
SAID = {
    Answer.CONFIRM.value: State.CONFIRMED.value,
    Answer.CLEAR.value: State.CLEARED.value,
    Answer.UNSURE.value: State.UNDER_REVIEW.value,
}
"""What an answer says, where a case goes with it. The other answers say nothing about sharing."""


class KnownAccounts(dy.Schema):
    """What a person, or a code that was entered, says of an account.

    Built by `labels`; `household calibrate --labels` reads it.
    """

    account_id = dy.String(primary_key=True, min_length=1)
    label = dy.Enum(KINDS)
    source = dy.String(description="How it is known: confirmed, cleared, upheld, ...")
    drawn = dy.Enum(
        DrawnBy,
        description="How it came before people; what is missed shows in `random` ones alone.",
    )


def labels(reading: Reading) -> dy.DataFrame[KnownAccounts]:
    """Tell of each account what was last found out, unless that is in doubt since.

    What was taken back makes no label, nor does a golden case, nor an answer that a second one
    contradicts while no lead has settled it.

    Args:
        reading: A look at the store.
    """
    states = [name for name in (*LABELS, *DOUBTS) if name != VERIFIED]
    moves = reading.read_found_out(states).select(
        "account_id", "at_us", "seq", source="to_state", drawn=pl.lit(DrawnBy.FLAGGED.value)
    )
    entered = reading.read_feedback(VERIFIED).select(
        "account_id",
        "at_us",
        seq=pl.lit(LAST, pl.Int64),
        source="kind",
        drawn=pl.lit(DrawnBy.CHOSEN.value),
    )
    last = (
        pl.concat([moves, _answered(reading), entered])
        .sort("at_us", "seq")
        .unique("account_id", keep="last", maintain_order=True)
    )
    known = last.filter(~pl.col("source").is_in(DOUBTS)).select(
        "account_id", "source", "drawn", label=pl.col("source").replace_strict(LABELS)
    )
    return KnownAccounts.validate(known.sort("account_id"), cast=True)


def _answered(reading: Reading) -> pl.DataFrame:
    """What reviewers said last of each account: the same columns as of moves.

    It stands beside the moves that it brought, and alone where it brought none: of accounts
    without a case, and of those drawn at random.
    """
    doubted = disputed(reading)["second_id"]
    said = reviews(reading).filter(
        ~pl.col("golden"), pl.col("undone_us").is_null(), pl.col("answer").is_in([*SAID])
    )
    state = pl.col("answer").replace_strict(SAID, return_dtype=pl.String)
    in_doubt = pl.col("review_id").is_in(doubted.implode())
    return said.select(
        *("account_id", "at_us", "seq"),
        source=pl.when(in_doubt).then(pl.lit(State.UNDER_REVIEW.value)).otherwise(state),
        drawn="drawn",
    )
