"""The page's example is sound, and prints what stands below it."""

import pytest

from pipelines.cli import run
from tests.pages import blocks, commands, read

PAGE = read("detector/policy/README.md")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("policy.toml", "cases.toml"), blocks(PAGE, "ini"), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")


def test_example_prints_what_stands_below_it(desk, capsys):
    [shown] = blocks(PAGE, "console")
    for part in shown.split("$ ")[1:]:
        line, _, printed = part.partition("\n")
        [command] = commands(line)
        run(command.words[1:])
        assert capsys.readouterr().out == printed
