"""Borrowers who took an account: devices that leave the lender's and come back on another.

What one session shows is a quarter of it (Rupt, vendor): somebody is told today and signs up next
month. So the tables of later runs are asked where each borrower's devices are now, and who lives
behind the line on which the borrower lived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dataframely as dy
import polars as pl

from detector.errors import InputError
from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices, Places

D, P, A = Devices, Places, Accounts

DAYS = 180
"""Within which a new account counts, unless it is said: half a year."""

TAIL_DAYS = 730
"""Two years: sign-ups were above the level before for about so long (Antenna)."""

SLACK_DAYS = 7
"""Days for which a borrower may use both accounts: whoever tries a new one looks back."""

LINE_DAYS = 14
"""Days after which an address says nothing any more of who lives there: leases of days to weeks
are common (FACTS). Of 28 days, more neighbours who got a borrower's old address were taken for
the borrower than borrowers found."""

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

LENDER = "lender"
HOUSE = Devices.household_id.name
_KEY = [LENDER, HOUSE]


@dataclass(frozen=True)
class SeenRun:
    """What conversions are found in: three tables of a run, and which days it judged."""

    first_day: date
    last_day: date
    accounts: pl.DataFrame
    devices: pl.DataFrame
    places: pl.DataFrame


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
    homes = list_borrowers(before)
    used = _add_up_use([before, *runs])
    left = _last_seen(homes, used, [before, *runs])
    arrived = _beginnings([before, *runs])
    found = [_by_lines(before, runs, homes)]
    if by_devices:
        found.append(_by_devices(before, runs, homes, used))
    candidates = (
        pl.concat(found, how="diagonal")
        .group_by(*_KEY, ACCOUNT)
        .agg(
            # Where devices tell, they tell the day: a neighbour's line was there before.
            pl.col("first_day").sort_by("by").first(),
            pl.col("days").sort_by("by").first(),
            pl.col("share").max().fill_null(0.0),
            pl.col("by").unique().sort().str.join("+"),
            pl.col("moved_left").max(),
            pl.col("same_place").any(),
            pl.col("at_home").any(),
            pl.col("lived_there").any(),
        )
        .join(left, on=_KEY)
        .join(arrived, on=ACCOUNT)
    )
    return _choose(candidates, since)


def list_borrowers(before: SeenRun) -> pl.DataFrame:
    """List the devices of all households of flagged accounts, with their days.

    Home is among them: which side pays is never certain, and where the one that was taken for
    home leaves and the other stays, it was the borrower.

    Returns:
        lender, household_id, household, device_id, weight, sorted.
    """
    flagged = before.accounts.filter(A.flagged.col).select(ACCOUNT)
    return (
        before.devices.join(flagged, on=ACCOUNT, how="semi")
        .filter(D.household.col.is_not_null(), D.household_id.col.is_not_null())
        .select(
            pl.col(ACCOUNT).alias(LENDER), HOUSE, D.household.name, DEVICE,
            weight=D.active_days.col.cast(pl.Int64),
        )
        .sort(LENDER, HOUSE, DEVICE)
    )  # fmt: skip


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


def _add_up_use(runs: Sequence[SeenRun]) -> pl.DataFrame:
    """When each device used each account, over all runs; where it lived in the last of them."""
    rows = pl.concat(
        run.devices.select(
            ACCOUNT, DEVICE, D.household.name, D.active_days.name, D.first_day.name,
            D.last_day.name, run=pl.lit(number),
        )
        for number, run in enumerate(runs)
    )  # fmt: skip
    return (
        rows.sort(ACCOUNT, DEVICE, "run")
        .group_by(ACCOUNT, DEVICE, maintain_order=True)
        .agg(
            pl.col("first_day").min(),
            pl.col("last_day").max(),
            days=pl.col("active_days").max().cast(pl.Int64),
            at_home=(pl.col("household") == 0).any(),
        )
    )


def _last_seen(homes: pl.DataFrame, used: pl.DataFrame, runs: Sequence[SeenRun]) -> pl.DataFrame:
    """The last day on which each household used the account, whatever device, and the others."""
    own = homes.join(
        used.rename({ACCOUNT: LENDER}).drop("first_day"), on=[LENDER, DEVICE], how="inner"
    ).select(*_KEY, "household", "last_day")
    external = own.filter(D.household.col > 0).group_by(LENDER)
    others = external.agg(others_left=pl.col("last_day").max())
    named = [
        run.devices.select(pl.col(ACCOUNT).alias(LENDER), HOUSE, "last_day").join(
            homes.select(*_KEY, "household").unique(), on=_KEY
        )
        for run in runs
    ]
    rows = pl.concat([own, *(each.select(own.columns) for each in named)])
    left = rows.group_by(_KEY).agg(
        is_home=(pl.col("household") == 0).any(), left=pl.col("last_day").max()
    )
    return left.join(others, on=LENDER, how="left")


def _beginnings(runs: Sequence[SeenRun]) -> pl.DataFrame:
    """When each account was first seen, and when it says that it signed up."""
    seen = pl.concat(run.devices.select(ACCOUNT, "first_day") for run in runs)
    told = pl.concat(run.accounts.select(ACCOUNT, A.signed_up.name) for run in runs)
    first = seen.group_by(ACCOUNT).agg(pl.col("first_day").min().alias("seen"))
    return first.join(told.group_by(ACCOUNT).agg(pl.col("signed_up").max()), on=ACCOUNT)


def _by_devices(
    before: SeenRun, runs: Sequence[SeenRun], homes: pl.DataFrame, used: pl.DataFrame
) -> pl.DataFrame:
    """Accounts on which borrowers' devices are now, and were not before."""
    weight = homes.group_by(_KEY).agg(whole=pl.col("weight").sum())
    own = used.select(pl.col(ACCOUNT).alias(LENDER), DEVICE, own_last_day=D.last_day.col)
    return (
        homes.join(used, on=DEVICE)
        .filter(pl.col(ACCOUNT) != pl.col(LENDER))
        .join(before.devices.select(ACCOUNT, DEVICE), on=[ACCOUNT, DEVICE], how="anti")
        .join(own, on=[LENDER, DEVICE])
        .group_by(*_KEY, ACCOUNT)
        .agg(
            pl.col("first_day").min(),
            pl.col("days").max(),
            pl.col("at_home").any(),
            moved=pl.col("weight").sum(),
            moved_left=pl.col("own_last_day").max(),
        )
        .join(weight, on=_KEY)
        .join(_places_of(before, homes), on=_KEY, how="left")
        .join(_homes_of(runs), on=ACCOUNT, how="left")
        .join(_homes_of([before]).rename({"home_towns": "old_towns"}), on=ACCOUNT, how="left")
        .select(
            *_KEY,
            ACCOUNT,
            "first_day",
            "days",
            "at_home",
            "moved_left",
            share=pl.col("moved") / pl.col("whole"),
            by=pl.lit("devices"),
            same_place=_meet("towns", "home_towns"),
            lived_there=_meet("towns", "old_towns"),
        )
    )


def _meet(one: str, other: str) -> pl.Expr:
    met = pl.col(one).list.set_intersection(other).list.len() > 0
    return met.fill_null(value=False)


def _town() -> pl.Expr:
    """Where a place is, as far as an address tells: its town, and whose line it is."""
    return pl.concat_str(P.city.col, P.asn.col.cast(pl.String), separator="/")


def _places_of(before: SeenRun, homes: pl.DataFrame) -> pl.DataFrame:
    """In which towns, on whose lines, each borrower's household lived."""
    crews = homes.select(*_KEY, "household").unique()
    places = before.places.select(pl.col(ACCOUNT).alias(LENDER), "household", town=_town())
    joined = crews.join(places.drop_nulls(), on=[LENDER, "household"])
    return joined.group_by(_KEY).agg(towns=pl.col("town").unique())


def _homes_of(runs: Sequence[SeenRun]) -> pl.DataFrame:
    """In which towns, on whose lines, each account was at home later."""
    rows = pl.concat(
        run.places.filter(P.household.col == 0).select(ACCOUNT, town=_town()) for run in runs
    )
    return rows.drop_nulls().group_by(ACCOUNT).agg(home_towns=pl.col("town").unique())


def _by_lines(before: SeenRun, runs: Sequence[SeenRun], homes: pl.DataFrame) -> pl.DataFrame:
    """Accounts at home behind a line that was a borrower's, soon after the borrower left it."""
    found = [_behind_lines(run, homes) for run in (before, *runs)]
    return pl.concat(found).with_columns(
        by=pl.lit("line"),
        share=pl.lit(None, pl.Float64),
        same_place=True,
        at_home=True,
        lived_there=False,
        moved_left=pl.lit(None, pl.Date),
    )


def _behind_lines(run: SeenRun, homes: pl.DataFrame) -> pl.DataFrame:
    """The same within one run: only there are lines of two accounts held against each other."""
    crews = (
        homes.filter(D.household.col > 0)
        .join(
            run.devices.filter(D.household.col > 0).select(
                pl.col(ACCOUNT).alias(LENDER), DEVICE, now=D.household.col
            ),
            on=[LENDER, DEVICE],
        )
        .select(*_KEY, "now")
        .unique()
    )
    lines = run.places.filter(P.common_line.col.is_not_null())
    theirs = lines.select(
        pl.col(ACCOUNT).alias(LENDER), P.common_line.name, now=P.household.col, until=P.last_day.col
    )
    new = lines.filter(P.household.col == 0).select(
        ACCOUNT, P.common_line.name, P.first_day.name, days=P.active_days.col.cast(pl.Int64)
    )
    apart = (pl.col("first_day") - pl.col("until")).dt.total_days()
    return (
        crews.join(theirs, on=[LENDER, "now"])
        .join(new, on=P.common_line.name)
        .filter(pl.col(ACCOUNT) != pl.col(LENDER), apart.is_between(-SLACK_DAYS, LINE_DAYS))
        .select(*_KEY, ACCOUNT, "first_day", "days")
    )


def _choose(candidates: pl.DataFrame, since: date) -> dy.DataFrame[Conversions]:
    """Who came and who is a guest; of what a line alone tells, one account of one borrower."""
    by_then = pl.col("first_day") + timedelta(days=SLACK_DAYS)
    signed_up = pl.coalesce("signed_up", "seen")
    is_new = (signed_up >= since - timedelta(days=SLACK_DAYS)) & (pl.col("seen") >= since)
    others_stay = (pl.col("others_left") > by_then).fill_null(value=False)
    has_devices, has_line = (pl.col("by").str.contains(each) for each in ("devices", "line"))
    is_part = pl.col("share") >= PART
    came = (pl.col("share") >= SAME_HOUSEHOLD) | pl.col("same_place") | (is_new & is_part)
    whole = (pl.col("left") <= by_then) & came & (~pl.col("is_home") | others_stay)
    at_place = has_line | (pl.col("same_place") & is_part)
    part = is_new & at_place & ~pl.col("is_home") & (pl.col("moved_left") <= by_then)
    lives_there = (is_new | pl.col("lived_there")) & pl.col("same_place") & has_devices
    days = pl.when(lives_there).then(1).when(is_new).then(NEW_DAYS).otherwise(GUEST_DAYS)
    stays = pl.col("days") >= days
    kind = (
        pl.when(is_new)
        .then(pl.lit("new"))
        .when(pl.col("at_home") & pl.col("lived_there"))
        .then(pl.lit("another"))
        .otherwise(pl.lit("borrows_again"))
    )
    told = (
        candidates.filter(
            pl.col("first_day") >= since,
            stays,
            # An account that was there before may have got the address of somebody who left.
            pl.when(has_devices).then(whole | part).otherwise(whole & is_new),
        )
        .with_columns(
            kind=kind,
            has_devices=has_devices,
            days_since=(pl.col("first_day") - since).dt.total_days(),
            by=pl.when(has_devices & has_line).then(pl.lit("both")).otherwise("by"),
        )
        .sort(
            "has_devices", "share", "days", "first_day", ACCOUNT, *_KEY,
            descending=[True, True, True, False, False, False, False],
        )
    )  # fmt: skip
    sure = told.filter("has_devices")
    lines = told.join(sure, on=_KEY, how="anti").join(sure, on=ACCOUNT, how="anti")
    lines = lines.unique(_KEY, keep="first", maintain_order=True)
    rows = pl.concat([sure, lines.unique(ACCOUNT, keep="first", maintain_order=True)])
    return Conversions.validate(
        rows.select(Conversions.column_names()).sort(*_KEY, ACCOUNT), cast=True
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
