"""Work handed out to executors, and tables that they share."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from detector.errors import DetectorError
from pipelines.spark.tasks import discreet, read_failure

T = TypeVar("T")
R = TypeVar("R")

Rows = Any
"""A Spark DataFrame; pyspark's own types are partial."""

TASKS_PER_CORE = 16
"""On this machine, where all cores are known: a task for each of many small files would take
longer to begin than to do."""

MOST_TASKS = 10_000
"""On a cluster, whose executors come and go; the driver keeps a record of each."""


class Cluster:
    """A Spark session, as the stages use it."""

    def __init__(self, session: Any) -> None:  # noqa: ANN401 - pyspark's own types are partial
        self.session = session

    def each(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Do a work for every item, on whatever executor; the answers must be small."""
        return self.run(self.deal(items).map(_quietly(work))) if items else []

    def deal(self, items: Sequence[Any]) -> Any:  # noqa: ANN401 - pyspark's own types are partial
        """Spread items over tasks."""
        context = self.session.sparkContext
        here = context.master.startswith("local")
        most = TASKS_PER_CORE * context.defaultParallelism if here else MOST_TASKS
        return context.parallelize(items, min(len(items), most))

    def run(self, tasks: Any) -> list[Any]:  # noqa: ANN401 - pyspark's own types are partial
        """Wait for tasks and take their answers."""
        with failures():
            return tasks.collect()

    def run_partition(self, tasks: Any, number: int) -> list[Any]:  # noqa: ANN401
        """The same of one partition alone, as pairs of which the key is left out."""
        with failures():
            return self.session.sparkContext.runJob(tasks, _values, [number])

    def read(self, folder: Path, name: str = "*.parquet") -> Rows:
        """The Parquet files of this name in a folder, and in the folders in it, as one table."""
        options = {"recursiveFileLookup": "true", "pathGlobFilter": name}
        with failures():
            return self.session.read.options(**options).parquet(_uri(folder))


def write_rows(rows: Rows, folder: Path, *, by: str | None = None) -> None:
    """Write a table as files, in one folder for each value of a column if one is named."""
    writer = rows.write.mode("overwrite")
    with failures():
        (writer.partitionBy(by) if by else writer).parquet(_uri(folder))


def write_in_order(rows: Rows, key: Sequence[str], folder: Path, files: int) -> list[Path]:
    """Sort a table over several files; their paths in order."""
    write_rows(rows.repartitionByRange(files, *key).sortWithinPartitions(*key), folder)
    return sorted(folder.glob("part-*.parquet"))


@contextmanager
def failures() -> Generator[None]:
    """Tell failures of Spark as ours.

    Raises:
        OSError: The shared folder cannot be written to; the same command goes on.
        DetectorError: Anything else, without what Spark quotes.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        raise _told(str(error)) from error


def _told(text: str) -> Exception:
    if said := read_failure(text):
        return said
    if "ExecutorLostFailure" in text or "SparkExitCode" in text or "crashed" in text:
        return DetectorError(
            "An executor was lost at every try of one task: most often the cluster ended it "
            "for using more memory than it was given.",
            hint="raise spark.executor.memoryOverhead, or lower --memory; README has the figures",
        )
    if "No space left" in text or "Disk quota" in text:
        return OSError("no space left where Spark writes")
    if "Path does not exist" in text or "FileNotFound" in text or "NoSuchFile" in text:
        return DetectorError(
            "The executors do not see what the driver wrote, or the other way round.",
            hint="give --work a folder that all of them share under one path",
        )
    return DetectorError(
        "Spark gave up on a job.", hint="its log says why; --debug shows what reached the driver"
    )


def _quietly(work: Callable[[T], R]) -> Callable[[T], R]:
    def done(item: T) -> R:
        with discreet():
            return work(item)

    return done


def quietly_all(answers: Iterable[T]) -> Iterator[T]:
    """The same answers, one by one; see `discreet`."""
    with discreet():
        yield from answers


def _values(pairs: Iterable[tuple[int, T]]) -> list[T]:
    return [value for _, value in pairs]


def _uri(folder: Path) -> str:
    """In the file system that all share, whatever Spark's own default is."""
    return f"file://{folder.absolute()}"
