"""Borrowers who took an account: devices that leave the lender's and come back on another.

What one session shows is a quarter of it (Rupt, vendor): somebody is told today and signs up next
month. So the tables of later runs are asked where each borrower's devices are now, and who lives
behind the line on which the borrower lived.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import dataframely as dy
import polars as pl

from detector.errors import InputError
from detector.rollout.traces import KEY, SLACK_DAYS, trace
from detector.rollout.traces import SeenRun as SeenRun
from detector.schemas import ACCOUNT

DAYS = 180
"""Within which a new account counts, unless it is said: half a year."""

TAIL_DAYS = 730
"""Two years: sign-ups were above the level before for about so long (Antenna)."""

GUEST_DAYS = 4
"""Days from which somebody on an account that was there before is no guest."""

NEW_DAYS = 2
"""Days from which somebody on a new account is no guest."""

PART = 0.2
"""Share of a household's device-days from which somebody of it left the others, to a new account
at the same place: who lives together is told from days, and two borrowers are taken for one."""

SAME_HOUSEHOLD = 0.5
"""Share of a household's device-days whose devices came along, from which it is the household
that came, and not a device that was sold."""


class Conversions(dy.Schema):
    """An account that a borrower took. Built by `find_conversions`."""

    lender = dy.String(primary_key=True, description="The account that was borrowed.")
    household_id = dy.String(primary_key=True, description="Of the borrower, as in the run before.")
    account_id = dy.String(primary_key=True, description="On which the borrower is now.")
    kind = dy.Enum(
        ["new", "another", "borrows_again"],
        description="Signed up since; there before, and the borrower is at home on it; there "
        "before, and somebody else's: no conversion.",
    )
    first_day = dy.Date(description="On which the borrower is first seen there.")
    days_since = dy.Int64(min=0, description="From the day on which treatment began.")
    by = dy.Enum(["devices", "line", "both"], description="What tells it.")
    share = dy.Float64(min=0, max=1, description="Of the device-days before, of what came along.")


def find_conversions(
    before: SeenRun, later: Sequence[SeenRun], since: date, *, by_devices: bool = True
) -> dy.DataFrame[Conversions]:
    """Find what became of the borrowers of flagged accounts.

    A borrower has left if no device of the household uses the lender's account any more; guests
    have not. Where the devices are now tells most: the household has come along if at least half
    of its life has, by device-days, or if what came lives where the household did. A television
    that was sold does neither. Where every id is new, the line tells: a new account that begins
    behind the borrower's own line, within weeks of the borrower's leaving it.

    Args:
        before: The last run before anybody was treated.
        later: Runs since, in any order. Windows that overlap show more: a line is known for one
            while both accounts are seen behind it in one run.
        since: The day on which treatment began.
        by_devices: Whether device ids are asked.

    Returns:
        A row for each account that a borrower's household took, sorted: two borrowers who were
        taken for one may have taken two.

    Raises:
        InputError: The run before ended after that day, or no run is later.
    """
    _check(before, later, since)
    runs = sorted(later, key=lambda run: (run.last_day, run.first_day))
    told = _judge(trace(before, runs, by_devices=by_devices), since)
    sure = told.filter("has_devices")
    # Of what a line alone tells, one account of one borrower.
    lines = told.join(sure, on=KEY, how="anti").join(sure, on=ACCOUNT, how="anti")
    lines = lines.unique(KEY, keep="first", maintain_order=True)
    rows = pl.concat([sure, lines.unique(ACCOUNT, keep="first", maintain_order=True)])
    return Conversions.validate(
        rows.select(Conversions.column_names()).sort(*KEY, ACCOUNT), cast=True
    )


def _check(before: SeenRun, later: Sequence[SeenRun], since: date) -> None:
    if before.last_day >= since:
        raise InputError(
            f"The first run judged days up to {before.last_day}, and treatment began on {since}.",
            hint="name the last run that ended before that day first",
        )
    if not any(run.last_day >= since for run in later):
        raise InputError(
            f"No run judged a day from {since} on.", hint="name runs since the pilot began, too"
        )


def _judge(traces: pl.DataFrame, since: date) -> pl.DataFrame:
    """Who came along and who is a guest, the surest first."""
    by_then = pl.col("first_day") + timedelta(days=SLACK_DAYS)
    signed_up = pl.coalesce("signed_up", "seen")
    marked = traces.with_columns(
        is_new=(signed_up >= since - timedelta(days=SLACK_DAYS)) & (pl.col("seen") >= since),
        has_left=pl.col("left") <= by_then,
        part_has_left=(pl.col("moved_left") <= by_then).fill_null(value=False),
        others_stay=(pl.col("others_left") > by_then).fill_null(value=False),
        is_part=pl.col("share") >= PART,
        has_devices=pl.col("by").str.contains("devices"),
        has_line=pl.col("by").str.contains("line"),
    )
    # An account that was there before may have got the address of somebody who left.
    came = pl.when("has_devices").then(_came_whole() | _came_in_part()).otherwise(
        _came_whole() & pl.col("is_new")
    )  # fmt: skip
    return (
        marked.filter(pl.col("first_day") >= since, pl.col("days") >= _days_of_no_guest(), came)
        .with_columns(
            kind=_kind(),
            days_since=(pl.col("first_day") - since).dt.total_days(),
            by=pl.when(pl.col("has_devices") & pl.col("has_line"))
            .then(pl.lit("both"))
            .otherwise("by"),
        )
        .sort(
            "has_devices", "share", "days", "first_day", ACCOUNT, *KEY,
            descending=[True, True, True, False, False, False, False],
        )
    )  # fmt: skip


def _came_whole() -> pl.Expr:
    """The household left the lender, and what came is it; of home, only if others stay."""
    is_it = (
        (pl.col("share") >= SAME_HOUSEHOLD)
        | pl.col("same_place")
        | (pl.col("is_new") & pl.col("is_part"))
    )
    return pl.col("has_left") & is_it & (~pl.col("is_home") | pl.col("others_stay"))


def _came_in_part() -> pl.Expr:
    """Somebody of it left the others, for a new account at the same place."""
    at_place = pl.col("has_line") | (pl.col("same_place") & pl.col("is_part"))
    return pl.col("is_new") & at_place & ~pl.col("is_home") & pl.col("part_has_left")


def _days_of_no_guest() -> pl.Expr:
    """Who lives where the account does is none from the first day on."""
    is_own = pl.col("is_new") | pl.col("lived_there")
    lives_there = is_own & pl.col("same_place") & pl.col("has_devices")
    return pl.when(lives_there).then(1).when("is_new").then(NEW_DAYS).otherwise(GUEST_DAYS)


def _kind() -> pl.Expr:
    return (
        pl.when("is_new")
        .then(pl.lit("new"))
        .when(pl.col("at_home") & pl.col("lived_there"))
        .then(pl.lit("another"))
        .otherwise(pl.lit("borrows_again"))
    )


def mark_converted(
    assigned: pl.DataFrame, conversions: pl.DataFrame, days: int = DAYS
) -> pl.DataFrame:
    """Say of each account of a pilot whether a borrower of it took an account in time.

    Args:
        assigned: account_id and others, which are kept.
        conversions: lender, kind, days_since.
        days: Within which it counts, from the day on which treatment began.

    Examples:
        >>> assigned = pl.DataFrame({"account_id": ["ada", "bob"]})
        >>> found = pl.DataFrame({"lender": ["ada"], "kind": ["new"], "days_since": [40]})
        >>> mark_converted(assigned, found)["converted"].to_list()
        [1.0, 0.0]
    """
    took = conversions.filter(pl.col("kind") != "borrows_again", pl.col("days_since") < days)
    converted = pl.col(ACCOUNT).is_in(took["lender"].implode())
    return assigned.with_columns(converted=converted.cast(pl.Float64))
