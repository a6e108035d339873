"""What becomes of treated accounts and of those who borrowed them, and what that is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.rollout.assumptions.draws import Array, fit
from detector.rollout.assumptions.rules import Assumptions, Worth
from detector.rollout.bands import chance_of, make_bands
from detector.rollout.cells import Reached
from detector.rollout.futures import Chance
from detector.rollout.tables import DIRECT, MEASURES, Outcomes

SOON, LATE = 180, 730
"""Days after an account's first treatment: half a year, and what comes in the tail of two years."""


@dataclass(frozen=True)
class OutcomeForecast:
    """Outcomes of each partner and country.

    Attributes:
        outcomes: The table.
        total: The same of all together, whose bands are not the sums of theirs.
    """

    outcomes: dy.DataFrame[Outcomes]
    total: pl.DataFrame


@dataclass(frozen=True)
class _Rates:
    """Draws of what all partners have in common."""

    complied: Array
    cancelled: Array
    converted: Array
    tail: Array
    extra_members: Array


def forecast_outcomes(reached: Reached, known: Assumptions, chance: Chance) -> OutcomeForecast:
    """Forecast cancellations, conversions, extra members, and what they make together.

    All of it is against leaving everybody alone: cancellations and conversions are those beyond
    what would have come anyway. Rates are the same for all partners but for what can be sold: an
    extra member is not, on some plans and through partners.

    Args:
        reached: Whom the plan treats.
        known: What is assumed.
        chance: Same seed, same bytes.
    """
    rates = _draw_rates(known.worth, chance)
    rows, sums = list[pl.DataFrame](), dict[int, Array]()
    parts = reached.cells.partition_by("partner", "country", as_dict=True)
    for (partner, country), cells in sorted(parts.items()):
        generator = chance_of(chance.seed, "outcomes", str(partner), str(country))
        plans = cells.group_by("plan").agg(pl.col("accounts", "borrowers").sum()).sort("plan")
        for within, drawn in _draw(plans, partner == DIRECT, rates, known.worth, generator):
            values = np.array([drawn[name] for name in MEASURES], dtype=np.float64)
            sums[within] = sums.get(within, 0) + values
            named = _rows(values, within, known.worth)
            rows.append(named.with_columns(partner=pl.lit(partner), country=pl.lit(country)))
    found = pl.concat(rows) if rows else Outcomes.create_empty()
    total = [_rows(values, within, known.worth) for within, values in sums.items()]
    return OutcomeForecast(
        Outcomes.validate(
            found.select(Outcomes.column_names()).sort(Outcomes.primary_key()),
            cast=True,
        ),
        pl.concat(total) if total else Outcomes.create_empty().drop("partner", "country"),
    )


def _draw_rates(worth: Worth, chance: Chance) -> _Rates:
    generator = chance_of(chance.seed, "rates")
    return _Rates(
        *(
            fit(each).draw(generator, chance.draws)
            for each in (
                worth.complied,
                worth.cancelled,
                worth.converted,
                worth.tail,
                worth.extra_members,
            )
        )
    )


def _draw(
    plans: pl.DataFrame, is_direct: bool, rates: _Rates, worth: Worth, chance: np.random.Generator
) -> Iterator[tuple[int, Mapping[str, Array]]]:
    """Whole accounts by measure, half a year and two years on."""
    accounts = plans["accounts"].to_numpy()
    sold = np.array([is_direct and each not in worth.no_extra_members for each in plans["plan"]])
    cancelled = chance.binomial(accounts[:, None], rates.cancelled)
    extra = chance.binomial((accounts * sold)[:, None], rates.extra_members)
    complied = chance.binomial(accounts.sum(), rates.complied)
    borrowers = int(plans["borrowers"].sum())
    soon = chance.binomial(borrowers, rates.converted)
    later = np.clip(rates.converted * (rates.tail - 1), 0, 1 - rates.converted)
    late = soon + chance.binomial(borrowers - soon, later / (1 - rates.converted))
    lost = _prices(plans["plan"].to_list(), worth) @ cancelled
    for within, converted in ((SOON, soon), (LATE, late)):
        gained = converted * worth.other_price + extra.sum(axis=0) * worth.extra_member_price
        yield (
            within,
            {
                "cancelled": cancelled.sum(axis=0),
                "complied": complied,
                "converted": converted,
                "extra_members": extra.sum(axis=0),
                "net_accounts": converted - cancelled.sum(axis=0),
                "net_revenue": gained - lost,
            },
        )


def _prices(plans: Sequence[str], worth: Worth) -> Array:
    return np.array([worth.price.get(each, worth.other_price) for each in plans])


def _rows(values: Array, within: int, worth: Worth) -> pl.DataFrame:
    table = pl.DataFrame({"measure": MEASURES, **make_bands(values)})
    return table.with_columns(within_days=pl.lit(within, pl.Int32), unit=_unit(worth))


def _unit(worth: Worth) -> pl.Expr:
    money = pl.lit(f"{worth.currency} a month")
    is_money = pl.col("measure") == "net_revenue"
    return pl.when(is_money).then(money).otherwise(pl.lit("accounts"))
