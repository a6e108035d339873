"""What a person does about a case: each is one transaction, and wins over any automatic step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from detector.cases.failures import RefusedMoveError
from detector.cases.state import name_next
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.errors import SettingsError
from detector.kinds import CaseState as State
from detector.plain_text import plain_text

Decision = Literal["confirm", "clear", "unsure"]
Answered = Literal["uphold", "overturn"]
Way = Callable[[State], Sequence[State]]
"""The states to go through, from the one in which the case stands."""

DECIDED: Mapping[Decision, State] = {
    "confirm": State.CONFIRMED,
    "clear": State.CLEARED,
    "unsure": State.UNDER_REVIEW,
}
ANSWERS: Mapping[Answered, State] = {"uphold": State.UPHELD, "overturn": State.OVERTURNED}

UNDONE: Mapping[State, State] = {
    State.CONFIRMED: State.UNDER_REVIEW,
    State.CLEARED: State.UNDER_REVIEW,
    State.UNDER_REVIEW: State.OPEN,
    State.EXEMPT: State.OPEN,
    State.OVERTURNED: State.OPEN,
}
"""Where a person's decision is taken back to. What was withdrawn with it stays so: a policy may
decide it anew, in a new episode."""


@dataclass(frozen=True)
class Act:
    """Who does something about which case, when and why."""

    account_id: str
    by: str
    at_us: int
    note: str = ""
    version: int | None = None
    """Of the case as it was looked at; none: as it is now."""


def decide(store: CaseStore, act: Act, decision: Decision) -> str:
    """Say after a look at the evidence whether the account shares.

    Whoever is not sure keeps the case under review: no automatic step touches it there.

    Args:
        store: An open store.
        act: Who, when, why.
        decision: What was found.

    Returns:
        The state of the case.

    Raises:
        RefusedMoveError: It cannot be decided where it stands, or was decided so already.
    """
    return _go(store, act, way_to_decide(act, DECIDED[decision]))


def exempt(store: CaseStore, act: Act, until: date | None = None) -> str:
    """Leave an account in peace, whatever runs say of it; all in force is taken back at once.

    Args:
        store: An open store.
        act: Who, when, why; the reason is required.
        until: The last day; none: for ever.
    """
    require_reason(act)
    return _go(store, act, lambda _: (State.EXEMPT,), until)


def appeal(store: CaseStore, act: Act) -> str:
    """Note that the account holder objects; all in force is taken back until it is answered."""
    return _go(store, act, lambda _: (State.APPEALED,))


def answer(store: CaseStore, act: Act, answered: Answered, until: date | None = None) -> str:
    """Answer an appeal.

    Args:
        store: An open store.
        act: Who, when, why; the reason is required: the account holder will ask for it.
        answered: ``uphold``: sharing stands, and a new notice may begin; or ``overturn``.
        until: The last day on which a granted appeal protects the account; none: for ever.
    """
    require_reason(act)
    if until and answered == "uphold":
        raise SettingsError("Only a granted appeal has a last day.", hint="leave out --until")
    return _go(store, act, lambda _: (ANSWERS[answered],), until)


def undo(store: CaseStore, act: Act) -> str:
    """Take back a decision, an exemption or a granted appeal; both stay in the history."""
    return _go(store, act, way_back(act))


def way_to_decide(act: Act, goal: State) -> Way:
    """By which states a decision is reached: over a look at the case."""

    def way(here: State) -> Sequence[State]:
        if here == goal:
            raise _already(act, here)
        over = (State.UNDER_REVIEW,) if here != State.UNDER_REVIEW else ()
        return (*over, goal) if goal != State.UNDER_REVIEW else (goal,)

    return way


def way_back(act: Act) -> Way:
    """By which state a decision is taken back."""

    def way(here: State) -> Sequence[State]:
        if here not in UNDONE:
            raise RefusedMoveError(
                f"The case of {plain_text(act.account_id)!r} is {_word(here)}; there is no "
                "decision to take back.",
                hint=f"it may become {_word(name_next(here, person=True))}",
            )
        return (UNDONE[here],)

    return way


def walk(writing: Writing, act: Act, way: Way, until: date | None = None) -> str:
    """Bring a case where it is to go, by every state between, within a transaction.

    Args:
        writing: A person's transaction of the store.
        act: Who, when, why.
        way: The states, from the one in which the case stands.
        until: The last day of an exemption or a granted appeal.

    Returns:
        The state of the case.

    Raises:
        RefusedMoveError: It may not go there, or somebody decided since it was looked at.
        SettingsError: The last day is over.
    """
    if until is not None and until < writing.by.day:
        raise SettingsError(f"{until} is over.", hint="give a last day that is still to come")
    stand = writing.find_stand(act.account_id)
    version = act.version or stand.version
    for state in way(stand.state):
        same = {"account_id": act.account_id, "note": act.note, "until": until}
        writing.move_one({**same, "to_state": state, "version": version})
        stand = writing.find_stand(act.account_id)
        version = stand.version
    return stand.state.value


def _go(store: CaseStore, act: Act, way: Way, until: date | None = None) -> str:
    """The same in a transaction of its own."""
    if not act.by.strip():
        raise SettingsError("Nobody is named who does this.", hint="--by NAME")
    with store.writing(act.by, act.at_us, person=True) as writing:
        return walk(writing, act, way, until)


def require_reason(act: Act) -> None:
    """Refuse to do without a reason what the account holder will ask about.

    Raises:
        SettingsError: There is none.
    """
    if not act.note.strip():
        raise SettingsError("There is no reason.", hint="--reason TEXT")


def _already(act: Act, here: State) -> RefusedMoveError:
    return RefusedMoveError(
        f"The case of {plain_text(act.account_id)!r} is {_word(here)} already.",
        hint="household cases show tells by whom",
    )


def _word(state: str) -> str:
    return state.replace("_", " ")
