"""The command `household forecast`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from pipelines.commands.answers import COMMON, Answer, Common


@Parameter(name="*")
@dataclass(frozen=True)
class PlanChoices:
    """What is planned, and what is known of it.

    Attributes:
        waves: Who is treated on which day: account_id, wave, day and, if not notify, treatment.
        start: Without waves, the first day on which flagged accounts are treated.
        days: Without waves, over how many days they are spread in equal parts.
        today: The day it is: no wave is before it; by default the run's last day.
        assumptions: What is taken for granted, in TOML; public figures by default.
        measured: What desks counted so far: partner, day, contacts, and starts by half-hour.
    """

    waves: Path | None = None
    start: date | None = None
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=365))] = 1
    today: date | None = None
    assumptions: Path | None = None
    measured: Path | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class ChanceChoices:
    """How futures are simulated.

    Attributes:
        seed: All randomness derives from it: the same seed gives the same bytes.
        draws: Futures to simulate.
    """

    seed: int = 0
    draws: Annotated[int, Parameter(validator=Number(gte=100, lte=20_000))] = 1000


def forecast(  # noqa: PLR0913 - what a forecast is made from
    folder: Path,
    /,
    *,
    accounts: Path,
    capacity: Path,
    out: Path,
    plan: PlanChoices | None = None,
    chance: ChanceChoices | None = None,
    common: Common = COMMON,
) -> Answer:
    """Forecast how many contacts a roll-out brings each desk by half-hour, and what it is worth.

    Args:
        folder: A run: the folder that household detect wrote.
        accounts: The accounts table: who sold each account, on which plan, in which country.
        capacity: Desks: partner, country, channel, time zone, opening hours, what they can take in.
        out: Folder for the forecast.
        plan: What is planned.
        chance: How futures are simulated.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.forecast import ForecastJob, plan_forecast, render_forecast, run_forecast
    from pipelines.jobs.forecast_files import write_forecast

    read_config(common.config)
    asked, drawn = plan or PlanChoices(), chance or ChanceChoices()
    job = ForecastJob(
        folder,
        accounts,
        capacity,
        out,
        waves=asked.waves,
        start=asked.start,
        days=asked.days,
        today=asked.today,
        assumptions=asked.assumptions,
        measured=asked.measured,
        seed=drawn.seed,
        draws=drawn.draws,
    )
    found = run_forecast(job, plan_forecast(job))
    return Answer(write_forecast(found), lambda console: render_forecast(found, console))
