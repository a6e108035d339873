"""Delta tables as logs: which of the files in the folder belong to the latest version."""

from pathlib import Path
from urllib.parse import unquote, urlparse

from detector.errors import InputError

LOG_FOLDER = "_delta_log"


def is_delta(folder: Path) -> bool:
    """Whether a folder is a Delta table, in which old files lie beside current ones."""
    return (folder / LOG_FOLDER).is_dir()


def delta_files(folder: Path) -> list[Path]:
    """List the files of the latest version, sorted.

    Raises:
        InputError: If the table's own log cannot be read.
    """
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ImportError as error:
        raise InputError(
            f"{str(folder)!r} is a Delta table, and the library that reads its log is missing.",
            hint="install it with: pip install 'household-detector[delta]'",
        ) from error
    try:
        uris = DeltaTable(str(folder)).file_uris()
    except (DeltaError, OSError) as error:
        raise InputError(
            f"The log of the Delta table {str(folder)!r} cannot be read ({type(error).__name__}).",
            hint="check the table with the program that wrote it.",
        ) from error
    root = folder.resolve()
    return sorted(folder / _path(uri).resolve().relative_to(root) for uri in uris)


def _path(uri: str) -> Path:
    parsed = urlparse(uri)
    return Path(unquote(parsed.path)) if parsed.scheme == "file" else Path(uri)
