"""What a rehearsed roll-out came to, gathered for its page."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from markupsafe import Markup

from detector.charts.bands import BANDS, draw_bands
from detector.measuring.figures import Slice
from detector.measuring.metrics import Rate
from detector.rollout.pilots.read import PilotReading
from detector.rollout.pilots.say import say_found, say_reading
from detector.runs.files import replace_file
from detector.schemas import ACCOUNT
from pipelines.jobs.rehearsal_files import RehearsalFolder
from pipelines.jobs.rehearsal_steps import read_treated
from pipelines.jobs.rehearsal_tables import Month
from pipelines.report.rehearsal import ComparedArms, RehearsalPage, render_rehearsal

REPORT = "rollout.html"
ARMS = {"treated": "treated", "hold-out": "held out"}
TITLES = {
    "converted": "A borrower took an account",
    "cancelled": "Cancelled",
    "contacts": "Got in touch",
}
STEPS = ("notify", "verify_device", "pause_external_devices")
HEARD = ("verified", "appealed", "extra_member_bought", "cancelled")


def write_page(place: RehearsalFolder, months: Sequence[Month]) -> Path:
    """Write the report of a rehearsal.

    Args:
        place: Its folder.
        months: The log before, and each month since.
    """
    arms, came = pl.read_csv(place.hold_outs), _count_days(place, months)
    [*_, last] = months
    assert last.reading is not None
    page = RehearsalPage(
        accounts=pl.read_parquet(place.world / "truth_accounts.parquet")
        .filter(pl.col("situation") != "borrowed_before")
        .height,
        months=last.number,
        treated=read_treated(place)[ACCOUNT].n_unique(),
        held_out=arms.filter(pl.col("arm") == "hold-out").height,
        contacts=_draw_contacts(months, came),
        coverage=tell_coverage(months, came),
        counts={
            "shared in truth": [month.shared for month in months],
            "flagged": [month.flagged for month in months],
            "flagged and shared": [month.flagged_shared for month in months],
        },
        arms=_compare(place, arms, last.reading),
        verdict=say_reading(last.reading)[-1],
        rows=[_row(month) for month in months[1:]],
        columns=[*map(_words, STEPS), *map(_words, HEARD), "contacts"],
    )
    path = place.folder / REPORT
    with replace_file(path) as part:
        part.write_text(render_rehearsal(page), encoding="utf-8")
    return path


def tell_coverage(months: Sequence[Month], came: Mapping[date, int]) -> str:
    """Say how often what was counted lay within the bands."""
    rows = list(_forecast_days(months).items())
    inside = {
        band: sum(row[f"low_{band}"] <= came[day] <= row[f"high_{band}"] for day, row in rows)
        for band in BANDS
    }
    told = [f"{hits} in the band of {band} %" for band, hits in inside.items()]
    few = "bands of so few contacts end at whole numbers, and hold more than they say"
    return f"Of {len(rows)} days, {', '.join(told)}: {few}."


def _draw_contacts(months: Sequence[Month], came: Mapping[date, int]) -> Markup:
    days, rows = sorted(came), _forecast_days(months)
    return draw_bands("Contacts a day, of all desks", days, [rows.get(day) for day in days], came)


def _forecast_days(months: Sequence[Month]) -> dict[date, dict[str, float]]:
    """Of each day what was forecast of it before its month began."""
    return {
        row.pop("local_day"): row
        for month in months
        if month.forecast is not None
        for row in month.forecast.to_dicts()
    }


def _count_days(place: RehearsalFolder, months: Sequence[Month]) -> dict[date, int]:
    """Contacts of all desks on each day of the roll-out."""
    start = months[0].last_day
    measured = pl.read_parquet(place.world / "measured.parquet")
    daily = measured.group_by("day").agg(pl.col("contacts").sum())
    counted = dict(daily.iter_rows())
    days = [start + timedelta(days=n + 1) for n in range((months[-1].last_day - start).days)]
    return {day: counted.get(day, 0) for day in days}


def _compare(
    place: RehearsalFolder, arms: pl.DataFrame, reading: PilotReading
) -> list[ComparedArms]:
    """Each outcome of the pilot in both arms; of conversions, what is true besides."""
    known = pl.read_parquet(place.world / "accounts.parquet")
    ended = known.filter(pl.col("status") == "cancelled")[ACCOUNT]
    found = pl.read_parquet(place.folder / "conversions.parquet")
    found = found.filter(pl.col("kind").cast(pl.String) != "borrows_again")["lender"]
    true = pl.read_parquet(place.world / "truth_conversions.parquet")["lender"]
    rang = pl.read_parquet(place.world / "truth_contacts.parquet")[ACCOUNT]
    seen = {
        "converted": {"": found, ", in truth": true},
        "cancelled": {"": ended},
        "contacts": {"": rang},
    }
    return [
        ComparedArms(
            TITLES[each.outcome.name],
            [
                Slice(f"{name}{suffix}", _share(arms.filter(pl.col("arm") == arm), accounts))
                for suffix, accounts in seen[each.outcome.name].items()
                for arm, name in ARMS.items()
            ],
            list(say_found(each, is_first=i == 0))[:2],
        )
        for i, each in enumerate(reading.outcomes)
    ]


def _share(arm: pl.DataFrame, accounts: pl.Series) -> Rate:
    hits = arm.filter(pl.col(ACCOUNT).is_in(accounts.unique().implode())).height
    return Rate.from_counts(hits, arm.height)


def _row(month: Month) -> Mapping[str, object]:
    steps = {_words(name): month.steps.get(name, 0) for name in STEPS}
    heard = {_words(name): month.heard.get(name, 0) for name in HEARD}
    return {"month": f"{month.number}, to {month.last_day:%-d %B}"} | steps | heard | {
        "contacts": month.contacts
    }  # fmt: skip


def _words(name: str) -> str:
    return name.replace("_", " ")
