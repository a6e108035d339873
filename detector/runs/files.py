"""Files that are whole or absent: replaced in one step, hashed, locked."""

import errno
import fcntl
import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replace_file(path: Path) -> Generator[Path]:
    """Replace a file in one step, so that a crash leaves the old one or the new one.

    The new bytes are on the disk before they get the name, and the name before we go on.
    The name of the part carries the process, so that a survivor of a killed run
    cannot write into ours.

    Yields:
        Where to write; the file takes its final name when the block ends well.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     note = Path(folder) / "note.txt"
        ...     with replace_file(note) as part:
        ...         _ = part.write_text("all of it")
        ...     note.read_text(), [file.name for file in Path(folder).iterdir()]
        ('all of it', ['note.txt'])
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        _flush(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    _flush(folder)


def hash_file(path: Path) -> str:
    """The sha256 of a file, read in pieces.

    Examples:
        >>> hash_file(Path("/dev/null"))[:8]
        'e3b0c442'
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def lock_file(path: Path) -> Generator[None]:
    """Hold a file that only one process can hold; the system frees it if we are killed.

    Raises:
        BlockingIOError: Another process holds it.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with lock_file(Path(folder) / "lock"), lock_file(Path(folder) / "lock"):
        ...         pass  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        BlockingIOError: another process holds the lock
    """
    descriptor = _hold(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _hold(path: Path) -> int:
    """A locked descriptor of the file that has this name now, not of one removed meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            problem = "another process holds the lock"
            raise BlockingIOError(errno.EWOULDBLOCK, problem, str(path)) from None
        except OSError:
            os.close(descriptor)
            raise
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
        os.close(descriptor)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
