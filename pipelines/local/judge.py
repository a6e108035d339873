"""Buckets of sightings → the tables of all accounts: judged, cleared, put together in order."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import dataframely as dy
import polars as pl

from detector.clearing.clear import ANSWERS, clear_accounts, tell_cleared
from detector.clearing.retrials import AT_ONCE, Flagged, Law
from detector.detect import judge
from detector.events.accounts import Known
from detector.evidence.scorecard import Scorecard
from detector.runs.files import hash_file
from detector.runs.manifest import JudgedBy
from detector.runs.run import Draft
from detector.schemas import (
    ACCOUNT,
    Accounts,
    Devices,
    Evidence,
    Households,
    Networks,
    PlaceNetworks,
    Places,
    Sightings,
    Ties,
    Visits,
)
from detector.settings import Settings
from pipelines.local.earlier import Memory
from pipelines.local.hands import Hands
from pipelines.local.merge import Piece, Share, merge
from pipelines.local.survey import DealtNetworks
from pipelines.reading.shared.tables import read_bucket

PER_ACCOUNT: dict[str, type[dy.Schema]] = {
    "accounts": Accounts,
    "households": Households,
    "devices": Devices,
    "places": Places,
    "evidence": Evidence,
    "ties": Ties,
    "visits": Visits,
}
"""Tables that are judged account by account, by their name in `Detection`."""

PIECES: dict[str, type[dy.Schema]] = {**PER_ACCOUNT, "place_networks": PlaceNetworks}
"""And what is kept of a bucket until the flagged accounts are known; not published."""

SHARE = 30_000
"""Sightings of flagged accounts that are worth sharing: what would clear them is asked in turns,
of which each takes 0.1 s however few they are."""

FEW = "flagged"
FLAGGED: dict[str, type[dy.Schema]] = {
    field.name: {**PIECES, "sightings": Sightings}[field.name] for field in fields(Flagged)
}
"""The tables of the flagged accounts alone, by their name in `Flagged`."""

NETWORK = Networks.network.name


@dataclass(frozen=True)
class Standard:
    """What accounts are judged by, besides the settings."""

    scorecard: Scorecard
    known: Known

    def for_log(self, regime: str) -> "Standard":
        """The same with the weights for the kind of log that this one is."""
        return replace(self, scorecard=self.scorecard.in_regime(regime))

    @property
    def judged_by(self) -> JudgedBy:
        """The model, as the run's manifest tells it."""
        model = self.scorecard
        return JudgedBy(
            version=model.version,
            regime=model.regime,
            threshold=model.threshold,
            promise=dict(model.promise),
        )


@dataclass(frozen=True)
class Rules:
    """All that accounts are judged by."""

    dealt: DealtNetworks
    settings: Settings
    standard: Standard


@dataclass(frozen=True)
class JudgedBuckets:
    """What is known of all accounts, before it is put together."""

    pieces: Sequence[Piece]
    cleared: pl.DataFrame
    """What would clear the flagged accounts of the pieces, without what else is known of them."""
    memory: Memory | None
    """Of those who were not judged again."""

    def largest_first(self) -> list[type[dy.Schema]]:
        """The tables per account; side by side, none is left for the end that takes long."""
        return sorted(PER_ACCOUNT.values(), key=self._bytes_of, reverse=True)

    def _bytes_of(self, table: type[dy.Schema]) -> int:
        return sum(piece.path(table).stat().st_size for piece in self.pieces)


def judge_buckets(draft: Draft, buckets: Sequence[Path], rules: Rules, hands: Hands) -> list[Piece]:
    """Judge several buckets side by side."""
    return hands.map(partial(_judge_bucket, draft.folder, rules, len(buckets)), buckets)


def _judge_bucket(folder: Path, rules: Rules, count: int, bucket: Path) -> Piece:
    """Judge a bucket, unless an earlier attempt did, which may have dealt accounts otherwise."""
    piece = Piece(folder / f"bucket-{hash_file(bucket)[:16]}", count)
    if not piece.is_sealed:
        model, known = rules.standard.scorecard, rules.standard.known
        sightings, networks = read_bucket(bucket), rules.dealt.of_bucket(bucket)
        around = rules.dealt.around(networks)
        detection = judge(sightings, around, rules.settings, model, known)
        for name, table in PER_ACCOUNT.items():
            piece.write(table, getattr(detection, name))
        flagged = Flagged.among({**vars(detection), "sightings": sightings})
        for name, table in FLAGGED.items():
            some: pl.DataFrame = getattr(flagged, name)
            piece.part(FEW).write(table, table.cast(some))
        known_of = networks.join(flagged.sightings, on=NETWORK, how="semi")
        piece.part(FEW).write(Networks, Networks.cast(known_of))
        piece.seal()
    return piece


def clear_flagged(pieces: Sequence[Piece], rules: Rules, hands: Hands) -> pl.DataFrame:
    """Find what would clear the flagged accounts, as many buckets' at once as come to one."""
    flagged = [piece.part(FEW) for piece in pieces]
    size = sum(few.rows(Sightings) for few in flagged)
    shares = -(-size // min(AT_ONCE, max(SHARE, -(-size // hands.count))))
    cleared = hands.map(partial(_clear, rules), [flagged[n::shares] for n in range(shares)])
    return pl.concat([Accounts.create_empty().select(ACCOUNT, *ANSWERS), *cleared])


def _clear(rules: Rules, some: Sequence[Piece]) -> pl.DataFrame:
    networks = pl.concat(few.scan(Networks) for few in some).unique(NETWORK).collect()
    around = rules.dealt.around(Networks.cast(networks))
    law = Law(around, rules.settings, rules.standard.scorecard)
    cleared = clear_accounts(Flagged.together([_flagged(few) for few in some]), law)
    return cleared.select(ACCOUNT, *ANSWERS)


def _flagged(few: Piece) -> Flagged:
    return Flagged(**{name: few.scan(table).collect() for name, table in FLAGGED.items()})


def merge_table(draft: Draft, judged: JudgedBuckets, table: type[dy.Schema]) -> None:
    """Put the pieces' rows of a table together with those that stay as they were."""
    parts = [Share(piece.scan(table)) for piece in judged.pieces]
    kept = judged.memory.unchanged(table) if judged.memory else []
    rows = merge(table, [*parts, *kept])
    if table is Accounts:
        rows = (tell_cleared(some, judged.cleared) for some in rows)
    draft.write_sorted(table, rows)
