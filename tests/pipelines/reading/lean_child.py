"""A child's way through a log, in one process: prints what it loaded that it could do without."""

import json
import sys
from pathlib import Path

from pipelines.reading.shared.unused import OF_CHILDREN, keep_out


def read_through(log: str, work: str) -> None:
    """Read a log as children do."""
    from pipelines.reading.log import read_log  # noqa: PLC0415 - after what is kept out
    from pipelines.reading.options import ReadOptions  # noqa: PLC0415
    from tests.pipelines.own_pool import OwnPool  # noqa: PLC0415
    from tests.pipelines.tiny_log import Settings, silent  # noqa: PLC0415

    read_log([log], Settings(), ReadOptions(), Path(work), silent, OwnPool)


if __name__ == "__main__":
    keep_out(OF_CHILDREN)
    read_through(*sys.argv[1:])
    print(json.dumps(sorted({*OF_CHILDREN} & {*sys.modules})))  # noqa: T201 - its answer
