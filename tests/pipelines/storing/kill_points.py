"""Kills an ingest before each step it takes on the disk, and counts what the store then holds.

Run as a program of its own, because it forks:
``python -m tests.pipelines.storing.kill_points FOLDER SCENARIO``.
The log is decoded once; what is killed is all that touches the store.
"""

import json
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

import deltalake  # noqa: F401 - loaded once, not in every fork
import pyarrow.parquet  # noqa: F401

from detector.errors import NothingToDoError
from detector.settings import Settings
from detector.sightings.build import merge_sightings
from detector.store.columns import SHARDS, read_shards
from detector.store.table import Snapshot, create_store, open_store
from pipelines.jobs import ingest as ingest_job
from pipelines.jobs.ingest import IngestJob
from pipelines.reading.files import find_files
from pipelines.reading.options import ReadOptions
from pipelines.reading.shared.unused import OF_CHILDREN, keep_out
from pipelines.storing.upkeep import by_day, compact
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import WorldSettings
from tests.pipelines.kill_points import DOUBLE_KILLS, attempt

SETTINGS = Settings()


class Scene:
    """A store that holds one log, and another log that shares events with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.full = folder / "full"
        self.store = folder / "store"

    def prepare(self) -> None:
        events = build_world(WorldSettings(accounts=10, days=3, seed=3)).events
        some = events.height // 2
        for name, part in (("a", events[: some + 50]), ("b", events[some:])):
            part.write_parquet(self.folder / f"{name}.parquet")
        create_store(self.full, SETTINGS.events)
        for name in "ab":
            job = IngestJob((str(self.folder / f"{name}.parquet"),), self.full, SETTINGS, READ)
            work = self.folder / f"work-{name}"
            work.mkdir()
            found = list(find_files(job.logs, ingest_job.make_read_plan(SETTINGS, READ).sources))
            decoded = ingest_job._decode(job, found, work, lambda _: None)
            (self.folder / f"{name}.pickle").write_bytes(pickle.dumps(decoded))
            if name == "a":
                ingest_job._add(open_store(self.full), decoded)

    def restore(self) -> None:
        shutil.rmtree(self.store, ignore_errors=True)
        shutil.copytree(self.full, self.store)


READ = ReadOptions(threads=1, skip_bad_files=True)


def add(folder: Path) -> None:
    decoded = pickle.loads((folder.parent / "b.pickle").read_bytes())
    with suppress(NothingToDoError):
        ingest_job._add(open_store(folder), decoded)


def add_and_compact(folder: Path) -> None:
    add(folder)
    compact(folder)


def careless_add(folder: Path) -> None:
    """The null control: a program that believes what lies around, not what was committed."""
    Snapshot.holds = lambda self, transaction: True
    add(folder)


def holds(folder: Path) -> dict[str, int]:
    """What the store says, told by a process of its own."""
    note = folder.parent / "note.json"

    def look(folder: Path) -> None:
        snapshot = open_store(folder)
        found = read_shards(by_day(snapshot.files), 0, SHARDS).collect()
        united = merge_sightings([found.drop("shard")])
        said = {
            "sightings": united.height,
            "half_hours": united["seen"].bitwise_count_ones().sum(),
            "files": sum(len(ingest.files) for ingest in snapshot.ingests),
            "usable": sum(sum(file.good.values()) for i in snapshot.ingests for file in i.files),
        }
        note.write_text(json.dumps(said))

    assert attempt(folder, None, look)
    return json.loads(note.read_text())


def main(folder: Path, scenario: str) -> None:
    job: Callable[[Path], None] = {
        "added": add, "compacted": add_and_compact, "careless": careless_add
    }[scenario]  # fmt: skip
    scene = Scene(folder)
    folder.mkdir(parents=True)
    assert attempt(scene.full, None, lambda _: scene.prepare())
    scene.restore()
    before = holds(scene.store)
    assert attempt(scene.store, None, add)
    after = holds(scene.store)
    assert before["files"] == 1
    assert after["files"] == 2
    points = violations = 0
    for kill_at in count(1):
        scene.restore()
        if violations or attempt(scene.store, kill_at, job):
            break
        points += 1
        violations += holds(scene.store) not in (before, after)
        attempt(scene.store, None, job)
        violations += holds(scene.store) != after
    draw = Random(7)
    for _ in range(0 if violations else DOUBLE_KILLS):
        scene.restore()
        for _ in range(2):
            attempt(scene.store, draw.randint(1, points), job)
        violations += holds(scene.store) not in (before, after)
        attempt(scene.store, None, job)
        violations += holds(scene.store) != after
    sys.stdout.write(json.dumps({"points": points, "violations": violations}))


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    keep_out(OF_CHILDREN)
    main(Path(sys.argv[1]), sys.argv[2])
