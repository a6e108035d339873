"""What to know first of an account: the strongest themes on either side, one line each."""

from dataclasses import dataclass

from detector.review.waterfall import START, ThemeBar, build_themes
from detector.stories.story import AccountStory

MOST = 3


@dataclass(frozen=True)
class Point:
    """What one theme says, in the words of its strongest factor."""

    theme: str
    text: str
    bits: float


@dataclass(frozen=True)
class First:
    """The verdict's reasons before any number of the model."""

    speaks_for: tuple[Point, ...]
    speaks_against: tuple[Point, ...]


def tell_first(story: AccountStory) -> First:
    """Choose the three strongest themes for and against the household that decides."""
    household = story.deciding
    if household is None:
        return First((), ())
    bars = [bar for bar in build_themes(household).bars if bar.name != START]
    ranked = sorted(bars, key=lambda bar: -abs(bar.hundredths))
    speaks_for = [_point(bar) for bar in ranked if bar.hundredths > 0]
    against = [_point(bar) for bar in ranked if bar.hundredths < 0]
    return First(tuple(speaks_for[:MOST]), tuple(against[:MOST]))


def _point(bar: ThemeBar) -> Point:
    """Factors that are not known say nothing, and bounds are no observations."""
    same = [t for t in bar.terms if (t.hundredths > 0) == (bar.hundredths > 0)]
    told = [t for t in same if t.step.value is not None] or same or list(bar.terms)
    return Point(bar.name, told[0].step.text, bar.bits)
