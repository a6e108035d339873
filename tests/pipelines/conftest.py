"""For the tests of pipelines: a reader without its processes, or with them after all."""

import json

import pytest

from pipelines.cli import run
from pipelines.reading.log import read_log
from pipelines.reading.pool import ChildPool
from tests.pipelines.own_pool import stay_in_this_process


@pytest.fixture
def one_process(monkeypatch):
    stay_in_this_process(monkeypatch)


@pytest.fixture
def children(one_process, monkeypatch):
    """For single tests of a module whose others do without."""
    monkeypatch.setattr(read_log, "__defaults__", (ChildPool,))


@pytest.fixture
def ask(capsys):
    """Run a command line, and read the one document that it answers."""

    def answered(*words, code=0):
        assert run([*map(str, words), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return answered
