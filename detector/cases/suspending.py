"""Reasons that were overturned too often flag nobody, until a person lifts that.

The store keeps what a run said of an account, reasons and all; only `decide` looks away.
"""

import polars as pl
from sqlalchemy import select

from detector.cases.agreeing import leading_codes, overturn_rates
from detector.cases.bulk import read_frame
from detector.cases.failures import RefusedMoveError
from detector.cases.reading import Reading
from detector.cases.rows import CASES, REVIEWS, SUSPENSIONS
from detector.cases.sealing import ChainLine, write_sealed
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.errors import SettingsError
from detector.plain_text import plain_text
from detector.policy.rules import ReviewTerms

NAME = "code"


def suspend_reason(store: CaseStore, code: str, by: str, at_us: int) -> None:
    """Let a reason flag nobody; of one that is suspended, nothing is changed.

    Raises:
        SettingsError: No reason is named, or nobody who does it.
    """
    if not (code.strip() and by.strip()):
        raise SettingsError("Name a reason, and who suspends it.", hint="as in reason_codes")
    with store.writing(by, at_us, person=True) as writing:
        if code not in suspended(writing)[NAME]:
            _suspend(writing, code, "suspended by hand")


def lift_reason(store: CaseStore, code: str, by: str, at_us: int) -> None:
    """Let a reason flag again; what was said of it so far does not suspend it anew.

    Raises:
        RefusedMoveError: It is not suspended.
    """
    with store.writing(by, at_us, person=True) as writing:
        rows = suspended(writing).filter(pl.col(NAME) == code)
        if rows.is_empty():
            raise RefusedMoveError(
                f"The reason {plain_text(code)!r} is not suspended.",
                hint="household cases reasons list",
            )
        row = {**rows.row(0, named=True), "lifted_us": at_us, "lifted_by": by}
        write_sealed(writing, SUSPENSIONS, row, ChainLine("lift", told={NAME: code}))


def suspended(reading: Reading) -> pl.DataFrame:
    """Reasons that flag nobody: the columns of `rows.SUSPENSIONS`, sorted by code."""
    return read_frame(reading.connection, SUSPENSIONS, "WHERE lifted_us IS NULL").sort(NAME)


def is_reason(reading: Reading, code: str) -> bool:
    """Whether any case has, or any answer was about, this reason: a misspelt one would be idle."""
    return any(
        reading.connection.execute(
            select(column).where(column.contains(f'"{code}"', autoescape=True)).limit(1)
        ).first()
        for column in (CASES.c.reason_codes, REVIEWS.c.reason_codes)
    )


def suspend_overturned(writing: Writing, terms: ReviewTerms) -> list[str]:
    """Suspend each reason of whose accounts too many turned out to be none.

    Args:
        writing: A transaction of the store.
        terms: How many are too many, and how many must have been looked at.

    Returns:
        The reasons that are newly suspended, sorted.
    """
    beyond = overturn_rates(writing).filter(
        pl.col("reviewed") >= terms.overturn_min_reviews, pl.col("share") > terms.overturn_limit
    )
    new = beyond.join(suspended(writing), on=NAME, how="anti").sort(NAME)
    for code, hits, of in new.select(NAME, "overturned", "reviewed").iter_rows():
        _suspend(writing, code, f"{hits:,} of {of:,} accounts were none")
    return new[NAME].to_list()


def rests_on_suspended(cases: pl.DataFrame, codes: pl.Series) -> pl.Series:
    """Whether the strongest reasons of a case are all suspended.

    Args:
        cases: With `reason_codes`.
        codes: The suspended ones.

    Examples:
        >>> cases = pl.DataFrame({"reason_codes": ['["tv","days"]', '["days","tv"]', "[]"]})
        >>> rests_on_suspended(cases, pl.Series(["tv"])).to_list()
        [False, False, False]
        >>> rests_on_suspended(cases, pl.Series(["tv", "days"])).to_list()
        [True, True, False]
    """
    known = set(codes)
    found = [leading_codes(text) for text in cases["reason_codes"]]
    return pl.Series("rests", [bool(each) and known.issuperset(each) for each in found])


def _suspend(writing: Writing, code: str, note: str) -> None:
    row = {
        NAME: code,
        "since_us": writing.by.at_us,
        "suspended_by": writing.by.actor,
        "lifted_us": None,
        "lifted_by": None,
    }
    write_sealed(writing, SUSPENSIONS, row, ChainLine("suspend", note, told={NAME: code}))
