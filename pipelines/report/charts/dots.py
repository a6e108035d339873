"""Rates of groups as dots with their intervals."""

from collections.abc import Sequence

from markupsafe import Markup

from detector.charts.scales import Frame, round_ticks
from detector.charts.svg import drawing, element, join, line, shorten, text
from detector.measuring.figures import ComparedSlice, Slice

WIDTH, TOP, ROW = 500.0, 12.0, 22.0
LEFT, RIGHT, COUNT_X, LABEL_CHARS = 180.0, 425.0, 500.0, 30


def draw_rates(slices: Sequence[Slice | ComparedSlice], label: str) -> Markup:
    """Draw one row per group, highest rate first; the bar is the Wilson 95 % interval.

    A slice that is worse than the rest is marked.

    Examples:
        >>> from detector.measuring.metrics import Rate
        >>> flagged = {"traveller": (0, 80), "commuter": (3, 60)}
        >>> slices = [Slice(name, Rate.from_counts(*counts)) for name, counts in flagged.items()]
        >>> picture = draw_rates(slices, "Honest accounts flagged")
        >>> picture.index("commuter: 5.0%") < picture.index("traveller: 0.0%")
        True
    """
    rows = sorted(slices, key=lambda s: (-(s.rate.share or 0), -s.rate.of, s.name))
    if not rows:
        return Markup("")
    bottom = TOP + ROW * len(rows)
    most = min(max(0.05, *(row.rate.high for row in rows)), 1.0)
    frame = Frame(LEFT, TOP, RIGHT, bottom)
    return drawing(
        WIDTH,
        bottom + 24,
        label,
        join(_tick(frame, share, most) for share in round_ticks(most)),
        join(_row(row, frame, TOP + ROW * (i + 0.5), most) for i, row in enumerate(rows)),
    )


def _tick(frame: Frame, share: float, most: float) -> Markup:
    x = frame.x(share / most)
    label = text(f"{100 * share:g} %", x, frame.bottom + 18, "tick", "middle")
    return join([line((x, frame.top), (x, frame.bottom), "grid"), label])


def _row(row: Slice | ComparedSlice, frame: Frame, y: float, most: float) -> Markup:
    share = row.rate.share or 0.0
    mark = " worse" if isinstance(row, ComparedSlice) and row.worse else ""
    low, high = frame.x(row.rate.low / most), frame.x(row.rate.high / most)
    words = f"{row.name}: {share:.1%}, between {row.rate.low:.1%} and {row.rate.high:.1%}"
    return element(
        "g",
        element("title", words),
        text(shorten(row.name.replace("_", " "), LABEL_CHARS), LEFT - 12, y + 4, anchor="end"),
        line((low, y), (high, y), "interval"),
        element("circle", cx=frame.x(share / most), cy=y, r=4, class_=f"point{mark}"),
        text(f"{row.rate.hits:,} of {row.rate.of:,}", COUNT_X, y + 4, "tick", "end"),
    )
