"""How many accounts are treated on one day: the surest first, the rest on another day."""

from collections import Counter
from collections.abc import Sequence

import dataframely as dy
import polars as pl

from detector.policy.decisions import Decisions, Subjects
from detector.policy.rules import PolicyCaps

HELD_BY = "held_by"
DAY_CAP, PARTNER_CAP, COUNTRY_CAP = "per_day", "per_partner_per_day", "per_country_per_day"


class TreatedToday(dy.Schema):
    """How many accounts earlier calls of the same day have treated: what caps count on from."""

    partner = dy.String(nullable=True)
    country = dy.String(nullable=True)
    accounts = dy.UInt32()


class HeldBack(dy.Schema):
    """How many accounts wait for another day, and for which cap."""

    held_by = dy.Enum((DAY_CAP, PARTNER_CAP, COUNTRY_CAP), primary_key=True)
    accounts = dy.UInt32()


def apply_caps(
    accounts: pl.DataFrame, caps: PolicyCaps, today: dy.DataFrame[TreatedToday]
) -> pl.DataFrame:
    """Say of each account that is about to be treated which cap holds it back.

    The surest accounts come first, so that what waits is what may wait. Nothing is drawn at
    random: the same accounts are held back whoever asks.

    Args:
        accounts: With account_id, probability, partner and country.
        caps: How many a day.
        today: What this day has seen already.

    Returns:
        The accounts, the surest first, with the cap that holds each back; null: none does.

    Examples:
        >>> accounts = pl.DataFrame({"account_id": ["ada", "bob", "cyd"],
        ...     "probability": [0.97, 0.99, 0.95], "partner": "telco", "country": None})
        >>> none = TreatedToday.create_empty()
        >>> held = apply_caps(accounts, PolicyCaps(per_partner_per_day=2), none)
        >>> held.select("account_id", "held_by").rows()
        [('bob', None), ('ada', None), ('cyd', 'per_partner_per_day')]
    """
    ordered = accounts.sort(
        pl.col(Subjects.probability.name), Subjects.account_id.col, descending=[True, False]
    )
    held = _held(
        ordered[Subjects.partner.name].to_list(),
        ordered[Subjects.country.name].to_list(),
        caps,
        today,
    )
    return ordered.with_columns(pl.Series(HELD_BY, held, pl.String))


def count_today(decisions: pl.DataFrame, subjects: pl.DataFrame) -> dy.DataFrame[TreatedToday]:
    """Count whom the decisions of one day treat, for the caps of that day's next call.

    What was withdrawn since still counts: somebody was told.

    Args:
        decisions: The columns of `Decisions`, all of one day.
        subjects: The columns of `Subjects`; an account that is not among them has no partner and
            no known country.

    Examples:
        >>> decisions = pl.DataFrame({"account_id": ["ada", "ada", "bob"], "withdraws": None})
        >>> ada = {"account_id": ["ada"], "partner": ["telco"], "country": ["DE"]}
        >>> count_today(decisions, pl.DataFrame(ada)).rows()
        [(None, None, 1), ('telco', 'DE', 1)]
    """
    key, of = Subjects.account_id.name, (Subjects.partner.name, Subjects.country.name)
    treated = decisions.filter(Decisions.withdraws.col.is_null()).select(key).unique()
    return (
        treated.join(subjects.select(key, *of), on=key, how="left")
        .group_by(of)
        .agg(accounts=pl.len().cast(pl.UInt32))
        .sort(of)
        .pipe(TreatedToday.validate, cast=True)
    )


def count_held(held: pl.DataFrame) -> dy.DataFrame[HeldBack]:
    """Count the accounts that each cap held back."""
    return (
        held.drop_nulls(HELD_BY)
        .group_by(HELD_BY)
        .agg(accounts=pl.len().cast(pl.UInt32))
        .sort(HELD_BY)
        .pipe(HeldBack.validate, cast=True)
    )


def _held(
    partners: Sequence[str | None],
    countries: Sequence[str | None],
    caps: PolicyCaps,
    today: dy.DataFrame[TreatedToday],
) -> list[str | None]:
    """One after the other: whom one cap holds back must not use up another's room."""
    of_partner, of_country = Counter[str | None](), Counter[str | None]()
    total = 0
    for partner, country, accounts in today.select(TreatedToday.column_names()).iter_rows():
        of_partner[partner] += accounts
        of_country[country] += accounts
        total += accounts
    held: list[str | None] = []
    for partner, country in zip(partners, countries, strict=True):
        if _full(total, caps.per_day):
            held.append(DAY_CAP)
        elif partner is not None and _full(of_partner[partner], caps.per_partner_per_day):
            held.append(PARTNER_CAP)
        elif _full(of_country[country], caps.per_country_per_day):
            held.append(COUNTRY_CAP)
        else:
            held.append(None)
            total += 1
            of_partner[partner] += 1
            of_country[country] += 1
    return held


def _full(count: int, cap: int | None) -> bool:
    return cap is not None and count >= cap
