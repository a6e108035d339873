"""A child's way through a log, in one process: prints what was loaded or compiled on the way."""

import json
import sys
from pathlib import Path

from pipelines.reading.child.warming import UNUSED, Unused, warm_up

from pipelines.reading.log import read_log
from pipelines.reading.options import ReadOptions
from tests.pipelines.own_pool import OwnPool
from tests.pipelines.tiny_log import Settings, silent


def versions():
    """How often each compiled loop of ours was compiled, for arguments of other types."""
    modules = [module for name, module in sys.modules.items() if name.startswith("detector.")]
    loops = (loop for module in modules for loop in vars(module).values())
    return {str(loop): len(loop.signatures) for loop in loops if hasattr(loop, "signatures")}


if __name__ == "__main__":
    log, work = map(Path, sys.argv[1:])
    sys.meta_path.insert(0, Unused())
    warm_up(work)
    before = versions()
    read_log([str(log)], Settings(), ReadOptions(), work, silent, OwnPool)
    after = versions()
    late = sorted(loop for loop, number in after.items() if number > before.get(loop, 0))
    print(json.dumps({"loaded": sorted({*UNUSED} & {*sys.modules}), "late": late}))  # noqa: T201 - its answer
