"""Whether loops are compiled, and where they are kept: apart for each version of their sources."""

import os
import re
import time
import warnings
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

HERE = Path(__file__).parents[1]
FOLDER, UNCOMPILED = "NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT"
"""Variables by which Numba is told; children inherit them."""

KEPT_S = 24 * 3600
"""How long after their last use another version's loops stay: a process of it may still run,
and would fail where it cannot keep what it compiles."""

_VERSION = re.compile("numba-[0-9a-f]{16}")


def keep_apart() -> None:
    """Name Numba a cache folder of this version's own, unless the user has named one.

    Numba compiles a function anew when its own file was edited, but not when one was that it
    calls from another file: after an update the old loops would go on, unnoticed.
    """
    if os.environ.get(UNCOMPILED, "0") != "0":
        _expect_overflow()
    if FOLDER in os.environ:  # as it is in children
        return
    sources = (path.read_bytes() for path in sorted(HERE.rglob("*.py")))
    compiled = (text for text in sources if b"njit" in text or b"kernels.loops" in text)
    version = sha256(b"".join(compiled)).hexdigest()[:16]
    folder = HERE / "__pycache__" / f"numba-{version}"
    os.environ[FOLDER] = str(folder)
    with suppress(OSError):  # an installation that may only be read
        _mark_as_used(folder) if folder.exists() else _remove_unused(folder.parent)


def where_kept() -> Path | None:
    """The folder of this version's loops; None where they run as written."""
    folder = os.environ.get(FOLDER)
    return None if folder is None or os.environ.get(UNCOMPILED, "0") != "0" else Path(folder)


def none_are_kept() -> bool:
    """Whether loops are compiled, and none of this version's are there yet."""
    folder = where_kept()
    return folder is not None and next(folder.rglob("*.nbi"), None) is None


def run_as_written() -> None:
    """Run loops as plain Python, in this process and its children, to the same results.

    Compiling all of them takes longer than a few hundred accounts do. It must be said before
    the first of them is loaded.
    """
    os.environ[UNCOMPILED] = "1"
    _expect_overflow()


def _expect_overflow() -> None:
    """Hashes wrap around, of which NumPy warns and compiled code does not."""
    warnings.filterwarnings("ignore", "overflow encountered in scalar", RuntimeWarning)


def _mark_as_used(folder: Path) -> None:
    os.utime(folder)


def _remove_unused(parent: Path) -> None:
    """Remove what other versions left, once nobody has used it for a while."""
    for folder in parent.glob("numba-*"):
        unused_s = time.time() - folder.stat().st_mtime
        if _VERSION.fullmatch(folder.name) and unused_s > KEPT_S:
            rmtree(folder, ignore_errors=True)
