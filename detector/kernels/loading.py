"""Loading a library without another one that it would learn the types of, or borrow from."""

import sys
from importlib import import_module
from typing import cast


def load_without(absent: str, module: str) -> None:
    """Load a module while another is not to be found; later it is, as if nothing had been.

    Args:
        absent: What takes long to load, and of which nothing is asked; if it is there, it stays.
        module: What would load it.

    Raises:
        ImportError: If the module cannot do without, or is not there itself.

    Examples:
        >>> load_without("sqlalchemy", "json")
        >>> sys.modules.get("sqlalchemy", "later") is None
        False
    """
    known = cast("dict[str, None]", sys.modules)
    if absent in known:
        return
    known[absent] = None
    try:
        import_module(module)
    finally:
        del known[absent]
