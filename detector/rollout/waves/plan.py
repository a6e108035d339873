"""Plan waves: who starts on which day, so that no desk gets more contacts than it takes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import dataframely as dy
import numpy as np
import polars as pl

from detector.rollout.waves.futures import WaveFutures, draw_futures
from detector.rollout.waves.holding import DeskOutcome, hold
from detector.rollout.waves.laying import Ground, Served, build, group_partners, learn_from, serve
from detector.rollout.waves.ranking import PlannedWaves, choose, count_cells
from detector.rollout.waves.solving import Solved, Stage, plan_group

FUTURES = 1000
"""Futures in which a plan is tried while it is made; in as many others it is measured."""


@dataclass(frozen=True)
class PlannedGroup:
    """The plan of some partners that are planned together.

    Attributes:
        cells: Their cells, in the order in which they are to start.
        solved: The plan.
        stage: Desks and futures of the plan.
        measured: What becomes of each desk in futures that the plan was not made with.
    """

    cells: pl.DataFrame
    solved: Solved
    stage: Stage
    measured: Sequence[DeskOutcome]


@dataclass(frozen=True)
class WavePlan:
    """Waves, and how they were found.

    Attributes:
        ground: What the plan was made by.
        waves: Who starts when.
        groups: The plan in parts.
        seed: Whence chance came.
    """

    ground: Ground
    waves: dy.DataFrame[PlannedWaves]
    groups: Sequence[PlannedGroup]
    seed: int


def plan_waves(
    candidates: pl.DataFrame, ground: Ground, *, name: str, seed: int, futures: int = FUTURES
) -> WavePlan:
    """Plan on which day each account starts.

    The surest and gentlest accounts start first; regions of a partner keep together; no half-hour
    of a desk gets more than it takes in, in the 95 % band by itself, and in the promised share of
    futures all of them together.

    Args:
        candidates: The columns of `ranking.CANDIDATES`: flagged, not started yet, in no hold-out.
        ground: What the plan is made by.
        name: What waves are called, before their day.
        seed: Whence chance comes: same seed, same bytes.
        futures: How many are tried.
    """
    accounts, cells = count_cells(candidates, ground.terms, ground.known)
    served = serve(ground, candidates)
    learned = learn_from(ground, served)
    starts = np.zeros((cells.height, ground.past + ground.terms.horizon_days), np.int64)
    groups = list[PlannedGroup]()
    for partners in group_partners(ground, sorted(set(cells["partner"]))):
        mine = cells.filter(pl.col("partner").is_in(partners))
        desks = [each for each in served if each.days.load.desk.partner in partners]

        def drawn(chance: int, desks: list[Served] = desks) -> WaveFutures:
            mixtures = {each.days.load.desk.key: each.mixture for each in desks}
            return draw_futures(learned, mixtures, ground.known, chance, futures)

        tried = Stage(desks, drawn(2 * seed), ground, 2 * seed)
        others = Stage(desks, drawn(2 * seed + 1), ground, 2 * seed + 1)
        found = _plan_group(mine, tried, others)
        starts[mine["cell"].to_numpy()] = found.solved.starts
        groups.append(found)
    first = ground.starts - timedelta(days=ground.past)
    return WavePlan(ground, choose(accounts, starts, first, name), groups, seed)


def _plan_group(cells: pl.DataFrame, tried: Stage, others: Stage) -> PlannedGroup:
    problem = build(tried.ground, cells, tried.served, tried.futures, tried.seed)
    solved = plan_group(problem, tried)
    happened = others.happen(solved.problem, solved.starts)
    return PlannedGroup(cells, solved, others, [hold(each) for each in happened])
