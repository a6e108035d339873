"""Job: a run folder held against its own manifest."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.console import Console

from detector.runs.files import hash_file
from detector.runs.manifest import Manifest, hash_json
from detector.runs.publish import LOCK, WORK
from detector.runs.run import MANIFEST, Run

DERIVED = {"report.html", "evaluation.json", "selftest.json", "decisions.parquet"}
"""Written into the folder later, and made again at will; no results of the run."""


class Verification(BaseModel):
    """What a folder holds, compared with what its run wrote."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    checked: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether the folder is exactly what the run left there."""
        return not (self.missing or self.changed or self.unexpected)


def verify_run(folder: Path) -> Verification:
    """Hash every table and file of messages again and compare it with run.json.

    Raises:
        DetectorError: The folder holds no finished run.
    """
    manifest = Run(folder).finished()
    found = {path.name for path in folder.iterdir()} - {MANIFEST, WORK, LOCK} - DERIVED
    return Verification(
        folder=folder,
        checked=len(manifest.outputs),
        missing=tuple(sorted(manifest.outputs.keys() - found)),
        changed=tuple(_changed(folder, manifest)),
        unexpected=tuple(sorted(found - manifest.outputs.keys())),
    )


def render_verification(verification: Verification, console: Console) -> None:
    """Print one line per difference, or that there is none."""
    if verification.is_sound:
        console.print(f"{verification.folder}: {verification.checked} files, all as written.")
    for kind in ("missing", "changed", "unexpected"):
        for name in getattr(verification, kind):
            console.print(f"{kind}: {name}", markup=False)


def _changed(folder: Path, manifest: Manifest) -> list[str]:
    present = {name: path for name in manifest.outputs if (path := folder / name).is_file()}
    changed = [n for n, path in present.items() if hash_file(path) != manifest.outputs[n].sha256]
    if hash_json(manifest.settings) != manifest.settings_sha256:
        changed.append(MANIFEST)
    return sorted(changed)
