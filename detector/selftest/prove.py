"""The log of a service, asked what it can prove without knowing who shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import dataframely as dy
import polars as pl

from detector.errors import NothingToDoError
from detector.runs.manifest import hash_json
from detector.schemas import ACCOUNT, Sightings
from detector.selftest.beside import try_beside
from detector.selftest.changes import count_broken
from detector.selftest.choose import Pair, describe_candidates, draw_accounts, match_pairs
from detector.selftest.copies import join_pairs, know_renamed, thin_seconds, without_profiles
from detector.selftest.figures import (
    FlaggedFrom,
    PairFigures,
    Profiles,
    SelfTest,
    Stratum,
    Trials,
)
from detector.selftest.outcomes import THRESHOLDS, Judge, ProofOutcomes, rate

O = ProofOutcomes  # noqa: E741 - as every table is called by its first letter

MIN_USABLE = 20
"""Accounts from which shares are worth telling: of ten pairs, none found may still be a quarter."""

MOST_CHANGED = 200
"""Accounts, and pairs of each stratum, that are changed: each change is judged anew."""


@dataclass(frozen=True)
class Drawn:
    """Accounts that were drawn from a log, and how many there were."""

    sightings: dy.DataFrame[Sightings]
    """Of whole accounts, sorted."""
    window: tuple[date, date]
    """The first and the last day that are judged."""
    accounts: int
    used_enough: int


def prove(drawn: Drawn, judge: Judge) -> SelfTest:
    """Try what must come out, and count how often it does.

    Two accounts of two homes under one id are certain sharing: how many are found bounds what is
    found of real sharing from above, as real borrowers visit, lend to kin and watch less. An
    account under other ids, in other weeks or with fewer days is the same account. And one
    household's own life, put beside itself, is still one household's.

    Args:
        drawn: Accounts of the log, by `detector.selftest.choose.draw_accounts`.
        judge: What they are judged by, with the surroundings of the whole log.

    Raises:
        NothingToDoError: Too few accounts look like one household to tell anything, or none of
            them can be paired.
    """
    judge = replace(judge, surroundings=know_renamed(judge.surroundings))
    usable = _usable(drawn, judge)
    pairs = match_pairs(describe_candidates(usable, judge.surroundings))
    if not any(pairs.values()):
        raise NothingToDoError(
            "No two accounts that look like one household are surely two: each two of them have a "
            "device, a private line or all profiles in common.",
            hint="see whether the log's ids of devices are real, and its addresses no proxy's",
        )
    has_profiles = usable.select((Sightings.profiles.col > 0).any()).item()
    told: list[Profiles] = ["own", "none"] if has_profiles else ["none"]
    return SelfTest(
        first_day=drawn.window[0],
        last_day=drawn.window[1],
        settings_sha256=hash_json(judge.settings.model_dump(mode="json")),
        model=judge.scorecard.version,
        accounts=drawn.accounts,
        used_enough=drawn.used_enough,
        tried=drawn.sightings[ACCOUNT].n_unique(),
        usable=usable[ACCOUNT].n_unique(),
        trials=tuple(_try(usable, pairs, drawn.window, judge, profiles) for profiles in told),
    )


def _usable(drawn: Drawn, judge: Judge) -> dy.DataFrame[Sightings]:
    """The sightings of accounts that look like one household."""
    rule = judge.settings.verdicts
    tried = judge.hear(drawn.sightings)
    alone = (O.probability.col < rule.min_external_probability) & (O.external_households.col == 0)
    usable = tried.filter(alone)
    if usable.height < MIN_USABLE:
        raise NothingToDoError(
            f"A self-test needs {MIN_USABLE} accounts that look like one household and were used "
            f"on {rule.min_active_days} days or more. Of {drawn.accounts:,} accounts "
            f"{drawn.used_enough:,} were used enough; {tried.height:,} of these were tried, "
            f"and {usable.height:,} look like one household.",
            hint="give a log of more accounts or of more days",
        )
    return Sightings.cast(drawn.sightings.join(usable, on=ACCOUNT, how="semi"))


def _try(
    usable: dy.DataFrame[Sightings],
    pairs: Mapping[Stratum, Sequence[Pair]],
    window: tuple[date, date],
    judge: Judge,
    profiles: Profiles,
) -> Trials:
    """Try everything with the profiles of the log, or without."""
    world = usable
    if profiles == "none":
        world, judge = without_profiles(usable), judge.without_profiles()
    found: dict[Stratum, dy.DataFrame[ProofOutcomes]]
    found = {name: _judge_pairs(world, some, judge) for name, some in pairs.items()}
    seldom = {
        name: _judge_pairs(thin_seconds(world, some), some, judge) for name, some in pairs.items()
    }
    changed = [world, *(join_pairs(world, some) for some in pairs.values())]
    return Trials(
        profiles=profiles,
        threshold=next(some[O.threshold.name][0] for some in found.values() if some.height),
        pairs=tuple(_count_pairs(name, some, seldom[name]) for name, some in found.items()),
        changes=count_broken([_few(some) for some in changed], judge),
        beside=try_beside(world, window, judge),
    )


def _judge_pairs(
    sightings: dy.DataFrame[Sightings], pairs: Sequence[Pair], judge: Judge
) -> dy.DataFrame[ProofOutcomes]:
    """Judge the pairs of which both accounts were seen."""
    seen = set(sightings[ACCOUNT].unique())
    both = [pair for pair in pairs if {pair.first, pair.second} <= seen]
    return judge.hear(join_pairs(sightings, both))


def _few(accounts: dy.DataFrame[Sightings]) -> dy.DataFrame[Sightings]:
    few = draw_accounts(accounts[ACCOUNT].unique(), MOST_CHANGED)
    return Sightings.cast(accounts.filter(pl.col(ACCOUNT).is_in(few.implode())))


def _count_pairs(
    stratum: Stratum, found: dy.DataFrame[ProofOutcomes], seldom: dy.DataFrame[ProofOutcomes]
) -> PairFigures:
    others, flags = found[O.external_households.name], found[O.flagged_from.name]
    return PairFigures(
        stratum=stratum,
        found=rate(others > 0),
        exact=rate(others == 1),
        flagged=rate(found[O.flagged.name]),
        flagged_from=tuple(
            FlaggedFrom(threshold=threshold, flagged=rate(flags.list.get(at)))
            for at, threshold in enumerate(THRESHOLDS)
        ),
        flagged_if_seldom=rate(seldom[O.flagged.name]),
    )
