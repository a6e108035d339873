"""Which files, or row groups of them, a child decodes at once; what becomes of each file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from detector.events.clean import Window
from detector.kernels.batching import batch
from pipelines.reading.options import Progress, ReadOptions
from pipelines.reading.shared.messages import (
    Decoded,
    DecodeRequest,
    DecodeTogether,
    Failed,
    Reply,
    Together,
)
from pipelines.reading.steps import Pieces, Step, Surveys

REQUEST_CHUNKS = 4
"""Chunks that a child is asked for at once, each read by itself: fewer requests cost less."""

FILES = 100
"""At most so many are read together."""
FEW, MANY = 4, 10
"""How many requests a small or a large log of small files makes at least, so that children stay
busy to the end."""


def _decode_requests(
    surveys: Surveys, window: Window, options: ReadOptions, folder: Path
) -> list[DecodeRequest]:
    """Cut files into pieces along their row groups; the pieces do not depend on `threads`."""
    return [
        DecodeRequest(
            file=surveys.files[name],
            number=number,
            identity=seen.identity,
            row_groups=groups,
            first_row=sum(seen.row_groups[: groups[0]]),
            first_day=window.first_day,
            last_day=window.last_day,
            log_ends=window.log_ends,
            buckets=options.buckets_for(surveys.rows),
            out=str(folder / "parts" / f"{number:05d}-{groups[0]:05d}"),
        )
        for number, (name, seen) in enumerate(surveys.good.items())
        for groups in _grouped(seen.row_groups, REQUEST_CHUNKS * options.chunk_rows)
    ]


def _grouped(row_groups: Sequence[int], rows: int) -> Iterable[tuple[int, ...]]:
    """Neighbouring row groups of together about so many rows."""
    return map(tuple, batch(range(len(row_groups)), row_groups.__getitem__, rows))


def decode_all(step: Step, surveys: Surveys, window: Window, *, together: bool) -> Pieces:
    """Decode all files; one of which a piece cannot be read is set aside as a whole.

    Args:
        step: Who does it.
        surveys: Of these the files to decode.
        window: The days to judge.
        together: Sums of several small files may stand in one part. If one of them cannot be
            read, all are read again, each by itself, to tell which.
    """
    requests = _decode_requests(surveys, window, step.options, step.folder)
    tasks = [(number,) for number in range(len(requests))]
    if together:
        tasks = _together(surveys, requests, _rows_together(surveys.rows, step.options.chunk_rows))
    replies = dict[int, Decoded | Failed]()
    done = 0
    while tasks:
        again = list[tuple[int, ...]]()
        for place, reply in step.pool.run([_task(requests, task) for task in tasks]):
            task = tasks[place]
            found = _of_each(task, reply)
            replies.update(found)
            if len(task) > 1 and not found:
                again += [(number,) for number in task]
            done += sum(each.rows for each in found.values() if isinstance(each, Decoded))
            step.on_progress(Progress("decode", done, surveys.rows, len(surveys.files)))
        tasks = again
    return _pieces(surveys, requests, replies)


def _together(
    surveys: Surveys, requests: Sequence[DecodeRequest], rows: int
) -> list[tuple[int, ...]]:
    """Neighbouring whole files of together at most so many rows; each of the rest by itself."""
    sizes = list[int]()
    for request in requests:
        groups = surveys.seen[request.file.name].row_groups
        whole = len(groups) == len(request.row_groups)
        sizes.append(max(sum(groups), rows // FILES, 1) if whole else rows + 1)
    return list(_grouped(sizes, rows))


def _rows_together(rows: int, chunk: int) -> int:
    """Several chunks of a large log, one of another; less where it has only a few."""
    return min(REQUEST_CHUNKS * chunk, max(min(chunk, rows // FEW), rows // MANY))


def _task(
    requests: Sequence[DecodeRequest], numbers: tuple[int, ...]
) -> DecodeRequest | DecodeTogether:
    files = tuple(requests[number] for number in numbers)
    return files[0] if len(files) == 1 else DecodeTogether(files=files)


def _of_each(numbers: tuple[int, ...], reply: Reply) -> dict[int, Decoded | Failed]:
    """What became of each request; nothing where all must be asked for again, one by one."""
    if isinstance(reply, Together):
        return dict(zip(numbers, reply.files, strict=True))
    if len(numbers) == 1 and isinstance(reply, Decoded | Failed):
        return {numbers[0]: reply}
    return {}


def _pieces(
    surveys: Surveys, requests: Sequence[DecodeRequest], replies: Mapping[int, Decoded | Failed]
) -> Pieces:
    """A file of which a piece cannot be read is bad as a whole."""
    bad = dict(surveys.bad)
    decoded: defaultdict[str, tuple[Decoded, ...]] = defaultdict(tuple)
    for number, reply in sorted(replies.items()):
        name = requests[number].file.name
        if isinstance(reply, Failed):
            bad[name] = reply.problem
        else:
            decoded[name] += (reply,)
    return Pieces({name: each for name, each in decoded.items() if name not in bad}, bad)
