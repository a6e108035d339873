"""The reviewers' page knows every word that a report may say of an account."""

import pytest

from detector.schemas import VERDICTS
from detector.verdicts.patterns import HONEST, SHARED
from tests.pages import read

PAGE = read("pipelines/report/README.md")


@pytest.mark.parametrize("pattern", [name for name, _ in (*SHARED, *HONEST)])
def test_pattern(pattern):
    assert f"| `{pattern}` |" in PAGE


@pytest.mark.parametrize("verdict", VERDICTS)
def test_verdict(verdict):
    assert f"`{verdict}`" in PAGE or f"| {verdict.replace('_', ' ')} |" in PAGE
