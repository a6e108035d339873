"""Job: a log -> what it proves of the detector without a label."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from detector.networks.survey import Surroundings
from detector.runs.files import replace_file
from detector.schemas import ACCOUNT, Networks, Sightings
from detector.selftest.choose import DaysOfUse, count_days, draw_accounts
from detector.selftest.figures import SELFTEST as SELFTEST
from detector.selftest.figures import SelfTest
from detector.selftest.outcomes import Judge
from detector.selftest.prove import Drawn, prove
from detector.settings import Settings
from pipelines.jobs.detect import DetectJob, read_days
from pipelines.jobs.models import read_model
from pipelines.local.compiling import Compiling
from pipelines.local.survey import DealtNetworks, survey_buckets
from pipelines.reading.options import LogReading, Progress
from pipelines.reading.shared.tables import read_bucket

NETWORK = Networks.network.name


def selftest(job: DetectJob, on_progress: Callable[[Progress], None]) -> SelfTest:
    """Read a log as `detect` does, draw accounts from it, and try what must come out of them.

    Args:
        job: What would be judged, and how; nothing is written to its folder.
        on_progress: Told after each piece of work.

    Raises:
        InputError: The log, or too much of it, cannot be read.
        SettingsError: The model cannot be used.
        NothingToDoError: Too few accounts look like one household.
    """
    scorecard = read_model(job.model)
    loops = Compiling.start(job.read.threads)
    with TemporaryDirectory() as folder:
        work = Path(folder)
        reading = read_days(job, work, on_progress)
        with ThreadPoolExecutor(job.read.threads) as pool:
            dealt = survey_buckets(reading.buckets, job.settings, work / "survey", pool.map)
        loops.wait()
        drawn = _draw(reading, job.settings)
        return prove(drawn, Judge(_around(dealt, drawn.sightings), job.settings, scorecard))


def write_selftest(found: SelfTest, folder: Path) -> Path:
    """Keep the figures in a folder; in that of a run the report finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SELFTEST
    with replace_file(path) as part:
        part.write_text(found.to_json(), encoding="utf-8")
    return path


def _draw(reading: LogReading, settings: Settings) -> Drawn:
    """Draw accounts and read them, one bucket at a time."""
    days = [count_days(pl.scan_parquet(path, glob=False)).collect() for path in reading.buckets]
    used = DaysOfUse.cast(pl.concat([DaysOfUse.create_empty(), *days]))
    least = settings.verdicts.min_active_days
    enough = used.filter(DaysOfUse.days.col >= least)[ACCOUNT]
    chosen = draw_accounts(enough).implode()
    some = [read_bucket(path).filter(pl.col(ACCOUNT).is_in(chosen)) for path in reading.buckets]
    sightings = pl.concat([Sightings.create_empty(), *some]).sort(Sightings.primary_key())
    window = (reading.first_day, reading.last_day)
    return Drawn(Sightings.cast(sightings), window, used.height, len(enough))


def _around(dealt: DealtNetworks, sightings: pl.DataFrame) -> Surroundings:
    """What all accounts say of the networks on which these were seen."""
    seen = sightings.select(NETWORK).unique()
    some = [part.join(seen, on=NETWORK, how="semi") for part in dealt.networks()]
    networks = pl.concat([Networks.create_empty(), *some]).sort(NETWORK)
    return dealt.around(Networks.cast(networks))
