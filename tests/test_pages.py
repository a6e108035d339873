"""What the pages name is there: files, headings, modules, settings."""

import re
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from pipelines.config import read_config
from tests.pages import PAGES, ROOT, blocks, name_of, prose, read
from tests.write_pages import SECTIONS, render_schemas, written

NAMES = [name_of(page) for page in PAGES]
OF_TODAY = [name for name in NAMES if name != "CHANGELOG.md"]
"""A list of changes names what is gone."""

TOPS = "detector|pipelines|fixtures|tests"
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
PICTURE = re.compile(r'!\[[^\]]*\]\(([^)]+)\)|src="([^"]+)"')
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?:{TOPS})/[\w/.-]*")
DOTTED = re.compile(rf"\b(?:{TOPS})(?:\.[a-zA-Z_]\w*)+(?!\w*/)")
STARTED = re.compile(r"python -m ([\w.]+)")
MOST_BYTES = 200_000


def anchors(page: str) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", prose(read(page)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def resolves(dotted: str) -> bool:
    """Whether a dotted name is a module or folder, or something in a module."""
    with suppress(ModuleNotFoundError):  # where what stands before the last dot is no folder
        if find_spec(dotted):
            return True
    module, _, attribute = dotted.rpartition(".")
    return bool(module) and resolves(module) and hasattr(import_module(module), attribute)


@pytest.mark.parametrize("page", NAMES)
class TestLinks:
    def test_lead_to_files_and_headings(self, page):
        for target, heading in LINK.findall(prose(read(page))):
            path = (ROOT / page).parent / target if target else ROOT / page
            assert path.exists(), target
            assert not heading or heading in anchors(name_of(path.resolve())), (target, heading)

    def test_pictures_are_there_and_light(self, page):
        for markdown, html in PICTURE.findall(prose(read(page))):
            picture = (ROOT / page).parent / (markdown or html)
            assert picture.stat().st_size < MOST_BYTES

    def test_speak_of_no_machine(self, page):
        assert not re.search(r"(?<![\w/.])/(tmp|home|root|work)/", read(page))


@pytest.mark.parametrize("page", OF_TODAY)
class TestNames:
    def test_of_files_are_true(self, page):
        wrong = [
            path
            for code in CODE.findall(read(page))
            for path in PATH.findall(code)
            if not (ROOT / path).exists()
        ]
        assert not wrong

    def test_of_modules_are_true(self, page):
        names = {name for code in CODE.findall(read(page)) for name in DOTTED.findall(code)}
        assert not [name for name in sorted(names) if not resolves(name)]

    def test_of_programs_are_true(self, page):
        for module in STARTED.findall(read(page)):
            spec = find_spec(module)
            assert spec is not None
            assert spec.origin is not None
            assert module == "pytest" or "__main__" in Path(spec.origin).read_text("utf-8"), module

    def test_of_settings_are_true(self, page, tmp_path):
        for number, table in enumerate(blocks(read(page), "toml")):
            file = tmp_path / f"{number}.toml"
            file.write_text(table, encoding="utf-8")
            assert read_config(file)


@pytest.mark.parametrize("page", sorted({page for page, _ in SECTIONS}))
def test_what_is_made_from_the_code_is_up_to_date(page):
    assert written(page) == read(page), "run: python -m tests.write_pages"


def test_schemas_are_what_the_code_says_and_no_others_lie_there():
    made = render_schemas()
    folders = {(ROOT / name).parent for name in made}
    there = {name_of(path): path.read_text("utf-8") for f in folders for path in f.iterdir()}
    assert there == made, "run: python -m tests.write_pages"
