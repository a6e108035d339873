"""What partners and the service tell of a pilot's accounts or regions, checked and as numbers."""

from collections.abc import Sequence

import polars as pl

from detector.errors import InputError, MissingColumnsError
from detector.rollout.pilots.assign import ACCOUNT
from detector.rollout.pilots.plan import PilotOutcome, PilotPlan

CLUSTER, DAY, ACCOUNTS = "cluster", "day", "accounts"


def check_accounts(
    given: pl.DataFrame,
    assigned: pl.DataFrame,
    plan: PilotPlan,
    links: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Put the outcomes of a pilot's accounts beside their arms.

    All accounts that were drawn count as they were drawn, whatever became of them: leaving out
    who was not reached would compare other people. What a borrower's new account brings is added
    to the lender's, whose arm it belongs to; its cancellation is its own.

    Args:
        given: account_id and a column for each outcome; others are left alone.
        assigned: account_id, unit, stratum, arm.
        plan: Says which outcomes there are, and what each is.
        links: account_id, lender: accounts that borrowers took.

    Returns:
        assigned, with the outcomes as numbers and what was before, sorted.

    Raises:
        MissingColumnsError: There is no column for one of the outcomes.
        InputError: An account has no outcome or two, or an outcome is no number.
    """
    wanted = _columns(given, plan.outcomes, "The outcomes")
    table = _numbers(given, [ACCOUNT], wanted)
    if twice := table.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT].unique().sort().to_list():
        raise InputError(
            f"The outcomes have {len(twice)} accounts twice, {twice[0]} first.",
            hint="give one row for each account, with all that happened to it",
        )
    table = _with_new_accounts(table, assigned, plan, links)
    found = assigned.join(table, on=ACCOUNT, how="left").sort(ACCOUNT)
    if lost := found.filter(pl.col(plan.outcomes[0].name).is_null())[ACCOUNT].to_list():
        raise InputError(
            f"{len(lost)} of {assigned.height} accounts of the pilot have no outcome, "
            f"{lost[0]} first.",
            hint="give a row for each, with 0 where nothing happened: who is left out is not "
            "left out by chance",
        )
    _check_shares(found, plan.outcomes)
    return found


def check_regions(given: pl.DataFrame, assigned: pl.DataFrame, plan: PilotPlan) -> pl.DataFrame:
    """Put what was counted in regions, day by day, beside their arms.

    Args:
        given: cluster, day, accounts, and a column for each outcome: the sum of that day.
        assigned: unit, arm.
        plan: Says which outcomes there are.

    Returns:
        unit, arm, day, accounts and the outcomes, sorted.

    Raises:
        MissingColumnsError: A column is missing.
        InputError: A region of the pilot is missing or told twice, or a value is no number or day.
    """
    wanted = [*_columns(given, plan.outcomes, "The outcomes", [CLUSTER, DAY, ACCOUNTS]), ACCOUNTS]
    days = given[DAY].cast(pl.String).str.to_date("%Y-%m-%d", strict=False)
    if (wrong := given.filter(days.is_null())).height:
        raise InputError(
            f"The outcomes have the day {wrong[DAY][0]!r}.", hint="write days as 2026-06-30"
        )
    table = _numbers(given.with_columns(days.alias(DAY)), [CLUSTER, DAY], wanted)
    if table.select(CLUSTER, DAY).is_duplicated().any():
        raise InputError(
            "The outcomes have a region twice on one day.", hint="give one row for each"
        )
    arms = assigned.select("unit", "arm").unique()
    if lost := sorted(set(arms["unit"]) - set(table[CLUSTER])):
        raise InputError(
            f"{len(lost)} regions of the pilot have no outcomes, {lost[0]} first.",
            hint="give their days before and since, with 0 where nothing happened",
        )
    if (table[ACCOUNTS] <= 0).any():
        raise InputError(
            "The outcomes have a region with no accounts.", hint="accounts is above 0 on each day"
        )
    return arms.join(table, left_on="unit", right_on=CLUSTER).sort("unit", DAY)


def _columns(
    given: pl.DataFrame,
    outcomes: Sequence[PilotOutcome],
    what: str,
    keys: Sequence[str] = (ACCOUNT,),
) -> list[str]:
    wanted = [outcome.name for outcome in outcomes]
    if missing := sorted({*keys, *wanted} - set(given.columns)):
        raise MissingColumnsError(
            f"{what} lack the columns {missing}.",
            hint="the plan names the outcomes; give a column for each, or take it out of the plan",
        )
    before = [each.before for each in outcomes if each.before in given.columns]
    return list(dict.fromkeys([*wanted, *(name for name in before if name)]))


def _numbers(given: pl.DataFrame, keys: list[str], wanted: Sequence[str]) -> pl.DataFrame:
    """The wanted columns as numbers; an empty cell of what was before is unknown."""
    table = given.drop_nulls(keys)
    found = table.select(*keys, pl.col(wanted).cast(pl.Float64, strict=False))
    for name in wanted:
        wrong = table.filter(found[name].is_null() & table[name].is_not_null())
        if wrong.height or not found[name].drop_nulls().is_finite().all():
            shown = wrong[name][0] if wrong.height else "no finite number"
            raise InputError(
                f"The outcomes have {shown!r} in {name}.", hint="write numbers, as 0, 1 or 12.5"
            )
    return found


def _with_new_accounts(
    table: pl.DataFrame, assigned: pl.DataFrame, plan: PilotPlan, links: pl.DataFrame | None
) -> pl.DataFrame:
    """Add what new accounts brought to their lenders'."""
    added = [each.name for each in plan.outcomes if each.kind != "share"]
    if links is None or not added:
        return table
    new = links.join(assigned, on=ACCOUNT, how="anti").unique(ACCOUNT, keep="first")
    brought = (
        table.join(new, on=ACCOUNT)
        .group_by("lender")
        .agg(pl.col(added).sum())
        .rename({"lender": ACCOUNT})
    )
    both = table.join(brought, on=ACCOUNT, how="left", suffix="_brought", maintain_order="left")
    sums = [pl.col(name) + pl.col(f"{name}_brought").fill_null(0) for name in added]
    return both.with_columns(sums).select(table.columns)


def _check_shares(found: pl.DataFrame, outcomes: Sequence[PilotOutcome]) -> None:
    for outcome in outcomes:
        values = found[outcome.name]
        wrong = values.is_in([0.0, 1.0]).not_() if outcome.kind == "share" else values < 0
        if outcome.kind != "amount" and wrong.any():
            shown = values.filter(wrong)[0]
            told = "0 or 1 of each account" if outcome.kind == "share" else "0 or more"
            raise InputError(
                f"The outcomes have {shown:g} in {outcome.name}.",
                hint=f"it is {told}; another kind is told in the plan",
            )
