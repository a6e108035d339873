"""Axes: round numbers along a line, and where a value stands on it."""

from dataclasses import dataclass
from math import floor, log10

from markupsafe import Markup

from detector.charts.svg import join, line, text


@dataclass(frozen=True)
class Frame:
    """The rectangle in which values are drawn, in picture coordinates.

    Examples:
        >>> frame = Frame(left=50, top=10, right=250, bottom=110)
        >>> frame.x(0.5), frame.y(0), frame.y(1)
        (150.0, 110, 10)
    """

    left: float
    top: float
    right: float
    bottom: float

    def x(self, share: float) -> float:
        """The horizontal place of a share of the axis."""
        return self.left + (self.right - self.left) * share

    def y(self, share: float) -> float:
        """The vertical place of a share of the axis, upward."""
        return self.bottom - (self.bottom - self.top) * share


def round_ticks(most: float) -> list[float]:
    """Choose three to six round numbers from 0 up to a value.

    Examples:
        >>> round_ticks(0.11)
        [0.0, 0.05, 0.1]
        >>> round_ticks(1.0)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = most / 5
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * 0.999)
    return [round(i * step, 10) for i in range(int(most / step * 1.0001) + 1)]


def square_axes(frame: Frame, across: str, upward: str) -> Markup:
    """Draw axes from 0 to 1 in both directions, with names.

    Examples:
        >>> axes = square_axes(Frame(left=50, top=10, right=250, bottom=110), "recall", "precision")
        >>> axes.count("<line"), "75 %" in axes
        (5, True)
    """
    grid = [_gridline(frame, tick / 4) for tick in range(5)]
    middle = (frame.left + frame.right) / 2
    names = [
        text(across, middle, frame.bottom + 34, "name", "middle"),
        text(upward, frame.left - 30, frame.top - 12, "name"),
    ]
    return join([*grid, *names])


def _gridline(frame: Frame, share: float) -> Markup:
    x, y, label = frame.x(share), frame.y(share), f"{100 * share:.0f} %"
    return join(
        [
            line((frame.left, y), (frame.right, y), "grid"),
            text(label, frame.left - 6, y + 4, "tick", "end"),
            text(label, x, frame.bottom + 16, "tick", "middle"),
        ]
    )
