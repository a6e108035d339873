"""The floors and the doors of the house: imports point down, and enter a stage by its door."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("detector", "pipelines", "fixtures")

# Lowest first. What stands in a folder may import from the floors below its own, never from
# another folder of its own floor; a module named here lies beside the folders.
LIBRARY = (
    "log_settings kinds",
    "verdict_settings",
    "schemas settings errors geo plain_text",
    "kernels runs stories",
    "charts",
    "events networks ties households evidence",
    "sightings places verdicts measuring",
    "detect learning store",
    "clearing selftest policy",
    "cases",
    "feed",
    "review rollout",
)
NIGHT = (
    "clock config given run_tables worlds kit reading.shared",
    "reading reading.child",
    "local storing terminal",
    "report.charts",
    "report outlook",
    "jobs bench",
    "spark",
    "commands",
    "cli",
)
FLOORS = [
    *({f"detector.{name}" for name in floor.split()} for floor in LIBRARY),
    *({f"pipelines.{name}" for name in floor.split()} for floor in NIGHT),
    {"fixtures.diary", "fixtures.panel", "fixtures.town"},
    {"fixtures"},
]
RANK = {name: rank for rank, floor in enumerate(FLOORS) for name in floor}

DOORS = {
    "detector.events": "clean window accounts rows addresses words",
    "detector.sightings": "build",
    "detector.networks": "survey bonds lookup numbers partners prefixes regime",
    "detector.places": "find records",
    "detector.ties": "build",
    "detector.households": "group sessions",
    "detector.evidence": "observe observe_account observations weigh terms scorecard limits "
    "factors",
    "detector.verdicts": "decide identities patterns rule scores sides tables words",
    "detector.clearing": "clear retrials",
    "detector.selftest": "choose prove outcomes figures",
    "detector.cases": "open store rows reading writing actions night subjects results reverting "
    "answering reviewing users failures drawing golden second_looks agreeing suspending "
    "tell_labels checkpoint verify filters",
    "detector.learning": "fit bounds thresholds calibrate homes reweigh labels",
    "detector.policy": "calendar caps decide decisions doubts explain grace idle match "
    "opening_hours read rules trials",
    "detector.feed": "messages publish quiet sinks outbox reconcile",
    "detector.review": "app desk access",
    "detector.rollout": "actual assumptions bands calendar cells contacts conversions forecast "
    "futures given outcomes packs pilots posterior staffing stops tables updating waves",
    "pipelines.reading.child": "parts",
}
"""What may be imported from outside a folder: its door, the verb, and what it hands out."""

WORLDS = ("pipelines.worlds", "fixtures.diary", "fixtures.panel", "fixtures.town")
KEEPER = ROOT / "detector" / "__init__.py"
"""The one package that does something when it is loaded: it names the compiled loops' folder,
which whoever imports any of them must have."""

MODULES = sorted(path for top in TOPS for path in (ROOT / top).rglob("*.py"))


def name_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def folder_of(module: str) -> str | None:
    """The entry of FLOORS that a dotted name falls under."""
    return max((m for m in RANK if f"{module}.".startswith(f"{m}.")), key=len, default=None)


@cache
def imports(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
    plain = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    return frozenset(names | {alias.name for node in plain for alias in node.names})


@pytest.mark.parametrize("path", [p for p in MODULES if p != KEEPER], ids=name_of)
class TestImports:
    def test_point_down(self, path: Path):
        here = folder_of(name_of(path))
        targets = {folder_of(target) for target in imports(path)} - {None, here}
        lies_above = path.name == "__init__.py" and not targets
        assert here or lies_above, f"{name_of(path)} is on no floor"
        wrong = {target for target in targets if RANK[target] >= RANK[here]}
        assert not wrong, f"{name_of(path)} must not import {wrong}"

    def test_enter_by_the_door(self, path: Path):
        here, past = folder_of(name_of(path)), set[str]()
        for target in imports(path):
            there = folder_of(target)
            if there == here or there not in DOORS:
                continue
            room = target.removeprefix(f"{there}.").partition(".")[0]
            past |= set() if room in DOORS[there].split() else {target}
        assert not past, f"{name_of(path)} goes past the door: {past}"


def test_each_folder_of_the_library_that_is_a_stage_has_doors():
    stages = {folder for floor in FLOORS[5:7] for folder in floor} - {"detector.measuring"}
    assert stages <= set(DOORS)


@pytest.mark.parametrize(("folder", "doors"), DOORS.items())
def test_doors_lead_somewhere_and_are_used(folder, doors):
    used = {
        target.removeprefix(f"{folder}.").partition(".")[0]
        for path in MODULES
        if folder_of(name_of(path)) != folder
        for target in imports(path)
        if target.startswith(f"{folder}.")
    }
    assert set(doors.split()) == used


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p).startswith(WORLDS)], ids=name_of)
def test_worlds_know_only_the_words_of_the_detector(path: Path):
    """A world that shared code with the detector would confirm its mistakes."""
    known = {folder_of(name) for name in imports(path)} - {None, folder_of(name_of(path))}
    assert known <= {"detector.schemas", "detector.geo", "detector.errors", "detector.measuring"}


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=name_of)
def test_packages_export_nothing(path: Path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert all(isinstance(node, ast.Expr) for node in body) or path == KEEPER


def test_the_library_loads_nothing_but_what_names_that_folder():
    assert imports(KEEPER) == {"detector.kernels.compiled.keep_apart"}


def test_no_import_knots():
    known = {name_of(path) for path in MODULES}
    graph = {
        name_of(path): {
            found
            for target in imports(path)
            for found in (target, target.rpartition(".")[0])
            if found in known
        }
        for path in MODULES
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)
