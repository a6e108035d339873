import pytest

from tests.detector.feed.decided import Time, new_store


@pytest.fixture
def store():
    """In memory."""
    with new_store() as store:
        yield store


@pytest.fixture
def served_store(served):
    """In PostgreSQL."""
    return served.emptied()


@pytest.fixture(params=["sqlite", "postgres"])
def either_store(request):
    """In memory, or in PostgreSQL."""
    name = "store" if request.param == "sqlite" else "served_store"
    return request.getfixturevalue(name)


@pytest.fixture
def time() -> Time:
    return Time()
