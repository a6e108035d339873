"""The bytes of a file of texts, unpacked as they are needed: never more than some at once."""

import io
from collections.abc import Iterator
from pathlib import Path

from pipelines.reading.shared.arrow import pa
from pipelines.reading.shared.mapping import refuse

MAX_LINE = 1 << 20
"""A longer line is no row of a log: it is passed over, and counted as unreadable."""
MAX_RATIO = 500
SMALL_BYTES = 256 << 20
"""Files that unpack to less are no bombs, however small they are."""

PACKED = {".gz": "gzip", ".zst": "zstd"}
_BLOCK = 1 << 20
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Stream:
    """A file of texts, plain or packed, from its beginning."""

    def __init__(self, path: str) -> None:
        packed = PACKED.get(Path(path).suffix.lower())
        raw = pa.OSFile(path)
        whole = pa.CompressedInputStream(raw, packed) if packed else raw
        self._most = max(SMALL_BYTES, MAX_RATIO * Path(path).stat().st_size) if packed else None
        self._file = io.BufferedReader(whole, _BLOCK)
        self.taken = 0
        """Bytes read so far, unpacked."""
        self.damaged = False
        """Whether the last line was too long or no UTF-8."""
        self.line = 0
        """How many lines were read."""
        self.head = bytes(self._file.peek(_BLOCK)[: 1 << 16])
        if self.head.startswith(_UTF16):
            raise refuse("is text in UTF-16", "save it as UTF-8")

    def lines(self) -> Iterator[str]:
        """Yield each line with its end; of one that is damaged what can be read."""
        while line := self._file.readline(MAX_LINE):
            self.line += 1
            self._count(line)
            self.damaged = len(line) == MAX_LINE
            while len(line) == MAX_LINE and not line.endswith(b"\n"):
                line = self._file.readline(MAX_LINE)
                self._count(line)
            if self.damaged:
                yield "\n"
                continue
            try:
                yield line.decode("utf-8-sig" if self.taken == len(line) else "utf-8")
            except UnicodeDecodeError:
                self.damaged = True
                yield line.decode(errors="replace")

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes themselves."""
        while block := self._file.read(_BLOCK):
            self._count(block)
            yield block

    def _count(self, block: bytes) -> None:
        self.taken += len(block)
        if self._most is not None and self.taken > self._most:
            raise refuse(f"unpacks to more than {self._most} bytes, like a decompression bomb")
