"""One bucket of accounts judged, knowing of the others only what concerns it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from detector.clearing.clear import clear_accounts, tell_cleared
from detector.clearing.retrials import Flagged, Law
from detector.detect import judge
from detector.events.accounts import AccountRecords, Known, Residents
from detector.evidence.scorecard import Scorecard
from detector.runs.files import replace_file
from detector.runs.run import Run
from detector.schemas import ACCOUNT, Accounts
from detector.settings import Settings
from pipelines.local.judge import PER_ACCOUNT, PIECES
from pipelines.local.survey import DealtNetworks
from pipelines.reading.shared.tables import own_folder, read_bucket, write_table


@dataclass(frozen=True)
class KnownFiles:
    """What is known of all accounts beforehand, where executors read what concerns some."""

    folder: Path

    @classmethod
    def of(cls, known: Known, folder: Path) -> Self:
        """Write it down."""
        files = cls(folder)
        before = known.flagged_before.alias(ACCOUNT).to_frame()
        for name, table in (
            ("records", known.records),
            ("flagged", before),
            ("residents", known.residents),
        ):
            with own_folder(), replace_file(files._path(name)) as part:
                write_table(table, part)
        return files

    def about(self, sightings: pl.DataFrame) -> Known:
        """What is known of some accounts."""
        own = sightings.lazy().select(ACCOUNT).unique()
        flagged, records, residents = (
            pl.scan_parquet(self._path(name), glob=False)
            .join(own, on=ACCOUNT, how="semi", maintain_order="left")
            .collect()
            for name in ("flagged", "records", "residents")
        )
        return Known(flagged[ACCOUNT], AccountRecords.cast(records), Residents.cast(residents))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"


@dataclass(frozen=True)
class BucketJudge:
    """What all buckets are judged by, and where from and to."""

    dealt: DealtNetworks
    known: KnownFiles
    settings: Settings
    scorecard: Scorecard
    pieces: Run

    def judge(self, bucket: Path) -> int:
        """Judge one bucket, unless an earlier attempt did, and find what would clear the flagged.

        Locally the flagged of many buckets are tried together, which is quicker and comes to the
        same; here they are tried where their sightings are.

        Returns:
            How many accounts it has.
        """
        piece = self.pieces.part(bucket.stem)
        if not piece.is_sealed:
            tables = self._judged(bucket)
            with own_folder():
                for name, table in PER_ACCOUNT.items():
                    piece.write(table, tables[name])
                piece.seal()
        return piece.rows(Accounts)

    def _judged(self, bucket: Path) -> dict[str, Any]:
        sightings, settings, model = read_bucket(bucket), self.settings, self.scorecard
        around = self.dealt.around(self.dealt.of_bucket(bucket))
        found = judge(sightings, around, settings, model, self.known.about(sightings))
        tables = {name: getattr(found, name) for name in PIECES}
        flagged = Flagged.among({**tables, "sightings": sightings})
        cleared = clear_accounts(flagged, Law(around, settings, model))
        return {**tables, "accounts": tell_cleared(found.accounts, cleared)}
