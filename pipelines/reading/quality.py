"""Bad files and bad rows: when a log is not fit to judge anybody by."""

from collections.abc import Mapping, Sequence

from detector.errors import InputError, MissingColumnsError
from detector.log_settings import QualitySettings
from detector.runs.manifest import RowCounts
from pipelines.reading.shared.messages import Problem

_SHOWN = 20


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
    """Stop for a log of which too much was refused.

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
    refused = sum(counts.rejected.values())
    future = counts.rejected.get("future_date", 0)
    reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.rejected.items()))
    judged = counts.read - counts.not_listed
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
        lacking = MissingColumnsError.in_table("The log", missing.missing, missing.found)
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
