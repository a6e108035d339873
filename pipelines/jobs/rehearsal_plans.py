"""What is planned before each month of a rehearsal: desks, waves, and what they will bring."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from detector.errors import NothingToDoError
from detector.schemas import ACCOUNT
from pipelines.jobs.forecast import ForecastJob, plan_forecast, run_forecast
from pipelines.jobs.forecast_files import write_forecast
from pipelines.jobs.plan_waves import WAVES, PlanWavesJob, plan
from pipelines.jobs.rehearsal_files import RehearsalFolder
from pipelines.worlds.atlas import ATLAS
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.subscriptions import SELLING, name_partners

DESKS = (("phone", 4), ("chat", 3))
"""Channels, and the contacts of a half-hour that each desk takes in."""

TIME_ZONES = {"ES": "Europe/Madrid", "GB": "Europe/London", "FR": "Europe/Paris"}


def write_desks(place: RehearsalFolder, world: WorldSettings) -> None:
    """Give each partner of each country, and the service itself, a desk on each channel."""
    countries = list(world.countries)
    numbers = np.array([list(ATLAS).index(code) for code in countries])
    sold = pl.concat(
        pl.DataFrame({"country": countries, "partner": name_partners(seller, numbers)})
        for seller in (np.full(len(countries), number) for number in range(-1, SELLING))
    )
    channels = pl.DataFrame(DESKS, ["channel", "contacts_per_half_hour"], orient="row")
    desks = sold.join(channels, how="cross").with_columns(
        time_zone=pl.col("country").replace_strict(TIME_ZONES, return_dtype=pl.String),
        opens=pl.lit("09:00"),
        closes=pl.lit("21:00"),
    )
    desks.sort("partner", "country", "channel").write_csv(place.capacity)


def plan_month(place: RehearsalFolder, month: int, first: date) -> set[date]:
    """Plan the waves of a month for flagged accounts that no earlier wave holds.

    Args:
        place: The rehearsal's folder.
        month: Its number.
        first: The first day on which anybody may start.

    Returns:
        Days on which waves begin.
    """
    has_earlier = list_waves(place, month - 1).height > 0
    job = PlanWavesJob(
        folder=place.run(month - 1),
        accounts=place.world / "accounts.parquet",
        capacity=place.capacity,
        out=place.waves(month),
        starts=first,
        rules=place.folder / "waves.toml",
        hold_outs=place.hold_outs,
        done=place.all_waves if has_earlier else None,
        name=f"month-{month}",
    )
    with suppress(NothingToDoError):
        plan(job)
    found = list_waves(place, month)
    found.write_csv(place.all_waves)
    return set(found.filter(pl.col("day") >= first)["day"])


def forecast_month(place: RehearsalFolder, month: int, draws: int) -> pl.DataFrame:
    """Forecast contacts of all waves planned so far, by what desks have counted until now.

    Accounts of earlier waves that are gone by now are left out: the run does not know them.

    Returns:
        local_day, expected and bands, of all desks together.
    """
    run, out = place.run(month - 1), place.folder / "forecasts" / f"month-{month:02d}"
    counts = place.world / "measured.parquet"
    job = ForecastJob(
        run,
        place.world / "accounts.parquet",
        place.capacity,
        out,
        waves=place.all_waves,
        measured=counts if month > 1 else None,
        draws=draws,
    )
    found = run_forecast(job, plan_forecast(job))
    write_forecast(found)
    return found.contacts.total


def list_waves(place: RehearsalFolder, until: int) -> pl.DataFrame:
    """All waves up to a month: account_id, wave, day."""
    paths = [place.waves(month) / WAVES for month in range(1, until + 1)]
    found = [_read(path) for path in paths if path.exists()]
    schema = {ACCOUNT: pl.String, "wave": pl.String, "day": pl.Date, "treatment": pl.String}
    return pl.concat(found) if found else pl.DataFrame(schema=schema)


def _read(path: Path) -> pl.DataFrame:
    waves = pl.read_parquet(path)
    return waves.select(ACCOUNT, "wave", "day", pl.col("treatment").cast(pl.String))
