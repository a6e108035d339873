"""What holds for every test: the same drawn examples in each run, and no watch held to them."""

import gc

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

LONGEST = ("test_recipes.py", "test_wheel.py", "test_engine.py", "test_faults.py", "test_kill.py")

gc.disable()


def pytest_collection_modifyitems(items):
    """Long files that would come late are begun first, or a worker is left alone with them."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish():
    """What was collected is kept: to look for garbage in it took two fifths of the time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def postgres():
    """One server for all tests of a process, started by the first that asks for it."""
    from tests.own_postgres import serving  # noqa: PLC0415 - a driver that few tests need

    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def served(postgres):
    """One case store there for all tests of a process, each of which empties it."""
    from tests.empty_stores import open_served  # noqa: PLC0415 - few tests need it

    with open_served(postgres.empty_database("served")) as store:
        yield store


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request):
    """Each that a case store may be kept in."""
    return request.param


@pytest.fixture
def store_url(request, database, tmp_path):
    """Where a case store may be made, in either database."""
    if database == "sqlite":
        return str(tmp_path / "cases.db")
    return request.getfixturevalue("postgres").empty_database()
