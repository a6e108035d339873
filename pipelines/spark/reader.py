"""A task's own reader: the child process that opens untrusted files, kept for the next task."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from detector.runs.files import replace_file
from pipelines.reading.pool import ChildPool
from pipelines.reading.shared.messages import Decoded, DecodeRequest, Reply, Request
from pipelines.reading.shared.tables import own_folder
from pipelines.spark.exchange import Parcel, scratch_folder, wrap

Answer = tuple[int, bool, str]
"""The number of a request, whether the file could be read, and the reply as JSON."""

_kept = dict["Reader", ChildPool]()
"""At most one; Spark keeps the Python process of a task for later ones."""


@dataclass(frozen=True)
class Reader:
    """How to start the child; it follows the plan's file, which all executors see."""

    plan: str
    text: str
    """The plan itself, so that another plan under the same path is another reader."""
    deadline_s: float

    def ask(self, request: Request) -> Reply:
        """Let the child do one task; a file that kills it is told as `Failed`."""
        if self not in _kept:
            self.close()
            _kept[self] = ChildPool(Path(self.plan), 1, self.deadline_s)
        [(_, reply)] = _kept[self].run([request])
        return reply

    def close(self) -> None:
        """End the child that is kept, whoever's it is."""
        while _kept:
            _, pool = _kept.popitem()
            pool.__exit__(None, None, None)

    def ask_json(self, request: Request) -> str:
        """The same, as it is sent to the driver."""
        return self.ask(request).model_dump_json()

    def decode(
        self, number: int, request: DecodeRequest, told: int
    ) -> Iterator[tuple[int, Parcel | Answer]]:
        """Decode a piece of a file into parcels for the buckets, and an answer for the driver.

        Args:
            number: Of the request.
            request: What to read.
            told: The partition that takes the answer.
        """
        shared = Path(request.out).parent
        with scratch_folder() as folder:
            out = str(folder / Path(request.out).name)
            reply = self.ask(request.model_copy(update={"out": out}))
            if isinstance(reply, Decoded):
                for each, part in enumerate(reply.parts):
                    yield from ((bucket, parcel) for bucket, parcel in wrap(number, each, part))
                rejects = tuple(_share(Path(path), shared) for path in reply.rejects)
                ids = tuple(_share(Path(path), shared) for path in reply.ids)
                left = {"parts": (), "rejects": rejects, "ids": ids}
                reply = reply.model_copy(update=left)
        yield told, (number, isinstance(reply, Decoded), reply.model_dump_json())


def _share(path: Path, folder: Path) -> str:
    """Put a file where the driver finds it."""
    shared = folder / path.name
    with own_folder(), replace_file(shared) as part:
        copyfile(path, part)
    return str(shared)
