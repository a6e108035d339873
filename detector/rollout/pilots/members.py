"""Who takes part in a pilot, and what is drawn by lot: accounts alone or linked, or regions."""

from collections.abc import Sequence

import dataframely as dy
import polars as pl

from detector.errors import InputError
from detector.kernels.components import label_components
from detector.rollout.pilots.plan import PilotPlan, band_names
from detector.schemas import Accounts

DIRECT = "direct"
"""The partner of accounts without one."""
UNKNOWN = "unknown"
BETWEEN = " · "
"""Between the parts of a stratum's name."""

ACCOUNT = Accounts.account_id.name


class Members(dy.Schema):
    """Accounts that take part in a pilot, and with what they are drawn. Built by `list_members`."""

    account_id = dy.String(primary_key=True, min_length=1)
    unit = dy.String(min_length=1, description="What is drawn: an account's id, or a region.")
    stratum = dy.String(description="Within which the share is kept; one of a unit.")


def list_members(
    accounts: pl.DataFrame,
    plan: PilotPlan,
    *,
    clusters: pl.DataFrame | None = None,
    links: pl.DataFrame | None = None,
) -> dy.DataFrame[Members]:
    """List the flagged accounts of a run, each with what it is drawn with.

    A borrower's new account goes with the lender's: what was done to the one made the other.

    Args:
        accounts: As in accounts.parquet.
        plan: What is drawn, and within which strata.
        clusters: account_id, cluster: the region of each; asked for where regions are drawn.
        links: account_id, lender: accounts that borrowers took, and whose they had used.

    Returns:
        A row for each flagged account, sorted.

    Raises:
        InputError: Nobody is flagged, or an account has no region or two.
    """
    flagged = accounts.filter(Accounts.flagged.col).sort(ACCOUNT)
    if flagged.is_empty():
        raise InputError("The run flags nobody.", hint="a pilot is about flagged accounts")
    described = flagged.select(
        ACCOUNT,
        partner=Accounts.partner.col.fill_null(DIRECT),
        country=Accounts.country_of_record.col.fill_null(UNKNOWN),
        band=_bands(plan.bands),
        pattern=Accounts.pattern.col,
    )
    if plan.unit == "cluster":
        units = _regions(described[ACCOUNT], clusters)
    else:
        units = _alone_or_linked(described[ACCOUNT], links)
    told = described.with_columns(unit=units)
    strata = _strata_of_units(told, plan.strata)
    members = told.join(strata, on="unit").select(Members.column_names()).sort(ACCOUNT)
    return Members.validate(members)


def _bands(edges: Sequence[float]) -> pl.Expr:
    reached = [(Accounts.probability.col >= edge).cast(pl.Int32) for edge in edges]
    number = pl.sum_horizontal(pl.lit(0), *reached)
    names = dict(enumerate(band_names(edges)))
    return number.replace_strict(names, return_dtype=pl.String)


def _regions(accounts: pl.Series, clusters: pl.DataFrame | None) -> pl.Series:
    if clusters is None:
        raise InputError(
            "The plan draws regions, and no account's region is known.",
            hint="--clusters FILE with the columns account_id and cluster",
        )
    known = clusters.select(ACCOUNT, "cluster").drop_nulls().unique().sort(ACCOUNT, "cluster")
    if twice := known.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT].unique().sort().to_list():
        raise InputError(
            f"{len(twice)} accounts have two regions, {twice[0]} first.",
            hint="an account lies in one region only",
        )
    found = accounts.to_frame().join(known, on=ACCOUNT, how="left", maintain_order="left")
    if lost := found.filter(pl.col("cluster").is_null())[ACCOUNT].to_list():
        raise InputError(
            f"{len(lost)} flagged accounts have no region, {lost[0]} first.",
            hint="give each a cluster, be it one for all that is unknown",
        )
    return found["cluster"]


def _alone_or_linked(accounts: pl.Series, links: pl.DataFrame | None) -> pl.Series:
    """An account by itself; of linked ones, the first id of them all."""
    if links is None:
        return accounts
    pairs = links.select(ACCOUNT, "lender").drop_nulls()
    nodes = pl.concat([accounts, *(pairs[name].alias(ACCOUNT) for name in pairs.columns)])
    nodes = nodes.unique().sort()
    label = label_components(nodes, pairs[ACCOUNT], pairs["lender"])
    grouped = pl.DataFrame({ACCOUNT: nodes, "label": label})
    first = grouped.with_columns(unit=pl.col(ACCOUNT).min().over("label"))
    return accounts.to_frame().join(first, on=ACCOUNT, how="left", maintain_order="left")["unit"]


def _strata_of_units(described: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Of what is drawn whole, the most frequent of each column; at a draw the first."""
    if not columns:
        return described.select("unit").unique().with_columns(stratum=pl.lit("all"))
    strata = described.select("unit").unique().sort("unit")
    for name in columns:
        counted = described.group_by("unit", name).len()
        counted = counted.sort("unit", "len", name, descending=[False, True, False])
        strata = strata.join(counted.unique("unit", keep="first").select("unit", name), on="unit")
    return strata.select("unit", stratum=pl.concat_str(columns, separator=BETWEEN))
