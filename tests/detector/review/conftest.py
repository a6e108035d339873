"""The town, with a store and without."""

import pytest

from tests.detector.review.town import Clock, browser, open_town
from tests.detector.review.town import town_folder as town_folder
from tests.detector.review.town import town_store as town_store


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
