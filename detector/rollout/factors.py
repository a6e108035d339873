"""How contacts differ by treatment, pattern and plan, weekday and hour, as it is assumed."""

from typing import Any

import numpy as np

from detector.kinds import Treatment
from detector.rollout.assumptions.draws import fit
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.calendar import Array
from detector.rollout.tables import SLOTS


def treatment_factor(treatment: Treatment, known: Assumptions) -> float:
    """Contacts after a treatment for each after notice, on average."""
    assumed = known.propensity.treatments.get(treatment)
    return 1.0 if assumed is None else fit(assumed).mean


def mix_factor(mix: tuple[str, str], known: Assumptions) -> float:
    """Contacts of accounts of a pattern and plan for each of any, on average."""
    pattern, plan = known.propensity.patterns.get(mix[0]), known.propensity.plans.get(mix[1])
    return (fit(pattern).mean if pattern else 1.0) * (fit(plan).mean if plan else 1.0)


def default_hours(known: Assumptions) -> Array:
    """Weights of the half-hours of a day, of which the halves of an hour are alike."""
    weights: Any = np.repeat(np.array(known.profile.hours), 2)
    assert weights.size == SLOTS
    return weights / weights.sum()


def default_week(known: Assumptions) -> Array:
    """Weights of weekdays, 1 on average."""
    week = np.array(known.profile.weekdays)
    return week / week.mean()
