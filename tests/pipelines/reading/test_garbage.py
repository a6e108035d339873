import gc
import weakref

import pytest

from pipelines.reading.shared.garbage import MANY, end_at_once, look_seldom


class Ring:
    """Holds itself: only who looks for garbage finds it."""

    def __init__(self):
        self.own = self


@pytest.fixture(autouse=True)
def as_before():
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)


def lost_ring():
    return weakref.ref(Ring())


class TestLookSeldom:
    def test_not_before_many_objects_are_new(self):
        look_seldom()
        gc.collect()
        ring, few = lost_ring(), [[] for _ in range(MANY // 2)]
        assert ring() is not None
        many = [[] for _ in range(MANY)]
        assert ring() is None
        assert len(few) + len(many) > MANY


class TestEndAtOnce:
    def test_what_is_held_is_not_looked_through(self):
        ring = lost_ring()
        end_at_once()
        gc.collect()
        assert ring() is not None
