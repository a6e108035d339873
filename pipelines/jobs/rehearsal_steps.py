"""The steps of a month of a roll-out, each the job that a command runs, in one folder."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl

from detector.errors import NothingToDoError
from detector.rollout.stops import WaveStoppedError
from detector.schemas import ACCOUNT
from detector.settings import Settings
from detector.store.table import open_store
from pipelines.jobs.decide import DecideJob, decide
from pipelines.jobs.deliver import DeliverJob, deliver_due
from pipelines.jobs.detect import DetectJob, detect
from pipelines.jobs.feedback import FeedbackJob, take_feedback
from pipelines.jobs.ingest import IngestJob, ingest
from pipelines.jobs.pilot import AssignJob, assign_pilot
from pipelines.jobs.pilot_conversions import (
    ConversionsJob,
    MeasuredConversions,
    measure_conversions,
)
from pipelines.jobs.pilot_read import ReadJob, ToldReading, read_pilot
from pipelines.jobs.rehearsal_files import RehearsalFolder
from pipelines.reading.options import Progress, ReadOptions
from pipelines.storing.window import find_log

DECIDED = "household.treatment.decided.v1"


@dataclass(frozen=True)
class Judging:
    """How logs are read and judged."""

    settings: Settings
    threads: int
    on_progress: Callable[[Progress], None]


def judge(place: RehearsalFolder, month: int, judging: Judging) -> Path:
    """Ingest the log of a month, and judge the window that ends with it."""
    settings, store = judging.settings, place.folder / "store"
    options = ReadOptions(threads=judging.threads, accounts=place.world / "accounts.parquet")
    log = place.world / "events" / f"month-{month:02d}.parquet"
    read = ReadOptions(threads=judging.threads)
    ingest(IngestJob((str(log),), store, settings, read), judging.on_progress)
    stored = find_log(open_store(store, settings.events), settings, options)
    previous = place.run(month - 1) if month else None
    job = DetectJob((), place.run(month), settings, options, previous=previous, stored=stored)
    detect(job, judging.on_progress)
    return place.run(month)


def draw_pilot(place: RehearsalFolder) -> dict[str, object]:
    """Draw who of the first run's flagged accounts is left in peace."""
    plan, key = place.folder / "pilot.toml", place.folder / "pilot.key"
    return assign_pilot(AssignJob(place.run(0), place.pilot, plan, key=key))


def act(place: RehearsalFolder, month: int, day: date) -> None:
    """Decide about the wave of a day, and about the next steps of earlier ones; send what is due.

    What stop rules halt is not decided; `household cases waves` tells of it.
    """
    planned, counts = place.waves(month) / "waves.parquet", place.world / "measured.parquet"
    is_wave = planned.exists() and day in set(pl.read_parquet(planned)["day"])
    policy = place.folder / "policy.toml"
    night = DecideJob(
        place.run(month - 1), day, place.cases, policy, place.all_waves, place.hold_outs
    )
    begun = replace(night, begun=True)
    wave = replace(night, wave=planned, measured=counts if month > 1 else None)
    for job in (wave, begun) if is_wave else (begun,):
        with suppress(NothingToDoError, WaveStoppedError):
            decide(job)
    sinks = place.folder / "sinks.toml"
    if Path(place.cases).exists():
        deliver_due(DeliverJob(place.cases, sinks, name="rehearsal", now=_noon(day)))


def read_treated(place: RehearsalFolder) -> pl.DataFrame:
    """What the service was told to do: account_id, wave, day, treatment; a row for each step."""
    schema = {name: pl.String for name in (ACCOUNT, "wave", "day", "treatment")}
    files = sorted((place.folder / "outbox").glob("*.csv"))
    if not files:
        return pl.DataFrame(schema=schema)
    told = pl.concat(pl.read_csv(file, infer_schema=False) for file in files)
    done = told.filter(pl.col("type") == DECIDED).rename({"as_of": "day"}).select(list(schema))
    return done.unique().sort("day", ACCOUNT, "treatment")


def hear(place: RehearsalFolder, feedback: pl.DataFrame, day: date) -> Counter[str]:
    """Take in what systems told of accounts before a day; what was told before is left alone."""
    told = place.folder / "feedback.csv"
    feedback.filter(pl.col("day") < day).write_csv(told)
    if not Path(place.cases).exists():
        return Counter()
    try:
        return Counter(take_feedback(FeedbackJob(place.cases, told, _noon(day))))
    except NothingToDoError:
        return Counter()


def find_converts(place: RehearsalFolder, months: int, since: date) -> MeasuredConversions:
    """Find borrowers who took an account since the first treatment."""
    later = [place.run(month) for month in range(1, months + 1)]
    out = place.folder / "conversions.parquet"
    return measure_conversions(ConversionsJob(place.run(0), later, place.pilot, since, out, 180))


def read_arms(
    place: RehearsalFolder, month: int, looks: Sequence[float], since: date
) -> ToldReading:
    """Compare the arms by what the service knows: who cancelled, converted, got in touch."""
    outcomes = place.folder / "outcomes.csv"
    known = pl.read_parquet(place.world / "accounts.parquet")
    rang = pl.read_parquet(place.world / "truth_contacts.parquet").filter(pl.col("day") >= since)
    rang = rang.group_by(ACCOUNT).agg(contacts=pl.len())
    told = pl.read_csv(place.hold_outs).select(ACCOUNT).join(known, on=ACCOUNT)
    told = told.join(rang, on=ACCOUNT, how="left").sort(ACCOUNT)
    told.select(
        ACCOUNT,
        cancelled=(pl.col("status") == "cancelled").cast(pl.Int8),
        contacts=pl.col("contacts").fill_null(0),
    ).write_csv(outcomes)
    shares = ",".join(f"{share:.6g}" for share in looks)
    return read_pilot(
        ReadJob(
            outcomes,
            place.pilot,
            place.folder / "readings" / f"month-{month:02d}",
            looks=shares,
            conversions=place.folder / "conversions.parquet",
        )
    )


def _noon(day: date) -> Callable[[], int]:
    """A clock that stands at noon of a simulated day."""
    at = datetime.combine(day, time(12), UTC)
    return lambda: int(at.timestamp()) * 1_000_000
