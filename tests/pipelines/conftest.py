"""For the tests of pipelines: a reader without its processes."""

import pytest

from tests.pipelines.own_pool import stay_in_this_process


@pytest.fixture
def one_process(monkeypatch):
    stay_in_this_process(monkeypatch)
