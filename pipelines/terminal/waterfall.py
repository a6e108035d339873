"""Evidence as steps that add up on the page, to the last digit shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from detector.evidence.factors.catalogue import BEYOND_CHANCE, CLEARLY_ABOVE_CHANCE
from detector.evidence.weigh import ALONE, PRIOR
from detector.stories.bits import HUNDREDTHS, round_bits
from detector.stories.story import EvidenceStep, HouseholdStory

MOST_STEPS = 14


@dataclass(frozen=True)
class WaterfallBar:
    """One bar of a waterfall: from where the sum stood to where it stands now."""

    label: str
    text: str
    bits: float
    """To two decimals; the steps of a waterfall add up to its last one exactly."""
    start: float
    end: float

    @property
    def side(self) -> str:
        """What the step speaks for: `for` another household, or `against`."""
        return "for" if self.bits > 0 else "against"


@dataclass(frozen=True)
class Waterfall:
    """The evidence about one household, from nothing to its log-odds."""

    steps: tuple[WaterfallBar, ...]
    total: float
    low: float
    high: float
    """The range that the sum runs through, with zero in it."""


def build_waterfall(household: HouseholdStory) -> Waterfall:
    """Order the evidence into steps: where we start, what speaks for it, what against.

    Examples:
        >>> from datetime import date
        >>> day = date(2026, 5, 1)
        >>> told = (("distance", 3.004), ("prior", -2.0))
        >>> steps = tuple(EvidenceStep(factor, "", bits, 90.0, "") for factor, bits in told)
        >>> external = HouseholdStory(1, "Household 1", 0.67, 1.004, 9, day, day, "", (), (), steps)
        >>> [(step.label, step.bits, step.end) for step in build_waterfall(external).steps]
        [('prior', -2.0, -2.0), ('distance', 3.0, 1.0)]
    """
    evidence = sorted(household.evidence, key=lambda step: step.factor != "prior")
    kept = _strongest(evidence)
    rest = [step for step in evidence if step not in kept]
    if rest:
        weight = sum(step.bits for step in rest)
        kept.append(EvidenceStep(f"{len(rest)} weaker or unknown factors", "", weight, None, ""))
    steps, at = list[WaterfallBar](), 0
    for step, bits in zip(kept, round_bits([step.bits for step in kept]), strict=True):
        label = step.factor.replace("_", " ")
        shown = (bits / HUNDREDTHS, at / HUNDREDTHS, (at + bits) / HUNDREDTHS)
        steps.append(WaterfallBar(label, step.text, *shown))
        at += bits
    ends = [0.0, *(step.end for step in steps)]
    return Waterfall(tuple(steps), at / HUNDREDTHS, min(ends), max(ends))


def _strongest(evidence: list[EvidenceStep]) -> list[EvidenceStep]:
    """The steps worth a bar of their own, in the order given.

    What is not known says nothing, and neither does what chance alone would give.
    """
    values = {step.factor: step.value for step in evidence}
    known = [step for step in evidence if _speaks(step, values)]
    if len(known) == len(evidence) <= MOST_STEPS:
        return known
    weights = sorted((abs(step.bits) for step in known), reverse=True)
    least = weights[: MOST_STEPS - 1][-1] if weights else 0
    return [step for step in known if abs(step.bits) >= least][: MOST_STEPS - 1]


def _speaks(step: EvidenceStep, values: Mapping[str, float | None]) -> bool:
    if step.factor in (PRIOR, ALONE):
        return True
    asked = BEYOND_CHANCE.get(step.factor)
    if step.value is None:
        return False
    return step.bits <= 0 or asked is None or (values.get(asked) or 0) >= CLEARLY_ABOVE_CHANCE
