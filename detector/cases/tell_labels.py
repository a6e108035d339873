"""What people found out about accounts, as labels to calibrate a model on."""

import dataframely as dy
import polars as pl

from detector.cases.reading import Reading
from detector.kinds import CaseState as State
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


class KnownAccounts(dy.Schema):
    """What a person, or a code that was entered, says of an account.

    Built by `labels`; `household calibrate --labels` reads it.
    """

    account_id = dy.String(primary_key=True, min_length=1)
    label = dy.Enum(KINDS)
    source = dy.String(description="How it is known: confirmed, cleared, upheld, ...")


def labels(reading: Reading) -> dy.DataFrame[KnownAccounts]:
    """Tell of each account what was last found out, unless that is in doubt since.

    Args:
        reading: A look at the store.
    """
    states = [name for name in (*LABELS, *DOUBTS) if name != VERIFIED]
    moves = reading.read_found_out(states).drop("body").rename({"to_state": "source"})
    entered = reading.read_feedback(VERIFIED).select(
        "account_id", "at_us", seq=pl.lit(LAST, pl.Int64), source="kind"
    )
    last = (
        pl.concat([moves, entered])
        .sort("at_us", "seq")
        .unique("account_id", keep="last", maintain_order=True)
    )
    known = last.filter(~pl.col("source").is_in(DOUBTS)).select(
        "account_id", label=pl.col("source").replace_strict(LABELS), source="source"
    )
    return KnownAccounts.validate(known.sort("account_id"), cast=True)
