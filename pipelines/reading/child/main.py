"""The process that opens untrusted files: one task per line in, one answer per line out.

If a file makes it panic, abort or hang, only this process is lost; the parent sets the file
aside and starts another. Started as ``python -m pipelines.reading.child``; the first line is the
path of the plan.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import BinaryIO

import polars as pl
from pydantic import TypeAdapter

from pipelines.reading.child.decode import decode_file, decode_together
from pipelines.reading.child.parts import reduce_bucket
from pipelines.reading.child.records import decode_records
from pipelines.reading.child.survey import survey_file
from pipelines.reading.shared.arrow import pa
from pipelines.reading.shared.mapping import UnmappedError
from pipelines.reading.shared.messages import (
    READY,
    DecodeRequest,
    DecodeTogether,
    Failed,
    Problem,
    ReadPlan,
    RecordsRequest,
    ReduceRequest,
    Reply,
    Request,
)
from pipelines.reading.shared.tables import WorkFolderError

_REQUESTS: TypeAdapter[Request] = TypeAdapter(Request)


def main() -> None:
    """Answer requests until the parent closes the pipe, or dies."""
    answers = _own_stdout()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers.write(READY)
    answers.flush()
    if not (path := sys.stdin.buffer.readline()):  # started ahead, and not needed
        return
    plan = ReadPlan.model_validate_json(Path(json.loads(path)).read_bytes())
    for line in sys.stdin.buffer:
        reply = answer(_REQUESTS.validate_json(line), plan)
        answers.write(reply.model_dump_json().encode() + b"\n")
        answers.flush()


def answer(request: Request, plan: ReadPlan) -> Reply:
    """Do one task; what a file can provoke becomes a `Failed` with a reason that names no data."""
    try:
        return _done(request, plan)
    except UnmappedError as error:
        return Failed(problem=error.problem)
    except WorkFolderError as error:
        return Failed(problem=Problem(kind="work", text=str(error)))
    except MemoryError:
        return _failed("needs more memory than a file may have")
    except (pl.exceptions.PanicException, pl.exceptions.PolarsError, pa.ArrowException) as error:
        return _failed(_damage(error))
    except OSError as error:
        known = error.strerror if error.errno is not None else None
        return _failed(f"cannot be read ({known})" if known else _damage(error))
    except (ValueError, OverflowError) as error:
        return _failed(f"is damaged ({type(error).__name__})")


def _done(request: Request, plan: ReadPlan) -> Reply:
    if isinstance(request, ReduceRequest):
        _limit_memory(resource.RLIM_INFINITY)
        return reduce_bucket(request)
    _limit_memory(plan.memory_mb << 20)
    if isinstance(request, DecodeRequest):
        return decode_file(request, plan)
    if isinstance(request, DecodeTogether):
        return decode_together(request, plan)
    if isinstance(request, RecordsRequest):
        return decode_records(request, plan)
    return survey_file(request, plan)


def _limit_memory(size: int) -> None:
    """Of address space: our own buckets are bounded by their rows, a stranger's file by this."""
    resource.setrlimit(resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))


def _failed(text: str) -> Failed:
    return Failed(problem=Problem(kind="file", text=text))


def _damage(error: BaseException) -> str:
    """The kind of damage; never the library's message, which may quote the data."""
    if "CRC" in str(error):
        return "is damaged: a page does not match its checksum"
    if "malloc" in str(error) or "allocate" in str(error):
        return "needs more memory than a file may have"
    return f"is damaged ({type(error).__name__})"


def _own_stdout() -> BinaryIO:
    """The pipe to the parent, out of reach of libraries that print."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers
