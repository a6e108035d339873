"""What a pilot found: the difference between its arms, and whether to stop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from scipy.special import ndtr

from detector.errors import InputError
from detector.kernels.arrays import Floats
from detector.measuring.significance import holm_p_values
from detector.rollout.pilots.assign import TREATED
from detector.rollout.pilots.bootstrap import Regression, WildCluster
from detector.rollout.pilots.cuped import take_out
from detector.rollout.pilots.given import ACCOUNTS, DAY
from detector.rollout.pilots.intervals import Estimate, difference_in_means
from detector.rollout.pilots.plan import PilotOutcome, PilotPlan
from detector.rollout.pilots.spending import PilotLook, find_boundaries

Guard = Literal["stop", "watch", "fine"]


@dataclass(frozen=True)
class Found:
    """One outcome, compared between the arms."""

    outcome: PilotOutcome
    estimate: Estimate
    p_corrected: float
    """Of the outcomes besides the first, corrected for their number (S. Holm)."""
    is_proven: bool
    """Whether chance is ruled out at this look: the interval does not hold nought, and of the
    outcomes besides the first, the corrected p is small too."""
    guard: Guard | None
    """Of a harm: whether it is proven and beyond the limit, one of both, or neither."""
    narrowed: float | None
    """By what share of the spread the time before narrowed it; none: it was not taken out."""


@dataclass(frozen=True)
class PilotReading:
    """All that one look at a pilot found."""

    name: str
    look: int
    of_looks: int
    boundary: PilotLook
    alpha: float
    """How often an interval of this look may miss, so that all looks together keep to the plan."""
    accounts: int
    crossed: int
    """Accounts that borrowers took, but that stand in the other arm themselves."""
    outcomes: tuple[Found, ...]
    verdict: Literal["stop", "ended", "go on"]


def read_accounts(
    outcomes: pl.DataFrame,
    plan: PilotPlan,
    information: Sequence[float] = (1.0,),
    *,
    crossed: int = 0,
    seed: int = 0,
) -> PilotReading:
    """Compare the accounts of both arms.

    Where regions were drawn whole, their accounts are told apart region by region.

    Args:
        outcomes: From `check_accounts`.
        plan: The outcomes, and where the pilot stops.
        information: Share of the pilot's whole at each look so far, this one included.
        crossed: Accounts that borrowers took and that stand in the other arm.
        seed: Of the bootstrap's draws, where regions are many.

    Raises:
        InputError: An arm is empty.
        SettingsError: The looks do not rise.
    """
    looks = find_boundaries(information, plan.alpha)
    alpha = _alpha_of(looks[-1])
    found: list[Found] = []
    for outcome in plan.outcomes:
        if plan.unit == "cluster":
            found.append(_found(outcome, _regions_at_once(outcomes, outcome, alpha, seed)))
        else:
            found.append(_by_accounts(outcomes, outcome, alpha))
    return _reading(plan, looks, alpha, found, (outcomes.height, crossed))


def read_regions(
    outcomes: pl.DataFrame,
    plan: PilotPlan,
    since: date,
    information: Sequence[float] = (1.0,),
    *,
    seed: int = 0,
) -> PilotReading:
    """Compare how regions of both arms changed from the days before to the days since.

    What differs between regions all the time, and what changes everywhere at once, drop out.

    Args:
        outcomes: From `check_regions`.
        plan: The outcomes, and where the pilot stops.
        since: The first day on which anybody was treated.
        information: As for `read_accounts`.
        seed: Of the bootstrap's draws, where regions are many.

    Raises:
        InputError: A region has no days before or none since, or there are too few regions.
        SettingsError: The looks do not rise.
    """
    looks = find_boundaries(information, plan.alpha)
    alpha = _alpha_of(looks[-1])
    found = [
        _found(outcome, _changes(outcomes, outcome, since, alpha, seed))
        for outcome in plan.outcomes
    ]
    accounts = int(outcomes.filter(pl.col(DAY) >= since).group_by("unit").agg(pl.mean(ACCOUNTS))[
        ACCOUNTS
    ].sum())  # fmt: skip
    return _reading(plan, looks, alpha, found, (accounts, 0))


def _alpha_of(look: PilotLook) -> float:
    return float(2 * ndtr(-look.boundary))


def _by_accounts(outcomes: pl.DataFrame, outcome: PilotOutcome, alpha: float) -> Found:
    is_treated = (outcomes["arm"] == TREATED).to_numpy()
    stratum = outcomes["stratum"].rank("dense").to_numpy().astype(np.int64) - 1
    values = outcomes[outcome.name].to_numpy()
    is_share = outcome.kind == "share"
    plain = difference_in_means(values, is_treated, stratum, alpha, is_share=is_share)
    if outcome.before is None or outcome.before not in outcomes.columns:
        return _found(outcome, plain)
    before = outcomes[outcome.before].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if np.isnan(before).all():
        return _found(outcome, plain)
    left = take_out(values, before, stratum * 2 + is_treated)
    narrow = difference_in_means(left, is_treated, stratum, alpha)
    narrow = replace(
        narrow,
        treated=plain.treated,
        hold_out=plain.hold_out,
        method=f"{narrow.method}, less what {outcome.before} tells",
    )
    ratio = narrow.standard_error / plain.standard_error if plain.standard_error else 1.0
    return replace(_found(outcome, narrow), narrowed=1 - ratio)


def _regions_at_once(
    outcomes: pl.DataFrame, outcome: PilotOutcome, alpha: float, seed: int
) -> Estimate:
    """Regions drawn whole, without their days before: each counts as its accounts' mean."""
    regions = (
        outcomes.group_by("unit", "arm")
        .agg(pl.len().alias(ACCOUNTS), mean=pl.col(outcome.name).mean())
        .sort("unit")
    )
    is_treated = (regions["arm"] == TREATED).to_numpy().astype(float)
    weight = np.sqrt(regions[ACCOUNTS].cast(pl.Float64).to_numpy())
    columns = np.column_stack([weight, weight * is_treated])
    means = regions["mean"].to_numpy()
    regression = Regression(means * weight, columns, np.arange(len(means)), 1)
    return _of_regression(regression, means, (is_treated, weight**2), (alpha, seed))


def _changes(
    outcomes: pl.DataFrame, outcome: PilotOutcome, since: date, alpha: float, seed: int
) -> Estimate:
    """Regions before and since: what one gained over the other, per account and pilot."""
    is_since = pl.col(DAY) >= since
    days = outcomes.filter(is_since)[DAY].n_unique()
    rows = (
        outcomes.with_columns(is_since=is_since)
        .group_by("unit", "arm", "is_since")
        .agg(rate=pl.col(outcome.name).sum() / pl.col(ACCOUNTS).sum() * days)
        .join(outcomes.group_by("unit").agg(pl.mean(ACCOUNTS)), on="unit")
        .sort("unit", "is_since")
    )
    lone = rows.filter(pl.len().over("unit") < 2)["unit"].to_list()
    if lone:
        raise InputError(
            f"{len(lone)} regions have no days before {since} or none since, {lone[0]} first.",
            hint="give the days of all regions from some weeks before the pilot on",
        )
    is_treated = (rows["arm"] == TREATED).to_numpy().astype(float)
    after = rows["is_since"].to_numpy().astype(float)
    weight = np.sqrt(rows[ACCOUNTS].to_numpy())
    columns = np.column_stack([np.ones(len(after)), is_treated, after, is_treated * after])
    rates = rows["rate"].to_numpy()
    cluster = rows["unit"].rank("dense").to_numpy().astype(np.int64) - 1
    regression = Regression(rates * weight, columns * weight[:, None], cluster, 3)
    told = after > 0
    arms = is_treated[told], weight[told] ** 2
    found = _of_regression(regression, rates[told], arms, (alpha, seed))
    return replace(found, method=f"difference in differences, {found.method}", is_change=True)


def _of_regression(
    regression: Regression, means: Floats, arms: tuple[Floats, Floats], drawn: tuple[float, int]
) -> Estimate:
    (is_treated, weight), (alpha, seed) = arms, drawn
    wild = WildCluster(regression, seed=seed).estimate(alpha)
    treated = int(is_treated.sum())
    return Estimate(
        float(np.average(means, weights=weight * is_treated)),
        float(np.average(means, weights=weight * (1 - is_treated))),
        wild.value, wild.low, wild.high, wild.standard_error, wild.p_value,
        treated, wild.clusters - treated, "regions drawn whole, wild cluster bootstrap",
    )  # fmt: skip


def _found(outcome: PilotOutcome, estimate: Estimate) -> Found:
    is_proven = estimate.low > 0 or estimate.high < 0
    return Found(outcome, estimate, estimate.p_value, is_proven, _guard(outcome, estimate), None)


def _guard(outcome: PilotOutcome, estimate: Estimate) -> Guard | None:
    """Whether the harm is proven and large; one of both is worth a watch."""
    if outcome.harm is None or outcome.harm_limit is None:
        return None
    sign = 1 if outcome.harm == "more" else -1
    is_harm = min(sign * estimate.low, sign * estimate.high) > 0
    is_large = sign * estimate.difference >= outcome.harm_limit
    return "stop" if is_harm and is_large else "watch" if is_harm or is_large else "fine"


def _reading(
    plan: PilotPlan,
    looks: Sequence[PilotLook],
    alpha: float,
    found: Sequence[Found],
    counts: tuple[int, int],
) -> PilotReading:
    others = holm_p_values([each.p_corrected for each in found[1:]])
    told = [
        found[0],
        *(
            replace(each, p_corrected=p, is_proven=each.is_proven and p <= plan.alpha)
            for each, p in zip(found[1:], others, strict=True)
        ),
    ]
    is_over = told[0].is_proven or looks[-1].information >= 1
    verdict = "stop" if any(f.guard == "stop" for f in told) else "ended" if is_over else "go on"
    return PilotReading(
        plan.name, len(looks), max(plan.looks, len(looks)), looks[-1], alpha, *counts, tuple(told),
        verdict,
    )  # fmt: skip
