"""Sightings of pieces of the log on their way from one executor to another."""

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.reading.shared.arrow import pa
from pipelines.reading.shared.messages import Part
from pipelines.reading.shared.tables import own_folder

Parcel = tuple[int, int, bytes]
"""What one piece saw of one bucket: the request's number, the file's, content."""


@contextmanager
def scratch_folder() -> Generator[Path]:
    """A folder on the executor's own disk, gone with the task."""
    disks = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")
    with own_folder():
        folder = TemporaryDirectory(prefix="household-", dir=disks[0] or None)
    with folder as path:
        yield Path(path)


def wrap(request: int, number: int, part: Part) -> Iterator[tuple[int, Parcel]]:
    """Take a file of sightings apart into a parcel for each bucket."""
    packed = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.memory_map(part.path) as source, pa.ipc.open_file(source) as reader:
        for batch, bucket in enumerate(part.buckets):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_file(sink, reader.schema, options=packed) as writer:
                writer.write_batch(reader.get_batch(batch))
            yield bucket, (request, number, sink.getvalue().to_pybytes())


def unwrap(parcels: Iterable[Parcel], folder: Path) -> tuple[tuple[str, int], ...]:
    """Lay the parcels of one bucket down as files, with the number of their record batch."""
    parts = list[tuple[str, int]]()
    for request, number, content in parcels:
        path = folder / f"{request:08}-{number:05}.arrow"
        with own_folder():
            path.write_bytes(content)
        parts.append((str(path), 0))
    return tuple(sorted(parts))
