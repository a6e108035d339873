"""The order of a run on Spark: every stage ends in files that the next is given the paths of."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from os import getpid
from pathlib import Path
from shutil import rmtree

import polars as pl

from detector.errors import DetectorError, SettingsError
from detector.events.rows import Rejects
from detector.evidence.scorecard import Scorecard
from detector.runs.files import hash_file
from detector.runs.publish import Outcome
from detector.runs.run import Draft, Run
from detector.schemas import Networks
from pipelines.jobs.detect import DetectJob, iter_rejects, tell_outcome
from pipelines.local.judge import PER_ACCOUNT, Standard
from pipelines.local.survey import DealtNetworks, survey_buckets
from pipelines.reading.log import read_log
from pipelines.reading.options import LogReading, Progress
from pipelines.spark.cluster import Cluster, write_in_order
from pipelines.spark.judge import BucketJudge, KnownFiles
from pipelines.spark.read import SparkWorkers
from pipelines.spark.session import open_session

OnProgress = Callable[[Progress], None]


@contextmanager
def open_engine(master: str, work: Path) -> Generator["SparkEngine"]:
    """Start Spark for one run.

    Args:
        master: Where its executors are; of no account under spark-submit.
        work: A folder that driver and executors see under this path; what is left in it after
            the run was there before, but for work that can go on.

    Raises:
        SettingsError: Spark cannot run here, or the folder has a name that it takes for a pattern.
    """
    if set(str(work.absolute())) & set("*?[]{}\\"):
        raise SettingsError(
            f"{work} has a name that Spark takes for a pattern.", hint="give another --work"
        )
    own = work / f"session-{getpid()}"
    try:
        with open_session(master, own) as session:
            yield SparkEngine(Cluster(session), work)
    finally:
        rmtree(own, ignore_errors=True)
        with suppress(OSError):
            work.rmdir()


@dataclass(frozen=True)
class SparkEngine:
    """Has executors do the work; what lies between two stages is in a folder that all share."""

    cluster: Cluster
    work: Path

    def hash_files(self, paths: Sequence[Path]) -> Sequence[str]:
        """The sha256 of each file."""
        return self.cluster.each(hash_file, paths)

    def build(
        self, draft: Draft, job: DetectJob, standard: Standard, on_progress: OnProgress
    ) -> Outcome:
        """Fill the draft as `pipelines.jobs.detect` does by itself, to the same bytes.

        A run that was killed, or whose disk failed, goes on with the buckets it has judged.
        """
        folder = self.work / draft.folder.name
        try:
            outcome = Course(self.cluster, folder, draft, job).run(standard, on_progress)
        except DetectorError:
            rmtree(folder, ignore_errors=True)
            raise
        rmtree(folder)
        return outcome


@dataclass(frozen=True)
class Course:
    """One run: its stages, one after the other."""

    cluster: Cluster
    folder: Path
    draft: Draft
    job: DetectJob

    def run(self, standard: Standard, on_progress: OnProgress) -> Outcome:
        """Do every stage."""
        draft = self.draft
        with draft.stage("sightings") as stage:
            reading = self._read(on_progress)
            stage.rows_in, stage.rows_out = reading.counts.read, reading.counts.kept
        with draft.stage("networks") as stage:
            folder, settings = self.folder / "survey", self.job.settings
            buckets, each = reading.buckets, self.cluster.each
            dealt = survey_buckets(buckets, settings, folder, each, reading.records)
            draft.write_sorted(Networks, dealt.networks())
            stage.rows_in, stage.rows_out = reading.counts.kept, draft.rows(Networks)
        with draft.stage("verdicts") as stage:
            standard = standard.for_log(dealt.regime)
            known = replace(standard.known, records=reading.records)
            files = KnownFiles.of(known, self.folder / "known")
            bench = self._bench(dealt, files, standard.scorecard)
            stage.rows_in = reading.counts.kept
            stage.rows_out = sum(self.cluster.each(bench.judge, reading.buckets))
        with draft.stage("tables") as stage:
            stage.rows_in = stage.rows_out = self.merge(bench, len(reading.buckets))
        return tell_outcome(draft, self.job, reading, standard)

    def _read(self, on_progress: OnProgress) -> LogReading:
        def hire(plan: Path, size: int, deadline_s: float) -> SparkWorkers:
            """How many there are is the cluster's affair."""
            return SparkWorkers(self.cluster, plan, deadline_s)

        job = self.job
        reading = read_log(job.logs, job.settings, job.read, self.folder, on_progress, hire)
        self.draft.write_sorted(Rejects, iter_rejects(reading))
        return reading

    def _bench(self, dealt: DealtNetworks, known: KnownFiles, model: Scorecard) -> BucketJudge:
        # Buckets cut in another way are other buckets.
        read = self.job.read
        pieces = Run(self.folder / f"judged-{read.bucket_rows}-{read.threads}")
        return BucketJudge(dealt, known, self.job.settings, model, pieces)

    def merge(self, bench: BucketJudge, files: int) -> int:
        """Sort each table over all executors; only its rows in order pass through the driver."""
        rows = 0
        for table in PER_ACCOUNT.values():
            judged = self.cluster.read(bench.pieces.folder, bench.pieces.path(table).name)
            folder = self.folder / "sorted" / table.__name__
            parts = write_in_order(judged, table.primary_key(), folder, files)
            self.draft.write_sorted(table, map(pl.read_parquet, parts))
            rows += self.draft.rows(table)
        return rows
