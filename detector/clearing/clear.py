"""What would clear a flagged account: the devices or places without which it is not flagged."""

from collections.abc import Iterator, Sequence

import dataframely as dy
import polars as pl

from detector.clearing.removals import Question, Removables, Removal, Search, Thing, search_removals
from detector.clearing.retrials import PLACE, Court, Flagged, Law
from detector.clearing.words import HELD, tell_clearing
from detector.evidence.scorecard import MICRO
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices, Households, Places, Visits
from detector.verdicts.rule import Rule, count_as_found, rank_groups
from detector.verdicts.scores import GroupScores

A, H = Accounts, Households

ANSWERS = (A.cleared_by_devices.name, A.cleared_by_places.name, A.clearing.name)
"""The columns of accounts that are found out here."""


def clear_accounts(flagged: Flagged, law: Law) -> dy.DataFrame[Accounts]:
    """Find for each flagged account the smallest set of devices or places that would clear it.

    The account is judged again without their sightings, everybody else's log being as it is, and
    as one that was never flagged before. Devices and places of its home are not thought away: an
    account is not honest for want of its owner. While it searches, places stay as the whole
    account shows them (where a line runs can also be learnt from a device that has to go); what
    it proposes was confirmed by all stages, from the sightings that are left.
    `detector.clearing.removals` tells how it searches, and how far.

    Args:
        flagged: Of any subset of accounts; the answers do not depend on which.
        law: What they were judged by.

    Returns:
        The accounts with `ANSWERS`.
    """
    pools = {each[0].account_id: each for each in _pools(flagged, law)}
    court = Court(flagged, law)
    found = _answers({name: search_removals(each) for name, each in pools.items()}, court)
    rows = [(name, *_names(each), tell_clearing(each)) for name, each in found.items()]
    types = {name: A.columns()[name].dtype for name in (ACCOUNT, *ANSWERS)}
    answers = pl.DataFrame(rows, types, orient="row")
    held = {A.clearing.name: pl.lit(HELD)}
    return (
        flagged.accounts.with_columns(**held)
        .update(answers, on=ACCOUNT, how="left")
        .sort(ACCOUNT)
        .pipe(A.validate, cast=True)
    )


def tell_cleared(accounts: pl.DataFrame, cleared: pl.DataFrame) -> dy.DataFrame[Accounts]:
    """Put what would clear the flagged accounts into the table of all.

    Args:
        accounts: As they were judged.
        cleared: From `clear_accounts`, with `ANSWERS` at least; all of the flagged, or none.

    Examples:
        Bob would be cleared without his guest's television; nothing is asked of Ada:

        >>> accounts = Accounts.sample(overrides={
        ...     "account_id": ["ada", "bob"], "reasons": [[], []], "mitigations": [[], []],
        ...     "cleared_by_devices": [[], []], "cleared_by_places": [[], []], "clearing": ""})
        >>> found = accounts[1:].with_columns(
        ...     cleared_by_devices=pl.lit(["tv"]), clearing=pl.lit("..."))
        >>> told = tell_cleared(accounts, found)
        >>> told.select("account_id", "cleared_by_devices", "clearing").rows()
        [('ada', [], ''), ('bob', ['tv'], '...')]
    """
    found = cleared.select(ACCOUNT, *ANSWERS)
    return A.cast(accounts.update(found, on=ACCOUNT, how="left"))


def _names(found: Removal | None) -> tuple[list[str], list[int]]:
    """The ids of the devices and the numbers of the places, one of them empty."""
    names = sorted(thing.name for thing in found.things) if found else []
    devices = found is not None and found.kind == "devices"
    return ([str(n) for n in names], []) if devices else ([], [int(n) for n in names])


def _answers(searches: dict[str, Search], court: Court) -> dict[str, Removal | None]:
    """Let all searches go on side by side, so that a round of questions is tried in one go.

    A question that asks for certainty waits until no other kind is left.
    """
    answers: dict[str, Removal | None] = {}
    open_questions: dict[str, Question] = {}
    replies: dict[str, Sequence[Removal] | None] = dict.fromkeys(searches)
    while replies:
        for name, reply in replies.items():
            search = searches[name]
            try:
                open_questions[name] = next(search) if reply is None else search.send(reply)
            except StopIteration as stop:
                answers[name] = stop.value
        sure = all(question.sure for question in open_questions.values())
        asked = {n: q for n, q in open_questions.items() if q.sure == sure}
        removals = [each for question in asked.values() for each in question.removals]
        cleared = set(court.clearing(removals, sure=sure))
        replies = {n: [r for r in q.removals if r in cleared] for n, q in asked.items()}
        for name in asked:
            del open_questions[name]
    return answers


def _pools(flagged: Flagged, law: Law) -> Iterator[tuple[Removables, Removables]]:
    """The devices and the places of each account's external households.

    An account that is only held, being below the threshold by now, has none. What holds two
    groups apart may be one device, so that one fewer than the groups that are sure may do.
    """
    sure = H.probability.col >= law.rule.threshold
    groups = flagged.households.filter(sure, H.household.col > 0)
    fewest: dict[str, int] = dict(groups.group_by(ACCOUNT).len().iter_rows())
    devices = _things(flagged, flagged.devices, DEVICE, Devices.device_type)
    places = _things(flagged, flagged.places, PLACE, Places.kind)
    for name in _surely_flagged(flagged, law.rule):
        least = max(fewest.get(name, 1) - 1, 1)
        yield (
            Removables(name, "devices", devices.get(name, ()), least),
            Removables(name, "places", places.get(name, ()), least),
        )


def _surely_flagged(flagged: Flagged, rule: Rule) -> pl.Series:
    """The accounts that would be flagged if no run had flagged them before, sorted."""
    groups = flagged.households.select(
        ACCOUNT,
        group=H.household.col,
        micro_bits=(H.evidence_bits.col * MICRO).round().cast(pl.Int64),
    ).filter(GroupScores.group.col > 0)
    scores = count_as_found(groups, flagged.accounts, rule.settings)
    known = flagged.accounts.select(ACCOUNT, A.active_days.name, A.extra_members.name)
    return rank_groups(scores).join(known, on=ACCOUNT).filter(rule.flags())[ACCOUNT].sort()


def _things(
    flagged: Flagged, table: pl.DataFrame, name: str, kind: dy.Column
) -> dict[str, tuple[Thing, ...]]:
    """The external devices or places by account."""
    household, use = H.household, Visits.use
    used = flagged.visits.group_by(ACCOUNT, name).agg(use.col.sum())
    told = (household.col, H.active_days.col, use.col, kind.col.cast(pl.String))
    rows = (
        table.filter(household.col > 0)
        .join(used, on=[ACCOUNT, name])
        .select(ACCOUNT, name, *told)
        .sort(ACCOUNT, name)
    )
    things: dict[str, tuple[Thing, ...]] = {}
    for account_id, *thing in rows.iter_rows():
        things[account_id] = (*things.get(account_id, ()), Thing(*thing))
    return things
