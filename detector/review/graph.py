"""Account, devices and places as a graph: a picture with links, the same in words, and a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import networkx as nx
from markupsafe import Markup

from detector.charts.colours import Palette
from detector.charts.glyphs import DEVICE_GLYPHS, PLACE_GLYPHS, draw_glyph
from detector.charts.svg import element, join, shorten, text, with_links
from detector.plain_text import counted, plain_text
from detector.stories.story import NOWHERE, AccountStory
from detector.stories.tell import household_name

MOST_NODES = 60
WIDTH, TOP, ROW, GLYPH = 760.0, 20.0, 24.0, 16.0
COLUMNS = {"account": 14.0, "device": 110.0, "place": 500.0}
LETTER, LABEL_CHARS = 7.8, {"device": 30, "place": 34}
ACCOUNT = ("account", "")
Key = tuple[str, str]


@dataclass(frozen=True)
class GraphNode:
    """A device or a place; or several that a crowded picture shows as one."""

    key: Key
    label: str
    kind: str
    household: int | None
    anchor: str
    """The row of the page that tells more of it."""


@dataclass(frozen=True)
class GraphLine:
    """Days on which a device, or several, was at a place, or at several."""

    device: Key
    place: Key
    days: int


@dataclass(frozen=True)
class Graph:
    """What is drawn, and what it says in words."""

    nodes: tuple[GraphNode, ...]
    lines: tuple[GraphLine, ...]
    grouped: bool
    picture: Markup

    @property
    def words(self) -> tuple[str, ...]:
        """One sentence for each device: where it was, and for how many days."""
        names = {node.key: node.label for node in self.nodes}
        told: list[str] = []
        for node in self.nodes:
            if node.key[0] == "device":
                here = sorted(
                    (line for line in self.lines if line.device == node.key),
                    key=lambda line: (-line.days, line.place),
                )
                places = ", ".join(f"{counted(e.days, 'day')} at {names[e.place]}" for e in here)
                living = household_name(node.household)
                told.append(f"{node.label} ({living}): {places or 'nowhere in particular'}.")
        return tuple(told)


def build_graph(story: AccountStory, palette: Palette) -> Graph:
    """Lay an account out in three columns, households one below the other.

    Up to 60 nodes are drawn one by one; beyond it devices are grouped by household and kind, and
    places likewise.
    """
    devices, places, lines = _one_by_one(story)
    grouped = 1 + len(devices) + len(places) > MOST_NODES
    if grouped:
        devices, device_of = _grouped(devices, "device", _several("device"))
        places, place_of = _grouped(places, "place", _several("place"))
        lines = _added_up(lines, device_of, place_of)
    nodes = (*devices, *places)
    return Graph(nodes, tuple(lines), grouped, _draw(devices, places, lines, palette))


def write_graphml(story: AccountStory) -> bytes:
    """The whole graph, never grouped, for other programs."""
    devices, places, lines = _one_by_one(story)
    graph = _empty(account=plain_text(story.account_id))
    graph.add_node("account", label=plain_text(story.account_id), type="account")
    for node in (*devices, *places):
        living = -1 if node.household is None else node.household
        facts = {"type": node.key[0], "kind": node.kind, "household": living}
        graph.add_node(_name(node.key), label=plain_text(node.label), **facts)
        if node.key[0] == "device":
            graph.add_edge("account", _name(node.key))
    for each in lines:
        graph.add_edge(_name(each.device), _name(each.place), days=each.days)
    written = BytesIO()
    nx.write_graphml_xml(graph, written)
    return written.getvalue()


def _empty(**facts: str) -> Any:  # noqa: ANN401 - networkx tells no types of nodes
    graph = cast("Any", nx.Graph())
    graph.graph.update(facts)
    return graph


def _name(key: Key) -> str:
    return f"{key[0]}/{plain_text(key[1])}"


def _one_by_one(story: AccountStory) -> tuple[list[GraphNode], list[GraphNode], list[GraphLine]]:
    rank = _rank
    devices = [
        GraphNode(("device", d.device_id), d.device_id, d.device_type, d.household, f"device-{i}")
        for i, d in enumerate(story.devices)
    ]
    anchors = {p.place: f"place-{p.place}" for p in story.places} | {NOWHERE: "places"}
    kinds = {p.place: p.kind for p in story.places} | {NOWHERE: "cellular"}
    places = [
        GraphNode(
            ("place", str(r.place)), r.name, kinds.get(r.place, ""), r.household, anchors[r.place]
        )
        for r in story.timeline
    ]
    lines = [
        GraphLine(("device", s.device_id), ("place", str(s.place)), s.days) for s in story.stays
    ]
    return sorted(devices, key=rank), sorted(places, key=rank), lines


def _rank(node: GraphNode) -> int:
    return 1 << 30 if node.household is None else node.household


def _several(noun: str) -> Callable[[GraphNode, int], str]:
    def words(node: GraphNode, count: int) -> str:
        return f"{counted(count, noun)}: {node.kind.replace('_', ' ')}"

    return words


def _grouped(
    nodes: Sequence[GraphNode], column: str, words: Callable[[GraphNode, int], str]
) -> tuple[list[GraphNode], dict[Key, Key]]:
    groups: dict[tuple[int, str], list[GraphNode]] = {}
    for node in nodes:
        groups.setdefault((_rank(node), node.kind), []).append(node)
    made: list[GraphNode] = []
    of: dict[Key, Key] = {}
    for number, (_, members) in enumerate(sorted(groups.items())):
        first, key = members[0], (column, f"group {number}")
        label = words(first, len(members)) if len(members) > 1 else first.label
        anchor = f"{column}s" if len(members) > 1 else first.anchor
        made.append(GraphNode(key, label, first.kind, first.household, anchor))
        of |= {member.key: key for member in members}
    return made, of


def _added_up(
    lines: Sequence[GraphLine], device_of: dict[Key, Key], place_of: dict[Key, Key]
) -> list[GraphLine]:
    sums: dict[tuple[Key, Key], int] = {}
    for each in lines:
        ends = device_of[each.device], place_of[each.place]
        sums[ends] = sums.get(ends, 0) + each.days
    return [GraphLine(device, place, days) for (device, place), days in sorted(sums.items())]


def _draw(
    devices: Sequence[GraphNode],
    places: Sequence[GraphNode],
    lines: Sequence[GraphLine],
    palette: Palette,
) -> Markup:
    if not devices:
        return Markup("")
    at = _laid_out(devices, places)
    height = TOP + ROW * max(len(devices), len(places)) + 8
    most = max((each.days for each in lines), default=1)
    leave = COLUMNS["device"] + 30 + LETTER * max(len(_label(node)) for node in devices)
    names = {node.key: node for node in (*devices, *places)}
    label = f"{counted(len(devices), 'device')} and {counted(len(places), 'place')}, in words below"
    return with_links(
        WIDTH,
        height,
        label,
        join(_branch(at[ACCOUNT], at[node.key], palette.style(node.household)) for node in devices),
        join(_edge(each, names, at, (most, leave), palette) for each in lines),
        element("circle", cx=at[ACCOUNT][0], cy=at[ACCOUNT][1], r=7, class_="account"),
        join(_node(node, at[node.key], DEVICE_GLYPHS, palette) for node in devices),
        join(_node(node, at[node.key], PLACE_GLYPHS, palette) for node in places),
    )


def _laid_out(
    devices: Sequence[GraphNode], places: Sequence[GraphNode]
) -> dict[Key, tuple[float, float]]:
    """By networkx, in columns; it centres each one on the same line."""
    columns = {0: [ACCOUNT], 1: [n.key for n in devices], 2: [n.key for n in places]}
    graph = _empty()
    graph.add_nodes_from(key for column in columns.values() for key in column)
    filled = {number: column for number, column in columns.items() if column}
    found: Any = nx.multipartite_layout(graph, subset_key=filled, align="vertical")
    heights = [float(y) for _, y in found.values()]
    low, span = min(heights), max(heights) - min(heights) or 1.0
    rows = max(len(devices), len(places), 1) - 1
    return {
        key: (COLUMNS[key[0]], TOP + ROW * (rows * (float(y) - low) / span + 0.5))
        for key, (_, y) in found.items()
    }


def _branch(account: tuple[float, float], node: tuple[float, float], style: str) -> Markup:
    x, y = node[0] - 12, node[1]
    middle = (account[0] + x) / 2
    curve = f"M{account[0]:.0f} {account[1]:.1f}C{middle:.0f} {account[1]:.1f} {middle:.0f} "
    return element("path", d=f"{curve}{y:.1f} {x:.0f} {y:.1f}", class_=f"branch {style}")


def _edge(
    each: GraphLine,
    names: dict[Key, GraphNode],
    at: dict[Key, tuple[float, float]],
    most_and_leave: tuple[int, float],
    palette: Palette,
) -> Markup:
    """A line from where the longest name ends, as thick as its days are many, of the most."""
    most, leave = most_and_leave
    start, end = at[each.device][1], at[each.place][1]
    x, middle = COLUMNS["place"] - 12, (leave + COLUMNS["place"]) / 2
    device, place = names[each.device], names[each.place]
    return element(
        "path",
        element("title", f"{device.label}: {counted(each.days, 'day')} at {place.label}"),
        d=f"M{leave:.0f} {start:.1f}C{middle:.0f} {start:.1f} {middle:.0f} {end:.1f} "
        f"{x:.0f} {end:.1f}",
        class_=f"edge {palette.style(device.household)}",
        stroke_width=1 + 4 * each.days / most,
    )


def _label(node: GraphNode) -> str:
    return shorten(node.label, LABEL_CHARS[node.key[0]])


def _node(
    node: GraphNode, at: tuple[float, float], glyphs: dict[str, str], palette: Palette
) -> Markup:
    glyph = draw_glyph(glyphs, node.kind, (at[0] - 4, at[1] - GLYPH / 2))
    label = text(_label(node), at[0] + 20, at[1] + 4)
    inside = element("g", glyph, label, class_=palette.style(node.household))
    words = f"{node.label}, {household_name(node.household)}"
    return element("a", element("title", words), inside, href=f"#{node.anchor}")
