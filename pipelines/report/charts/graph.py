"""Account, devices and places as a graph in three columns.

Rows are ordered by household, so that lines of two households which never meet do not
cross, and a device that bridges them is seen at once. No layout is searched for: the same
account gives the same picture on every machine.
"""

from dataclasses import dataclass

from markupsafe import Markup

from detector.charts.colours import Palette
from detector.charts.glyphs import DEVICE_GLYPHS, PLACE_GLYPHS, draw_glyph
from detector.charts.svg import drawing, element, join, shorten, text
from detector.plain_text import counted
from detector.stories.story import NOWHERE, AccountStory, DeviceStory

WIDTH, TOP, ROW, GLYPH = 560.0, 16.0, 26.0, 16.0
ACCOUNT_X, DEVICE_X, PLACE_X = 10.0, 56.0, 332.0
MOST_NODES, LETTER, LABEL_CHARS = 16, 7.8, 19
PLACE_CHARS = 27


@dataclass(frozen=True)
class Node:
    """One device or place, on its row."""

    key: str | int
    label: str
    kind: str
    household: int | None
    y: float


def draw_graph(story: AccountStory, palette: Palette) -> Markup:
    """Draw which device is seen at which place; the thicker the line, the more days."""
    devices, places = _device_nodes(story), _place_nodes(story)
    if not devices:
        return Markup("")
    rows = max(len(devices), len(places))
    hidden = len(story.devices) - len(devices), len(story.timeline) - len(places)
    height = TOP + ROW * rows + (ROW if any(hidden) else 0)
    label = f"{counted(len(story.devices), 'device')} and the places where they are seen"
    return drawing(
        WIDTH,
        height,
        label,
        _edges(story, devices, places, palette),
        _trunk(devices, TOP + ROW * rows / 2, palette),
        join(_device(node, palette) for node in devices),
        join(_place(node, palette) for node in places),
        _hidden_notes(hidden, height - 8),
    )


def _device_nodes(story: AccountStory) -> list[Node]:
    """The most used devices, by household."""
    used = sorted(story.devices, key=lambda d: (-d.active_days, d.device_id))[:MOST_NODES]
    kept = sorted(used, key=lambda d: (_rank(d.household), -d.active_days, d.device_id))
    return [_device_node(device, _y(i, len(kept), story)) for i, device in enumerate(kept)]


def _device_node(device: DeviceStory, y: float) -> Node:
    return Node(device.device_id, device.device_id, device.device_type, device.household, y)


def _place_nodes(story: AccountStory) -> list[Node]:
    """The busiest places, in the order of the timeline."""
    kept = story.busiest_rows(MOST_NODES)
    kinds = {p.place: p.kind for h in story.households for p in h.places}
    kinds |= {p.place: p.kind for p in story.other_places} | {NOWHERE: "cellular"}
    return [
        Node(row.place, row.name, kinds.get(row.place, ""), row.household, _y(i, len(kept), story))
        for i, row in enumerate(kept)
    ]


def _y(i: int, count: int, story: AccountStory) -> float:
    """The middle of a row; the shorter column is centred beside the longer one."""
    rows = max(min(len(story.devices), MOST_NODES), min(len(story.timeline), MOST_NODES))
    return TOP + ROW * ((rows - count) / 2 + i + 0.5)


def _rank(household: int | None) -> int:
    return 1 << 30 if household is None else household


def _edges(
    story: AccountStory, devices: list[Node], places: list[Node], palette: Palette
) -> Markup:
    device_of = {node.key: node for node in devices}
    place_of = {node.key: node for node in places}
    most = max((stay.days for stay in story.stays), default=1)
    longest = max(len(shorten(node.label, LABEL_CHARS)) for node in devices)
    leave = DEVICE_X + 26 + LETTER * longest
    return join(
        _edge(device_of[stay.device_id], place_of[stay.place], (stay.days, most, leave), palette)
        for stay in story.stays
        if stay.device_id in device_of and stay.place in place_of
    )


def _edge(device: Node, place: Node, shape: tuple[int, int, float], palette: Palette) -> Markup:
    """A line from where the longest name ends, as thick as its days are many, of the most."""
    seen, most, leave = shape
    middle = (leave + PLACE_X) / 2
    curve = f"M{leave:.0f} {device.y:.1f}C{middle:.0f} {device.y:.1f} {middle:.0f} "
    return element(
        "path",
        element("title", f"{device.label}: {counted(seen, 'day')}, {place.label}"),
        d=f"{curve}{place.y:.1f} {PLACE_X - 6:.0f} {place.y:.1f}",
        class_=f"edge {palette.style(device.household)}",
        stroke_width=1 + 4 * seen / most,
    )


def _trunk(devices: list[Node], middle: float, palette: Palette) -> Markup:
    """The account, and a line from it to the devices of each household."""
    groups: dict[int | None, list[float]] = {}
    for node in devices:
        groups.setdefault(node.household, []).append(node.y)
    branches = join(
        _branch(palette.style(household), ys, middle) for household, ys in groups.items()
    )
    dot = element(
        "circle", element("title", "account"), cx=ACCOUNT_X, cy=middle, r=6, class_="account"
    )
    return join([branches, dot])


def _branch(style: str, ys: list[float], middle: float) -> Markup:
    """A curve to a bracket around the devices of a household."""
    x, top, bottom = DEVICE_X - 12, min(ys) - 9, max(ys) + 9
    centre = (top + bottom) / 2
    curve = f"M{ACCOUNT_X:.0f} {middle:.1f}C{x - 14:.0f} {middle:.1f} {ACCOUNT_X + 8:.0f} "
    bracket = f"{centre:.1f} {x:.0f} {centre:.1f}M{x:.0f} {top:.1f}V{bottom:.1f}"
    return element("path", d=curve + bracket, class_=f"branch {style}")


def _device(node: Node, palette: Palette) -> Markup:
    glyph = draw_glyph(DEVICE_GLYPHS, node.kind, (DEVICE_X - 4, node.y - GLYPH / 2))
    label = text(shorten(node.label, LABEL_CHARS), DEVICE_X + 18, node.y + 4)
    title = element("title", node.label)
    return element("g", title, glyph, label, class_=palette.style(node.household))


def _place(node: Node, palette: Palette) -> Markup:
    glyph = draw_glyph(PLACE_GLYPHS, node.kind, (PLACE_X, node.y - GLYPH / 2))
    label = text(shorten(node.label, PLACE_CHARS), PLACE_X + 22, node.y + 4)
    title = element("title", node.label)
    return element("g", title, glyph, label, class_=palette.style(node.household))


def _hidden_notes(hidden: tuple[int, int], y: float) -> Markup:
    named = zip(hidden, ("more device", "more place"), (DEVICE_X, PLACE_X), strict=True)
    return join(text(f"and {counted(n, noun)}", x, y, "muted") for n, noun, x in named if n > 0)
