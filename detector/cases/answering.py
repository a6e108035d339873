"""What an answer does to the case that it is about, and how that is taken back.

It moves the case as `actions` would. It moves nothing where it is only a measurement: a golden
case, of which the answer is known; an account drawn at random from those that are not flagged; a
second look that agrees with the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from sqlalchemy import select

from detector.cases.actions import DECIDED, Act, require_reason, walk, way_back, way_to_decide
from detector.cases.failures import RefusedMoveError, StaleCaseError
from detector.cases.reading import Reading
from detector.cases.rows import CASES, GOLDEN, REVIEWS
from detector.cases.state import may_move
from detector.cases.writing import Writing
from detector.errors import SettingsError
from detector.kinds import CaseState as State
from detector.kinds import DrawnBy
from detector.kinds import ReviewAnswer as Answer
from detector.plain_text import plain_text

NOT_RESTORED = frozenset({State.RESOLVED, State.WITHDRAWN, State.APPEALED, State.OVERTURNED})
"""From here an answer led away, and no move leads back: to take it back would cost the account an
appeal or the end of its case."""
_GOALS: Mapping[str, State | None] = {
    **DECIDED,
    Answer.EXEMPT.value: State.EXEMPT,
    Answer.SWAP.value: None,
    Answer.SKIP.value: None,
}
"""Where an answer leads; none: nowhere."""

LONGEST_NOTE = 10_000
"""Letters: a page and a half of reasons; more is pasted by mistake."""


@dataclass(frozen=True)
class Review:
    """What somebody answered about an account, and what they had before them."""

    review_id: str
    """Made where the account is shown: sent twice, it is one answer."""
    account_id: str
    reviewer: str
    at_us: int
    answer: str
    """One of `detector.kinds.ReviewAnswer`."""
    note: str = ""
    until: date | None = None
    """The last day of an exemption; none: for ever."""
    seconds: float = 0.0
    """How long it was looked at."""
    version: int | None = None
    """Of the case as it was looked at; none: as it is now, or there is none."""
    run: str = ""
    """Fingerprint of the run that was shown."""
    probability: float = 0.0
    reason_codes: str = "[]"
    """Canonical JSON of the codes of the account's reasons, the strongest first."""
    drawn: str = DrawnBy.FLAGGED.value
    """How the account came before the reviewer: one of `detector.kinds.DrawnBy`."""
    golden: bool = False
    """The store says so, whatever is given."""
    second_of: str | None = None
    """The answer that this one looks at again, or settles."""
    from_state: str | None = None
    to_state: str | None = None
    """Where it brought the case; the store says."""
    undone_us: int | None = None
    """When it was taken back."""


def check_words(review: Review) -> None:
    """Refuse an answer that nobody signs, or that says what is not known.

    Raises:
        SettingsError: A word is missing or unknown, or a reason is.
    """
    _check_text(review)
    if len(review.note) > LONGEST_NOTE:
        raise SettingsError(f"A note has at most {LONGEST_NOTE:,} letters.", hint="say it shorter")
    if not 0 <= review.probability <= 1 or not 0 <= review.seconds < float("inf"):
        raise SettingsError("A probability is from 0 to 1, and seconds are a number from 0.")
    if review.answer == Answer.EXEMPT:
        require_reason(_act(review))
    elif review.until is not None:
        raise SettingsError("Only an exemption has a last day.", hint="leave out until")


def find_review(reading: Reading, review_id: str) -> Review | None:
    """One answer."""
    wanted = select(REVIEWS).where(REVIEWS.c.review_id == review_id)
    row = reading.connection.execute(wanted).mappings().first()
    if row is None:
        return None
    return Review(**{name: of for name, of in row.items() if name != "seq"})


def is_golden(reading: Reading, account_id: str, run: str) -> bool:
    """Whether the answer is known of an account as a run shows it."""
    wanted = select(GOLDEN.c.run).where(GOLDEN.c.account_id == account_id, GOLDEN.c.run == run)
    return reading.connection.execute(wanted).first() is not None


def follow(writing: Writing, review: Review) -> Review:
    """Let the case of an account follow an answer.

    Args:
        writing: A person's transaction of the store.
        review: The answer; whether it is golden is known.

    Returns:
        The same with where the case went; a second look is of an account drawn as for the first.

    Raises:
        RefusedMoveError: The case may not go there, somebody decided since it was looked at, or
            its second look is none.
    """
    first = _find_first(writing, review)
    review = replace(review, drawn=first.drawn if first else review.drawn)
    if review.golden or review.answer == Answer.SKIP or review.drawn == DrawnBy.RANDOM:
        return review
    wanted = select(CASES.c.state, CASES.c.version).where(CASES.c.account_id == review.account_id)
    case = writing.connection.execute(wanted).first()
    if case is None:
        return review
    seen = review.version or case.version
    looked = {"account_id": [review.account_id], "seen": [seen], "version": [case.version]}
    writing.check_versions(pl.DataFrame(looked))
    here = State(case.state)
    way = _way(review, here) if first is None else _way_again(review, first, here)
    if not way:
        return review
    until = review.until if review.answer == Answer.EXEMPT else None
    there = walk(writing, replace(_act(review), version=seen), lambda _: way, until)
    return replace(review, from_state=here.value, to_state=there)


def lead_back(writing: Writing, review: Review, seq: int) -> None:
    """Bring a case back to where it stood before an answer.

    Args:
        writing: A person's transaction of the store.
        review: The answer that is taken back.
        seq: Its number in the chain: whoever moved the case later decided anew.

    Raises:
        RefusedMoveError: The case has gone on, or cannot be brought back.
    """
    if review.from_state is None:
        return
    moves = writing.read_moves(review.account_id).filter(pl.col("kind") == "move")
    person = pl.col("body").str.json_path_match("$.person") == "true"
    later = moves.filter(pl.col("seq") > seq, person)
    if not later.is_empty():
        raise StaleCaseError(
            f"{plain_text(later['actor'][-1])} decided about {plain_text(review.account_id)!r} "
            "since.",
            hint="look at it again, then decide",
        )
    was = State(review.from_state)
    if was in NOT_RESTORED:
        raise RefusedMoveError(
            f"The case was {was.replace('_', ' ')} before, and cannot become so again.",
            hint="household cases decide ACCOUNT undo makes it open",
        )
    act = replace(_act(review), at_us=writing.by.at_us, note="taken back", version=None)
    if was == State.EXEMPT == review.to_state:
        exempt = moves.filter(pl.col("to_state") == was.value, pl.col("seq") < seq)["body"]
        until = exempt.str.json_path_match("$.until").str.to_date("%Y-%m-%d")
        walk(writing, act, lambda _: (was,), until[-2])
        return
    walk(writing, act, lambda here: _way_to(way_back(act)(here), was))


def _check_text(review: Review) -> None:
    for name, words in (("answer", Answer), ("drawn", DrawnBy)):
        if getattr(review, name) not in [*words]:
            raise SettingsError(
                f"{plain_text(str(getattr(review, name)))!r} is no {name}.",
                hint=f"known are {', '.join(words)}",
            )
    if not (review.reviewer.strip() and review.review_id.strip()):
        raise SettingsError("An answer needs an id, and somebody who gives it.")
    for text in (review.note, review.reviewer, review.review_id, review.account_id):
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
            raise SettingsError("An answer holds a letter that no database keeps.")


def _way(review: Review, here: State) -> Sequence[State]:
    """The states that an answer leads through; none, if it leaves the case where it is."""
    goal = _GOALS[review.answer]
    if goal is None or goal == here == State.UNDER_REVIEW:
        return ()
    return (goal,) if goal == State.EXEMPT else way_to_decide(_act(review), goal)(here)


def _way_again(review: Review, first: Review, here: State) -> Sequence[State]:
    """A second look that differs brings the case back before people; a lead's word settles it."""
    if first.second_of is None:
        differs = review.answer != first.answer and here != State.UNDER_REVIEW
        over = differs and may_move(here, State.UNDER_REVIEW, person=True)
        return (State.UNDER_REVIEW,) if over else ()
    return () if _GOALS[review.answer] == here else _way(review, here)


def _way_to(back: Sequence[State], was: State) -> Sequence[State]:
    """On from where a decision is taken back to, if the state machine lets a person go there."""
    last = back[-1]
    if last == was:
        return back
    if was in (State.CONFIRMED, State.CLEARED) and last == State.OPEN:
        return (*back, State.UNDER_REVIEW, was)
    known = {State.OPEN, State.UNDER_REVIEW, State.CONFIRMED, State.CLEARED}
    return (*back, was) if was in known and may_move(last, was, person=True) else back


def _find_first(writing: Writing, review: Review) -> Review | None:
    """The answer that this one looks at again.

    Raises:
        RefusedMoveError: It cannot be looked at again, or not by the same person.
    """
    if review.second_of is None:
        return None
    first = find_review(writing, review.second_of)
    if first is None or first.account_id != review.account_id or first.undone_us is not None:
        raise _refused(review, "there is no such answer about this account")
    if first.golden or first.answer == Answer.SKIP:
        raise _refused(review, "a golden case or a skipped one is not looked at again")
    before = find_review(writing, first.second_of) if first.second_of else None
    if review.reviewer in (first.reviewer, before.reviewer if before else None):
        raise _refused(review, "the second look is somebody else's")
    if before and before.answer == first.answer:
        raise _refused(review, "both looks agree, and there is nothing to settle")
    again = select(REVIEWS.c.reviewer).where(
        REVIEWS.c.second_of == review.second_of,
        REVIEWS.c.undone_us.is_(None),
        REVIEWS.c.answer != Answer.SKIP.value,
    )
    if done := writing.connection.execute(again).first():
        raise _refused(review, f"{plain_text(done.reviewer)} looked at it already")
    return first


def _refused(review: Review, why: str) -> RefusedMoveError:
    return RefusedMoveError(
        f"The answer {plain_text(review.second_of or '')!r} cannot be looked at again: {why}.",
        hint="take the next account",
    )


def _act(review: Review) -> Act:
    return Act(review.account_id, review.reviewer, review.at_us, review.note, review.version)
