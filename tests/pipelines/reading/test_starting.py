import pytest

from pipelines.reading import starting
from pipelines.reading.starting import children_ahead, start_child, stop_child


@pytest.fixture(autouse=True)
def idle(monkeypatch):
    monkeypatch.setattr(starting, "CHILD", ("-S", "-c", "input()"))


class TestChildrenAhead:
    def test_are_handed_out_before_others_start(self):
        with children_ahead(1):
            first, second = start_child(), start_child()
            stop_child(first)
        assert second.poll() is None
        stop_child(second)

    def test_end_with_the_block_if_nobody_took_them(self):
        with children_ahead(2):
            taken = start_child()
            [left] = starting._waiting
        assert left.returncode is not None
        assert taken.poll() is None
        stop_child(taken)
