import pytest

from detector.cases.open import open_store
from detector.cases.rows import DECISIONS, DELIVERIES, SINKS
from detector.cases.store import BEGIN_WRITING
from tests.detector.feed.decided import Time, new_store


@pytest.fixture
def store():
    """In memory."""
    with new_store() as store:
        yield store


@pytest.fixture(scope="session")
def served(postgres):
    """One in PostgreSQL, for all tests of a process."""
    with open_store(postgres.empty_database("feed")) as store:
        yield store


@pytest.fixture
def served_store(served):
    """Empty again, which is quicker than a new one."""
    with served.transaction(BEGIN_WRITING) as connection:
        for table in (DELIVERIES, SINKS, DECISIONS):
            connection.execute(table.delete())
    return served


@pytest.fixture(params=["sqlite", "postgres"])
def either_store(request):
    """In memory, or in PostgreSQL."""
    name = "store" if request.param == "sqlite" else "served_store"
    return request.getfixturevalue(name)


@pytest.fixture
def time() -> Time:
    return Time()
