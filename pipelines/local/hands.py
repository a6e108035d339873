"""Works on many things at once, in processes: two threads of Python would take turns.

Judged side by side in two threads, ten buckets took nine tenths of the time that they take one
after the other, in two processes six tenths. A process is started as ``python -m
pipelines.local.hands``, and is sent functions and things by pickle through its pipes.
"""

import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO, Any, TypeVar, cast

from detector.errors import PartialRunError
from pipelines.reading.shared.garbage import look_seldom
from pipelines.reading.shared.unused import OF_HANDS, keep_out
from pipelines.reading.starting import stop_child

T = TypeVar("T")
S = TypeVar("S")

WORTH_IT = 2
"""Things for each thread from which it pays to start processes, which takes a second."""


class Hand:
    """A process that does what it is sent, one thing after the other, and ends with this one."""

    def __init__(self) -> None:
        one = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS"), "1")
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.local.hands"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | one | path,
        )

    def ask(self, message: object) -> Any:  # noqa: ANN401 - whatever the function returns
        """Send a function to go by, or a thing to do it with, and return what comes of it.

        Raises:
            PartialRunError: The process is gone.
            Exception: What the function raised.
        """
        orders, answers = (
            cast("IO[bytes]", pipe) for pipe in (self._process.stdin, self._process.stdout)
        )
        try:
            pickle.dump(message, orders)
            orders.flush()
            failed, found = pickle.load(answers)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            self._process.kill()
            raise PartialRunError(
                f"A process that judges accounts was ended (code {self._process.wait()}).",
                hint="it may have been short of memory; give the same command again, with "
                "--threads 1 if that helps",
            ) from error
        if failed:
            raise found
        return found

    def stop(self) -> None:
        """End the process at once."""
        stop_child(self._process)


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
    try:
        yield Hands(others, threads)
    finally:
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


def _obey() -> None:
    """Do what is asked until the pipe is closed, as it is when the other process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The pipe to the parent, out of reach of libraries that print.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    keep_out(OF_HANDS)
    look_seldom()
    importlib.import_module("detector.clearing.clear")  # while there is nothing to do yet
    work: Callable[[Any], Any] | None = None
    with suppress(EOFError):
        while True:
            message = pickle.load(sys.stdin.buffer)
            if callable(message):
                work, answer = message, (False, None)
            else:
                answer = _try(work, message)
            answers.write(_packed(answer))
            answers.flush()


def _try(work: Callable[[Any], Any] | None, thing: object) -> tuple[bool, object]:
    try:
        return (False, None if work is None else work(thing))
    except Exception as error:  # noqa: BLE001 - raised where the result is waited for
        return (True, error)


def _packed(answer: tuple[bool, object]) -> bytes:
    try:
        return pickle.dumps(answer)
    except Exception as error:  # noqa: BLE001 - some libraries' errors cannot be sent
        return pickle.dumps((True, RuntimeError(f"{answer[1]!r} ({error})")))


if __name__ == "__main__":
    _obey()
