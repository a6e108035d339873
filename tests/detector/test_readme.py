"""The library's page: its example runs as it is printed, its stages are those of the house."""

import re

import pytest

from tests.pages import ROOT, blocks, read
from tests.test_readme import STAGES

PAGE = read("detector/README.md")
FOLDERS = sorted(path.parent.name for path in ROOT.glob("detector/*/__init__.py"))
STAGE_ROW = re.compile(r"^\| \d \| \[`(\w+)/`\].*$", re.MULTILINE)


def test_example_prints_what_stands_below_it(capsys):
    [example] = blocks(PAGE, "python")
    [printed] = blocks(PAGE, "text")
    exec(compile(example, "detector/README.md", "exec"), {})
    assert " ".join(capsys.readouterr().out.split()) == " ".join(printed.split())


def test_example_is_ten_lines_long():
    [example] = blocks(PAGE, "python")
    judging = example.split("\n\n")[-1]
    assert len(judging.splitlines()) <= 10


def test_stages_are_in_order():
    assert tuple(STAGE_ROW.findall(PAGE)) == STAGES


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_of_the_library_is_named(folder):
    assert f"[`{folder}/`]({folder}/)" in PAGE
