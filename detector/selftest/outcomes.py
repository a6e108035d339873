"""What becomes of accounts, real and made ones, when they are judged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import dataframely as dy
import polars as pl

from detector.detect import decide, sketch
from detector.evidence.scorecard import Scorecard
from detector.kernels.batching import batch
from detector.kinds import VERDICTS
from detector.measuring.metrics import Rate
from detector.networks.regime import forget_profiles
from detector.networks.survey import Surroundings
from detector.schemas import ACCOUNT, Accounts
from detector.settings import Settings
from detector.verdicts.rule import Rule
from detector.verdicts.scores import GroupScores

A = Accounts

THRESHOLDS = (0.5, 0.7, 0.9, 0.95)
"""Probabilities from which accounts might be flagged, too, beside the one that applies."""

AT_ONCE = 250_000
"""Sightings judged at once."""


class ProofOutcomes(dy.Schema):
    """The judgement of one account, as far as a self-test asks."""

    account_id = dy.String(primary_key=True)
    verdict = dy.Enum(VERDICTS)
    flagged = dy.Bool()
    probability = dy.Float64(min=0, max=1)
    threshold = dy.Float64(min=0, max=1)
    external_households = dy.UInt32()
    pattern = dy.String()
    micro_bits = dy.Int64(description="Of the group that decides.")
    flagged_from = dy.List(dy.Bool(), description="Whether it would be, from each of THRESHOLDS.")


@dataclass(frozen=True)
class Judge:
    """What accounts are judged by; the surroundings are those of the whole log."""

    surroundings: Surroundings
    settings: Settings
    scorecard: Scorecard

    @property
    def weights(self) -> Scorecard:
        """Those for the kind of log that this is."""
        return self.scorecard.in_regime(self.surroundings.regime)

    def without_profiles(self) -> Self:
        """The judge of a log that has none."""
        regime = forget_profiles(self.surroundings.regime)
        return replace(self, surroundings=replace(self.surroundings, regime=regime))

    def hear(self, sightings: pl.DataFrame) -> dy.DataFrame[ProofOutcomes]:
        """Judge accounts, some at a time, as a run does; nobody was flagged before."""
        found = [self._hear(some) for some in _portions(sightings)]
        return ProofOutcomes.cast(pl.concat([ProofOutcomes.create_empty(), *found]).sort(ACCOUNT))

    def _hear(self, sightings: pl.DataFrame) -> pl.DataFrame:
        life = sketch(sightings, self.surroundings, self.settings)
        verdicts = decide(life, self.settings.verdicts, self.weights).verdicts
        flags = pl.concat_list(self._rule(threshold).flags() for threshold in THRESHOLDS)
        names = [name for name in ProofOutcomes.column_names() if name != "flagged_from"]
        told = verdicts.with_columns(GroupScores.micro_bits.col.cast(pl.Int64))
        return ProofOutcomes.cast(told.select(*names, flagged_from=flags))

    def _rule(self, threshold: float) -> Rule:
        own = self.settings.verdicts.model_copy(update={"threshold": threshold})
        return Rule.of(self.weights, own)


def rate(hits: pl.Series) -> Rate:
    """The share of accounts of which something is true."""
    return Rate.from_counts(int(hits.sum()), len(hits))


def _portions(sightings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Whole accounts."""
    sizes = dict(sightings[ACCOUNT].value_counts().sort(ACCOUNT).iter_rows())
    for some in batch(sizes, sizes.__getitem__, AT_ONCE):
        yield sightings.filter(pl.col(ACCOUNT).is_between(pl.lit(some[0]), pl.lit(some[-1])))
