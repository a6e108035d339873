"""Empty case stores: in each of the databases, or in a file alone for what is no matter of SQL."""

import pytest

from tests.empty_stores import open_empty


@pytest.fixture
def store(request, database, tmp_path):
    if database == "postgres":
        yield request.getfixturevalue("served").emptied()
        return
    with open_empty(tmp_path / "cases.db") as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path):
    with open_empty(tmp_path / "file.db") as opened:
        yield opened
