"""The two locks: the program's own, and that of its tests, which holds the same and more."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM, TOOLS = "requirements.lock", "requirements-dev.lock"


def packages(lock: str) -> dict[str, str]:
    """What each requirement is pinned to, with its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return dict(line.split(" ", 1) for line in text.splitlines())


def test_tests_run_with_what_the_program_is_installed_with():
    assert packages(PROGRAM).items() < packages(TOOLS).items()


def test_program_brings_nothing_that_only_tests_need():
    names = {requirement.partition("==")[0] for requirement in packages(PROGRAM)}
    assert not names & {"pytest", "pyright", "pyspark", "duckdb", "pandas", "ruff"}


@pytest.mark.parametrize("lock", [PROGRAM, TOOLS])
def test_each_version_is_pinned_by_hash_and_no_index_is_named(lock):
    assert all("==" in name for name in packages(lock))
    assert all("--hash=sha256:" in rest for rest in packages(lock).values())
    assert not re.search(r"https?://|--index|--find-links", (ROOT / lock).read_text())
