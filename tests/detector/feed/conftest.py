import pytest

from tests.detector.feed.decided import Time, new_store


@pytest.fixture
def engine():
    engine = new_store()
    yield engine
    engine.dispose()


@pytest.fixture
def time() -> Time:
    return Time()
