"""Which moves a case may make, who may make them, and what they entail: one table, no code.

The life of a case, as the task of this house states it::

    open -> under_review -> confirmed | cleared | exempt        a person looks and decides
    open -> warned                                              a mere notice needs no review
    confirmed -> warned -> grace -> treated | resolved          notice, time to respond, treatment
    treated -> withdrawn                                        taken back
    warned | grace | treated -> appealed -> upheld | overturned
    any -> exempt
    exempt | cleared | overturned -> open                       it expired, or there is new evidence

Moves besides these, each for a reason:

* ``warned -> under_review``: a case that only got a notice must still reach a person.
* ``confirmed | cleared -> under_review``: reviewers take back their own decisions.
* ``under_review -> open``: a reviewer lets go of a case without deciding.
* ``upheld -> warned``: sharing stands after the appeal; a new notice begins, never a treatment.
* ``resolved | withdrawn -> open``: new evidence, past the same hysteresis as after clearing.
* ``warned | grace -> withdrawn``: a wrong run or wave is taken back before it treated anybody.
* ``exempt -> exempt``: an exemption is prolonged, or shortened.

Automatic steps never override a person: they cannot enter a state that only a person decides,
cannot leave `under_review` or `appealed` at all, and leave a person's verdict only where `open`
says that it has run out (`detector.cases.moving` looks at dates and bits).
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from detector.kinds import CaseState as State

PERSONS_DECIDE = frozenset(
    {
        State.UNDER_REVIEW,
        State.CONFIRMED,
        State.CLEARED,
        State.EXEMPT,
        State.UPHELD,
        State.OVERTURNED,
    }
)
"""States that only a person brings a case into."""

PERSONS_HOLD = frozenset({State.UNDER_REVIEW, State.APPEALED})
"""States that only a person takes a case out of."""

_NEXT: Mapping[State, tuple[State, ...]] = {
    State.OPEN: (State.UNDER_REVIEW, State.WARNED),
    State.UNDER_REVIEW: (State.CONFIRMED, State.CLEARED, State.OPEN),
    State.CONFIRMED: (State.WARNED, State.UNDER_REVIEW),
    State.CLEARED: (State.OPEN, State.UNDER_REVIEW),
    State.EXEMPT: (State.OPEN,),
    State.WARNED: (State.GRACE, State.APPEALED, State.UNDER_REVIEW, State.WITHDRAWN),
    State.GRACE: (State.TREATED, State.RESOLVED, State.APPEALED, State.WITHDRAWN),
    State.TREATED: (State.WITHDRAWN, State.APPEALED),
    State.RESOLVED: (State.OPEN,),
    State.WITHDRAWN: (State.OPEN,),
    State.APPEALED: (State.UPHELD, State.OVERTURNED),
    State.UPHELD: (State.WARNED,),
    State.OVERTURNED: (State.OPEN,),
}

LEGAL: Mapping[State, frozenset[State]] = MappingProxyType(
    {state: frozenset({*_NEXT[state], State.EXEMPT}) for state in State}
)
"""Where a case may go from each state, whoever moves it."""

CLOSED = frozenset({State.CLEARED, State.RESOLVED, State.WITHDRAWN})
"""Entered with the bits of that day; only clearly more of them opens the case again."""

DATED = frozenset({State.EXEMPT, State.OVERTURNED})
"""Hold until their last day has passed, whatever the evidence says."""

TAKES_BACK = frozenset(
    {State.CLEARED, State.EXEMPT, State.OVERTURNED, State.APPEALED, State.WITHDRAWN}
)
"""Entering one of these takes back, in the same transaction, every treatment in force."""

UNTREATABLE = frozenset({State.CLEARED, State.EXEMPT, State.OVERTURNED, State.APPEALED})
"""Nothing may be decided against an account whose case stands here."""

FRESH_STARTS = frozenset(
    {
        *((closed, State.OPEN) for closed in CLOSED | DATED),
        (State.CLEARED, State.UNDER_REVIEW),
        (State.APPEALED, State.UPHELD),
    }
)
"""Moves that begin a new episode: what was taken back before may then be decided anew, which
under its old name would be taken for a repetition and never be sent."""


def may_move(here: State, there: State, *, person: bool) -> bool:
    """Whether a person, or else an automatic step, may move a case from here to there.

    Examples:
        >>> may_move(State.WARNED, State.TREATED, person=True)
        False
        >>> may_move(State.UNDER_REVIEW, State.CLEARED, person=True)
        True
        >>> may_move(State.UNDER_REVIEW, State.CLEARED, person=False)
        False
    """
    by_nature = there in PERSONS_DECIDE or here in PERSONS_HOLD
    return there in LEGAL[here] and (person or not by_nature)


_MOVES = {
    person: [
        f"{here}>{there}"
        for here in State
        for there in State
        if may_move(here, there, person=person)
    ]
    for person in (True, False)
}


def are_legal(here: pl.Expr, there: pl.Expr, *, person: bool) -> pl.Expr:
    """The same for columns of states.

    Examples:
        >>> moves = pl.DataFrame({"here": ["open", "warned"], "there": ["warned", "treated"]})
        >>> legal = are_legal(pl.col("here"), pl.col("there"), person=False)
        >>> moves.select(legal).to_series().to_list()
        [True, False]
    """
    pair = pl.concat_str(here.cast(pl.String), pl.lit(">"), there.cast(pl.String))
    return pair.is_in(_MOVES[person])


def name_next(here: State, *, person: bool) -> str:
    """Where a case may go from here, for a message.

    Examples:
        >>> name_next(State.APPEALED, person=True)
        'exempt, overturned or upheld'
        >>> name_next(State.APPEALED, person=False)
        'nowhere without a person'
    """
    names = sorted(there.value for there in State if may_move(here, there, person=person))
    if not names:
        return "nowhere without a person"
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
