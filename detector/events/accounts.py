"""The service's own accounts table, checked before any verdict leans on it."""

from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from detector.errors import InputError
from detector.plain_text import plain_text
from detector.schemas import ACCOUNT


class AccountRecords(dy.Schema):
    """What the service itself knows of an account: who sold it, on which plan.

    Built by `detector.events.accounts.clean_records` from the user's accounts table.
    """

    account_id = dy.String(primary_key=True, min_length=1)
    partner = dy.String(nullable=True, description="The operator through which it was sold.")
    plan = dy.String(nullable=True)
    country_of_record = dy.String(nullable=True, description="The country of the accounts table.")
    signed_up = dy.Date(nullable=True, description="The `signup_date` of the accounts table.")
    extra_members = dy.UInt32(
        nullable=True, description="Households beside home that are paid for."
    )


class Residents(dy.Schema):
    """Which device lived in which household in the run before.

    Read from its `Devices` (`pipelines.run_tables.list_residents`).
    """

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    household_id = dy.String(min_length=1)


R = AccountRecords
EXTRA = R.extra_members.name
SIGNUP = "signup_date"
COLUMNS = (ACCOUNT, "partner", "country", "plan", EXTRA, SIGNUP)
"""The columns of an accounts table that this version uses; any others are ignored."""
MOST_CHARS = 256
"""Longer names are cut."""

NAMED = 3
"""Wrong values told in a message; the rest are counted."""


@dataclass(frozen=True)
class Known:
    """What is known of accounts before their log is judged; may name other accounts too."""

    flagged_before: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    """The account ids that the previous run flagged."""
    records: dy.DataFrame[AccountRecords] = field(default_factory=AccountRecords.create_empty)
    residents: dy.DataFrame[Residents] = field(default_factory=Residents.create_empty)


def clean_records(rows: pl.DataFrame) -> dy.DataFrame[AccountRecords]:
    """Check an accounts table; exact repetitions count once, empty words are unknown.

    What is wrong is refused rather than skipped: a lost `extra_members` would flag a family
    for what it pays for.

    Args:
        rows: The columns of `COLUMNS` as text, in any order.

    Raises:
        InputError: A row without an account, a number that is none, or two records of one account.

    Examples:
        >>> rows = {"account_id": ["ada", "bob"], "partner": ["Orbita", " "], "plan": "premium",
        ...         "country": "ES", "extra_members": ["1.0", None], "signup_date": "2024-03-01"}
        >>> clean_records(pl.DataFrame(rows)).drop("signed_up").rows()
        [('ada', 'Orbita', 'premium', 'ES', 1), ('bob', None, 'premium', 'ES', None)]
    """
    trimmed = rows.select(ACCOUNT, *(_word(name) for name in COLUMNS[1:]))
    _refuse_nameless(trimmed)
    # pandas writes whole numbers with gaps as 1.0.
    number = pl.col(EXTRA).str.extract(r"^(\d{1,4})(?:\.0*)?$").cast(pl.UInt32)
    wrong = trimmed.filter(pl.col(EXTRA).is_not_null() & number.is_null())
    _refuse(wrong[EXTRA], "extra_members that are no number of households", "give 0, 1, 2, ...")
    day = pl.col(SIGNUP).str.extract(r"^(\d{4}-\d\d-\d\d)").str.to_date(strict=False)
    odd = trimmed.filter(pl.col(SIGNUP).is_not_null() & day.is_null())
    _refuse(odd[SIGNUP], "values of signup_date that are no day", "write them as 2024-03-01")
    records = (
        trimmed.with_columns(number.alias(EXTRA), day.alias(R.signed_up.name))
        .rename({"country": R.country_of_record.name})
        .select(R.column_names())
        .unique()
        .sort(ACCOUNT)
    )
    twice = records.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT]
    _refuse(twice, "accounts with records that contradict each other", "keep the latest of each")
    return R.validate(records, cast=True)


def describe_gaps(records: pl.DataFrame, accounts: pl.DataFrame) -> tuple[str, ...]:
    """Say how far the accounts table and the judged accounts fail to meet.

    Examples:
        >>> known = pl.DataFrame({"account_id": ["ada", "bob"]})
        >>> describe_gaps(known, pl.DataFrame({"account_id": ["ada"]}))
        ('1 of 2 accounts of the accounts table were not seen in the log.',)
    """
    unseen = records.join(accounts, on=ACCOUNT, how="anti").height
    unlisted = accounts.join(records, on=ACCOUNT, how="anti").height
    gaps = (
        (unseen, records.height, "of the accounts table were not seen in the log"),
        (unlisted, accounts.height, "of the log are not in the accounts table"),
    )
    return tuple(f"{n:,} of {of:,} accounts {what}." for n, of, what in gaps if n)


def _word(name: str) -> pl.Expr:
    """Without spaces around; "es" is the country "ES", as in the log."""
    text = pl.col(name).str.strip_chars().str.slice(0, MOST_CHARS)
    if name == "country":
        text = pl.when(text.str.len_chars() == 2).then(text.str.to_uppercase()).otherwise(text)
    return pl.when(text != "").then(text).alias(name)


def _refuse_nameless(rows: pl.DataFrame) -> None:
    if nameless := rows.filter(pl.col(ACCOUNT).str.strip_chars().fill_null("") == "").height:
        raise InputError(
            f"The accounts table has {nameless:,} rows without an account_id.",
            hint="give every row its account_id, or leave the row out",
        )


def _refuse(values: pl.Series, what: str, hint: str) -> None:
    distinct = values.unique().sort()
    if distinct.is_empty():
        return
    shown = ", ".join(repr(plain_text(value[:40])) for value in distinct.head(NAMED))
    more = ", ..." if distinct.len() > NAMED else ""
    raise InputError(f"The accounts table has {distinct.len():,} {what}: {shown}{more}.", hint=hint)
