"""Which accounts of a log are tried, and which two are made one: by a hash of their ids alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import dataframely as dy
import polars as pl

from detector.networks.survey import Surroundings
from detector.schemas import ACCOUNT, DEVICE, Networks, Sightings
from detector.selftest.figures import Stratum

S, N = Sightings, Networks

MOST_TRIED = 1_500
"""Accounts drawn: enough for most pairs, as long as two in three look like one household."""

MOST_PAIRS = 500
"""Pairs of a stratum: its share is then known to four points on either side."""

PRIVATE = ("home_line", "unknown")
"""Kinds of networks that two accounts only have in common where their people live or visit."""


class DaysOfUse(dy.Schema):
    """On how many days an account was seen."""

    account_id = dy.String(primary_key=True, min_length=1)
    days = dy.UInt32(min=1)


@dataclass(frozen=True)
class Candidate:
    """What is asked of an account before it is paired with another one."""

    account_id: str
    country: str | None
    """Where it was seen on most days."""
    profiles: int
    """All bits of its profiles."""
    own: frozenset[str]
    """Its devices and its private networks, which nobody else in a certain pair has."""


@dataclass(frozen=True)
class Pair:
    """Two accounts that are made one, and how far the profiles of the second are turned."""

    first: str
    second: str
    turn: int


def scramble(text: str) -> str:
    """Another name for something, the same in every run, in an order of its own.

    Examples:
        >>> [scramble(name)[:8] for name in ("ada", "bob")]
        ['fdee430d', '81b637d8']
    """
    return sha256(text.encode()).hexdigest()[:32]


def count_days(sightings: pl.LazyFrame) -> pl.LazyFrame:
    """Count the days of use of each of some whole accounts."""
    return sightings.group_by(ACCOUNT).agg(days=S.day.col.n_unique())


def draw_accounts(used_enough: pl.Series, most: int = MOST_TRIED) -> pl.Series:
    """Draw accounts by lot; the same ones whatever the order, the files or the threads.

    Examples:
        >>> ids = pl.Series("account_id", ["ada", "bob", "cyd"])
        >>> draw_accounts(ids, most=2).to_list() == draw_accounts(ids.reverse(), most=2).to_list()
        True
    """
    return pl.Series(ACCOUNT, sorted(used_enough, key=scramble)[:most], dtype=pl.String)


def describe_candidates(sightings: pl.DataFrame, around: Surroundings) -> list[Candidate]:
    """Tell of each account what decides with which others it may be paired, in the order drawn."""
    private = around.networks.filter(N.kind.col.cast(pl.String).is_in(PRIVATE))
    lines = sightings.join(private, on=N.network.name, how="semi")
    own = pl.concat(
        [
            sightings.select(ACCOUNT, own=pl.concat_str(pl.lit("device "), DEVICE)),
            lines.select(ACCOUNT, own=pl.concat_str(pl.lit("line "), S.network.name)),
        ]
    )
    countries = (
        sightings.drop_nulls(S.country.name)
        .group_by(ACCOUNT, S.country.name)
        .agg(days=S.day.col.n_unique())
        .sort(pl.col("days").cast(pl.Int64).neg(), S.country.name)
        .group_by(ACCOUNT, maintain_order=True)
        .agg(S.country.col.first())
    )
    facts = (
        sightings.group_by(ACCOUNT)
        .agg(S.profiles.col.bitwise_or())
        .join(countries, on=ACCOUNT, how="left")
        .join(own.group_by(ACCOUNT).agg(pl.col("own").unique()), on=ACCOUNT)
    )
    rows = facts.select(ACCOUNT, S.country.name, S.profiles.name, "own").iter_rows()
    found = [Candidate(name, country, bits, frozenset(own)) for name, country, bits, own in rows]
    return sorted(found, key=lambda each: scramble(each.account_id))


def match_pairs(
    candidates: Sequence[Candidate], most: int = MOST_PAIRS
) -> dict[Stratum, list[Pair]]:
    """Pair accounts that have nothing in common, each at most once in a stratum.

    A device or a private line on both accounts is no certain sharing: one family may hold two
    accounts, or visit the other one. Behind one carrier's gateway two strangers may well be.

    Examples:
        >>> ada, bob, cyd = (Candidate(name, country, 1, frozenset()) for name, country in
        ...     (("ada", "FR"), ("bob", "FR"), ("cyd", "DE")))
        >>> {name: len(pairs) for name, pairs in match_pairs([ada, bob, cyd]).items()}
        {'same_country': 1, 'other_country': 1, 'unknown_country': 0}
    """
    told = [each for each in candidates if each.country]
    untold = [each for each in candidates if not each.country]
    return {
        "same_country": _match(told, lambda a, b: a.country == b.country, most),
        "other_country": _match(told, lambda a, b: a.country != b.country, most),
        "unknown_country": _match(untold, lambda _a, _b: True, most),
    }


def _match(
    candidates: Iterable[Candidate], fits: Callable[[Candidate, Candidate], bool], most: int
) -> list[Pair]:
    waiting, pairs = dict[str, Candidate](), list[Pair]()
    for second in candidates:
        if len(pairs) == most:
            break
        able = (first for first in waiting.values() if fits(first, second))
        pair = next(filter(None, (_pair(first, second) for first in able)), None)
        if pair:
            pairs.append(pair)
            del waiting[pair.first]
        else:
            waiting[second.account_id] = second
    return pairs


def _pair(first: Candidate, second: Candidate) -> Pair | None:
    """None if they have something in common."""
    turn = turn_apart(first.profiles, second.profiles)
    if turn is None or not first.own.isdisjoint(second.own):
        return None
    return Pair(first.account_id, second.account_id, turn)


def turn_apart(first: int, second: int) -> int | None:
    """By how many bits one set is turned so that it has none in common with the other.

    Many logs call the profiles of all accounts alike, "1" or "kids": under one id they would
    seem to be one person's. None if there is no way, as both accounts have very many.

    Examples:
        >>> turn_apart(0b011, 0b100), turn_apart(0b011, 0b011), turn_apart(2**64 - 1, 1)
        (0, 2, None)
    """
    whole = 2**64 - 1
    turned = (((second << by) | (second >> (64 - by))) & whole for by in range(64))
    return next((by for by, bits in enumerate(turned) if not bits & first), None)
