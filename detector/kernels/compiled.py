"""Where compiled loops are kept between runs: apart for each version of their sources."""

import os
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parents[1]
VARIABLE = "NUMBA_CACHE_DIR"


def keep_apart() -> None:
    """Name Numba a cache folder of this version's own, unless the user has named one.

    Numba compiles a function anew when its own file was edited, but not when one was that it
    calls from another file: after an update the old loops would go on, unnoticed.
    """
    if VARIABLE in os.environ:  # as it is in children
        return
    sources = (path.read_bytes() for path in sorted(HERE.rglob("*.py")))
    version = sha256(b"".join(text for text in sources if b"njit" in text)).hexdigest()[:16]
    folder = HERE / "__pycache__" / f"numba-{version}"
    os.environ[VARIABLE] = str(folder)
