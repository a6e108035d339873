"""The only clock that is read for deciding, moving or sending; it is handed in from here."""

import time


def now_us() -> int:
    """The time as whole microseconds since 1970 UTC, read once for each command."""
    return time.time_ns() // 1000
