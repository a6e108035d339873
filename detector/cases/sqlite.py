"""A case store in one SQLite file, kept so that neither a crash nor a neighbour spoils it.

A rollback journal rather than a write-ahead log: a nightly job and a page side by side are what
the WAL-reset bug of SQLite 3.7.0 to 3.51.2 wants, and this loses the file. Locks of network file
systems cannot be trusted with either.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from detector.cases.failures import CaseStoreError

WAL_MENDED = (3, 51, 3)
"""The first SQLite without the WAL-reset bug."""
NETWORKED = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3"),
        *("smbfs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs"),
    )
)
BUSY_SECONDS = 120
"""How long a writer waits for another one: longer than a night's decisions take to write."""
CACHE_KIB = 131_072
"""What a transaction of a million rows may hold in memory before it writes to the file."""
READING_KIB = 8_192
"""What a look holds: of all cases the rest would only pass through."""
WRITES = "BEGIN IMMEDIATE"
BEGIN = "begin"
"""Execution option: how a transaction begins; as a writer, unless it says otherwise."""

_MOUNTS = Path("/proc/self/mounts")
_WAL = b"\x02\x02"
_VERSIONS_AT = slice(18, 20)


def open_file(path: Path) -> Engine:
    """Open or create the file, after a look at where and how it is kept.

    Raises:
        CaseStoreError: It is no file of ours to write, on a network file system, or in WAL mode.
    """
    _check_folder(path)
    _check_mode(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def filesystem_of(path: Path, mounts: str) -> str:
    r"""The kind of file system a path lies on, by the lines of ``/proc/self/mounts``.

    Examples:
        >>> mounts = "/dev/sda / ext4 rw 0 0\nnas:/v /srv/the\\040nas nfs4 rw 0 0\n"
        >>> filesystem_of(Path("/srv/the nas/cases.db"), mounts)
        'nfs4'
        >>> filesystem_of(Path("/srv/cases.db"), mounts)
        'ext4'
    """
    found, longest = "", -1
    for line in mounts.splitlines():
        _, folder, kind, *_ = line.split(" ")
        place = Path(folder.encode().decode("unicode_escape"))
        depth = len(place.parts)
        if path.is_relative_to(place) and depth >= longest:
            found, longest = kind, depth
    return found


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise CaseStoreError(
            f"There is no folder {path.parent} for the case store.", hint="make it first"
        )
    if path.is_dir():
        raise CaseStoreError(f"{path} is a folder.", hint="name a file, such as cases.db")
    mounts = _MOUNTS.read_text(encoding="utf-8") if _MOUNTS.is_file() else ""
    kind = filesystem_of(path.resolve(), mounts)
    if kind in NETWORKED:
        raise CaseStoreError(
            f"{path} lies on a network file system ({kind}), whose locks may lose decisions.",
            hint="keep the case store on a local disk, or in PostgreSQL",
        )


def _check_mode(path: Path) -> None:
    """Told from the file's header: merely opening it could already start a recovery."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        header = file.read(100)
    if header and not header.startswith(b"SQLite format 3\0"):
        raise CaseStoreError(f"{path} is no SQLite file.", hint="name the file of a case store")
    if header[_VERSIONS_AT] == _WAL and sqlite3.sqlite_version_info < WAL_MENDED:
        raise CaseStoreError(
            f"{path} is in WAL mode, which SQLite {sqlite3.sqlite_version} may corrupt.",
            hint='with SQLite 3.51.3 or later: sqlite3 FILE "PRAGMA journal_mode=DELETE"',
        )


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """SQLAlchemy says BEGIN itself: the driver would not do so before a SELECT or a CREATE."""
    connection.isolation_level = None
    [mode] = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    if mode != "delete":
        raise CaseStoreError(
            f"The case store stays in {mode} mode.", hint="end whatever else has the file open"
        )
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: Connection) -> None:
    """Pages of a server only read, and many at once: the large cache is the writer's alone."""
    options: dict[str, Any] = dict(connection.get_execution_options())
    begin = options.get(BEGIN, WRITES)
    kib = CACHE_KIB if begin == WRITES else READING_KIB
    connection.exec_driver_sql(f"PRAGMA cache_size=-{kib}")
    connection.exec_driver_sql(begin)
