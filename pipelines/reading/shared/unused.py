"""Libraries that others load if they are there, and that a process does without."""

import sys
from collections.abc import Collection, Sequence
from importlib.abc import MetaPathFinder

OF_CHILDREN = ("pandas", "sqlalchemy", "scipy", "numba")
OF_HANDS = ("pandas", "sqlalchemy")
"""PyArrow and dataframely load some of them to know their types; that would take longer than all
the rest of a start."""


class Unused(MetaPathFinder):
    """Finds none of some packages."""

    def __init__(self, packages: Collection[str]) -> None:
        self._packages = packages

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> None:
        """Find nothing, and let no other finder look.

        Raises:
            ModuleNotFoundError: As if the package were not installed.
        """
        if fullname in self._packages:
            raise ModuleNotFoundError(fullname, name=fullname)


def keep_out(packages: Collection[str]) -> None:
    """From now on these packages are not there for this process."""
    sys.meta_path.insert(0, Unused(packages))
