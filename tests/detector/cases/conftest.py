"""Empty case stores: in each of the databases, or in a file alone for what is no matter of SQL."""

import pytest

from detector.cases.open import open_store


@pytest.fixture
def store(store_url):
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path):
    with open_store(str(tmp_path / "file.db")) as opened:
        yield opened
