"""The first run of a version: two processes compile its loops, each those of other stages.

A first run over a million events takes 27 s so, and 8 s later. Started as ``python -m
pipelines.local.compiling STAGES``; what a process compiles is kept for all others.
"""

import gc
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self, TypeVar, get_args, get_type_hints

import dataframely as dy
import numpy as np
import polars as pl

from detector.detect import sketch_visits
from detector.households.group import list_devices
from detector.kernels.compiled import none_are_kept
from detector.kernels.tables import complete
from detector.networks.survey import survey
from detector.places.find import Nodes, Stays, find_places, join_dual
from detector.schemas import ACCOUNT, Places, Sightings, Visits
from detector.settings import Settings

log = logging.getLogger("household")
S = TypeVar("S", bound=dy.Schema)
L = TypeVar("L", Stays, Nodes)

FIRST_DAY, DAYS = date(2026, 5, 1), 28
HOMES = {"ada": "81.2.69.142", "bob": "92.40.7.1"}
"""Two people on one account, each with devices on a line of their own."""

EVENING = 0b111 << 40


@dataclass(frozen=True)
class Compiling:
    """The processes at work; none if this is not the first run of a version."""

    processes: Sequence["subprocess.Popen[bytes]"]

    @classmethod
    def start(cls, threads: int) -> Self:
        """Begin, if loops are missing and there are cores for it."""
        if threads == 1 or not none_are_kept():
            return cls([])
        log.info("the loops of this version are compiled, once")
        return cls.of_all()

    @classmethod
    def of_all(cls) -> Self:
        """Begin, whatever is there; what is there is only loaded."""
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command, quiet = [sys.executable, "-m", "pipelines.local.compiling"], subprocess.DEVNULL
        return cls(
            [
                subprocess.Popen([*command, part], stdin=quiet, stdout=quiet, stderr=quiet, env=env)
                for part in PARTS
            ]
        )

    def wait(self) -> bool:
        """Wait for the loops; those of a process that fails are compiled when needed.

        Returns:
            Whether none failed.
        """
        return not any([process.wait() for process in self.processes])


def find_the_places() -> None:
    """Go through the stages up to places."""
    sightings, settings = _sightings(), Settings()
    find_places(sightings, survey([sightings], settings).gazetteer, settings.places)


def live_there() -> None:
    """Go through the stages after places, with places made by hand.

    First of all places of nobody are joined: so both processes end at about the same time.
    """
    join_dual(_nothing(Stays), _nothing(Nodes), *(np.zeros(0, np.int64) for _ in range(3)))
    sightings = _sightings()
    alone = pl.DataFrame(schema={"device_id": pl.String, "accounts": pl.UInt32})
    devices = list_devices(sightings, alone)
    sketch_visits(_visits(sightings), _places(), devices, Settings())


PARTS: Mapping[str, Callable[[], None]] = {"places": find_the_places, "lives": live_there}


def _nothing(kind: type[L]) -> L:
    """Arrays of the types that its fields say, without anything in them."""
    types = (get_args(get_args(hint)[1])[0] for hint in get_type_hints(kind).values())
    return kind._make(np.zeros(0, each) for each in types)


def _sightings() -> dy.DataFrame[Sightings]:
    rows = [
        {"device_id": f"{who}-{kind}", "network": line, "device_type": kind, "profiles": 1 << place}
        | {"day": FIRST_DAY + timedelta(days=day)}
        for place, (who, line) in enumerate(HOMES.items())
        for kind in ("phone", "tv")
        for day in range(DAYS)
    ]
    return _table(Sightings, pl.DataFrame(rows).with_columns(seen=EVENING, playing=EVENING))


def _visits(sightings: pl.DataFrame) -> dy.DataFrame[Visits]:
    lines = list(HOMES.values())
    place = pl.col("network").replace_strict(lines, range(len(lines)))
    return _table(Visits, sightings.with_columns(place=place, use=3, hours=0b11 << 20))


def _places() -> dy.DataFrame[Places]:
    last = FIRST_DAY + timedelta(days=DAYS - 1)
    places = pl.DataFrame({"place": range(len(HOMES)), "asn": [2856, 5607]}).with_columns(
        *(pl.lit(1).alias(name) for name in ("networks", "accounts", "ipv6_days")),
        *(pl.lit(51.5).alias(name) for name in ("latitude", "longitude")),
        kind=pl.lit("home_line"),
        devices=2,
        active_days=DAYS,
        first_day=FIRST_DAY,
        last_day=last,
        country=pl.lit("GB"),
    )
    return _table(Places, places)


def _table(schema: type[S], rows: pl.DataFrame) -> dy.DataFrame[S]:
    """Of one account, with nothing in the columns that are not given, sorted."""
    whole = complete(rows.with_columns(pl.lit("one").alias(ACCOUNT)), schema)
    return schema.validate(whole.sort(schema.primary_key()), cast=True)


if __name__ == "__main__":
    # A compiler keeps what it makes: to look for garbage in it took a quarter of the time.
    gc.disable()
    PARTS[sys.argv[1]]()
