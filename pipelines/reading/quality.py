"""Bad files and bad rows: when a log is not fit to judge anybody by."""

from collections.abc import Mapping, Sequence
from datetime import date

from detector.errors import InputError, MissingColumnsError
from detector.events.words import FAILED
from detector.log_settings import QualitySettings
from detector.runs.manifest import RowCounts
from pipelines.reading.shared.messages import Problem

_SHOWN = 20
_DAYS_TO_RETURN, _ROWS_TO_RETURN = 14, 1_000
"""In two weeks most devices of a service are seen several times."""


def check_files(files: int, bad: Mapping[str, Problem], *, skip: bool) -> None:
    """Stop for files that cannot be read, unless they may be set aside.

    What ails every file is not a bad file but a wrong mapping, and is said as such.

    Raises:
        InputError: Naming the files, or the mapping to mend.

    Examples:
        >>> check_files(2, {"may": Problem(kind="file", text="is empty")}, skip=False)
        Traceback (most recent call last):
        detector.errors.InputError: 1 of 2 files cannot be read:
          'may' is empty
        <BLANKLINE>
        Hint: run again with --skip-bad-files to go on without them.
        >>> check_files(2, {"may": Problem(kind="file", text="is empty")}, skip=True)
    """
    if len(bad) == files:
        _refuse_all([bad[name] for name in sorted(bad)], sorted(bad))
    if bad and not skip:
        raise InputError(
            f"{len(bad)} of {files} files cannot be read:\n{_listed(bad)}",
            hint=_first_hint(bad) + "run again with --skip-bad-files to go on without them.",
        )


def check_not_empty(rows: int) -> None:
    """Stop for a log of files without rows.

    Raises:
        InputError: If there is none.
    """
    if rows == 0:
        raise InputError("The log holds no rows.", hint="check the path and the export's filter.")


def check_rows(counts: RowCounts, quality: QualitySettings) -> None:
    """Stop for a log of which too much was refused; failed sign-ins are no fault of the log.

    Raises:
        InputError: With the number of rows by reason.

    Examples:
        >>> counts = RowCounts(read=100, kept=40, rejected={"no_location": 60})
        >>> check_rows(counts, QualitySettings())  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        detector.errors.InputError: 60 of 100 rows cannot be used: 60 no_location.
        <BLANKLINE>
        Hint: see the mapping with `household inspect-log`; ...
    """
    wrong = {reason: n for reason, n in counts.rejected.items() if reason != FAILED}
    refused, future = sum(wrong.values()), wrong.get("future_date", 0)
    reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(wrong.items()))
    judged = counts.read - counts.not_listed - counts.rejected.get(FAILED, 0)
    if future > quality.max_future_share * judged:
        raise InputError(
            f"{future} of {judged} rows lie after the log's last day: {reasons}.",
            hint="check the unit and the clock of the time column, or name the day: --as-of",
        )
    if refused > quality.max_reject_share * judged:
        raise InputError(
            f"{refused} of {judged} rows cannot be used: {reasons}.",
            hint="see the mapping with `household inspect-log`; raise [quality] "
            "max_reject_share if the log is as it should be.",
        )


def check_devices(
    devices: int, rows: int, window: tuple[date, date], quality: QualitySettings
) -> None:
    """Stop for a log whose device ids are hardly ever seen again: they name something else.

    Asked only of what is long enough for devices to come back.

    Args:
        devices: Pairs of account and device.
        rows: Those that count.
        window: The first and the last day.
        quality: Says how many are too many.

    Raises:
        InputError: If nearly each event has a device id of its own.

    Examples:
        >>> weeks = date(2026, 5, 1), date(2026, 5, 21)
        >>> check_devices(9_000, 10_000, weeks, QualitySettings())  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        detector.errors.InputError: 10,000 events name 9,000 devices: ...
    """
    days = (window[1] - window[0]).days + 1
    if days < _DAYS_TO_RETURN or rows < _ROWS_TO_RETURN:
        return
    if devices > quality.max_device_share * rows:
        raise InputError(
            f"{rows:,} events name {devices:,} devices: the column read as device_id names "
            "events or sessions, not devices.",
            hint="map the column that stays the same when a device comes back: "
            "`household inspect-log` shows all; or raise [quality] max_device_share",
        )


def check_kept(counts: RowCounts, window: str) -> None:
    """Stop where nothing is left to judge.

    Raises:
        InputError: With where the rows went.
    """
    if counts.kept:
        return
    went = f"{counts.outside_window} outside it, {counts.not_listed} of accounts not listed"
    raise InputError(
        f"No usable row of {counts.read} lies in the window {window}: {went}.",
        hint="name another last day with --as-of, or leave --as-of and --only out.",
    )


def _refuse_all(problems: Sequence[Problem], names: Sequence[str]) -> None:
    first = problems[0]
    missing = next((problem for problem in problems if problem.kind == "missing"), None)
    hint = first.hint or "check how the files were copied or exported."
    if missing is not None:
        lacking = MissingColumnsError.in_table(
            "The log", missing.missing, missing.found, missing.proposed
        )
        hint = f"{lacking.hint}; `household inspect-log` proposes the whole mapping"
        if all(problem.kind == "missing" for problem in problems):
            raise MissingColumnsError(lacking.problem, hint=hint)
    if all(problem.kind == "type" for problem in problems):
        raise InputError(f"The log {first.text}.", hint=first.hint)
    listed = _listed(dict(zip(names, problems, strict=True)))
    raise InputError(
        f"None of the {len(problems)} files can be read:\n{listed}",
        hint=hint,
    )


def _listed(bad: Mapping[str, Problem]) -> str:
    lines = [f"  {name!r} {problem.text}" for name, problem in sorted(bad.items())]
    more = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join(lines[:_SHOWN] + more)


def _first_hint(bad: Mapping[str, Problem]) -> str:
    hint = next((bad[name].hint for name in sorted(bad) if bad[name].hint), "")
    return f"{hint.rstrip('. ')}; or " if hint else ""
