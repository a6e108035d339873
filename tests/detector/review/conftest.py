"""The town, with a store and without."""

import pytest

from detector.cases.open import open_store
from tests.detector.review.town import Clock, browser, open_town, seed, write_town


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def store(tmp_path, folder):
    with open_store(str(tmp_path / "cases.db")) as opened:
        seed(opened, folder)
        yield opened


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def town(folder, store, clock):
    return open_town(folder, store=store, clock=clock)


@pytest.fixture
def eve(town):
    with browser(town) as client:
        yield client
