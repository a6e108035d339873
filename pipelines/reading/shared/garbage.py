"""How often a process looks for garbage: seldom, as what is loaded stays and tables are no garbage.

Python looks through what it holds after every 700 new objects. Libraries and models are some
200,000, none of them garbage: that took a sixth of every start, and at the end, when it takes all
of it apart, three quarters of a second.
"""

import gc

MANY = 50_000
"""New objects after which to look."""


def look_seldom() -> None:
    """From now on, for this process."""
    gc.set_threshold(MANY)


def end_at_once() -> None:
    """Leave what is held to the system, which takes it back anyway: said when all is done."""
    gc.freeze()
