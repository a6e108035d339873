"""One self-contained page about what a pilot found: each difference as a line with its ends."""

from collections.abc import Sequence
from math import isfinite

from markupsafe import Markup

from detector.charts.pages import open_page
from detector.charts.svg import drawing, element, join, line, text
from detector.rollout.pilots.read import Found, PilotReading
from detector.rollout.pilots.say import tell_size

WIDTH, HEIGHT, LEFT, RIGHT = 640.0, 64.0, 20.0, 620.0
CAPTION = (
    "Each dot is what happened to the treated less what happened to the held-out, with what "
    "it is counted in; the thick line is what chance leaves open, and the red mark the harm at "
    "which the pilot stops."
)
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
svg { max-width: 100%; height: auto; }
svg text { font-size: 12px; fill: currentColor; }
.axis, .zero { stroke: currentColor; opacity: .4; }
.zero { stroke-dasharray: 3 3; }
.ends { stroke: currentColor; stroke-width: 3; }
.point { fill: currentColor; }
.limit { stroke: #c0392b; stroke-width: 2; }
.verdict { border-left: 4px solid currentColor; padding-left: .75rem; font-weight: 600; }
"""


def render_page(reading: PilotReading, words: Sequence[str]) -> str:
    """Write what a pilot found as HTML: everything escaped, nothing fetched, no script.

    Args:
        reading: What was found.
        words: From `detector.rollout.pilots.say.say_reading`; the last line is the verdict.
    """
    title = f"Pilot: {reading.name}"
    body = element(
        "body",
        element("h1", title),
        element("p", words[-1], class_="verdict"),
        element("p", words[0]),
        element("p", CAPTION),
        *(_outcome(found) for found in reading.outcomes),
        element("h2", "In words"),
        *(element("p", each) for each in words[1:-1]),
    )
    return f"{open_page(title, STYLE)}\n{body}\n</html>\n"


def _outcome(found: Found) -> Markup:
    name = found.outcome.name.replace("_", " ")
    return join([element("h2", name), _picture(found, name)])


def _picture(found: Found, name: str) -> Markup:
    """The difference between the arms with its ends, nought, and the guard-rail's limit."""
    estimate, limit = found.estimate, _limit(found)
    told = {
        value: " ".join(tell_size(found.outcome, value))
        for value in (estimate.difference, estimate.low, estimate.high)
    }
    values = [0.0, estimate.difference, estimate.low, estimate.high, limit or 0.0]
    most = max(abs(value) for value in values if isfinite(value)) * 1.15 or 1.0

    def x(value: float) -> float:
        inside = min(max(value, -most), most)
        return LEFT + (RIGHT - LEFT) * (inside + most) / (2 * most)

    middle = HEIGHT / 2
    marks = [
        line((LEFT, middle), (RIGHT, middle), "axis"),
        line((x(0), 8), (x(0), HEIGHT - 16), "zero"),
        line((x(estimate.low), middle), (x(estimate.high), middle), "ends"),
        element("circle", cx=x(estimate.difference), cy=middle, r=6, class_="point"),
        text("0", x(0), HEIGHT - 4, anchor="middle"),
        text(_signed(told[estimate.difference]), x(estimate.difference), 20, anchor="middle"),
    ]
    if limit is not None:
        marks.append(line((x(limit), 12), (x(limit), HEIGHT - 20), "limit"))
    label = (
        f"{name}: difference {told[estimate.difference]}, from {told[estimate.low]} to "
        f"{told[estimate.high]}"
    )
    return drawing(WIDTH, HEIGHT, label, *marks)


def _signed(told: str) -> str:
    return told if told.startswith("-") else f"+{told}"


def _limit(found: Found) -> float | None:
    """The harm at which the pilot stops, on the side on which it is one."""
    if found.outcome.harm_limit is None:
        return None
    return found.outcome.harm_limit if found.outcome.harm == "more" else -found.outcome.harm_limit
