"""No two classes share a name, and nothing is longer than one can take in."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORLDS = ("pipelines/worlds", "fixtures/diary", "fixtures/panel", "fixtures/town")
"""Each is made without a look at the others, so that they may have a word in common."""

LONGEST_MODULE, LONGEST_FUNCTION = 300, 40
"""In lines; a function's own words about itself are not counted."""

MODULES = sorted(
    path.relative_to(ROOT)
    for top in ("detector", "pipelines", "fixtures")
    for path in (ROOT / top).rglob("*.py")
)
HOUSE = [path for path in MODULES if not path.as_posix().startswith(WORLDS)]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def classes_in(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                yield node.name, f"{path}:{node.lineno}"


def lines_of(function: ast.FunctionDef) -> int:
    first = function.body[0]
    told = ast.get_docstring(function) is not None
    words = (first.end_lineno or 0) - first.lineno + 1 if told else 0
    return (function.end_lineno or 0) - function.lineno + 1 - words


@pytest.mark.parametrize("world", WORLDS)
def test_no_two_classes_of_the_house_and_a_world_share_a_name(world: str):
    places: dict[str, list[str]] = {}
    for name, place in classes_in([p for p in MODULES if p in HOUSE or world in p.as_posix()]):
        places.setdefault(name, []).append(place)
    assert not {name: found for name, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_is_too_long(path: Path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_function_is_too_long(path: Path):
    functions = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]
    assert not {f.name: lines_of(f) for f in functions if lines_of(f) > LONGEST_FUNCTION}
