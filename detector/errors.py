"""Every failure that the detector raises on purpose: what, where, how to mend it."""

from collections.abc import Collection, Mapping
from typing import ClassVar, Self


class DetectorError(Exception):
    """Base class: catch this to catch everything the detector raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, hint: str = "") -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(f"{problem}\n\nHint: {hint}" if hint else problem)


class SettingsError(DetectorError, ValueError):
    """The command line or the settings file has an unknown key or a value out of range."""

    exit_code = 2


class InputError(DetectorError):
    """The log cannot be read as it is: no file, broken file, wrong type, too many bad rows."""

    exit_code = 3


class MissingColumnsError(InputError, LookupError):
    """An event log lacks columns that the detector needs."""

    @classmethod
    def in_table(
        cls,
        table: str,
        missing: Collection[str],
        found: Collection[str],
        proposed: Mapping[str, str] | None = None,
    ) -> Self:
        """Name the missing columns, and what may be meant of those that are there.

        Examples:
            >>> print(MissingColumnsError.in_table(
            ...     "log", ["device_id"], ["deviceid", "ts"], {"device_id": "deviceid"}))
            log lacks the columns ['device_id'].
            <BLANKLINE>
            Hint: map them in the settings: [columns] device_id = 'deviceid'
        """
        close = [f"{column} = {name!r}" for column, name in sorted((proposed or {}).items())]
        hint = (
            "map them in the settings: [columns] " + ", ".join(close)
            if close
            else f"found are {sorted(found)}; map them under [columns] or with --preset"
        )
        return cls(f"{table} lacks the columns {sorted(missing)}.", hint=hint)


class PartialRunError(DetectorError):
    """The run stopped early on purpose and the same command finishes it."""

    exit_code = 4


class NothingToDoError(DetectorError):
    """The run folder already holds the finished result of the same inputs and settings."""

    exit_code = 99
