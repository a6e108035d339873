"""Whom to treat first: classes of certainty and harm, and an order of accounts within them."""

from datetime import date, timedelta
from hashlib import blake2b

import dataframely as dy
import numpy as np
import polars as pl

from detector.kinds import Treatment
from detector.rollout.assumptions.rules import Assumptions
from detector.rollout.factors import mix_factor
from detector.rollout.tables import Waves
from detector.rollout.waves.problem import Array
from detector.rollout.waves.terms import WaveTerms
from detector.schemas import ACCOUNT

CANDIDATES = (ACCOUNT, "partner", "country", "plan", "pattern", "probability")
"""The columns of accounts that may be treated."""
CELL, CONTACTS = "cell", "contacts"
_CLASS = ("certainty", "harm", "partner", "country")


class PlannedWaves(Waves):
    """On which day an account is treated first, how, and who sold it.

    Built by `detector.rollout.waves.plan.plan_waves`; what `household decide --wave` takes.
    """

    partner = dy.String(min_length=1)
    country = dy.String(description="Of record; empty: unknown.")


def count_cells(
    candidates: pl.DataFrame, terms: WaveTerms, known: Assumptions
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put accounts into cells, those first that are to start first: the surest, then the gentlest.

    Args:
        candidates: The columns of `CANDIDATES`.
        terms: What is surer, and what harms less.
        known: Who rings more often.

    Returns:
        The accounts with their `cell`; and the cells in order: certainty, harm, partner, country,
        accounts, and the contacts of one for each of an average account.
    """
    sure = len(terms.certainty) - pl.sum_horizontal(
        pl.lit(0), *(pl.col("probability") >= each for each in terms.certainty)
    )
    gentle = {name: rank for rank, name in enumerate(terms.gentle)}
    harm = pl.col("pattern").replace_strict(gentle, default=len(gentle), return_dtype=pl.Int32)
    mixes = candidates.select("pattern", "plan").unique().sort("pattern", "plan")
    factors = [mix_factor(mix, known) for mix in mixes.iter_rows()]
    told = candidates.join(
        mixes.with_columns(pl.Series(CONTACTS, factors, pl.Float64)), on=["pattern", "plan"]
    ).with_columns(certainty=sure.cast(pl.Int32), harm=harm)
    # Counted, then weighed: sums of fractions would depend on the order of the rows.
    counted = told.group_by(*_CLASS, CONTACTS).agg(accounts=pl.len()).sort(*_CLASS, CONTACTS)
    cells = (
        counted.group_by(_CLASS, maintain_order=True)
        .agg(
            pl.col("accounts").sum(),
            (pl.col(CONTACTS) * pl.col("accounts")).sum() / pl.col("accounts").sum(),
        )
        .with_row_index(CELL)
    )
    return told.join(cells.select(CELL, *_CLASS), on=_CLASS).drop(CONTACTS), cells


def choose(
    accounts: pl.DataFrame, starts: Array, first: date, name: str
) -> dy.DataFrame[PlannedWaves]:
    """Name the accounts that start on each day: of a cell the surest first.

    Accounts that are equally sure are taken in the order of a hash of their ids, which follows from
    nothing about them and is the same on every machine.

    Args:
        accounts: From `count_cells`.
        starts: How many, by cell and day.
        first: The day of the first column.
        name: What waves are called, before their day.

    Returns:
        `Waves` with partner and country, sorted by account; who does not start has no row.
    """
    ranked = _ranked(accounts)
    numbers: Array = np.arange(starts.shape[1], dtype=np.int32)
    days: list[Array] = [np.repeat(numbers, each) for each in starts]
    sizes = ranked.group_by(CELL, maintain_order=True).len()
    parts = zip(sizes[CELL].to_list(), sizes["len"].to_list(), strict=True)
    padded = [_padded(days[int(cell)], int(size)) for cell, size in parts]
    day: Array = np.concatenate([np.zeros(0, np.int32), *padded])
    planned = ranked.with_columns(pl.Series("number", day)).filter(pl.col("number") >= 0)
    found = planned.select(
        ACCOUNT,
        day=(first + pl.col("number") * timedelta(days=1)).cast(pl.Date),
        treatment=pl.lit(Treatment.NOTIFY.value),
        partner="partner",
        country="country",
    ).with_columns(wave=pl.format(f"{name}-{{}}", pl.col("day")))
    return PlannedWaves.validate(found.select(PlannedWaves.column_names()).sort(ACCOUNT), cast=True)


def _ranked(accounts: pl.DataFrame) -> pl.DataFrame:
    """By cell, the surest first; hashes are taken only of those that are equally sure."""
    twin = pl.struct(CELL, "probability").is_duplicated()
    tied = accounts.filter(twin).select(ACCOUNT)
    hashes = [blake2b(each.encode(), digest_size=8).hexdigest() for each in tied[ACCOUNT]]
    table = tied.with_columns(pl.Series("hash", hashes, pl.String))
    return accounts.join(table, on=ACCOUNT, how="left").sort(
        CELL, "probability", "hash", ACCOUNT, descending=[False, True, False, False]
    )


def _padded(days: Array, size: int) -> Array:
    """Who has no day does not start."""
    return np.concatenate([days, np.full(size - len(days), -1, np.int32)])
