"""What a rehearsed roll-out came to, gathered for its page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from detector.measuring.figures import Slice
from detector.measuring.metrics import Rate
from detector.rollout.pilots.read import Reading
from detector.rollout.pilots.say import say_found, say_reading
from detector.runs.files import replace_file
from detector.schemas import ACCOUNT
from pipelines.jobs.rehearsal_files import Place
from pipelines.jobs.rehearsal_steps import read_treated
from pipelines.jobs.rehearsal_tables import Month
from pipelines.report.charts.bands import BandedDay
from pipelines.report.rehearsal import ComparedArms, RehearsalPage, render_rehearsal

REPORT = "rollout.html"
ARMS = {"treated": "treated", "hold-out": "held out"}
STEPS = ("notify", "verify_device", "pause_external_devices")
HEARD = ("verified", "appealed", "extra_member_bought", "cancelled")


def write_page(place: Place, months: Sequence[Month], days: Sequence[BandedDay]) -> Path:
    """Write the report of a rehearsal.

    Args:
        place: Its folder.
        months: The log before, and each month since.
        days: What was counted on each day, beside its forecast.
    """
    arms = pl.read_csv(place.hold_outs)
    [*_, last] = months
    assert last.reading is not None
    page = RehearsalPage(
        accounts=pl.read_parquet(place.world / "truth_accounts.parquet")
        .filter(pl.col("situation") != "borrowed_before")
        .height,
        months=last.number,
        treated=read_treated(place)[ACCOUNT].n_unique(),
        held_out=arms.filter(pl.col("arm") == "hold-out").height,
        days=days,
        coverage=tell_coverage(days),
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


def tell_coverage(days: Sequence[BandedDay]) -> str:
    """Say how often what was counted lay within the bands."""
    known = [day for day in days if day.expected is not None]
    if not known:
        return ""
    inside = {
        80: sum((d.low_80 or 0) <= d.counted <= (d.high_80 or 0) for d in known),
        95: sum((d.low_95 or 0) <= d.counted <= (d.high_95 or 0) for d in known),
    }
    told = " and ".join(f"{hits} in the band of {band} %" for band, hits in inside.items())
    return f"Of {len(known)} days, {told}."


def _compare(place: Place, arms: pl.DataFrame, reading: Reading) -> list[ComparedArms]:
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
            each.outcome.label[:1].upper() + each.outcome.label[1:],
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
