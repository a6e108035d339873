"""A child starts quickly, as it loads nothing that it can do without, whatever it reads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.tiny_log import event, events

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PLACED = {"latitude": 45.764, "longitude": 4.8357, "city": "Lyon", "asn": 3215, "country": "FR"}
LOGS = {
    "plain": [event(), event("bob", ip="2a02:c7f::1", profile_id="p1")],
    "placed": [event(**PLACED), event("bob", **PLACED, duration_s=90)],
    "odd": [event(**PLACED), event("bob", ip=None, **PLACED), event("cyd", ip=" 1.1.1.1")],
}


@pytest.mark.parametrize("kind", LOGS)
def test_nothing_is_loaded_that_a_child_does_without(tmp_path, kind):
    events(*LOGS[kind]).write_parquet(tmp_path / "log.parquet")
    (tmp_path / "work").mkdir()
    command = [sys.executable, "-m", "tests.pipelines.reading.lean_child"]
    paths = [str(tmp_path / "log.parquet"), str(tmp_path / "work")]
    done = subprocess.run([*command, *paths], cwd=ROOT, capture_output=True, check=True)
    assert json.loads(done.stdout) == []
