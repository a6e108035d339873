"""When the next wave is not decided: contacts, cancellations or granted appeals beyond a bound.

Each is asked partner by partner, and only beyond chance: the lower end of a one-sided interval has
to lie above the bound. Of shares it is Clopper's and Pearson's, which is exact. Contacts of one day
stray together, so that their interval follows from how far days stray from what was expected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy import special

from detector.errors import DetectorError
from detector.plain_text import plain_text
from detector.rollout.waves.terms import Stop, StopTerms

CONTACTS, CANCELLED, OVERTURNED = "contacts", "cancelled", "overturned"
RULES = (CONTACTS, CANCELLED, OVERTURNED)
FEWEST_DAYS = 5
"""Of fewer, nobody knows how far days stray."""


class WaveStoppedError(DetectorError):
    """A stop rule keeps a wave from being decided."""


@dataclass(frozen=True)
class SeenSoFar:
    """What happened since the first wave of a plan, one row each.

    Attributes:
        contacts: `partner`, `day`, `contacts` and `expected` of each day that was counted.
        treated: `partner`, `day` and `cancelled` of each account that a wave treated.
        appeals: `partner`, `day` and `granted` of each appeal that was answered.
    """

    contacts: pl.DataFrame
    treated: pl.DataFrame
    appeals: pl.DataFrame


@dataclass(frozen=True)
class FiredStop:
    """A rule that fired.

    Attributes:
        rule: Which of `RULES`.
        partner: Of whom.
        figure: What was found: a share, or contacts for each that was expected.
        at_least: The lower end of its interval.
        most: The bound that this is above.
        counted: Contacts, accounts or appeals that it rests on.
    """

    rule: str
    partner: str
    figure: float
    at_least: float
    most: float
    counted: int

    def words(self) -> str:
        """In a sentence.

        Examples:
            >>> FiredStop("cancelled", "Telvia", 0.2, 0.17, 0.1, 1_000).words()
            'cancelled of Telvia: 20.0% of 1,000 accounts, surely above 17.0%; the most is 10.0%'
        """
        who = f"{self.rule} of {plain_text(self.partner)}"
        if self.rule == CONTACTS:
            return (
                f"{who}: {self.counted:,} came, {self.figure:.2f} for each that was expected, "
                f"surely above {self.at_least:.2f}; the most is {self.most:.2f}"
            )
        of = "accounts" if self.rule == CANCELLED else "appeals"
        return (
            f"{who}: {self.figure:.1%} of {self.counted:,} {of}, surely above "
            f"{self.at_least:.1%}; the most is {self.most:.1%}"
        )


def find_stops(
    seen: SeenSoFar, terms: StopTerms, lifted: Mapping[tuple[str, str], date]
) -> list[FiredStop]:
    """Find the rules that keep the next wave from being decided.

    Args:
        seen: What happened.
        terms: What is too much.
        lifted: For a rule and partner, the day until which a person forgave what was found.

    Examples:
        >>> nobody = pl.DataFrame(schema={"partner": pl.String, "day": pl.Date, "granted": bool})
        >>> contacts = pl.DataFrame(schema={"partner": pl.String, "day": pl.Date,
        ...     "contacts": pl.Int64, "expected": pl.Float64})
        >>> treated = pl.DataFrame({"partner": "Telvia", "day": date(2026, 9, 7),
        ...     "cancelled": [True] * 30 + [False] * 70})
        >>> most = Stop(most=0.1, at_least=50)
        >>> terms = StopTerms(confidence=0.99, contacts=most, cancelled=most, overturned=most)
        >>> [each.rule for each in find_stops(SeenSoFar(contacts, treated, nobody), terms, {})]
        ['cancelled']
    """
    shares = ((CANCELLED, seen.treated, "cancelled"), (OVERTURNED, seen.appeals, "granted"))
    found = list(_contacts(_forgiven(seen.contacts, CONTACTS, lifted), terms))
    for rule, table, column in shares:
        found += _shares(_forgiven(table, rule, lifted), column, rule, terms)
    return sorted(found, key=lambda each: (RULES.index(each.rule), each.partner))


def _forgiven(
    table: pl.DataFrame, rule: str, lifted: Mapping[tuple[str, str], date]
) -> pl.DataFrame:
    for (of, partner), day in lifted.items():
        if of == rule:
            table = table.filter((pl.col("partner") != partner) | (pl.col("day") > day))
    return table


def _contacts(contacts: pl.DataFrame, terms: StopTerms) -> Iterator[FiredStop]:
    """A ratio of sums; its error follows from what is left of each day (Cochran 1977, 6.4)."""
    by_day = contacts.group_by("partner", "day").agg(pl.col("contacts", "expected").sum())
    for (partner,), rows in sorted(
        by_day.sort("day").partition_by("partner", as_dict=True).items()
    ):
        came = rows["contacts"].to_numpy().astype(float)
        hoped = rows["expected"].to_numpy()
        if rows.height < FEWEST_DAYS or came.sum() < terms.contacts.at_least or not hoped.sum():
            continue
        ratio = came.sum() / hoped.sum()
        left = ((came - ratio * hoped) ** 2).sum() * rows.height / (rows.height - 1)
        error = np.sqrt(max(left, came.sum())) / hoped.sum()
        lower = ratio - float(special.stdtrit(rows.height - 1, terms.confidence)) * error
        if lower > terms.contacts.most:
            most = terms.contacts.most
            yield FiredStop(CONTACTS, str(partner), ratio, lower, most, int(came.sum()))


def _shares(table: pl.DataFrame, column: str, rule: str, terms: StopTerms) -> Iterator[FiredStop]:
    stop: Stop = terms.cancelled if rule == CANCELLED else terms.overturned
    counted = table.group_by("partner").agg(hits=pl.col(column).sum(), of=pl.len())
    for partner, hits, of in counted.sort("partner").iter_rows():
        lower = 0.0
        if hits:
            lower = float(special.betaincinv(hits, of - hits + 1, 1 - terms.confidence))
        if of >= stop.at_least and lower > stop.most:
            yield FiredStop(rule, partner, hits / of, lower, stop.most, of)
