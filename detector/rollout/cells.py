"""Accounts of a run and of a wave plan, counted: no account goes further than here."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

import dataframely as dy
import polars as pl

from detector.errors import InputError
from detector.events.accounts import AccountRecords
from detector.kinds import Treatment
from detector.plain_text import counted, plain_text
from detector.rollout.tables import ALL_COUNTRIES, DIRECT, Capacity, Cells, Payers, Waves
from detector.schemas import ACCOUNT, Accounts

_OF_RECORD = ("partner", "plan", "country_of_record")
_NAMED = 3
"""Partners that a message names."""
MOST_GONE = 0.5
"""A share of a plan above which it is not of this run: cancellations of years do not reach it."""
_CELL = ("partner", "country", "plan", "pattern", "wave", "day", "treatment")


@dataclass(frozen=True)
class Reached:
    """Whom a roll-out reaches, counted."""

    cells: dy.DataFrame[Cells]
    payers: dy.DataFrame[Payers]
    gone: int = 0
    """Accounts of the plan that the run does not know: cancelled since, or not used any more."""


def spread_evenly(flagged: pl.Series, start: date, days: int) -> dy.DataFrame[Waves]:
    """Plan where there is no plan: flagged accounts in equal parts over so many days.

    Which account is on which day follows from a hash of its id, and so from nothing about it.

    Examples:
        >>> plan = spread_evenly(pl.Series(["a", "b", "c"]), date(2026, 9, 1), 2)
        >>> plan["day"].value_counts().sort("day").rows()
        [(datetime.date(2026, 9, 1), 2), (datetime.date(2026, 9, 2), 1)]
    """
    ids = pl.DataFrame({ACCOUNT: flagged.cast(pl.String)})
    shuffled = ids.with_columns(order=_digests(ids[ACCOUNT])).sort("order", ACCOUNT)
    day = start + (pl.int_range(pl.len()) % days) * timedelta(days=1)
    plan = shuffled.with_columns(
        day.cast(pl.Date).alias("day"), treatment=pl.lit(Treatment.NOTIFY.value)
    ).with_columns(wave=pl.format("day-{}", pl.col("day")))
    return Waves.validate(plan.select(Waves.column_names()).sort(ACCOUNT), cast=True)


def count_reached(
    accounts: dy.DataFrame[Accounts],
    records: dy.DataFrame[AccountRecords],
    waves: dy.DataFrame[Waves],
) -> Reached:
    """Count whom a plan of waves treats, and whom it reaches besides.

    Accounts of the plan that are gone from the run bring no more contacts, and are counted apart.

    Args:
        accounts: Of a run.
        records: The accounts table, for what the run does not know of accounts.
        waves: Who is treated when.

    Raises:
        InputError: Most accounts of the plan were not judged, or nobody knows who sold one.
    """
    known = with_records(accounts, records)
    gone = waves.join(known, on=ACCOUNT, how="anti").height
    if gone > MOST_GONE * waves.height:
        raise InputError(
            f"{gone:,} of {counted(waves.height, 'account')} of the wave plan are not in the run.",
            hint="name the run whose accounts were planned, or a later one of the same log",
        )
    treated = known.join(waves, on=ACCOUNT)
    if nameless := treated.filter(~pl.col("is_recorded")).height:
        raise InputError(
            f"{counted(nameless, 'account')} of the plan are without partner: they are in no row "
            "of the accounts table.",
            hint="give all accounts of the run with --accounts; an empty partner is sold directly",
        )
    others = known.join(waves, on=ACCOUNT, how="anti")
    payers = others.filter(~pl.col("flagged"), pl.col("is_recorded"))
    return Reached(_cells(treated), _payers(payers), gone)


def check_desks(reached: Reached, capacity: dy.DataFrame[Capacity]) -> None:
    """Refuse accounts whom no desk answers.

    Raises:
        InputError: A partner, or one of its countries, has no capacity.
    """
    sold = reached.cells.group_by("partner", "country").agg(pl.col("accounts").sum())
    all_of = capacity.filter(pl.col("country") == ALL_COUNTRIES)
    mute = sold.join(all_of, on="partner", how="anti").join(
        capacity, on=["partner", "country"], how="anti"
    )
    if mute.is_empty():
        return
    found = mute.group_by("partner").agg(pl.col("country").sort(), pl.col("accounts").sum())
    told = [_told_mute(*row) for row in found.sort("partner").iter_rows()]
    more = f"; and {counted(len(told) - _NAMED, 'partner')} more" if len(told) > _NAMED else ""
    raise InputError(
        f"There is no capacity for {'; for '.join(told[:_NAMED])}{more}.",
        hint=_hint(found["partner"].sort()[0], capacity["partner"].unique().sort().to_list()),
    )


def _told_mute(partner: str, countries: list[str], accounts: int) -> str:
    where = ", ".join(plain_text(each) for each in countries if each)
    of = f"the partner {plain_text(partner)!r}" + (f" in {where}" if where else "")
    return f"{of}, with {counted(accounts, 'account')} in the plan"


def _hint(partner: str, known: list[str]) -> str:
    """What to write, and what was written if it only looks like it."""
    row = (
        f"add a row with partner {plain_text(partner)} to the capacity file; one without a country "
        "is for all"
    )
    alike = [name for name in known if name.casefold() == partner.casefold() and name != partner]
    if not alike:
        return row
    return f"the capacity file calls it {plain_text(alike[0])!r}: write it as the accounts table"


def _digests(ids: pl.Series) -> pl.Series:
    """The same on every machine, which Polars' own hash does not promise."""
    found = [blake2b(each.encode(), digest_size=8).hexdigest() for each in ids.to_list()]
    return pl.Series(found, dtype=pl.String)


def with_records(
    accounts: dy.DataFrame[Accounts], records: dy.DataFrame[AccountRecords]
) -> pl.DataFrame:
    """Accounts with partner, country and plan, from the run or else from the accounts table.

    Who is in neither has `is_recorded` false, and counts as sold directly.
    """
    given = records.select(ACCOUNT, *_OF_RECORD, in_table=pl.lit(value=True))
    joined = accounts.select(
        ACCOUNT, "flagged", "probability", "pattern", "external_households", *_OF_RECORD
    ).join(given, on=ACCOUNT, how="left", suffix="_given")
    told = {name: pl.coalesce(name, f"{name}_given") for name in _OF_RECORD}
    recorded = pl.col("in_table").is_not_null() | pl.col("partner").is_not_null()
    return joined.with_columns(is_recorded=recorded, **told).with_columns(
        pl.col("partner").fill_null(DIRECT),
        pl.col("plan").fill_null(""),
        country=pl.col("country_of_record").fill_null(ALL_COUNTRIES),
    )


def _cells(treated: pl.DataFrame) -> dy.DataFrame[Cells]:
    found = treated.group_by(_CELL).agg(
        accounts=pl.len().cast(pl.Int64),
        borrowers=pl.col("external_households").cast(pl.Int64).sum(),
    )
    return Cells.validate(found.select(Cells.column_names()).sort(_CELL), cast=True)


def _payers(others: pl.DataFrame) -> dy.DataFrame[Payers]:
    found = others.group_by("partner", "country").agg(accounts=pl.len().cast(pl.Int64))
    return Payers.validate(found.sort("partner", "country"), cast=True)
