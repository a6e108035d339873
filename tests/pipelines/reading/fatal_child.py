"""A child in which some files do what damaged files have been seen to do to a reader."""

import errno
import os
import time
from pathlib import Path

import polars as pl

from pipelines.reading.child import decode as decoding
from pipelines.reading.child import main as child

decode, together, records = child.decode_file, child.decode_together, child.decode_records


def panic():
    raise pl.exceptions.PanicException("index out of bounds: the len is 0")


def fill():
    """Let the disk be full for all further files of our own."""
    decoding.write_part = refuse


def refuse(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


FATES = {
    "full": fill,
    "abort": os.abort,
    "exit": lambda: os._exit(3),
    "hang": lambda: time.sleep(3600),
    "panic": panic,
}


def decode_file(request, plan):
    FATES.get(Path(request.file.path).stem, int)()
    return decode(request, plan)


def decode_together(request, plan):
    for each in request.files:
        FATES.get(Path(each.file.path).stem, int)()
    return together(request, plan)


def decode_records(request, plan):
    FATES.get(Path(request.path).stem, int)()
    return records(request, plan)


if __name__ == "__main__":
    child.decode_file, child.decode_together = decode_file, decode_together
    child.decode_records = decode_records
    child.main()
