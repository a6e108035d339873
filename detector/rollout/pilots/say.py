"""What a pilot found, in words: each number says what it is of, and how sure it is."""

from collections.abc import Iterator
from math import isinf

from detector.plain_text import counted
from detector.rollout.pilots.plan import PilotOutcome
from detector.rollout.pilots.read import Found, PilotReading


def say_reading(reading: PilotReading) -> list[str]:
    """Tell all of a reading, outcome by outcome, and what to do."""
    lines = [_say_look(reading)]
    for found in reading.outcomes:
        lines += say_found(found, is_first=found is reading.outcomes[0])
    if reading.crossed:
        lines.append(
            f"{counted(reading.crossed, 'account')} that borrowers took stand in the other arm "
            "themselves, and were left there: the difference is rather larger than it is told."
        )
    return [*lines, _say_verdict(reading)]


def say_found(found: Found, *, is_first: bool) -> Iterator[str]:
    """Tell one outcome: both arms, the difference, what chance could do, the guard-rail."""
    estimate, outcome = found.estimate, found.outcome
    yield (
        f"{outcome.name}: of the treated, {_amount(outcome, estimate.treated)} {outcome.label}; "
        f"of the held-out, {_amount(outcome, estimate.hold_out)}. {_say_difference(found)}"
    )
    yield _say_chance(found, is_first=is_first)
    if found.narrowed is not None and found.narrowed > 0.005:
        yield f"What was before, {outcome.before}, made the interval {found.narrowed:.0%} narrower."
    if found.guard is not None:
        yield _say_guard(found)


def tell_size(outcome: PilotOutcome, value: float) -> tuple[str, str]:
    """Write a difference between arms, and what it is counted in.

    Examples:
        >>> from detector.rollout.pilots.plan import PilotOutcome
        >>> rang = PilotOutcome(name="rang", label="rang", kind="count", baseline=0.1,
        ...     over_days=30, worth_seeing=0.1, spread=2.0, source="a guess")
        >>> tell_size(rang, 0.25)
        ('250.0', 'for 1,000 accounts')
    """
    match outcome.kind:
        case "share":
            return f"{100 * value:.2f}", "points"
        case "count":
            return f"{1000 * value:,.1f}", "for 1,000 accounts"
        case "amount":
            return f"{value:,.4g}", "for each account"


def _say_difference(found: Found) -> str:
    estimate, outcome = found.estimate, found.outcome
    size, unit = tell_size(outcome, abs(estimate.difference))
    more = "more" if estimate.difference >= 0 else "less"
    than = "Beyond what regions differed by before" if estimate.is_change else "Like with like"
    told = f"{than}, that is {_compared(size, unit, more)}"
    if isinf(estimate.low) or isinf(estimate.high):
        return f"{told}; so few regions rule nothing out at this look."
    low, high = (tell_size(outcome, end)[0] for end in (estimate.low, estimate.high))
    if estimate.high < 0:
        low, high = (tell_size(outcome, -end)[0] for end in (estimate.high, estimate.low))
    sign = "" if estimate.low > 0 or estimate.high < 0 else "; below nought is less"
    return f"{told}, or anything from {low} to {high}{sign}."


def _say_look(reading: PilotReading) -> str:
    wanted = f"|z| must reach {reading.boundary.boundary:.3f}"
    level = f"{1 - reading.alpha:.2%}" if reading.alpha >= 0.0001 else "more than 99.99%"
    if reading.look == 1 and reading.boundary.information == 1:
        return f"Read once, at its end: {wanted}; intervals hold {level}."
    return (
        f"Look {reading.look} of {reading.of_looks}, with {reading.boundary.information:.0%} of "
        f"what the pilot is to tell: {wanted}; intervals are as wide as several looks want "
        f"({level})."
    )


def _say_chance(found: Found, *, is_first: bool) -> str:
    corrected = "" if is_first else ", corrected for the number of outcomes"
    p = f"{found.p_corrected:.3f}" if found.p_corrected >= 0.001 else "below 0.001"
    if found.is_proven:
        return f"Chance alone is ruled out at this look (p {p}{corrected})."
    return (
        f"Chance alone could have brought this (p {p}{corrected}): it may be nothing, and it may "
        "be anything within the interval."
    )


def _say_guard(found: Found) -> str:
    outcome = found.outcome
    size, unit = tell_size(outcome, outcome.harm_limit or 0.0)
    limit = f"the limit of {_compared(size, unit, outcome.harm or 'more')}"
    match found.guard:
        case "stop":
            return f"Guard-rail: stop. The harm is proven, and has reached {limit}."
        case "watch" if found.is_proven:
            return f"Guard-rail: watch. The harm is proven, but below {limit}."
        case "watch":
            return f"Guard-rail: watch. It may have reached {limit}, and may be chance."
        case _:
            told = f"Guard-rail: fine. It is below {limit}, and no harm is proven."
            return f"{told} The interval reaches beyond that." if _may_pass(found) else told


def _may_pass(found: Found) -> bool:
    """Whether chance leaves open that the harm has reached its limit."""
    limit = found.outcome.harm_limit or 0.0
    if found.outcome.harm == "less":
        return found.estimate.low <= -limit
    return found.estimate.high >= limit


def _say_verdict(reading: PilotReading) -> str:
    first = reading.outcomes[0].outcome.name
    match reading.verdict:
        case "stop":
            return "Stop: treat nobody else, and look at what was done."
        case "ended" if reading.outcomes[0].is_proven:
            return f"The pilot is over. It is proven that it changes {first!r}."
        case "ended":
            return f"The pilot is over. It is not proven that it changes {first!r}."
        case _:
            return "Go on: it is too early to tell."


def _amount(outcome: PilotOutcome, value: float) -> str:
    return f"{value:.2%}" if outcome.kind == "share" else f"{value:,.4g}"


def _compared(size: str, unit: str, more: str) -> str:
    """`1.28 points more`, but `640 more for 1,000 accounts`."""
    return f"{size} {unit} {more}" if unit == "points" else f"{size} {more} {unit}"
