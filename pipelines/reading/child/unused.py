"""Libraries that others load if they are there, and that a child does without."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

UNUSED = ("pandas", "sqlalchemy", "scipy", "numba")
"""PyArrow and dataframely load some of them to know their types; that would take longer than all
the rest of a child's start."""


class Unused(MetaPathFinder):
    """Finds none of them."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> None:
        """Find nothing, and let no other finder look.

        Raises:
            ModuleNotFoundError: As if the package were not installed.
        """
        if fullname in UNUSED:
            raise ModuleNotFoundError(fullname, name=fullname)


def keep_out() -> None:
    """From now on these packages are not there for this process."""
    sys.meta_path.insert(0, Unused())
