"""What acts is killed at points of its way: nothing is lost, nothing done twice, nothing left."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from detector.kernels.compiled import UNCOMPILED
from tests.pipelines.acting.steps import CANNOT, KINDS, draw_points
from tests.pipelines.test_kill import ROOT

pytestmark = pytest.mark.slow

POINTS = 6
"""For each kind of store; `make harness` takes 200."""


@pytest.fixture(scope="module")
def found():
    """In a program of its own: it forks, which a process with a library's threads must not."""
    once = {"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "1", UNCOMPILED: "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.pipelines.acting.kill_points", str(POINTS)], cwd=ROOT,
        env=os.environ | once, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode == CANNOT:
        pytest.skip("watching another process's calls needs Linux 5.9")
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
class TestKilledWhileActing:
    def test_was_killed_often_enough(self, found, store):
        assert found[store]["points"] >= POINTS
        assert len(found[store]["kinds"]) >= 3

    def test_nothing_is_lost_or_done_twice_or_left_in_force(self, found, store):
        assert found[store]["violations"] == []


def test_a_naive_sender_is_caught_at_most_points(found):
    assert 2 * found["naive"]["caught"] > found["naive"]["trials"]


def test_points_are_drawn_evenly_over_kinds():
    plan = draw_points([Counter(write=900, sync=90), Counter(rename=40, send=30, write=10)], 40)
    drawn = Counter(kill.kind for kills in plan for kill in kills)
    assert drawn == dict.fromkeys(KINDS, 10)
    plan = draw_points([Counter(write=900, sync=90, rename=40, send=4)], 40)
    assert Counter(kill.kind for kill in plan[0]) == {
        "send": 4, "rename": 12, "sync": 12, "write": 12,
    }  # fmt: skip
