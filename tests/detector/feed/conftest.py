import pytest

from tests.detector.feed.decided import Time, new_store


@pytest.fixture
def store():
    store = new_store()
    yield store
    store.close()


@pytest.fixture
def time() -> Time:
    return Time()
