"""Whether damage to a file would be noticed: checksums inside it, or a digest beside it."""

import re
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from pipelines.reading.child.streams import PACKED
from pipelines.reading.shared.arrow import Footer
from pipelines.reading.shared.layouts import DIGEST_LISTS, DIGEST_SUFFIX
from pipelines.reading.shared.messages import LogFile

_HEADER_BYTES = 32
_INT = 0x15
"""In a page's header: the next field, and it is a whole number (thrift, compact protocol)."""
_LINE = re.compile(r"^\\?([0-9a-fA-F]{64})(?: [ *](.*))?$")
_DIGEST_BYTES = 64 << 20


def find_digest(file: LogFile) -> str | None:
    """Find what the digest of a file should be, as `sha256sum` wrote it down; None if nobody did.

    Asked are FILE.sha256, and SHA256SUMS in its folder or those above it in the log.
    """
    path = Path(file.path)
    own = _digests(path.with_name(path.name + DIGEST_SUFFIX))
    if own:
        return own.get(path.name, own.get(""))
    root = Path(file.root) if file.root else path.parent
    above = [path.parent, *takewhile(lambda folder: folder != root.parent, path.parent.parents)]
    names = (
        (folder / name, path.relative_to(folder).as_posix())
        for folder in above
        for name in DIGEST_LISTS
    )
    found = (_digests(listed).get(name) for listed, name in names)
    return next((digest for digest in found if digest), None)


def has_checksums(path: str, footer: Footer | None) -> bool:
    """Whether a file carries checksums of all its bytes that hold rows.

    Of Parquet the first page of each column is looked at: a writer treats all alike. Of packed
    texts gzip has one always, zstd where its first frame says so.
    """
    with Path(path).open("rb") as file:
        if footer is None:
            head, packed = file.read(5), PACKED.get(Path(path).suffix.lower())
            return packed == "gzip" or (packed == "zstd" and len(head) > 4 and head[4] & 4 > 0)
        groups = min(footer.num_row_groups, 1)
        for column in range(footer.num_columns * groups):
            chunk = footer.row_group(0).column(column)
            offsets = (chunk.dictionary_page_offset, chunk.data_page_offset)
            file.seek(min(offset for offset in offsets if offset is not None))
            if not has_checksum(file.read(_HEADER_BYTES)):
                return False
        return groups > 0


def has_checksum(header: bytes) -> bool:
    """Whether the header of a page goes on with a checksum after its type and its two sizes.

    Examples:
        >>> has_checksum(bytes.fromhex("1500 1596 01 1582 01 15aa bbcc 02"))
        True
        >>> has_checksum(bytes.fromhex("1500 1596 01 1582 01 2c 1514"))
        False
    """
    at = 0
    for _ in range(3):
        if header[at : at + 1] != bytes([_INT]):
            return False
        at += 2
        while at <= len(header) and header[at - 1] & 0x80:
            at += 1
    return header[at : at + 1] == bytes([_INT])


def _digests(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    stat = path.stat()
    return _read_digests(str(path), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_digests(path: str, size: int, _changed: int) -> dict[str, str]:
    """Digests by file, "" where no file is named."""
    if size > _DIGEST_BYTES:
        return {}
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    matches = (_LINE.match(line.strip()) for line in lines)
    pairs = (match.groups(default="") for match in matches if match)
    return {name.removeprefix("./"): digest.lower() for digest, name in pairs}
