"""Where cases go when something is decided about their accounts."""

import dataframely as dy
import polars as pl

from detector.cases.moving import CaseMoves
from detector.kinds import DEVICE_TREATMENTS, Treatment
from detector.kinds import CaseState as State
from detector.policy.decisions import Decisions

UNWARNED = (State.OPEN, State.CONFIRMED, State.UPHELD)
"""Cases whose account holder is told for the first time in this episode."""


def follow(cases: pl.DataFrame, decisions: pl.DataFrame) -> dy.DataFrame[CaseMoves]:
    """Move cases after what was decided: told is warned, limited or paused after grace is treated.

    Grace begins and ends with time, not with a decision, and is not in here. A case that stands
    anywhere else stays; the state machine would refuse it.

    Args:
        cases: As `Reading.read_cases` gives them.
        decisions: The columns of `Decisions`; withdrawals move no case.

    Examples:
        >>> cases = pl.DataFrame({"account_id": ["ada", "bob"], "state": ["open", "grace"],
        ...     "version": [1, 4]})
        >>> decisions = pl.DataFrame({"account_id": ["ada", "bob"], "rule": "long",
        ...     "treatment": ["notify", "pause_external_devices"], "withdraws": None})
        >>> follow(cases, decisions).select("account_id", "to_state").rows()
        [('ada', 'warned'), ('bob', 'treated')]
    """
    treatment, state = pl.col("treatment").cast(pl.String), pl.col("state")
    is_new = pl.col(Decisions.withdraws.name).is_null() & (treatment != Treatment.NONE)
    on_device = treatment.is_in([*DEVICE_TREATMENTS])
    there = (
        pl.when(~on_device & state.is_in([*UNWARNED]))
        .then(pl.lit(State.WARNED.value))
        .when(on_device & (state == State.GRACE))
        .then(pl.lit(State.TREATED.value))
    )
    moves = (
        decisions.filter(is_new)
        .join(cases.select("account_id", "state", "version"), on="account_id")
        .select(
            "account_id",
            to_state=there,
            version="version",
            note=pl.format("{}, by the rule {}", treatment, "rule"),
            until=pl.lit(None, pl.Date),
        )
        .filter(pl.col("to_state").is_not_null())
        .unique("account_id", keep="first", maintain_order=True)
    )
    return CaseMoves.validate(moves.sort("account_id"), cast=True)
