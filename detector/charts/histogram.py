"""How probabilities are spread over the accounts."""

from collections.abc import Sequence
from math import ceil, log10

from markupsafe import Markup

from detector.charts.scales import Frame
from detector.charts.svg import drawing, element, join, line, text
from detector.plain_text import counted

WIDTH, HEIGHT = 760.0, 264.0
FRAME = Frame(left=84, top=24, right=720, bottom=205)
"""With room for names twice as large, as they are written on a telephone."""


def draw_histogram(counts: Sequence[int], flagged: Sequence[int]) -> Markup:
    """Draw accounts per bin of probability on a logarithmic scale, flagged ones in front.

    Args:
        counts: All accounts per bin, bins of equal width from 0 to 1.
        flagged: Those of them that are flagged.

    Examples:
        Of two bins only the upper one holds flagged accounts:

        >>> picture = draw_histogram([9_000, 12], [0, 10])
        >>> "50 to 100 %: 12 accounts, 10 flagged" in picture, picture.count("column flagged")
        (True, 1)
    """
    decades = max(1, ceil(log10(max(*counts, 2))))
    axis = [_decade(10**i, i / decades) for i in range(decades + 1)]
    ticks = [text(f"{20 * i} %", FRAME.x(i / 5), 230, "tick", "middle") for i in range(6)]
    name = text("probability of sharing", FRAME.x(0.5), 256, "name", "middle")
    bars = [
        _bar(i, len(counts), (total, marked), decades)
        for i, (total, marked) in enumerate(zip(counts, flagged, strict=True))
    ]
    label = "Accounts by probability of sharing, on a logarithmic scale"
    return drawing(WIDTH, HEIGHT, label, *axis, *ticks, name, *bars)


def _decade(count: int, share: float) -> Markup:
    y = FRAME.y(share)
    label = text(_short(count), FRAME.left - 8, y + 4, "tick", "end")
    return join([line((FRAME.left, y), (FRAME.right, y), "grid"), label])


def _short(count: int) -> str:
    """Write a power of ten.

    Examples:
        >>> _short(100), _short(10_000), _short(1_000_000)
        ('100', '10 k', '1 M')
    """
    for unit, sign in ((1_000_000, " M"), (1000, " k")):
        if count >= unit:
            return f"{count // unit}{sign}"
    return str(count)


def _bar(i: int, bins: int, counts: tuple[int, int], decades: int) -> Markup:
    total, marked = counts
    left, right = FRAME.x(i / bins) + 1.5, FRAME.x((i + 1) / bins) - 1.5
    words = f"{100 * i / bins:g} to {100 * (i + 1) / bins:g} %: {counted(total, 'account')}"
    title = element("title", f"{words}, {marked:,} flagged")
    shapes = [
        _column(left, right, count, decades, style)
        for count, style in ((total, "all"), (marked, "flagged"))
        if count
    ]
    return element("g", title, *shapes)


def _column(left: float, right: float, count: int, decades: int, style: str) -> Markup:
    """One account is a visible stub although its logarithm is zero."""
    y = min(FRAME.y(log10(count) / decades), FRAME.bottom - 3)
    return element(
        "rect", x=left, y=y, width=right - left, height=FRAME.bottom - y, class_=f"column {style}"
    )
