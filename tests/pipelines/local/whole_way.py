"""The way of what is compiled side by side, then of a log: prints what is compiled only then."""

import sys
from datetime import datetime, timedelta

import polars as pl

from detector.detect import judge_log
from pipelines.local.compiling import PARTS

LINES = {"ada": "81.2.69.142", "bob": "2a02:c7f::9"}


def versions():
    """How often each loop was compiled, for arguments of other types."""
    modules = [module for name, module in sys.modules.items() if name.startswith("detector.")]
    loops = (loop for module in modules for loop in vars(module).values())
    return {str(loop): len(loop.signatures) for loop in loops if hasattr(loop, "signatures")}


def log():
    """Two lives on one account, with profiles, over three weeks."""
    return pl.DataFrame(
        {
            "ts": datetime(2026, 5, 1, 20) + timedelta(days=day, hours=number),
            "account_id": "one",
            "device_id": f"{who}-{kind}",
            "device_type": kind,
            "ip": line,
            "event_type": "playback_start",
            "duration_s": 5400,
            "profile_id": who,
        }
        for day in range(21)
        for number, (who, line) in enumerate(LINES.items())
        for kind in ("tv", "phone")
    )


if __name__ == "__main__":
    for go in PARTS.values():
        go()
    before = versions()
    judge_log(log())
    late = [loop for loop, number in versions().items() if number > before.get(loop, 0)]
    print(sorted(late))  # noqa: T201 - its answer
