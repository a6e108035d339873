"""Evidence by theme, as bars that add up on the page to the last digit shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from detector.charts.svg import element, line
from detector.evidence.weigh import PRIOR
from detector.kinds import Theme
from detector.stories.bits import HUNDREDTHS, round_bits
from detector.stories.story import EvidenceStep, HouseholdStory

WIDTH, HEIGHT, INSET = 100.0, 12.0, 2.0
START = "where all accounts start"


@dataclass(frozen=True)
class Term:
    """One factor with the bits that are shown of it."""

    step: EvidenceStep
    hundredths: int

    @property
    def bits(self) -> float:
        """As shown: to two decimals."""
        return self.hundredths / HUNDREDTHS


@dataclass(frozen=True)
class ThemeBar:
    """What one witness says, and the factors that it says it by."""

    name: str
    hundredths: int
    terms: tuple[Term, ...]
    bar: Markup

    @property
    def bits(self) -> float:
        """The sum of its factors as shown."""
        return self.hundredths / HUNDREDTHS

    @property
    def side(self) -> str:
        """What it speaks for: `for` another household, or `against`."""
        return "for" if self.hundredths > 0 else "against"


@dataclass(frozen=True)
class ThemeWaterfall:
    """The evidence about one household, theme by theme."""

    name: str
    bars: tuple[ThemeBar, ...]
    total: float
    total_bar: Markup


def build_themes(household: HouseholdStory) -> ThemeWaterfall:
    """Add up the factors of each theme; where all accounts start comes first.

    Examples:
        >>> from datetime import date
        >>> day = date(2026, 5, 1)
        >>> told = (("distance", "place", 3.004), ("country", "place", 1.0), ("prior", "", -2.0))
        >>> steps = tuple(EvidenceStep(name, theme, bits, 1.0, "") for name, theme, bits in told)
        >>> one = HouseholdStory(1, "Household 1", 0.8, 2.004, 9, day, day, "", (), (), steps)
        >>> built = build_themes(one)
        >>> [(bar.name, bar.bits) for bar in built.bars], built.total
        ([('where all accounts start', -2.0), ('place', 4.0)], 2.0)
    """
    terms = [
        Term(step, bits)
        for step, bits in zip(
            household.evidence, round_bits([step.bits for step in household.evidence]), strict=True
        )
    ]
    groups: dict[str, list[Term]] = {}
    for term in terms:
        groups.setdefault(_theme(term.step), []).append(term)
    sums = {name: sum(term.hundredths for term in group) for name, group in groups.items()}
    order = sorted(sums, key=lambda name: (name != START, -abs(sums[name]), name))
    ends = [0]
    for name in order:
        ends.append(ends[-1] + sums[name])
    low, high = min(ends), max(ends)
    bars = tuple(
        ThemeBar(
            name, sums[name], _strongest(groups[name]), _draw(ends[i], ends[i + 1], (low, high))
        )
        for i, name in enumerate(order)
    )
    return ThemeWaterfall(
        household.name, bars, ends[-1] / HUNDREDTHS, _draw(0, ends[-1], (low, high))
    )


def _theme(step: EvidenceStep) -> str:
    return START if step.factor == PRIOR else step.theme or str(Theme.ACCOUNT)


def _strongest(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple(sorted(terms, key=lambda term: (-abs(term.hundredths), term.step.factor)))


def _draw(start: int, end: int, span: tuple[int, int]) -> Markup:
    """A bar as wide as the cell that it stands in; cells below each other join up."""
    low, high = span
    at = [WIDTH * (value - low) / (high - low or 1) for value in (start, end, 0)]
    side = "for" if end > start else "against"
    return element(
        "svg",
        line((at[2], 0), (at[2], HEIGHT), "axis"),
        element(
            "rect",
            x=min(at[:2]),
            y=INSET,
            width=max(abs(at[1] - at[0]), 0.6),
            height=HEIGHT - 2 * INSET,
            class_=f"bar {side}",
        ),
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="cell",
    )
