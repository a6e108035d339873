"""Measures `household review` on a run of any size with many people at it.

``python -m tests.detector.review.load --accounts 1000000 --reviewers 20 --seconds 60`` prints what
it saw as JSON, and ends with 1 if an answer was lost or doubled, or an account was held by two.

The run is a small one (`household demo` makes it, unless `--run` names another) whose accounts are
repeated under new names. The pages are served by the real program. First one person opens each kind
of page; then all reviewers decide for some seconds without a pause; then they do so again while the
program is killed in their midst (`--kills`), and send again what was not acknowledged.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.detector.review.load.many import write_many
from tests.detector.review.load.rounds import (
    Round,
    check,
    decide_together,
    fill_store,
    look_around,
)
from tests.detector.review.load.serving import HOUSEHOLD, ROOT, serving
from tests.own_postgres import serving as serving_postgres

STORES = ("sqlite", "postgres")


def main() -> int:
    asked = _arguments().parse_args()
    with ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory(dir=asked.dir)))
        folder = asked.prepared or write_many(
            asked.run or _demo(place), place / "run", asked.accounts
        )
        told = {kind: _measure(kind, folder, place, asked) for kind in asked.stores}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 1 if any(found["wrong"] for found in told.values()) else 0


def _measure(kind: str, folder: Path, place: Path, asked: argparse.Namespace) -> dict[str, Any]:
    names = [f"reviewer-{n:02d}" for n in range(asked.reviewers)]
    rounds = [Round(names, asked.seconds)]
    rounds += [Round(names, asked.seconds, asked.kills, len(names))] if asked.kills else []
    with _store(kind, place) as cases:
        fill_store(cases, folder, names)
        found: dict[str, Any] = {"cores": os.cpu_count(), "accounts": asked.accounts}
        answers, unanswered = [], 0
        with serving(folder, cases) as server:
            if asked.look:
                found["look"] = look_around(server, folder)
            for each in rounds:
                seen, told = decide_together(server, each)
                found["killed" if each.kills else "decide"] = told
                answers += seen.acknowledged
                unanswered += seen.unanswered
        return {**found, "wrong": check(cases, answers, unanswered)}


@contextmanager
def _store(kind: str, place: Path) -> Generator[str]:
    """Where cases are kept: in a database that outlives a power cut, as one would have it."""
    if kind == "sqlite":
        yield str(place / "cases.db")
    else:
        with serving_postgres(quick=False) as server:
            yield server.empty_database()


def _demo(place: Path) -> Path:
    command = [*HOUSEHOLD, "demo", "--out", str(place / "demo")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return place / "demo" / "results"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.detector.review.load")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kills", type=int, default=2, help="in a second round; 0: none")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=[*STORES])
    parser.add_argument("--look", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--run", type=Path, help="the small run that is repeated")
    parser.add_argument("--prepared", type=Path, help="a run that is large already")
    parser.add_argument("--dir", type=Path, help="where it is kept meanwhile: on a real disk")
    return parser


if __name__ == "__main__":
    sys.exit(main())
