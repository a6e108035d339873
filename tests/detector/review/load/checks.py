"""What must hold of a case store after many people decided at once; each breach in words."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from detector.cases.reviewing import reviews
from detector.cases.store import CaseStore
from detector.cases.verify import verify_chain

OPEN_FOR_OTHERS = ("skip", "unsure", "swap")
FEW = 5


@dataclass(frozen=True)
class Acknowledged:
    """An answer of which the server said that it is kept."""

    review_id: str
    account_id: str
    reviewer: str
    answer: str


def check_store(store: CaseStore, told: Iterable[Acknowledged], unanswered: int = 0) -> list[str]:
    """Hold a store against what its reviewers were told.

    Args:
        store: With nobody at work on it.
        told: All answers that were acknowledged.
        unanswered: How many were sent and never answered: these may be kept, or not.
    """
    with store.reading() as reading:
        kept, moves = reviews(reading), reading.read_moves()
    wrong = [
        *find_lost(kept, told, unanswered),
        *find_doubled(kept.filter(~pl.col("golden"))),
        *find_held_twice(moves.filter(pl.col("kind").is_in(["claim", "release", "review"]))),
        *verify_chain(store).breaks,
    ]
    return wrong[:FEW]


def find_lost(kept: pl.DataFrame, told: Iterable[Acknowledged], unanswered: int) -> Iterator[str]:
    """Each acknowledged answer is there once, as it was given, and no other is there."""
    columns = ("review_id", "account_id", "reviewer", "answer")
    stored = Counter(kept.select(columns).iter_rows())
    wanted = Counter((a.review_id, a.account_id, a.reviewer, a.answer) for a in told)
    yield from (f"{a} was acknowledged {n} times" for a, n in wanted.items() if n > 1)
    yield from (f"{answer} is lost" for answer in wanted if answer not in stored)
    yield from (f"{answer} is there {n} times" for answer, n in stored.items() if n > 1)
    more = sum(answer not in wanted for answer in stored)
    if more > unanswered:
        yield f"{more} answers are there that nobody was told of; {unanswered} were on their way"


def find_doubled(kept: pl.DataFrame) -> Iterator[str]:
    """Nobody decides what somebody else decided, but as a second look at it."""
    first = kept.filter(
        pl.col("second_of").is_null(),
        pl.col("undone_us").is_null(),
        ~pl.col("answer").is_in(OPEN_FOR_OTHERS),
    )
    for table, key, words in (
        (first, "account_id", "was decided {} times"),
        (kept.drop_nulls("second_of"), "second_of", "was looked at again {} times"),
    ):
        counts = table.group_by(key).len().filter(pl.col("len") > 1).sort(key)
        yield from (f"{name} {words.format(number)}" for name, number in counts.iter_rows())


def find_held_twice(moves: pl.DataFrame) -> Iterator[str]:
    """While somebody holds an account, nobody else takes it or answers about it."""
    held: dict[str, tuple[str, int]] = {}
    columns = ("account_id", "kind", "actor", "at_us", "body")
    for account, kind, actor, at, body in moves.sort("seq").select(columns).iter_rows():
        holder, until = held.get(account, (actor, 0))
        if holder != actor and until > at:
            yield f"{account} was held by {holder} when {actor} came ({kind})"
        if kind == "claim":
            held[account] = (actor, json.loads(body)["until_us"])
        else:
            held.pop(account, None)
