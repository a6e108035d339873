"""Work is done in several processes as it is in one."""

import os
import signal
from errno import ENOSPC
from functools import partial

import pytest

from detector.errors import PartialRunError
from pipelines.local.hands import WORTH_IT, hire_hands

pytestmark = pytest.mark.slow

THREADS = 2
MANY = WORTH_IT * THREADS


@pytest.fixture(scope="module")
def hands():
    with hire_hands(THREADS, MANY) as hired:
        yield hired


def double(number):
    return 2 * number


def tell_process(folder, _):
    """After another process was here, too."""
    (folder / str(os.getpid())).touch()
    wait_for(folder, THREADS)
    return os.getpid()


def end_other(folder, here, _):
    if os.getpid() != here:
        (folder / "ended").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    wait_for(folder, 1)


def give_what_cannot_be_sent(number):
    """In whichever process: the other one's answer has to be sent."""
    raise RuntimeError(lambda: number)


def print_and_double(number):
    print(number)  # noqa: T201 - what libraries do
    return 2 * number


def wait_for(folder, files):
    while len(list(folder.iterdir())) < files:
        pass


def fail_at(bad, number):
    if number == bad:
        raise OSError(ENOSPC, "No space left on device")
    return number


def test_what_comes_is_in_the_order_of_things(hands):
    assert hands.map(double, range(MANY)) == [0, 2, 4, 6]


def test_another_process_works_too(hands, tmp_path):
    assert len(set(hands.map(partial(tell_process, tmp_path), range(MANY)))) == THREADS


def test_a_second_work_follows_the_first(hands):
    hands.map(double, range(MANY))
    assert hands.map(partial(fail_at, None), range(MANY)) == [0, 1, 2, 3]


@pytest.mark.parametrize("bad", range(MANY))
def test_a_failure_is_raised_wherever_it_happens(hands, bad):
    with pytest.raises(OSError, match="No space left"):
        hands.map(partial(fail_at, bad), range(MANY))


def test_what_cannot_be_sent_is_told(hands):
    with pytest.raises(RuntimeError, match="<locals>"):
        hands.map(give_what_cannot_be_sent, range(MANY))


def test_what_is_printed_disturbs_nobody(hands):
    assert hands.map(print_and_double, range(MANY)) == [0, 2, 4, 6]


def test_a_little_work_starts_no_process():
    with hire_hands(THREADS, MANY - 1) as few:
        assert set(few.map(lambda _: os.getpid(), range(MANY))) == {os.getpid()}


def test_a_process_that_is_killed_leaves_a_run_that_can_go_on(tmp_path):
    with (
        hire_hands(THREADS, MANY) as hired,
        pytest.raises(PartialRunError, match="was ended \\(code -9\\)"),
    ):
        hired.map(partial(end_other, tmp_path, os.getpid()), range(MANY))
