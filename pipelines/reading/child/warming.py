"""Compiled code is made before the first file's deadline begins."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.abc import MetaPathFinder
from pathlib import Path

import numpy as np
import polars as pl

from detector.events.addresses import number_networks
from detector.events.clean import usable_ids
from detector.kernels.texts import Encoded
from detector.log_settings import EventSettings
from detector.schemas import Events
from pipelines.reading.child.adding import add_events
from pipelines.reading.child.sum_files import merge_parts, write_part

UNUSED = ("pandas", "scipy.linalg")


class Unused(MetaPathFinder):
    """Keeps out what PyArrow and Numba load, if it is there, to know its types and its algebra.

    Nothing here uses either, and they take as long to load as all the compiled code.
    """

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> None:
        """Find nothing, and let no other finder look.

        Raises:
            ModuleNotFoundError: As if the package were not installed.
        """
        if fullname in UNUSED:
            raise ModuleNotFoundError(fullname, name=fullname)


def warm_up(folder: Path) -> None:
    """Load the compiled code, or compile it where this is the first run of this version."""
    texts = pl.Series(["81.2.69.142"])
    number_networks(texts)
    usable_ids(texts, "device", EventSettings())
    Encoded.of_series(texts).add_hashes(np.zeros(1, np.uint64), 1)
    seen = {
        Events.account_id.name: "ada",
        Events.device_id.name: "tv",
        Events.network.name: "81.2.69.142",
        Events.device_type.name: "tv",
        Events.ts.name: datetime(2026, 5, 1, tzinfo=UTC),
        Events.country.name: "GB",
        Events.asn.name: 2856,
    }
    event = pl.DataFrame([seen], schema=Events.create_empty().schema)
    path = folder / f"warm-{os.getpid()}.arrow"
    added = add_events(event, pl.Series([0], dtype=pl.UInt64), EventSettings(), 1)
    merge_parts([(write_part(added, str(path)).path, 0)], (1, 0))
    path.unlink()
