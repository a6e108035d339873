"""One bucket of accounts judged, knowing of the others only what concerns it."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from detector.clearing.clear import clear_accounts, tell_cleared
from detector.clearing.retrials import Flagged, Law
from detector.detect import judge
from detector.events.accounts import AccountRecords, Known, Residents
from detector.evidence.scorecard import Scorecard
from detector.networks.survey import Surroundings
from detector.runs.run import Run
from detector.schemas import ACCOUNT, DEVICE, Accounts, Networks
from detector.settings import Settings
from detector.store.premises import narrow
from pipelines.local.judge import PER_ACCOUNT, PIECES
from pipelines.reading.shared.tables import own_folder, read_bucket
from pipelines.spark.cluster import Cluster, Rows
from pipelines.spark.count import Counted, save

NETWORKS, DEVICES = "networks", "devices"
RECORDS, FLAGGED, RESIDENTS = "records", "flagged", "residents"
"""What is dealt to the buckets."""

_NONE_SHARED = pl.DataFrame(schema={DEVICE: pl.String, "accounts": pl.get_index_type()})
_NONE_FLAGGED = pl.DataFrame(schema={ACCOUNT: pl.String})


@dataclass(frozen=True)
class BucketJudge:
    """What all buckets are judged by, and where from and to."""

    counted: Counted
    scatter: pl.DataFrame
    settings: Settings
    scorecard: Scorecard
    pieces: Run

    def judge(self, bucket: int) -> int:
        """Judge one bucket, unless an earlier attempt did, and find what would clear the flagged.

        Locally the flagged of many buckets are tried together, which is quicker and comes to the
        same; here they are tried where their sightings are.

        Returns:
            How many accounts it has.
        """
        piece = self.pieces.part(f"bucket-{bucket:05}")
        if not piece.is_sealed:
            tables = self._judged(bucket)
            with own_folder():
                for name, table in PER_ACCOUNT.items():
                    piece.write(table, tables[name])
                piece.seal()
        return piece.rows(Accounts)

    def _judged(self, bucket: int) -> dict[str, Any]:
        sightings = read_bucket(self.counted.buckets[bucket])
        around, settings, model = self._surroundings(bucket), self.settings, self.scorecard
        found = judge(sightings, around, settings, model, self._known(bucket))
        tables = {name: getattr(found, name) for name in PIECES}
        flagged = Flagged.among({**tables, "sightings": sightings})
        cleared = clear_accounts(flagged, Law(around, settings, model))
        return {**tables, "accounts": tell_cleared(found.accounts, cleared)}

    def _surroundings(self, bucket: int) -> Surroundings:
        networks = self.counted.dealt(NETWORKS, bucket, Networks.create_empty())
        shared = self.counted.dealt(DEVICES, bucket, _NONE_SHARED)
        return narrow(Surroundings(Networks.cast(networks), shared, self.scatter))

    def _known(self, bucket: int) -> Known:
        records = self.counted.dealt(RECORDS, bucket, AccountRecords.create_empty())
        flagged = self.counted.dealt(FLAGGED, bucket, _NONE_FLAGGED)
        residents = self.counted.dealt(RESIDENTS, bucket, Residents.create_empty())
        return Known(flagged[ACCOUNT], AccountRecords.cast(records), Residents.cast(residents))


def deal_all(cluster: Cluster, counted: Counted, shared: Rows, known: Known) -> None:
    """Give each bucket its networks, the devices it shares with others, and its records."""
    devices, accounts = counted.read(cluster, "devices"), counted.read(cluster, "accounts")
    networks, own = cluster.read(counted.networks), counted.read(cluster, "networks")
    counted.deal(NETWORKS, own, networks, Networks.network.name)
    counted.deal(DEVICES, devices, shared, DEVICE)
    before = known.flagged_before.alias(ACCOUNT).to_frame()
    given = ((RECORDS, known.records), (FLAGGED, before), (RESIDENTS, known.residents))
    for name, table in given:
        if table.height:
            save(table, counted.folder / name / f"{name}.parquet")
            counted.deal(name, accounts, cluster.read(counted.folder / name), ACCOUNT)
