"""The command line: which commands there are, and how each of them ends."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from types import FrameType
from typing import Any, NoReturn

from cyclopts import App

from detector.kernels.compiled import run_as_written
from pipelines.commands.answers import Answer, print_answer, print_failure
from pipelines.commands.catalogue import COMMANDS, GROUPS
from pipelines.commands.failures import FAILED, Terminated, exit_code_of, words_of
from pipelines.reading.shared.garbage import end_at_once, look_seldom

app = App(
    name="household",
    help="Find accounts that are used outside one household, say how surely, and why.",
    help_epilogue="Example: household demo",
    help_format="plaintext",
    version=lambda: version("household-detector"),
    suppress_keyboard_interrupt=False,
)
_parents: dict[str, App] = {"": app}
for _name, _told in GROUPS.items():
    _above, _, _word = _name.rpartition(" ")
    _parents[_name] = _parents[_above].command(
        App(
            name=_word,
            help=_told,
            help_epilogue=f"Example: household {_name} --help",
            help_format="plaintext",
        )
    )
for _name, (_help, _example) in COMMANDS.items():
    _above, _, _word = _name.rpartition(" ")
    _module, _function = (_above or _name).replace(" ", "_"), _word
    _parents[_above].command(
        f"pipelines.commands.{_module}:{_function}".replace("-", "_"),
        name=_word,
        help=_help,
        help_epilogue=f"Example: {_example}",
    )


def main() -> NoReturn:
    """Run the command that the command line names."""
    signal.signal(signal.SIGTERM, _terminate)
    look_seldom()
    if sys.argv[1:2] == ["demo"]:  # a few hundred accounts, once: less than compiling takes
        run_as_written()
    code = run(sys.argv[1:])
    end_at_once()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    r"""Run one command, print its answer or its failure, and return the exit code.

    Examples:
        >>> run(["verify", "nowhere", "--json"])
        {
          "error": "nowhere holds no finished run: there is no run.json.\n\nHint: name ...",
          "exit_code": 1
        }
        1
    """
    as_json, debug = "--json" in arguments, "--debug" in arguments
    try:
        return _answer(arguments, as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - the last resort; Polars panics past Exception
        return _fail(error, as_json=as_json, debug=debug)


def _answer(arguments: Sequence[str], *, as_json: bool) -> int:
    answer: Any = app(
        arguments, exit_on_error=False, print_error=False, result_action="return_value"
    )
    if not isinstance(answer, Answer):
        return 0
    print_answer(answer, as_json=as_json)
    return answer.exit_code


def _fail(error: BaseException, *, as_json: bool, debug: bool) -> int:
    exit_code = exit_code_of(error)
    if debug:
        traceback.print_exception(error)
    print_failure(words_of(error), exit_code=exit_code, as_json=as_json)
    return exit_code


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated
