"""How a command that failed ends: its exit code, and what it says."""

from datetime import date

from cyclopts.exceptions import CoercionError, CycloptsError, UnusedCliTokensError

from detector.errors import DetectorError

FAILED, USAGE, INTERRUPTED, TERMINATED = 1, 2, 130, 143

EXTRAS = {
    "deltalake": "delta",
    "pyspark": "spark",
    "aiohttp": "webhook",
    "standardwebhooks": "webhook",
    "confluent_kafka": "kafka",
    "pg8000": "postgres",
    "joserfc": "ssf",
    "starlette": "review",
    "uvicorn": "review",
    "argon2": "review",
    "duckdb": "bench",
    "pandas": "bench",
}
"""Which extra brings a library that not every command needs."""


class Terminated(KeyboardInterrupt):
    """The system asked us to stop; the same as Ctrl-C, with its own exit code."""


def exit_code_of(error: BaseException) -> int:
    """The exit code that tells a failure.

    Examples:
        >>> exit_code_of(DetectorError("no run")), exit_code_of(KeyboardInterrupt())
        (1, 130)
    """
    match error:
        case DetectorError():
            return error.exit_code
        case CycloptsError():
            return USAGE
        case ModuleNotFoundError() if error.name in EXTRAS:
            return USAGE
        case Terminated():
            return TERMINATED
        case KeyboardInterrupt():
            return INTERRUPTED
        case _:
            return FAILED


def words_of(error: BaseException) -> str:
    """What failed, and how to mend it.

    Examples:
        >>> print(words_of(ModuleNotFoundError(name="duckdb")))
        This needs duckdb, which is not installed.
        <BLANKLINE>
        Hint: pip install 'household-detector[bench]'
    """
    match error:
        case CoercionError() if error.target_type is date:
            return f"{error}\n\nHint: write a day as 2026-06-30"
        case UnusedCliTokensError():
            left = " ".join(error.unused_tokens or ())
            return f"Nothing here takes {left!r}.\n\nHint: see --help for what the command takes"
        case DetectorError() | CycloptsError():
            return str(error)
        case ModuleNotFoundError() if error.name in EXTRAS:
            extra = EXTRAS[error.name]
            return (
                f"This needs {error.name}, which is not installed.\n\n"
                f"Hint: pip install 'household-detector[{extra}]'"
            )
        case OSError(filename=str(path), strerror=str(why)):
            return (
                f"{path} cannot be used: {why.lower()}.\n\n"
                "Hint: name a place that is there and may be written to, or see with --debug what "
                "it was needed for"
            )
        case KeyboardInterrupt():
            return "Stopped. The same command goes on after the last finished step."
        case _:
            what = " ".join(str(error).split())[:300]
            return f"Unexpected {type(error).__name__}: {what} (re-run with --debug)"
