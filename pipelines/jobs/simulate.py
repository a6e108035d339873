"""Job: settings of a world -> its log and its truth, in a folder of its own."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from rich.console import Console

from detector.errors import SettingsError
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

    def document(self) -> dict[str, object]:
        """The summary as plain values."""
        return asdict(self)


def simulate_world(settings: WorldSettings, folder: Path, *, force: bool = False) -> WorldSummary:
    """Simulate a world next to its folder and move it there whole.

    Raises:
        SettingsError: The folder holds something already; force replaces a world, and
            never anything else.
    """
    _refuse(folder, force=force)
    part = folder.absolute().with_name(f".{folder.absolute().name}.part")
    shutil.rmtree(part, ignore_errors=True)
    simulate(settings, part)
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
    return _summary(folder)


def render_world(world: WorldSummary, console: Console) -> None:
    """Print one sentence about the world."""
    labels = ", ".join(f"{count:,} {label}" for label, count in world.accounts.items())
    console.print(f"{world.folder}: {world.events:,} events of accounts that are {labels}.")


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
    return WorldSummary(str(folder), events, dict(labels.value_counts().sort("label").rows()))
