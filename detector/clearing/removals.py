"""Which of an account's devices or places to think away, and in which order."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from math import comb
from typing import Literal, NamedTuple

MOST = 6
"""Devices or places in the largest set that is proposed: nobody reads out a longer list."""

TRIED = 6
"""All sets of one size are tried where they are no more: any one of six, any two of four."""


REAL_USE_DAYS = 4
"""Days of use that a proposed set carries at least, all its devices' or places' added up: that a
flag hangs on a trace helps nobody on the phone. No verdict asks."""


class Thing(NamedTuple):
    """A device or a place of an external household."""

    name: str | int
    """The device's id or the place's number."""
    household: int
    days: int
    """Of use; what is used least is given up most easily."""
    use: int
    """Half-hours."""
    kind: str


class Removal(NamedTuple):
    """Devices or places of an account that are thought away."""

    account_id: str
    kind: Literal["devices", "places"]
    things: tuple[Thing, ...]


class Question(NamedTuple):
    """Which of these clear their account?"""

    removals: tuple[Removal, ...]
    sure: bool = False
    """Find the places anew too, rather than take them as the whole account shows them."""


Search = Generator[Question, Sequence[Removal], Removal | None]
"""Asks, is sent the removals that clear in the order asked, and returns what it found."""


@dataclass(frozen=True)
class Removables:
    """All devices, or all places, of the external households of an account."""

    account_id: str
    kind: Literal["devices", "places"]
    things: tuple[Thing, ...]
    fewest: int
    """The smallest set worth trying, at least 1: where several groups of devices would each get
    the account flagged, a smaller one leaves some of them whole."""

    def sets_of(self, size: int) -> Sequence[Removal]:
        """All sets of one size; none if they are too many or too small."""
        if size < self.fewest or comb(len(self.things), size) > TRIED:
            return ()
        return self._ordered(combinations(self.things, size))

    def households(self) -> Sequence[Removal]:
        """All of the most probable household, then of the two most probable, and so on."""
        numbers = sorted({thing.household for thing in self.things})
        grown = (tuple(t for t in self.things if t.household <= number) for number in numbers)
        sets = takewhile(lambda each: len(each) <= MOST, grown)
        return [self._removal(each) for each in sets if len(each) >= self.fewest and _is_use(each)]

    def shortened(self, removal: Removal) -> Sequence[Removal]:
        """The removal without one of its things; none if all sets of that size were tried."""
        size = len(removal.things) - 1
        if size < self.fewest or (size <= 2 and self.sets_of(size)):
            return ()
        return self._ordered(combinations(removal.things, size))

    def _ordered(self, sets: Iterable[tuple[Thing, ...]]) -> Sequence[Removal]:
        return [self._removal(each) for each in sorted(sets, key=_use) if _is_use(each)]

    def _removal(self, things: tuple[Thing, ...]) -> Removal:
        return Removal(self.account_id, self.kind, things)


def _is_use(things: tuple[Thing, ...]) -> bool:
    return sum(thing.days for thing in things) >= REAL_USE_DAYS


def _use(things: tuple[Thing, ...]) -> tuple[object, ...]:
    """How hard a set is to name and to give up; ids decide only between equals."""
    vague = sum(thing.kind == "unknown" for thing in things)
    days, use = sum(thing.days for thing in things), sum(thing.use for thing in things)
    return vague, days, use, sorted(thing.name for thing in things)


def search_removals(pools: Sequence[Removables]) -> Search:
    """Look for the smallest removal that clears an account.

    Sets of one and of two are all tried where they are few, the first pool's before the second's
    and what is used least before what is used most. Beyond that the search is greedy: the most
    probable household goes, then the next too, and of what clears the account so, everything
    that need not go is left out again, one by one. That set need not be the smallest, but none
    of its things is there for nothing. Nothing is returned that was not confirmed.

    Of each pool it asks for at most `TRIED` sets of one and of two, `MOST` households, and
    `MOST` times `MOST` sets while leaving out, and to confirm some of them; no set has more than
    `MOST` things.

    Examples:
        Of Bob's two guests the one with the television has to go:

        >>> tv, phone = Thing("a1", 1, 30, 90, "tv"), Thing("b2", 1, 12, 20, "phone")
        >>> search = search_removals([Removables("bob", "devices", (phone, tv), fewest=1)])
        >>> [[thing.name for thing in each.things] for each in next(search).removals]
        [['b2'], ['a1']]
        >>> search.send([Removal("bob", "devices", (tv,))]).sure
        True
    """
    for size in (1, 2):
        cleared = yield from _ask(each for pool in pools for each in pool.sets_of(size))
        if found := (yield from _confirm(cleared)):
            return found
    cleared = yield from _ask(each for pool in pools for each in pool.households())
    whole = {each.kind: each for each in reversed(cleared)}
    least, open_pools = dict(whole), [pool for pool in pools if pool.kind in whole]
    while open_pools:
        shorter = (each for pool in open_pools for each in pool.shortened(least[pool.kind]))
        cleared = yield from _ask(shorter)
        least |= {each.kind: each for each in reversed(cleared)}
        open_pools = [p for p in open_pools if any(each.kind == p.kind for each in cleared)]
    found = [store[pool.kind] for store in (least, whole) for pool in pools if pool.kind in store]
    return (yield from _confirm(sorted(found, key=lambda each: len(each.things))))


def _ask(removals: Iterable[Removal]) -> Generator[Question, Sequence[Removal], Sequence[Removal]]:
    asked = tuple(removals)
    return (yield Question(asked)) if asked else ()


def _confirm(cleared: Sequence[Removal]) -> Search:
    """The first that clears for sure; hardly ever is it not the first."""
    for some in (cleared[:1], cleared[1:]):
        if some and (sure := (yield Question(tuple(some), sure=True))):
            return sure[0]
    return None
