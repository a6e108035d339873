"""Kills a run before each step it takes on the disk, and looks at what is left.

Run as a program of its own, because it forks:
``python -m tests.pipelines.kill_points FOLDER SCENARIO``.
Each attempt is a fork whose audit hook counts the opens, renames and removals of Python in
the run's folder and ends the process with SIGKILL at the one that is chosen.
"""

import json
import os
import random
import shutil
import signal
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

import polars as pl
import pyarrow.parquet  # noqa: F401 - loaded once, not in every fork

from detector.errors import NothingToDoError
from detector.log_settings import WindowSettings
from detector.runs import publish as publishing
from detector.runs.files import hash_file, replace_file
from detector.runs.manifest import Manifest, RowCounts
from detector.runs.publish import Outcome, make_run, make_run_plan
from detector.runs.run import Draft, Run
from detector.schemas import PlaceNetworks, Visits
from detector.settings import Settings

STEPS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir"}
DOUBLE_KILLS = 10
BUCKETS = 2
LINES = "lines.ndjson"
FIRST = make_run_plan(Settings(), [])
OTHER = make_run_plan(Settings(window=WindowSettings(days=7)), [])


def homes(place: int):
    frame = pl.DataFrame({"account_id": [f"account-{place}"], "network": "n", "place": place})
    return PlaceNetworks.validate(frame, cast=True)


def build(draft: Draft) -> Outcome:
    for bucket in range(BUCKETS):
        part = draft.part(f"bucket-{bucket}")
        if not part.is_sealed:
            part.write(PlaceNetworks, homes(bucket))
            part.seal()
    parts = [draft.part(f"bucket-{b}").scan(PlaceNetworks).collect() for b in range(BUCKETS)]
    draft.write(PlaceNetworks, PlaceNetworks.validate(pl.concat(parts)))
    draft.write(Visits, Visits.create_empty())
    with replace_file(draft.folder / LINES) as part:
        part.write_text("{}\n")
    rows = RowCounts(read=BUCKETS, kept=BUCKETS)
    return Outcome((PlaceNetworks, Visits), (), rows, window=None, messages={LINES: "toy"})


def attempt(folder: Path, kill_at: int | None, job) -> bool:
    """Run the job in a fork; whether it came to its end."""
    child = os.fork()
    if not child:
        if kill_at is not None:
            arm(folder, kill_at)
        with suppress(NothingToDoError):
            job(folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def arm(folder: Path, kill_at: int) -> None:
    steps = count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        inside = event in STEPS and str(arguments[0]).startswith(str(folder))
        if inside and next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def first_run(folder: Path) -> None:
    make_run(folder, FIRST, build)


def forced_run(folder: Path) -> None:
    make_run(folder, OTHER, build, force=True)


def careless_run(folder: Path) -> None:
    """The null control: a program that announces its result before it is there."""

    def announce_first(draft: Draft, run: Run) -> Manifest:
        manifest = draft.manifest()
        publishing._write_manifest(run, manifest)
        for name in manifest.outputs:
            (draft.folder / name).replace(run.folder / name)
        shutil.rmtree(run.folder / publishing.WORK)
        return manifest

    publishing._publish = announce_first
    if Run(folder).manifest() is None:
        first_run(folder)


def results(folder: Path) -> dict[str, str]:
    """What stands there under a final name."""
    paths = (path for kind in ("*.parquet", "*.ndjson") for path in folder.glob(kind))
    return {path.name: hash_file(path) for path in paths}


def is_honest(folder: Path, wanted: dict[str, str]) -> bool:
    """No torn table under a final name; and if a run calls itself finished, it is whole."""
    found = results(folder)
    manifest = Run(folder).manifest()
    promised = {n: o.sha256 for n, o in manifest.outputs.items()} if manifest else {}
    return all(wanted[name] == digest for name, digest in found.items()) and all(
        found.get(name) == digest for name, digest in promised.items()
    )


def prepare(folder: Path, scenario: str) -> None:
    """Lay out what the job finds; a finished run is made once and copied from then on."""
    shutil.rmtree(folder, ignore_errors=True)
    if scenario != "forced":
        folder.mkdir(parents=True)
        return
    made = folder.with_name("made")
    if not made.exists():
        made.mkdir(parents=True)
        assert attempt(made, None, first_run)
    shutil.copytree(made, folder)


def main(folder: Path, scenario: str) -> None:
    job = {"first": first_run, "forced": forced_run, "careless": careless_run}[scenario]
    prepare(folder, scenario)
    assert attempt(folder, None, job)
    wanted = results(folder)
    points = violations = 0
    for kill_at in count(1):
        prepare(folder, scenario)
        if violations or attempt(folder, kill_at, job):
            break
        points += 1
        violations += not is_honest(folder, wanted)
        attempt(folder, None, job)
        violations += not is_finished(folder, wanted)
    draw = random.Random(7)
    for _ in range(0 if violations else DOUBLE_KILLS):
        prepare(folder, scenario)
        attempt(folder, draw.randint(1, points), job)
        attempt(folder, draw.randint(1, points), job)
        violations += not is_honest(folder, wanted)
        attempt(folder, None, job)
        violations += not is_finished(folder, wanted)
    sys.stdout.write(json.dumps({"points": points, "violations": violations}))


def is_finished(folder: Path, wanted: dict[str, str]) -> bool:
    tables = {path.name for path in folder.iterdir()} == {*wanted, "run.json"}
    return tables and is_honest(folder, wanted)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
