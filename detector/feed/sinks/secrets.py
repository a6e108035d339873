"""Keys and passwords: from files or the environment, and never shown."""

import os
from pathlib import Path

from detector.errors import SettingsError


class Secret:
    """A text that is not shown when it is printed, logged, or part of an error.

    Examples:
        >>> key = Secret("hunter2")
        >>> key, f"{key}", key.reveal()[:1]
        (Secret(...), 'Secret(...)', 'h')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")

    def reveal(self) -> str:
        """The text itself, for whoever signs or signs in with it."""
        return self._text


def read_secrets(
    sink: str, files: str | list[str] | None, variables: str | list[str] | None
) -> list[Secret]:
    """Read all secrets that a sink names, files first.

    Args:
        sink: Its name, for errors.
        files: Paths of files that hold one secret each.
        variables: Names of environment variables.

    Raises:
        SettingsError: One cannot be read or is empty. It names the file, never what is in it.
    """
    read = [_from_file(sink, Path(path)) for path in _each(files)]
    return read + [_from_environment(sink, name) for name in _each(variables)]


def _each(named: str | list[str] | None) -> list[str]:
    return [named] if isinstance(named, str) else named or []


def _from_file(sink: str, path: Path) -> Secret:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise SettingsError(f"[sinks.{sink}]: {path} cannot be read: {why}.") from None
    if not text:
        raise SettingsError(f"[sinks.{sink}]: {path} is empty.")
    return Secret(text)


def _from_environment(sink: str, name: str) -> Secret:
    if not (text := os.environ.get(name, "").strip()):
        hint = f"export {name}=... where `household deliver` is started"
        raise SettingsError(f"[sinks.{sink}]: there is no variable {name}.", hint=hint)
    return Secret(text)
