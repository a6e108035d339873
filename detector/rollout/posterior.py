"""What is known of desks after what was counted, and draws of it for simulated futures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from detector.rollout.assumptions.draws import Array
from detector.rollout.calendar import Key
from detector.rollout.grid import LevelGrid


@dataclass(frozen=True)
class DeskLearned:
    """What is known of one desk; without counts, what is assumed."""

    week: Array
    week_trust: float
    hours: Array
    hour_trust: float
    levels: Array = field(default_factory=lambda: np.empty(0))
    """Its grid of levels: delays, later, friction, level."""
    likely: Array = field(default_factory=lambda: np.empty(0))
    """Log-likelihood: delays, later, friction, spread, level."""
    days: Array = field(default_factory=lambda: np.empty(0, int))
    """Days of the window that were counted."""

    @property
    def is_measured(self) -> bool:
        """Whether its counts say anything of its level."""
        return self.likely.size > 0


@dataclass(frozen=True)
class Learned:
    """What is known after all measured waves."""

    grid: LevelGrid
    weights: Array
    """Posterior over (delays x later x friction x spread) and general levels, as one matrix."""
    half_hour_weights: Array
    days: int
    """Days that were counted, from the first of the plan to the last."""
    desks: Mapping[Key, DeskLearned]


@dataclass(frozen=True)
class CommonKnowledge:
    """Draws of what all desks have in common."""

    delay: Array
    """Which row of the grid's delays."""
    later: Array
    friction: Array
    spread: Array
    half_hour: Array
    level: Array
    between: Array
    index: Array
    """Where in the grid each was drawn: delays, later, friction, spread, in rows."""


def draw_common(learned: Learned, generator: np.random.Generator, draws: int) -> CommonKnowledge:
    """Draw what all desks have in common."""
    grid = learned.grid
    flat = learned.weights.ravel()
    chosen = generator.choice(flat.size, draws, p=flat / flat.sum())
    point, general = np.divmod(chosen, grid.general_weights.size)
    places: list[Array] = list(np.unravel_index(point, grid.shape))
    index: Array = np.array(places)
    half = generator.choice(grid.half_hour.size, draws, p=learned.half_hour_weights)
    levels = np.unique(grid.general[:, 0])
    step = float(np.log(levels[1] / levels[0])) if levels.size > 1 else 0.0
    jitter = np.exp(step * (generator.random(draws) - 0.5))
    return CommonKnowledge(
        delay=index[0],
        later=grid.later[index[1]],
        friction=grid.friction[index[2]],
        spread=grid.spread[index[3]],
        half_hour=grid.half_hour[half],
        level=grid.general[general, 0] * jitter,
        between=grid.general[general, 1],
        index=index,
    )


def draw_levels(
    mine: DeskLearned, common: CommonKnowledge, generator: np.random.Generator
) -> Array:
    """Draw a desk's own level for each draw of what is common."""
    shape = 1 / common.between**2
    if not mine.is_measured:
        return generator.gamma(shape, common.level / shape)
    d, later, f, s = common.index
    levels = mine.levels[d, later, f]
    logs = mine.likely[d, later, f, s] + log_gamma(
        levels, common.level[:, None], common.between[:, None]
    )
    shares = np.exp(logs - logs.max(axis=1, keepdims=True)) * levels
    sums = np.cumsum(shares, axis=1)
    pick = (sums < generator.random(len(sums))[:, None] * sums[:, -1:]).sum(axis=1)
    rows = np.arange(len(levels))
    step = np.log(levels[:, 1] / levels[:, 0])
    return levels[rows, pick] * np.exp(step * (generator.random(len(levels)) - 0.5))


def log_gamma(levels: Array, general: Array, between: Array) -> Array:
    """Log-density of desks' levels around the general one."""
    shape = 1 / between**2
    rate = shape / general
    return (
        shape * np.log(rate) - special.gammaln(shape) + (shape - 1) * np.log(levels) - rate * levels
    )
