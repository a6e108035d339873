"""Job: the loops of this version -> compiled, where every later run finds them."""

import time
from dataclasses import dataclass
from pathlib import Path

from detector.errors import DetectorError, NothingToDoError
from detector.kernels.compiled import where_kept
from pipelines.local.compiling import Compiling


@dataclass(frozen=True)
class WarmedUp:
    """What was compiled."""

    folder: Path
    loops: int
    seconds: float


def warm_up() -> WarmedUp:
    """Compile all loops that are not there yet.

    Raises:
        NothingToDoError: All of them are there, or loops run as they are written.
        DetectorError: They could not be compiled, or not be kept.
    """
    folder, begun = where_kept(), time.monotonic()
    if folder is None:
        raise NothingToDoError("Loops run as they are written.", hint="unset NUMBA_DISABLE_JIT")
    before = _count(folder)
    whole = Compiling.of_all().wait()
    loops = _count(folder) - before
    if not whole or before + loops == 0:
        raise DetectorError(
            f"The loops could not be compiled into {folder}.",
            hint="name a folder that may be written to in NUMBA_CACHE_DIR",
        )
    if loops == 0:
        raise NothingToDoError(
            f"All loops of this version are in {folder}.", hint="nothing was changed"
        )
    return WarmedUp(folder, loops, time.monotonic() - begun)


def _count(folder: Path) -> int:
    """How many compiled loops there are."""
    return sum(1 for _ in folder.rglob("*.nbc"))
