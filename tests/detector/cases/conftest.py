"""An empty case store, in each of the databases."""

import pytest

from detector.cases.open import open_store


@pytest.fixture
def store(store_url):
    with open_store(store_url) as opened:
        yield opened
