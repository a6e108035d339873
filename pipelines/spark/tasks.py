"""What a task may say when it fails: Spark writes it into logs that anybody reads."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from traceback import extract_tb

from detector.errors import DetectorError
from pipelines.reading.shared.tables import WorkFolderError

_TOLD = re.compile(r"TaskError: \[(work|told|broken)\] (.*)")


class TaskError(Exception):
    """A task failed; the message holds no value of the log."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"[{kind}] {' '.join(text.split())}")


@contextmanager
def discreet() -> Generator[None]:
    """Let errors out without their values: a library's message may quote addresses and ids.

    Raises:
        TaskError: Whatever went wrong; Spark tries again, elsewhere.

    Examples:
        >>> with discreet():
        ...     raise ValueError("81.2.69.142 is no number")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        TaskError: [broken] ValueError in <doctest>, line 2
    """
    try:
        yield
    except WorkFolderError as error:
        raise TaskError("work", str(error)) from None
    except DetectorError as error:
        raise TaskError("told", error.problem) from None
    except OSError as error:
        raise TaskError("work", error.strerror or type(error).__name__) from None
    except Exception as error:  # noqa: BLE001 - of whatever kind, its message must not get out
        last = extract_tb(error.__traceback__)[-1]
        where = f"{last.filename}, line {last.lineno}"
        raise TaskError("broken", f"{type(error).__name__} in {where}") from None


def read_failure(text: str) -> Exception | None:
    """Find in Spark's account of a failure what one of our tasks said.

    Examples:
        >>> str(read_failure("Lost task 0.3: pipelines.spark.tasks.TaskError: [work] disk is full"))
        'disk is full'
    """
    found = _TOLD.search(text)
    if found is None:
        return None
    kind, said = found.groups()
    if kind == "work":
        return OSError(said)
    if kind == "told":
        return DetectorError(said)
    return DetectorError(
        f"A task failed on every executor that tried it: {said}.",
        hint="see that all executors have this same release and packages; if they have, report it",
    )
