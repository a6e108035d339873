"""Imports point down: each module is in a layer, and knows only the layers below it."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("detector", "fixtures", "pipelines")


def detector(names: str) -> set[str]:
    return {f"detector.{name}" for name in names.split()}


BYTES = detector("kernels.compiled households.hdbscan kernels.texts")
SPELLING = detector("events.address_kernels events.id_kernels kernels.text_order")
GROUND = detector(
    "events.addresses households.alternatives kernels.components errors runs.files kernels.union_find geo households.linkage measuring.metrics networks.numbers "
    "networks.prefixes measuring.significance kernels.sorts plain_text"
)
WORDS = detector(
    "stories.story measuring.figures runs.manifest verdicts.patterns events.rows schemas settings measuring.truth"
)
SHARED = detector(
    "events.accounts kernels.blocks kernels.batching learning.labels store.ledger kernels.bits clearing.removals evidence.scorecard events.words"
)
LOOKUPS = detector(
    "networks.lookup households.layout kernels.positions networks.tally ties.overlap"
)
LAYOUT = detector(
    "evidence.circles households.home networks.neighbours places.layout households.unsettled"
)
UNITS = detector("places.units places.number places.describe places.visits")
MEETINGS = detector("places.meetings networks.scattering places.unite places.spots")
LINES = detector("places.lines")
SUMS = detector("sightings.sums")
STAGES = detector(
    "events.clean sightings.build networks.classify places.find ties.build households.group evidence verdicts.decide stories.tell"
)
TELLING = detector(
    "measuring.compare verdicts.words measuring.fairness learning.fit learning.reweigh verdicts.tables"
)
ORDER = detector("learning.calibrate detect measuring.evaluate runs.run store.columns")
AFTERTHOUGHTS = detector("clearing.retrials")
EDGES = detector("clearing.clear store.premises runs.publish store.table")

# Lowest first. A module may import from the rows before its own, never from its own row;
# a package is one name.
LIBRARY = [
    BYTES,
    SPELLING,
    GROUND,
    WORDS,
    SHARED,
    LOOKUPS,
    LAYOUT,
    UNITS,
    MEETINGS,
    LINES | SUMS,
    STAGES,
    TELLING,
    ORDER,
    AFTERTHOUGHTS,
    EDGES,
]
LAYERS = [*LIBRARY, {"fixtures"}, {"pipelines"}]
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}
WORLDS = ("world", "diary", "town")
MODULES = sorted(path for top in TOPS for path in (ROOT / top).rglob("*.py"))
KEEPER = ROOT / "detector" / "__init__.py"
"""The one package that does something when it is loaded: it names the compiled loops' folder,
which whoever imports any of them must have."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def owner(module: str) -> str | None:
    """The entry of LAYERS that a dotted name falls under."""
    return max((m for m in RANK if f"{module}.".startswith(f"{m}.")), key=len, default=None)


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
    plain = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    return names | {alias.name for node in plain for alias in node.names}


@pytest.mark.parametrize("path", [p for p in MODULES if p != KEEPER], ids=name_of)
def test_imports_point_down(path: Path):
    here = owner(name_of(path))
    targets = {owner(target) for target in imports(path)} - {None, here}
    empty_init = path.name == "__init__.py" and not targets
    assert here or empty_init, f"{name_of(path)} is in no layer"
    wrong = {target for target in targets if RANK[target] >= RANK[here]}
    assert not wrong, f"{name_of(path)} must not import {wrong}"


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent.name in WORLDS], ids=name_of)
def test_worlds_know_only_the_words_of_the_detector(path: Path):
    """A world that shared code with the detector would confirm its mistakes."""
    known = {owner(name) for name in imports(path)} - {None, "fixtures"}
    assert known <= GROUND | WORDS


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=str)
def test_packages_export_nothing(path: Path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert all(isinstance(node, ast.Expr) for node in body) or path == KEEPER


def test_the_library_loads_nothing_but_what_names_that_folder():
    assert {owner(name) for name in imports(KEEPER)} == {"detector.kernels.compiled"}


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
