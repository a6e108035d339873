"""The reader's steps as the parent sees them: which requests to make, what became of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detector.errors import DetectorError
from detector.settings import Settings
from pipelines.reading.files import unusable
from pipelines.reading.options import Progress, ReadOptions
from pipelines.reading.pool import Workers
from pipelines.reading.shared.messages import (
    Decoded,
    Failed,
    FileSurvey,
    LogFile,
    Problem,
    Reduced,
    ReduceRequest,
    SurveyRequest,
)

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Step:
    """What the steps of one reading share."""

    pool: Workers
    settings: Settings
    options: ReadOptions
    folder: Path
    on_progress: OnProgress


@dataclass(frozen=True)
class Surveys:
    """What each file says of itself, and why some cannot be read."""

    files: Mapping[str, LogFile]
    seen: Mapping[str, FileSurvey]
    bad: Mapping[str, Problem]

    @property
    def good(self) -> dict[str, FileSurvey]:
        """Files to decode, by name."""
        return {name: seen for name, seen in sorted(self.seen.items()) if name not in self.bad}

    @property
    def rows(self) -> int:
        """Rows of the files to decode."""
        return sum(sum(seen.row_groups) for seen in self.good.values())


@dataclass(frozen=True)
class Pieces:
    """What became of the files' rows, piece by piece in order of rows."""

    decoded: Mapping[str, tuple[Decoded, ...]]
    bad: Mapping[str, Problem]

    @property
    def all(self) -> list[Decoded]:
        """The pieces of all files, in order of file and row."""
        return [piece for _, pieces in sorted(self.decoded.items()) for piece in pieces]


def survey_all(pool: Workers, found: Sequence[LogFile], on_progress: OnProgress) -> Surveys:
    """Look at each file once; what is no regular file is not even sent to a child."""
    bad = {file.name: Problem(kind="file", text=text) for file in found if (text := unusable(file))}
    rest = [file for file in found if file.name not in bad]
    seen: dict[str, FileSurvey] = {}
    replies = pool.run([SurveyRequest(file=file) for file in rest])
    for done, (number, reply) in enumerate(replies, start=1):
        name = rest[number].name
        if isinstance(reply, FileSurvey):
            seen[name] = reply
        if problem := (reply.problem if isinstance(reply, FileSurvey | Failed) else None):
            bad[name] = problem
        on_progress(Progress("survey", done, len(rest), len(found)))
    return Surveys({file.name: file for file in found}, seen, bad)


def count_days(surveys: Surveys) -> Counter[date]:
    """Rows of all readable files by day."""
    days: Counter[date] = Counter()
    for seen in surveys.good.values():
        days.update({date.fromisoformat(day): rows for day, rows in seen.days.items()})
    return days


def reduce_all(step: Step, pieces: Pieces) -> dict[Path, Reduced]:
    """Unite what pieces saw, bucket by bucket; that our own files fail us is no log's fault."""
    requests = _reduce_requests(pieces, step)
    replies: dict[Path, Reduced] = {}
    for number, reply in step.pool.run(requests):
        if not isinstance(reply, Reduced):
            what = reply.problem.text if isinstance(reply, Failed) else "gave no answer"
            raise DetectorError(
                f"Uniting a bucket of accounts failed: it {what}.",
                hint="check the free memory and the free space where the run's folder is.",
            )
        replies[Path(requests[number].out)] = reply
        step.on_progress(Progress("reduce", len(replies), len(requests), len(requests)))
    return dict(sorted(replies.items()))


def _reduce_requests(pieces: Pieces, step: Step) -> list[ReduceRequest]:
    """One request per bucket that may hold events."""
    found = step.pool.find_parts(pieces.all)
    return [
        ReduceRequest(
            parts=tuple(sorted(parts)),
            out=str(step.folder / f"sightings-{bucket:05d}.parquet"),
        )
        for bucket, parts in sorted(found.items())
    ]
