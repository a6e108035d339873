"""Works on many things at once, in processes: two threads of Python would take turns.

Judged side by side in two threads, ten buckets took nine tenths of the time that they take one
after the other, in two processes six tenths.
"""

import gc
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from detector.errors import PartialRunError
from pipelines.reading.shared.unused import OF_HANDS, keep_out

T = TypeVar("T")
S = TypeVar("S")

WORTH_IT = 2
"""Things for each thread from which it pays to start processes, which takes a second."""

_CONTEXT = multiprocessing.get_context("spawn")
_THREADS = "POLARS_MAX_THREADS"


class Hand:
    """A process that does what it is sent, one thing after the other, and ends with this one."""

    def __init__(self) -> None:
        self._ours, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_obey, args=(theirs,), daemon=True)
        with _one_thread_each():
            self._process.start()
        theirs.close()

    def ask(self, message: object) -> Any:  # noqa: ANN401 - whatever the function returns
        """Send a function to go by, or a thing to do it with, and return what comes of it.

        Raises:
            PartialRunError: The process is gone.
            Exception: What the function raised.
        """
        try:
            self._ours.send(message)
            failed, found = self._ours.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise PartialRunError(
                f"A process that judges accounts was ended (code {self._process.exitcode}).",
                hint="it may have been short of memory; give the same command again, with "
                "--threads 1 if that helps",
            ) from error
        if failed:
            raise found
        return found

    def stop(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join()
        self._ours.close()


class Hands:
    """This process, and as many others as make it so many."""

    def __init__(self, others: Sequence[Hand], count: int) -> None:
        self._others = others
        self.count = count
        """Processes, or threads where it does not pay to start any."""

    def map(self, work: Callable[[S], T], things: Iterable[S]) -> list[T]:
        """Do the work with each thing; what comes of them, in their order.

        With others at hand the function and all that it takes and gives must be picklable.
        """
        if not self._others:
            with ThreadPoolExecutor(self.count) as pool:
                return list(pool.map(work, things))
        found: dict[int, T] = {}
        waiting, lock = iter(enumerate(things)), threading.Lock()

        def take_turns(do: Callable[[S], T]) -> None:
            for number, thing in _one_by_one(waiting, lock):
                found[number] = do(thing)

        def have_done(hand: Hand) -> None:
            hand.ask(work)
            take_turns(hand.ask)

        with ThreadPoolExecutor(len(self._others)) as pool:
            others = [pool.submit(have_done, hand) for hand in self._others]
            take_turns(work)
            for other in others:
                other.result()
        return [found[number] for number in sorted(found)]


@contextmanager
def hire_hands(threads: int, things: int) -> Generator[Hands]:
    """Start processes if there is enough to do for them; they end when the block does.

    Args:
        threads: Cores to use.
        things: How many there are to work on.
    """
    others = [Hand() for _ in range(1, threads)] if things >= WORTH_IT * threads else []
    # What was loaded stays; to look through it for garbage again and again took a twentieth.
    gc.freeze()
    try:
        yield Hands(others, threads)
    finally:
        gc.unfreeze()
        for hand in others:
            hand.stop()


def _one_by_one(waiting: Iterator[T], lock: threading.Lock) -> Iterator[T]:
    """What nobody else has taken."""
    while True:
        with lock:
            try:
                thing = next(waiting)
            except StopIteration:
                return
        yield thing


def _obey(orders: Connection) -> None:
    """Do what is asked until the pipe is closed, as it is when the other process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_out(OF_HANDS)
    importlib.import_module("detector.clearing.clear")  # while there is nothing to do yet
    gc.freeze()

    work: Callable[[Any], Any] | None = None
    with suppress(EOFError):
        while True:
            message = orders.recv()
            if callable(message):
                work, answer = message, (False, None)
            else:
                answer = _try(work, message)
            orders.send(answer)


def _try(work: Callable[[Any], Any] | None, thing: object) -> tuple[bool, object]:
    try:
        return (False, None if work is None else work(thing))
    except Exception as error:  # noqa: BLE001 - raised where the result is waited for
        return (True, error)


@contextmanager
def _one_thread_each() -> Generator[None]:
    """Where there is a process for each core, each of them uses one."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before
