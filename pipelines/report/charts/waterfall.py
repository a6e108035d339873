"""One bar of a waterfall, as wide as the cell it stands in."""

from markupsafe import Markup

from detector.charts.svg import element, line
from pipelines.terminal.waterfall import Waterfall, WaterfallBar

WIDTH, HEIGHT, INSET = 100.0, 10.0, 2.0


def draw_step(step: WaterfallBar, waterfall: Waterfall) -> Markup:
    """Draw a step from where the sum stood to where it stands; cells below each other join up.

    Examples:
        >>> step = WaterfallBar("distance", "", 3.0, 0.0, 3.0)
        >>> drawn = draw_step(step, Waterfall((step,), 3.0, 0.0, 3.0))
        >>> '<rect x="0" y="2" width="100" height="6" class="bar for"/>' in drawn
        True
    """
    start, end = _across(step.start, waterfall), _across(step.end, waterfall)
    bar = _bar(start, end, f"bar {step.side}")
    upper = line((start, 0), (start, INSET), "join")
    lower = line((end, HEIGHT - INSET), (end, HEIGHT), "join")
    return _cell(waterfall, upper, lower, bar)


def draw_total(waterfall: Waterfall) -> Markup:
    """Draw the sum of all steps, from zero.

    Examples:
        >>> drawn = draw_total(Waterfall((), -2.0, low=-2.0, high=0.0))
        >>> '<rect x="0" y="2" width="100" height="6" class="bar total against"/>' in drawn
        True
    """
    side = "for" if waterfall.total > 0 else "against"
    zero, end = _across(0, waterfall), _across(waterfall.total, waterfall)
    return _cell(waterfall, _bar(zero, end, f"bar total {side}"))


def _cell(waterfall: Waterfall, *content: Markup) -> Markup:
    zero = _across(0, waterfall)
    return element(
        "svg",
        line((zero, 0), (zero, HEIGHT), "axis"),
        *content,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _bar(start: float, end: float, class_: str) -> Markup:
    width = max(abs(end - start), 0.4)
    height = HEIGHT - 2 * INSET
    return element("rect", x=min(start, end), y=INSET, width=width, height=height, class_=class_)


def _across(bits: float, waterfall: Waterfall) -> float:
    span = waterfall.high - waterfall.low or 1.0
    return WIDTH * (bits - waterfall.low) / span
