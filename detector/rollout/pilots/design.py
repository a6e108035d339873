"""What a pilot could see, before anybody is treated or left in peace."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import dataframely as dy
import numpy as np

from detector.plain_text import counted
from detector.rollout.pilots.members import Members
from detector.rollout.pilots.plan import PilotOutcome, PilotPlan
from detector.rollout.pilots.power import (
    MOST_FREEDOM,
    Arms,
    Certainty,
    Variance,
    accounts_needed,
    chance_to_see,
    design_effect,
    share_by,
    smallest_change,
    variance_of_count,
    variance_of_share,
)
from detector.rollout.pilots.spending import find_boundaries, find_drift

MOST_DAYS = 730
"""Two years: the tail of what a change of this kind does (Antenna)."""
MANY_SPREADS = 50.0
"""Standard deviations beyond which no change of an amount is looked for."""


@dataclass(frozen=True)
class SeenOutcome:
    """What a pilot of so many accounts and days could see of one outcome."""

    name: str
    expected: float
    """Of the held-out by the pilot's end."""
    worth_seeing: float
    """The change asked about, by the pilot's end."""
    chance: float
    """To see that change, if it is there."""
    smallest: float | None
    """The smallest rise that would be seen as surely as asked; none would."""
    days_needed: int | None
    """After which the change asked about is seen as surely as asked; not within two years."""
    accounts_needed: int
    """Flagged accounts with which it is seen by the pilot's end."""
    words: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """What a pilot compares, and what it could see."""

    name: str
    unit: str
    accounts: int
    units: int
    hold_out_accounts: float
    days: int
    looks: int
    inflation: float
    """By how much several looks want more accounts than one."""
    design_effect: float
    boundaries: tuple[float, ...]
    """What |z| must reach at each of evenly spaced looks."""
    outcomes: tuple[SeenOutcome, ...]
    cannot: tuple[str, ...]
    """What no pilot of this kind tells, in words."""


def design(members: dy.DataFrame[Members], plan: PilotPlan) -> Design:
    """Say what a pilot with these accounts could see.

    Args:
        members: From `list_members`.
        plan: The share held out, the days, and what is worth seeing.
    """
    sizes = members.group_by("unit").len()["len"].to_numpy()
    looks = find_boundaries([(k + 1) / plan.looks for k in range(plan.looks)], plan.alpha)
    single = find_boundaries([1.0], plan.alpha)
    inflation = (find_drift(looks, plan.power) / find_drift(single, plan.power)) ** 2
    is_cluster = plan.unit == "cluster"
    widened = design_effect(sizes.mean(), float(sizes.std() / sizes.mean()), plan.icc)
    arms = Arms(
        treated=members.height * (1 - plan.hold_out),
        hold_out=members.height * plan.hold_out,
        design_effect=widened if is_cluster else 1.0,
        freedom=max(len(sizes) - 2, 1) if is_cluster else MOST_FREEDOM,
    )
    sure = Certainty(plan.alpha, plan.power, inflation)
    return Design(
        plan.name,
        plan.unit,
        members.height,
        len(sizes),
        round(arms.hold_out, 1),
        plan.days,
        plan.looks,
        round(inflation, 4),
        round(arms.design_effect, 4),
        tuple(round(look.boundary, 4) for look in looks),
        tuple(_see(outcome, plan, arms, sure) for outcome in plan.outcomes),
        tuple(_cannot(plan, len(sizes))),
    )


def _see(outcome: PilotOutcome, plan: PilotPlan, arms: Arms, sure: Certainty) -> SeenOutcome:
    before, after = _means(outcome, plan.days)
    variance = _variance(outcome, plan.days)
    most = before + MANY_SPREADS * np.sqrt(variance(before)) if outcome.kind != "share" else 1.0
    smallest = smallest_change(before, arms, variance, sure, float(most))
    factor = accounts_needed(before, after, arms, variance, sure)
    found = SeenOutcome(
        outcome.name,
        round(before, 6),
        round(after - before, 6),
        round(chance_to_see(before, after, arms, variance, sure), 4),
        None if smallest is None else round(smallest, 6),
        _days_needed(outcome, arms, sure),
        int(np.ceil(factor * (arms.treated + arms.hold_out))),
        (),
    )
    return replace(found, words=tuple(_say(outcome, plan, found)))


def _means(outcome: PilotOutcome, days: float) -> tuple[float, float]:
    """What is expected after so many days of the held-out, and of the treated."""
    both = outcome.baseline, outcome.baseline + outcome.worth_seeing
    if outcome.kind == "share":
        before, after = (share_by(mean, outcome.over_days, days) for mean in both)
    else:
        before, after = (mean * days / outcome.over_days for mean in both)
    return before, after


def _variance(outcome: PilotOutcome, days: float) -> Variance:
    if outcome.kind == "share":
        return variance_of_share
    if outcome.kind == "count":
        return variance_of_count(outcome.spread or 1.0)
    spread = (outcome.spread or 0.0) ** 2 * days / outcome.over_days
    return lambda _: spread


def _days_needed(outcome: PilotOutcome, arms: Arms, sure: Certainty) -> int | None:
    for days in range(1, MOST_DAYS + 1):
        variance = _variance(outcome, days)
        if chance_to_see(*_means(outcome, days), arms, variance, sure) >= sure.power:
            return days
    return None


def _say(outcome: PilotOutcome, plan: PilotPlan, found: SeenOutcome) -> Iterable[str]:
    label, often = outcome.label, f"{plan.power:.0%}"
    yield (
        f"{outcome.name}: of the held-out, {_amount(outcome, found.expected)} {label} by day "
        f"{plan.days} if the baseline holds. Its source: {outcome.source}."
    )
    if found.smallest is None:
        yield "No rise, however large, would be seen as surely as asked: there are too few."
    else:
        yield (
            f"A rise by {_change(outcome, found.smallest)} or more would be seen in {often} of "
            "such pilots; a smaller one will mostly be missed, and a pilot that sees nothing "
            "proves no more than that."
        )
    yield (
        f"The change worth seeing, {_change(outcome, found.worth_seeing)} by then, would be seen "
        f"in {found.chance:.0%}."
    )
    if found.chance < plan.power:
        longer = (
            f"It takes {found.days_needed} days"
            if found.days_needed
            else "It is not seen within two years"
        )
        yield f"{longer} with these accounts; or {found.accounts_needed:,} accounts in this time."
    elif found.days_needed is not None and found.days_needed < plan.days:
        yield f"{counted(found.days_needed, 'day')} would do."


def _amount(outcome: PilotOutcome, value: float) -> str:
    return f"{value:.2%}" if outcome.kind == "share" else f"{value:.4g}"


def _change(outcome: PilotOutcome, value: float) -> str:
    return f"{100 * value:.2f} points" if outcome.kind == "share" else f"{value:.4g} each"


def _cannot(plan: PilotPlan, units: int) -> Iterable[str]:
    """What it does not tell, said before somebody asks it."""
    yield (
        "It tells what happens to flagged accounts on average, not to one account, and not to "
        "honest families that are never flagged."
    )
    yield f"It tells nothing of what comes after day {plan.days}: who returns, and who leaves late."
    if plan.unit == "account":
        yield (
            "Held-out accounts hear of it from neighbours and newspapers: what a roll-out in the "
            "open does to everybody, only regions drawn whole can tell."
        )
    else:
        few = ", and so few make its intervals wide" if units < 20 else ""
        yield f"{counted(units, 'region')} are what counts here, not accounts{few}."
    if len(plan.outcomes) > 1:
        first = plan.outcomes[0].name
        yield f"It is made for {first}; what else moves is a hint unless its corrected p is small."
