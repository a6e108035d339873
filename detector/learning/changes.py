"""Two cards → what became of each factor's bits, for whoever wants to know what labels taught."""

from collections.abc import Sequence
from dataclasses import dataclass

from detector.evidence.scorecard import MICRO, Card, Scorecard, Shape
from detector.evidence.weigh import KNOWN, UNKNOWN

Span = tuple[float, float]
"""The fewest and the most bits that a factor may be worth, to a hundredth."""


@dataclass(frozen=True)
class FactorChange:
    """What a factor weighed on one card, and weighs now."""

    card: str
    factor: str
    before: Span
    after: Span

    @property
    def size(self) -> float:
        """By how many bits the further of its ends moved."""
        return max(abs(a - b) for a, b in zip(self.before, self.after, strict=True))

    @property
    def words(self) -> tuple[str, str]:
        """Both ranges in writing."""
        before, after = (f"{fewest}..{most}" for fewest, most in (self.before, self.after))
        return before, after


def list_changes(before: Scorecard, after: Scorecard) -> tuple[FactorChange, ...]:
    """Tell of each factor whose range of bits changed from what to what; the largest change first.

    Examples:
        >>> def toy(most):
        ...     card = {"prior_micro_bits": 0, "shapes": {
        ...         "weeks": {"cuts": [4.0], "micro_bits": [-MICRO, most * MICRO]}}}
        ...     return Scorecard.model_validate(
        ...         {"version": "toy", "known": card, "unknown": card, "alone_micro_bits": 0})
        >>> list_changes(toy(1), toy(3))[0]
        FactorChange(card='known', factor='weeks', before=(-1.0, 1.0), after=(-1.0, 3.0))
    """
    changes = [
        change
        for name in (KNOWN, UNKNOWN)
        for change in _of_card(name, before.card(name), after.card(name))
    ]
    return tuple(sorted(changes, key=lambda each: (-each.size, each.card, each.factor)))


def _of_card(name: str, before: Card, after: Card) -> list[FactorChange]:
    changes = [
        FactorChange(name, factor, _span(before.shapes[factor]), _span(shape))
        for factor, shape in after.shapes.items()
    ]
    return [change for change in changes if change.size > 0]


def _span(shape: Shape) -> Span:
    bits = [each / MICRO for each in shape.micro_bits]
    return round(min(bits), 2), round(max(bits), 2)


def tell_changes(changes: Sequence[FactorChange]) -> str:
    """The changes in one line, as a model file keeps them.

    Examples:
        >>> tell_changes([FactorChange("known", "weeks", (-1.0, 1.0), (-1.0, 3.0))])
        'known weeks -1.0..1.0 to -1.0..3.0'
    """
    return "; ".join(f"{each.card} {each.factor} {' to '.join(each.words)}" for each in changes)
