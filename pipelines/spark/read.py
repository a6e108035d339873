"""The reader's workers on a cluster: executors open files by path, sightings are shuffled."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from pydantic import TypeAdapter

from detector.runs.files import replace_file
from pipelines.reading.child.parts import reduce_bucket
from pipelines.reading.pool import Batch
from pipelines.reading.shared.messages import (
    Decoded,
    DecodeRequest,
    Reduced,
    ReduceRequest,
    Reply,
    Request,
)
from pipelines.reading.shared.tables import own_folder
from pipelines.spark.cluster import Cluster, quietly_all
from pipelines.spark.exchange import Parcel, scratch_folder, unwrap
from pipelines.spark.reader import Answer, Reader
from pipelines.spark.tasks import discreet

_REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply)


class SparkWorkers:
    """Workers of the reader, each a task; untrusted files are opened by its child process.

    What a piece saw is no file that others read, but parcels in Spark's shuffle: one bucket
    is one partition, and one more partition takes the answers to the driver.
    """

    together = False

    def __init__(self, cluster: Cluster, plan: Path, deadline_s: float) -> None:
        self._cluster, self._reader = cluster, Reader(str(plan), plan.read_text(), deadline_s)
        self._dealt: Any = None
        self._buckets = 0
        self._set_aside: frozenset[int] = frozenset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._dealt = None

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield each request's number and answer, all of one kind and when all are there."""
        if requests and isinstance(requests[0], DecodeRequest):
            answers = self._decode(cast("Sequence[DecodeRequest]", requests))
        elif requests and isinstance(requests[0], ReduceRequest):
            answers = self._reduce(cast("Sequence[ReduceRequest]", requests))
        else:
            answers = self._cluster.each(self._reader.ask_json, requests)
        yield from enumerate(map(_REPLIES.validate_json, answers))

    def find_parts(self, pieces: Sequence[Decoded]) -> Mapping[int, Sequence[Batch]]:
        """Any bucket may hold events; only the shuffle knows where they are."""
        return {bucket: () for bucket in range(self._buckets)} if pieces else {}

    def _decode(self, requests: Sequence[DecodeRequest]) -> list[str]:
        self._buckets = requests[0].buckets
        told, reader = self._buckets, self._reader

        def decode(item: tuple[int, DecodeRequest]) -> Iterator[tuple[int, Parcel | Answer]]:
            return quietly_all(reader.decode(*item, told))

        dealt = self._cluster.deal(list(enumerate(requests))).flatMap(decode)
        self._dealt = dealt.partitionBy(told + 1, int)
        answers = self._cluster.run_partition(self._dealt, told)
        failed: set[str] = {requests[number].file.name for number, ok, _ in answers if not ok}
        self._set_aside = frozenset(n for n, r in enumerate(requests) if r.file.name in failed)
        return [text for _, _, text in sorted(answers)]

    def _reduce(self, requests: Sequence[ReduceRequest]) -> list[str]:
        """Unite every bucket; the log is not read again, for Spark has kept the shuffle."""
        wanted, set_aside = list(requests), self._set_aside

        def reduced(bucket: int, dealt: Iterable[tuple[int, Parcel]]) -> Iterator[tuple[int, str]]:
            if bucket < len(wanted):
                parcels = (parcel for _, parcel in dealt if parcel[0] not in set_aside)
                yield bucket, _reduce(wanted[bucket], parcels)

        done = self._cluster.run(self._dealt.mapPartitionsWithIndex(reduced))
        return [text for _, text in sorted(done)]


def _reduce(request: ReduceRequest, parcels: Iterable[Parcel]) -> str:
    """Unite one bucket; no file of the log is at hand, so no child is needed."""
    with discreet(), scratch_folder() as folder:
        parts = unwrap(parcels, folder)
        if not parts:
            return Reduced(sightings=0).model_dump_json()
        with own_folder(), replace_file(Path(request.out)) as part:
            own = {"parts": parts, "out": str(part)}
            return reduce_bucket(request.model_copy(update=own)).model_dump_json()
