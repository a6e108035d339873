"""Job: settings of a world -> its log and its truth, in a folder of its own."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from rich.console import Console

from detector.errors import SettingsError
from pipelines.given import read_given
from pipelines.worlds.reactions.orders import HOLD_OUTS, WAVES, read_orders
from pipelines.worlds.reactions.react import ReactionCourse
from pipelines.worlds.reactions.write import simulate_course
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.write import simulate

SIGNS_OF_A_WORLD = ("events", "settings.json", "truth_accounts.parquet")


@dataclass(frozen=True)
class WorldSummary:
    """What was simulated."""

    folder: str
    events: int
    accounts: dict[str, int]
    """Accounts by their true label."""
    reactions: dict[str, int]
    """Of a world that goes on, what its accounts did, by kind."""

    def document(self) -> dict[str, object]:
        """The summary as plain values."""
        return asdict(self)


def simulate_world(settings: WorldSettings, folder: Path, *, force: bool = False) -> WorldSummary:
    """Simulate a world next to its folder and move it there whole.

    Raises:
        SettingsError: The folder holds something already; force replaces a world, and
            never anything else.
    """
    return _write(folder, lambda part: simulate(settings, part), force=force)


@dataclass(frozen=True)
class CourseJob:
    """How a world goes on after its log."""

    months: int
    """Months of 30 days."""
    treat: Path | None = None
    """The waves: account_id, wave, day, treatment; one row for each step."""
    hold_outs: Path | None = None
    """account_id, arm; nobody held out is treated."""


def simulate_months(
    settings: WorldSettings, job: CourseJob, folder: Path, *, force: bool = False
) -> WorldSummary:
    """Simulate a world that goes on after its log, and answers what is done to its accounts.

    Args:
        settings: The world; `days` is the length of its log before.
        job: How it goes on.
        folder: Gets the world.
        force: Replace a world that is there.

    Raises:
        SettingsError: The folder holds something already, or the months pass the horizon.
        InputError: The waves or hold-outs cannot be read, or speak of another world.
    """
    course = plan_course(settings, job)
    return _write(folder, lambda part: simulate_course(course, part), force=force)


def plan_course(settings: WorldSettings, job: CourseJob) -> ReactionCourse:
    """Read what is done to whom, and check that the world goes on for so long."""
    longest = settings.reactions.horizon_months
    if job.months > longest:
        raise SettingsError(
            f"{job.months} months are more than the {longest} that the world is thought out for.",
            hint="set horizon_months under [world.reactions]; another horizon is another world",
        )
    if job.treat is None:
        return ReactionCourse(settings, job.months)
    waves, arms = read_given(job.treat, WAVES, "The waves"), None
    if job.hold_outs is not None:
        arms = read_given(job.hold_outs, HOLD_OUTS, "The hold-outs")
    return ReactionCourse(settings, job.months, read_orders(waves, arms, settings))


def _write(folder: Path, fill: Callable[[Path], None], *, force: bool) -> WorldSummary:
    _refuse(folder, force=force)
    part = folder.absolute().with_name(f".{folder.absolute().name}.part")
    shutil.rmtree(part, ignore_errors=True)
    fill(part)
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
    return _summary(folder)


def render_world(world: WorldSummary, console: Console) -> None:
    """Print one sentence about the world."""
    labels = ", ".join(f"{count:,} {label}" for label, count in world.accounts.items())
    console.print(f"{world.folder}: {world.events:,} events of accounts that are {labels}.")
    if world.reactions:
        told = ", ".join(
            f"{count:,} {kind.replace('_', ' ')}" for kind, count in world.reactions.items()
        )
        console.print(f"What they did: {told}.")


def _refuse(folder: Path, *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder.", hint="give another --out")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not all((folder / sign).exists() for sign in SIGNS_OF_A_WORLD):
        raise SettingsError(f"{folder} holds other things.", hint="give an empty folder as --out")
    if not force:
        hint = "give another --out, or replace it with --force"
        raise SettingsError(f"{folder} holds a world already.", hint=hint)


def _summary(folder: Path) -> WorldSummary:
    events = pl.scan_parquet(folder / "events").select(pl.len()).collect().item()
    labels = pl.read_parquet(folder / "truth_accounts.parquet")["label"]
    answers = folder / "truth_reactions.parquet"
    kinds = (
        pl.read_parquet(answers)["reaction"] if answers.exists() else pl.Series([], dtype=pl.String)
    )
    return WorldSummary(str(folder), events, _counts(labels), _counts(kinds))


def _counts(names: pl.Series) -> dict[str, int]:
    return dict(names.value_counts().sort(names.name).rows())
