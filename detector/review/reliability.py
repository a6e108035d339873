"""Whether probabilities come true: what was promised, and what reviewers found."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import polars as pl
from markupsafe import Markup

from detector.charts.scales import Frame
from detector.charts.svg import drawing, element, join, line, number, text
from detector.measuring.metrics import Rate, ReliabilityBin, reliability_table
from detector.plain_text import counted
from detector.review.answers import Answers

ENOUGH = 20
"""Reviews from which a picture is made: of fewer, each interval would reach over half of it."""
PER_BIN, MOST_BINS = 10, 8
WIDTH, HEIGHT = 760.0, 340.0
FRAME = Frame(left=52, top=16, right=738, bottom=288)
TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
"""On the scale of log-odds, on which the probabilities of flagged accounts can be told apart."""
LEAST = 0.0005


@dataclass(frozen=True)
class Group:
    """Reviews of accounts that were come upon in one way."""

    name: str
    sign: str
    """How it is drawn."""
    words: str
    """How the accounts were come upon."""
    reviews: int
    bins: tuple[ReliabilityBin, ...]
    """Empty while there are too few."""


@dataclass(frozen=True)
class Reliability:
    """What was promised and found, in words and as a picture."""

    groups: tuple[Group, ...]
    picture: Markup
    """Empty while there are too few reviews."""
    golden: Rate
    """Known cases that reviewers answered rightly; they tell of people, not of probabilities."""
    enough: int = ENOUGH


def tell_reliability(answers: Answers) -> Reliability:
    """Hold probabilities, as they were shown, against what reviewers found.

    Args:
        answers: What reviewers found.
    """
    groups = (
        _group("Drawn at random", "random", "from unflagged accounts", answers.random),
        _group("From the queue", "queue", "the surest first: no random sample", answers.queue),
        _group("Looked up", "chosen", "whoever asked for them: no sample at all", answers.chosen),
    )
    drawn = [group for group in groups if group.bins]
    return Reliability(groups, draw_reliability(drawn) if drawn else Markup(""), answers.golden)


def _group(name: str, sign: str, words: str, told: pl.DataFrame) -> Group:
    bins: tuple[ReliabilityBin, ...] = ()
    if told.height >= ENOUGH:
        shared, said = told["shared"].to_numpy(), told["probability"].to_numpy()
        bins = reliability_table(shared, said, min(told.height // PER_BIN, MOST_BINS))
    return Group(name, sign, words, told.height, bins)


def draw_reliability(groups: Sequence[Group]) -> Markup:
    """Draw the share that was found shared over the promised probability.

    Honest bins lie on the curve: it would be the diagonal, were both scales alike.

    Examples:
        >>> row = ReliabilityBin(40, 0.98, 0.95, low=0.83, high=0.99)
        >>> picture = draw_reliability([Group("From the queue", "queue", "", 40, (row,))])
        >>> "From the queue, 40 accounts: promised 98.0 %, found 95.0 % (83.0 to 99.0 %)" in picture
        True
    """
    across = [_upright(tick) for tick in TICKS]
    upward = [_level(share / 4) for share in range(5)]
    name = text("promised probability of sharing", FRAME.x(0.5), HEIGHT - 8, "name", "middle")
    points = [(FRAME.x(at / 60), FRAME.y(_share_at(at / 60))) for at in range(61)]
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    curve = element("path", d=path, class_="expected")
    bins = [_bin(group, row) for group in groups for row in group.bins]
    label = "Share found shared by reviewers over the probability that was promised"
    return drawing(WIDTH, HEIGHT, label, *upward, *across, name, curve, *bins)


def _across(share: float) -> float:
    """Where a probability stands, from 0 to 1 of the axis."""
    kept = min(max(share, LEAST), 1 - LEAST)
    return 0.5 + log(kept / (1 - kept)) / (2 * log((1 - LEAST) / LEAST))


def _share_at(at: float) -> float:
    odds = ((1 - LEAST) / LEAST) ** (2 * at - 1)
    return odds / (1 + odds)


def _upright(share: float) -> Markup:
    x = FRAME.x(_across(share))
    label = text(f"{100 * share:g} %", x, FRAME.bottom + 18, "tick", "middle")
    return join([line((x, FRAME.top), (x, FRAME.bottom), "grid"), label])


def _level(share: float) -> Markup:
    y = FRAME.y(share)
    label = text(f"{100 * share:.0f} %", FRAME.left - 8, y + 4, "tick", "end")
    return join([line((FRAME.left, y), (FRAME.right, y), "grid"), label])


def _bin(group: Group, row: ReliabilityBin) -> Markup:
    promised, found = 100 * row.mean_probability, 100 * row.observed_share
    interval = f"{100 * row.low:.1f} to {100 * row.high:.1f} %"
    words = f"promised {promised:.1f} %, found {found:.1f} % ({interval})"
    title = element("title", f"{group.name}, {counted(row.accounts, 'account')}: {words}")
    x, y = FRAME.x(_across(row.mean_probability)), FRAME.y(row.observed_share)
    reach = line((x, FRAME.y(row.low)), (x, FRAME.y(row.high)), "reach")
    return element("g", title, reach, draw_sign(group.sign, x, y), class_=f"bin {group.sign}")


def draw_sign(sign: str, x: float, y: float) -> Markup:
    """A sign that needs no colour to be told from the others.

    Examples:
        >>> print(draw_sign("queue", 10, 10))
        <circle cx="10" cy="10" r="5"/>
    """
    if sign == "queue":
        return element("circle", cx=x, cy=y, r=5)
    if sign == "random":
        return element("rect", x=x - 4.5, y=y - 4.5, width=9, height=9)
    return element("path", d=f"M{number(x)} {number(y - 6)}l5.5 10h-11z")
