"""The files that a log consists of: found and named, never opened.

A Delta table tells in a log of its own which files of its folder belong to the latest version.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path
from stat import S_ISREG
from urllib.parse import unquote, urlparse

from detector.errors import InputError
from pipelines.reading.shared.layouts import (
    DIGEST_LISTS,
    DIGEST_SUFFIX,
    PACKED_SUFFIXES,
    PARQUET_SUFFIXES,
    LogSource,
    file_kind,
)
from pipelines.reading.shared.messages import LogFile

LOG_NAME, EXPORT_NAME = "@log", "@export"
DELTA_LOG = "_delta_log"
_SHOWN = 5
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


def find_files(logs: Sequence[str], sources: Sequence[LogSource]) -> tuple[LogFile, ...]:
    """List the files of a log, sorted by name, whatever the order in which it was given.

    A log is a file, a folder (searched through, with hive partitions) or a pattern. In
    folders Parquet, CSV and JSON files count, by their names, and files without a suffix that
    begin as Parquet does. Names that begin with a dot or an underscore are other programs'
    notes.

    Raises:
        InputError: If a log does not exist or holds no file.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     day = Path(folder) / "country=FR" / "may.parquet"
        ...     day.parent.mkdir()
        ...     for path in (day, day.with_name("_notes.parquet"), day.with_suffix(".txt")):
        ...         path.touch()
        ...     [file] = find_files([folder], [LogSource()])
        >>> file.name, file.constants["country"]
        ('country=FR/may.parquet', 'FR')
    """
    found: dict[Path, LogFile] = {}
    uses = Counter(Path(log).absolute().name for log in set(logs))
    for log in sorted(set(logs)):
        whole = Path(log).absolute()
        label = whole.name if uses[whole.name] == 1 else whole.as_posix()
        for root, path in _matches(log, sources):
            file = _named(root, path, prefixed=len(set(logs)) > 1)
            place = _place(Path(log), path, label, _export(Path(log), path, sources))
            found.setdefault(path.absolute(), file.model_copy(update=place))
    return _told_apart(found)


def unusable(file: LogFile) -> str | None:
    """Say why a path cannot be a log file, before anything is opened.

    Examples:
        >>> unusable(LogFile(name="null", path="/dev/null"))
        'is not a regular file'
    """
    path = Path(file.path)
    try:
        file.path.encode()
        mode = path.stat().st_mode
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    except OSError as error:
        return f"cannot be reached ({error.strerror})"
    if not S_ISREG(mode):
        return "is not a regular file"
    if file.root and not path.resolve().is_relative_to(Path(file.root).resolve()):
        return "is a link that leads out of the log's folder"
    return None


def _matches(log: str, sources: Sequence[LogSource]) -> Iterable[tuple[Path, Path]]:
    """Pairs of the folder that a file is named after, and the file."""
    path = Path(log)
    if path.is_dir():
        files = [(path, file) for file in _inside(path, sources)]
    elif path.exists() or path.is_symlink():
        files = [(path.parent, path)]
    else:
        root = _fixed_part(path)
        matches = sorted(root.glob(str(path.relative_to(root)))) if log else []
        inner = [[m] if not m.is_dir() else _inside(m, sources) for m in matches]
        files = [(root, file) for group in inner for file in group]
    if not files:
        raise InputError(
            f"No log file at {log!r}.",
            hint="give a Parquet, CSV or JSON file, a folder that holds some, or a pattern in "
            "quotes.",
        )
    return files


def _fixed_part(pattern: Path) -> Path:
    """The folder above the first wildcard."""
    parts = takewhile(lambda part: not any(c in part for c in "*?["), pattern.parent.parts)
    return Path(*parts)


def _inside(folder: Path, sources: Sequence[LogSource]) -> list[Path]:
    if (folder / DELTA_LOG).is_dir():
        return _delta_files(folder)
    return sorted(
        path
        for path in folder.rglob("*")
        if not path.is_dir() and _why_not(folder, path, sources) is None
    )


def _why_not(folder: Path, path: Path, sources: Sequence[LogSource]) -> str | None:
    """Why a file in a folder is none of the log's, by its name; None if it is one."""
    if any(part.startswith((".", "_")) for part in path.relative_to(folder).parts):
        return "names that begin with a dot or an underscore are other programs' notes"
    packed = path.name.lower().removesuffix(path.suffix.lower())
    if path.suffix.lower() in PACKED_SUFFIXES and packed.endswith(PARQUET_SUFFIXES):
        return "Parquet is not read out of archives: unpack it first"
    if file_kind(path.name) is None and (path.suffix or not _begins_as_parquet(path)):
        return "by their names neither Parquet nor CSV nor JSON"
    if not any(source.takes(path.name) for source in sources):
        return "not among the files that the preset reads"
    return None


def _begins_as_parquet(path: Path) -> bool:
    try:
        if not S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False


def name_left_out(
    logs: Sequence[str], sources: Sequence[LogSource], found: Sequence[LogFile]
) -> tuple[str, ...]:
    """Say which files of the folders given are not read, and why; digests are, in their way.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("may.csv", "notes.txt"):
        ...         Path(folder, name).touch()
        ...     found = find_files([folder], [LogSource()])
        ...     name_left_out([folder], [LogSource()], found)
        ("Left out: 'notes.txt' (by their names neither Parquet nor CSV nor JSON).",)
    """
    read = {file.path for file in found}
    reasons: dict[str, list[str]] = {}
    for folder in (Path(log) for log in sorted(set(logs)) if Path(log).is_dir()):
        if (folder / DELTA_LOG).is_dir():
            continue
        for path in sorted(folder.rglob("*")):
            link = path.is_dir() and path.is_symlink()
            used = str(path.absolute()) in read or _is_digest(path) or _completes(path, sources)
            if used or (path.is_dir() and not link):
                continue
            why = "links to folders are not followed" if link else _why_not(folder, path, sources)
            reasons.setdefault(why or "", []).append(_named(folder, path, prefixed=False).name)
    return tuple(f"Left out: {_some(names)} ({why})." for why, names in sorted(reasons.items()))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _is_digest(path: Path) -> bool:
    return path.name in DIGEST_LISTS or path.name.endswith(DIGEST_SUFFIX)


def find_beside(logs: Sequence[str], sources: Sequence[LogSource]) -> tuple[Path, ...]:
    """List the files in the folders given that are no log, but complete the rows of others.

    Examples:
        >>> import tempfile
        >>> from pipelines.reading.presets import read_preset
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("Devices.csv", "ViewingActivity.csv"):
        ...         Path(folder, name).touch()
        ...     [path] = find_beside([folder], read_preset("netflix-export").sources)
        >>> path.name
        'Devices.csv'
    """
    folders = [Path(log) for log in sorted(set(logs)) if Path(log).is_dir()]
    return tuple(
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if _completes(path, sources) and not any(s.takes(path.name) for s in sources)
    )


def _completes(path: Path, sources: Sequence[LogSource]) -> bool:
    """Whether a file is read together with others."""
    patterns = (name for source in sources for join in source.joins for name in join.files)
    return any(fnmatchcase(path.name, pattern) for pattern in patterns) and path.is_file()


def _export(log: Path, path: Path, sources: Sequence[LogSource]) -> str | None:
    """The name, within the log, of the folder of one person's export; None if it is the log."""
    source = next((source for source in sources if source.takes(path.name)), LogSource())
    folder = source.export_of(path)
    if not log.is_dir():
        return folder.absolute().name
    inside = folder != log and folder.is_relative_to(log)
    return folder.relative_to(log).as_posix() if inside else None


def _delta_files(folder: Path) -> list[Path]:
    """The files of the latest version of a Delta table, sorted."""
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
    return sorted(folder / _path_of(uri).resolve().relative_to(root) for uri in uris)


def _path_of(uri: str) -> Path:
    parsed = urlparse(uri)
    return Path(unquote(parsed.path)) if parsed.scheme == "file" else Path(uri)


def _named(root: Path, path: Path, *, prefixed: bool) -> LogFile:
    relative = path.relative_to(root)
    name = Path(root.absolute().name, relative) if prefixed else relative
    return LogFile(
        name=name.as_posix().encode(errors="backslashreplace").decode(),
        path=str(path.absolute()),
    )


def _place(log: Path, path: Path, label: str, export: str | None) -> dict[str, object]:
    """What a file owes to the log it was found in."""
    if not log.is_dir():
        own = {LOG_NAME: path.stem, EXPORT_NAME: export or label}
        return {"constants": _partitions(path) | own}
    own = {LOG_NAME: label, EXPORT_NAME: export or label}
    constants = _partitions(path.relative_to(log)) | own
    return {"root": str(log.absolute()), "constants": constants}


def _partitions(relative: Path) -> dict[str, str | None]:
    """Hive partitions: ``country=US/day=2026-05-01/part.parquet``."""
    pairs = (part.partition("=") for part in relative.parent.parts if "=" in part)
    return {
        unquote(key): None if value == _HIVE_NULL else unquote(value) for key, _, value in pairs
    }


def _told_apart(found: dict[Path, LogFile]) -> tuple[LogFile, ...]:
    """Files under their full path where two would have the same name."""
    uses = Counter(file.name for file in found.values())
    unique = (
        file if uses[file.name] == 1 else file.model_copy(update={"name": path.as_posix()})
        for path, file in found.items()
    )
    return tuple(sorted(unique, key=lambda file: file.name))
