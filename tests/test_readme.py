"""README leads a newcomer everywhere: to both commands, each stage's door, each page."""

import re

import pytest

from tests.pages import PAGES, ROOT, blocks, name_of, read

README = read("README.md")
STAGES = ("events", "sightings", "networks", "places", "ties", "households", "evidence", "verdicts")


def picture() -> str:
    [found] = [block for block in blocks(README, "") if "─►" in block]
    return found


class TestPicture:
    def test_names_the_folders_in_order(self):
        folders = re.findall(r"(\w+)/", picture())
        assert tuple(folders) == STAGES
        assert all((ROOT / "detector" / folder).is_dir() for folder in folders)

    def test_names_each_door_below_its_folder(self):
        heads, *below = picture().splitlines()
        starts = [heads.index(f"{stage}/") for stage in STAGES]
        doors = [
            (stage, line[start : start + 12].split()[0])
            for stage, start in zip(STAGES, starts, strict=True)
            for line in below
            if re.match(r"\w+\.py\b", line[start:])
        ]
        assert {stage for stage, _ in doors} == set(STAGES)
        for stage, door in doors:
            assert (ROOT / "detector" / stage / door).is_file()
            assert f"(detector/{stage}/{door})" in README


@pytest.mark.parametrize("page", sorted({*map(name_of, PAGES)} - {"README.md"}))
def test_leads_to_each_page(page):
    assert f"({page})" in README or f"({page}#" in README


@pytest.mark.parametrize("target", ["demo", "test"])
def test_make_target(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert f"make {target}" in README


def test_is_read_in_five_minutes():
    assert len(README.splitlines()) <= 150
