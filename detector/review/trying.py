"""Another threshold: what it would flag, and what each source says of how many wrongly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import ValidationError

from detector.measuring.metrics import Rate
from detector.plain_text import counted
from detector.review.answers import Answers
from detector.review.estimating import (
    Count,
    Opinion,
    by_chance,
    combine,
    count_errors,
    foresee,
    weigh_parts,
)
from detector.review.index import Mask, RunIndex
from detector.runs.manifest import JudgedBy, Manifest
from detector.selftest.figures import SELFTEST, FlaggedFrom, SelfTest, Trials

SAME = 0.001
"""Thresholds of a page and of a model that are nearer to each other differ in what was rounded."""


@dataclass(frozen=True)
class Source:
    """What one source says of the accounts at or above a threshold."""

    name: str
    words: str
    wrong: Count | None = None
    """Of these accounts; none where the source has nothing to say of them."""
    opinion: Opinion | None = None
    """Of those that nobody looked at."""


@dataclass(frozen=True)
class Trial:
    """What a threshold would flag, and how many of those wrongly."""

    threshold: float
    flagged: int
    looked_at: int
    """Of them by people, in this run."""
    found_wrong: int
    """Of these."""
    wrong: Count
    """By all sources together."""
    sources: tuple[Source, ...]
    missed: tuple[str, ...]
    """What is known of sharing that the threshold leaves alone."""


@dataclass(frozen=True)
class KnownOfRun:
    """All that a threshold may be tried against."""

    index: RunIndex
    manifest: Manifest
    answers: Answers
    selftest: SelfTest | None

    def looked_at(self) -> tuple[Mask, Mask]:
        """Accounts that somebody looked at in this run, and those found to be one household."""
        mine = self.answers.told.filter(pl.col("run") == self.manifest.fingerprint)
        seen, wrong = (np.zeros(self.index.size, np.bool_) for _ in range(2))
        for account_id, shared in mine.select("account_id", "shared").iter_rows():
            row = self.index.find(account_id)
            if row is not None:
                seen[row], wrong[row] = True, not shared
        return seen, wrong


def read_selftest(folder: Path) -> SelfTest | None:
    """What a self-test left beside the run; nothing, if none did or it cannot be read."""
    try:
        return SelfTest.from_json((folder / SELFTEST).read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return None


def try_threshold(known: KnownOfRun, threshold: float) -> Trial:
    """Ask every source what a threshold would do.

    Above the model's threshold, of which most sources speak, fewer accounts are flagged: they hold
    no more wrong ones than those there.

    Args:
        known: The run, its reviews, its self-test.
        threshold: A probability.
    """
    trial = _try(known, threshold)
    proven = known.manifest.model.threshold if known.manifest.model else threshold
    if threshold <= proven + SAME:
        return trial
    most = _try(known, proven).wrong.high
    low, high = trial.wrong.low, max(min(trial.wrong.high, most), trial.wrong.low)
    return replace(trial, wrong=Count(min(trial.wrong.likely, high), low, high))


def _try(known: KnownOfRun, threshold: float) -> Trial:
    index = known.index
    chosen = index.probability >= np.float32(threshold)
    seen, wrong = known.looked_at()
    rest, found = chosen & ~seen, int((chosen & wrong).sum())
    asked = _Asked(known, threshold, chosen, rest)
    sources = tuple(asked.sources())
    opinions = [source.opinion for source in sources if source.opinion]
    return Trial(
        threshold=threshold,
        flagged=int(chosen.sum()),
        looked_at=int((chosen & seen).sum()),
        found_wrong=found,
        wrong=combine(opinions, int(rest.sum())).plus(found),
        sources=sources,
        missed=tuple(asked.missed()),
    )


@dataclass(frozen=True)
class _Asked:
    """One threshold before all sources."""

    known: KnownOfRun
    threshold: float
    chosen: Mask
    rest: Mask
    """Of the chosen, those that nobody looked at."""

    @property
    def accounts(self) -> int:
        return int(self.chosen.sum())

    def sources(self) -> Iterator[Source]:
        model = self.known.manifest.model or JudgedBy(version="")
        yield self._by_probabilities(model)
        yield self._by_known_answers(model)
        yield self._by_selftest()
        yield from self._by_reviews()

    def missed(self) -> Iterator[str]:
        tried = self._trials()
        pairs = tried.main_pairs if tried else None
        levels: Sequence[FlaggedFrom] = pairs.flagged_from if pairs else ()
        below = [one for one in levels if one.threshold <= self.threshold and one.flagged.of]
        if below:
            most = below[-1]
            yield (
                f"By certain pairs: {_of(most.flagged)} put together from two homes are "
                f"flagged from {most.threshold:g} on. Of real sharing no more is found."
            )
        drawn = self.known.answers.random
        missed = drawn.filter(pl.col("probability") < self.threshold)
        if missed.height:
            rate = Rate.from_counts(int(missed["shared"].sum()), missed.height)
            yield (
                f"By accounts drawn at random: {_of(rate)} below the threshold were "
                "found to be shared."
            )

    def _by_probabilities(self, model: JudgedBy) -> Source:
        """They weigh as much as the accounts that they were held against."""
        doubt = 1 - self.known.index.probability.astype(np.float64)
        wrong = by_chance(float(doubt[self.chosen].sum()), self.accounts)
        words = f"{_count(wrong, self.accounts)}, by chance alone, were they right."
        rest = doubt[self.rest]
        held_against = model.promise.get("flagged", 0) or len(rest)
        share = float(rest.mean()) if len(rest) else 0.0
        opinion = Opinion.seen(share * held_against, held_against)
        return Source("By the probabilities", words, wrong, opinion)

    def _by_known_answers(self, model: JudgedBy) -> Source:
        """What the model's threshold was chosen by; it was lower nowhere."""
        name, of = "By known answers", int(model.promise.get("flagged", 0))
        if not of:
            return Source(name, "The run does not say what its model was held against.")
        errors = count_errors(model.promise["bound"], of, model.promise["confidence"])
        told = (
            f"Of {of:,} accounts of other logs that the model flagged from {model.threshold:g} on, "
            f"{errors:,} were one household."
        )
        if self.threshold < model.threshold - SAME:
            return Source(name, f"{told} Of lower thresholds they say nothing.")
        wrong = foresee(errors, of, self.accounts)
        words = f"{told} Of those here, if they are alike: {_count(wrong, self.accounts)}."
        return Source(name, words, wrong, Opinion.seen(errors, of))

    def _by_selftest(self) -> Source:
        """Honest lives that were put beside themselves: how many of them are flagged."""
        name, tried = "By the self-test", self._trials()
        if tried is None:
            if self.known.selftest:
                other = "That beside the run was made with another model or other settings."
                return Source(name, f"{other} Make it anew: household selftest.")
            return Source(
                name, "There is none: household selftest LOG --out DIR leaves one beside the run."
            )
        honest_lives = [each.flagged for each in tried.beside]
        honest_lives += [each.broken for each in tried.changes if each.change == "thinned"]
        worst = max(honest_lives, key=lambda rate: (rate.low, rate.of), default=None)
        if worst is None or not worst.of:
            return Source(name, "It found no life of one household to try.")
        told = (
            f"{_of(worst, 'life', 'lives')} of one household, put beside themselves or seen on "
            "half their days, were flagged."
        )
        if self.threshold < tried.threshold - SAME:
            return Source(name, f"{told} Of thresholds below {tried.threshold:g} it says nothing.")
        honest, most = int((~self.known.index.flagged).sum()), self.accounts
        seen = foresee(worst.hits, worst.of, honest)
        wrong = Count(min(seen.likely, most), min(seen.low, most), min(seen.high, most))
        like = f"{told} If the {honest:,} accounts not flagged are as they:"
        if self.threshold > tried.threshold + SAME:
            return Source(name, f"{like} at most {wrong.high:,} of {most:,} wrong.", wrong)
        per_flag, tries = honest / max(most, 1), worst.of + 1
        share, spread = (worst.hits + 0.5) / tries, sqrt(worst.hits + 0.5) / tries
        opinion = Opinion.scaled(share * per_flag, spread * per_flag)
        return Source(name, f"{like} {_count(wrong, most)}.", wrong, opinion)

    def _trials(self) -> Trials | None:
        """Of a self-test by the model and the settings of this run."""
        found, manifest = self.known.selftest, self.known.manifest
        model = manifest.model.version if manifest.model else ""
        if not found or (found.model, found.settings_sha256) != (model, manifest.settings_sha256):
            return None
        return found.trials[0] if found.trials else None

    def _by_reviews(self) -> Iterator[Source]:
        """Each part by itself; the opinion on what nobody looked at is of both together."""
        flagged, answers = self.known.index.flagged, self.known.answers
        queue, drawn = self._reviewed(answers.queue), self._reviewed(answers.random)
        weighed = weigh_parts(
            (int((self.rest & flagged).sum()), queue), (int((self.rest & ~flagged).sum()), drawn)
        )
        how = "as the queue hands them out, the surest first, which is no random sample"
        yield self._by_part("By reviews of flagged accounts", how, queue, flagged, weighed)
        how = "drawn at random from those that the run does not flag"
        yield self._by_part("By reviews of unflagged accounts", how, drawn, ~flagged, None)

    def _reviewed(self, told: pl.DataFrame) -> Rate:
        """Accounts that were found to be one household, of those at or above the threshold."""
        above = told.filter(pl.col("probability") >= self.threshold)
        return Rate.from_counts(int((~above["shared"]).sum()), above.height)

    def _by_part(
        self, name: str, how: str, seen: Rate, part: Mask, opinion: Opinion | None
    ) -> Source:
        accounts = int((self.chosen & part).sum())
        if not seen.of:
            words = f"Of {accounts:,} at or above it nobody looked at one yet."
            return Source(name, words, None, opinion)
        wrong = foresee(seen.hits, seen.of, accounts)
        words = (
            f"{_of(seen)}, {how}, were found to be one household. "
            f"Of all such here: {_count(wrong, accounts)}."
        )
        return Source(name, words, wrong, opinion)


def _count(wrong: Count, of: int) -> str:
    return f"{wrong.likely:,.0f} of {of:,} wrong, {wrong.low:,} to {wrong.high:,}"


def _of(rate: Rate, noun: str = "account", nouns: str = "") -> str:
    """A share in words, with its interval."""
    interval = f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"
    several = f"{rate.of:,} {nouns}" if nouns and rate.of != 1 else counted(rate.of, noun)
    return f"{rate.hits:,} of {several} ({interval})"
