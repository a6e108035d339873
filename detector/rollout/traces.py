"""Where the borrowers of a run are in later ones: on which accounts, behind whose lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from detector.schemas import ACCOUNT, DEVICE, Accounts, Devices, Places

D, P, A = Devices, Places, Accounts

SLACK_DAYS = 7
"""Days for which a borrower may use both accounts: whoever tries a new one looks back."""

LINE_DAYS = 14
"""Days after which an address says nothing any more of who lives there: leases of days to weeks
are common (FACTS). Of 28 days, more neighbours who got a borrower's old address were taken for
the borrower than borrowers found."""

LENDER = "lender"
HOUSE = Devices.household_id.name
KEY = [LENDER, HOUSE]


@dataclass(frozen=True)
class SeenRun:
    """What conversions are found in: three tables of a run, and which days it judged."""

    first_day: date
    last_day: date
    accounts: pl.DataFrame
    devices: pl.DataFrame
    places: pl.DataFrame


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


def trace(before: SeenRun, runs: Sequence[SeenRun], *, by_devices: bool) -> pl.DataFrame:
    """Find all accounts that borrowers of the run before may be on now, guests among them.

    Args:
        before: The run before anybody was treated.
        runs: Later ones, in order.
        by_devices: Whether device ids are asked, or lines alone.

    Returns:
        lender, household_id, account_id; since when, on how many days of a run and by which sign
        the borrower is there; what share of the household's device-days came along; whether it
        lives at the same place, is at home there, and was before; when it left, and others did;
        since when the account is there.
    """
    every = [before, *runs]
    homes, used = list_borrowers(before), _add_up_use(every)
    found = [_by_lines(every, homes)]
    if by_devices:
        found.append(_by_devices(before, runs, homes, used))
    return (
        pl.concat(found, how="diagonal")
        .group_by(*KEY, ACCOUNT)
        .agg(
            # Where devices tell, they tell the day: a neighbour's line was there before.
            pl.col("first_day").sort_by("by", "first_day").first(),
            pl.col("days").sort_by("by", "days", descending=[False, True]).first(),
            pl.col("share").max().fill_null(0.0),
            pl.col("by").unique().sort().str.join("+"),
            pl.col("moved_left").max(),
            pl.col("same_place").any(),
            pl.col("at_home").any(),
            pl.col("lived_there").any(),
        )
        .join(_last_seen(homes, used, every), on=KEY)
        .join(_beginnings(every), on=ACCOUNT)
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
    ).select(*KEY, "household", "last_day")
    external = own.filter(D.household.col > 0).group_by(LENDER)
    others = external.agg(others_left=pl.col("last_day").max())
    named = [
        run.devices.select(pl.col(ACCOUNT).alias(LENDER), HOUSE, "last_day").join(
            homes.select(*KEY, "household").unique(), on=KEY
        )
        for run in runs
    ]
    rows = pl.concat([own, *(each.select(own.columns) for each in named)])
    left = rows.group_by(KEY).agg(
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
    weight = homes.group_by(KEY).agg(whole=pl.col("weight").sum())
    own = used.select(pl.col(ACCOUNT).alias(LENDER), DEVICE, own_last_day=D.last_day.col)
    return (
        homes.join(used, on=DEVICE)
        .filter(pl.col(ACCOUNT) != pl.col(LENDER))
        .join(before.devices.select(ACCOUNT, DEVICE), on=[ACCOUNT, DEVICE], how="anti")
        .join(own, on=[LENDER, DEVICE])
        .group_by(*KEY, ACCOUNT)
        .agg(
            pl.col("first_day").min(),
            pl.col("days").max(),
            pl.col("at_home").any(),
            moved=pl.col("weight").sum(),
            moved_left=pl.col("own_last_day").max(),
        )
        .join(weight, on=KEY)
        .join(_places_of(before, homes), on=KEY, how="left")
        .join(_homes_of(runs), on=ACCOUNT, how="left")
        .join(_homes_of([before]).rename({"home_towns": "old_towns"}), on=ACCOUNT, how="left")
        .select(
            *KEY,
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
    crews = homes.select(*KEY, "household").unique()
    places = before.places.select(pl.col(ACCOUNT).alias(LENDER), "household", town=_town())
    joined = crews.join(places.drop_nulls(), on=[LENDER, "household"])
    return joined.group_by(KEY).agg(towns=pl.col("town").unique())


def _homes_of(runs: Sequence[SeenRun]) -> pl.DataFrame:
    """In which towns, on whose lines, each account was at home later."""
    rows = pl.concat(
        run.places.filter(P.household.col == 0).select(ACCOUNT, town=_town()) for run in runs
    )
    return rows.drop_nulls().group_by(ACCOUNT).agg(home_towns=pl.col("town").unique())


def _by_lines(runs: Sequence[SeenRun], homes: pl.DataFrame) -> pl.DataFrame:
    """Accounts at home behind a line that was a borrower's, soon after the borrower left it."""
    found = [_behind_lines(run, homes) for run in runs]
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
        .select(*KEY, "now")
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
        .select(*KEY, ACCOUNT, "first_day", "days")
    )
