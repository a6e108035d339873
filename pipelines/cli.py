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
from pipelines.commands.failures import FAILED, Terminated, exit_code_of, words_of

COMMANDS = {
    "demo": (
        "Simulate a small world, judge it, print who is flagged and why, write a report.",
        "household demo --out demo/",
    ),
    "simulate": (
        "Write a simulated world: a log, its accounts table, and the truth about each account.",
        "household simulate --accounts 1000 --days 42 --seed 7 --out world/",
    ),
    "inspect-log": (
        "Show a log's columns, rows and times, and propose how its columns map.",
        "household inspect-log logs/",
    ),
    "ingest": (
        "Add a log to a store of sightings, each file and each event once.\n\n"
        "A day's log costs a day, however many days the store holds. Killed at any moment, the "
        "store is as before or holds the log whole. Exits with 99 if it holds the log already.",
        "household ingest logs/2026-05-01.parquet --store store/",
    ),
    "detect": (
        "Judge every account of a log, or of a store's window.\n\n"
        "The tables and run.json take their names together when all is done. Killed or out of "
        "disk, the same command goes on. Exits with 99 if the folder holds this result already.",
        "household detect logs/ --out results/",
    ),
    "selftest": (
        "Tell what a log proves of the detector without a label.\n\n"
        "Pairs of its accounts are put under one id, which is certain sharing: how many are found? "
        "Accounts are renamed, shifted and thinned, and put beside themselves: is any verdict "
        "moved? Exits with 99 if too few accounts look like one household.",
        "household selftest logs/ --out results/",
    ),
    "calibrate": (
        "Teach a run's model what you know of your own accounts.\n\n"
        "Labels come from reviews, appeals or verified households. Few set the scale, more move "
        "the weights as far as that pays on labels not seen, and prove a threshold.",
        "household calibrate results/ --labels reviews.csv --out model.json",
    ),
    "compare": (
        "List the accounts that two runs judge differently, and which evidence moved.",
        "household compare monday/ tuesday/",
    ),
    "inspect": (
        "Tell one account's story: households, evidence for and against, days.",
        "household inspect results/ acc-000042",
    ),
    "report": (
        "Write one self-contained HTML file about a run.",
        "household report results/ --top 100",
    ),
    "review": (
        "Serve the pages on which analysts look at a run and decide.\n\n"
        "On this machine's own address, for whoever sits at it; on any other, people sign in.",
        "household review results/ --cases cases.db",
    ),
    "evaluate": (
        "Hold a run against the truth of its world.",
        "household evaluate results/ --truth world/",
    ),
    "verify": (
        "Check a run's tables against run.json.\n\n"
        "Lists what is missing, changed or unexpected, and exits with 1 if anything is.",
        "household verify results/",
    ),
    "schema": (
        "Print the JSON Schema of a table, message or file; without a name, list them.",
        "household schema accounts",
    ),
    "policy explain": (
        "Say in words what a policy does; or which of its rules wins for one account, and why.",
        "household policy explain policy.toml --account probability=0.995",
    ),
    "policy check": (
        "Check that a policy is sound, and list what it hardly means.",
        "household policy check policy.toml",
    ),
    "policy test": (
        "Hold a policy against cases: accounts, and what each should be given.\n\n"
        "One line for each that is not as expected, and then exit code 1.",
        "household policy test policy.toml cases.toml",
    ),
    "cases list": (
        "List cases: which accounts are under review, and where each stands.",
        "household cases list --cases cases.db --state open",
    ),
    "cases show": (
        "Tell one case: what the last run says, its history, what is in force.",
        "household cases show acc-000042 --cases cases.db",
    ),
    "cases decide": (
        "Decide whether an account shares, or take a decision back.\n\n"
        "Clearing takes back at once all that is in force against the account.",
        "household cases decide acc-000042 clear --by eve --cases cases.db",
    ),
    "cases exempt": (
        "Leave an account in peace, whatever runs say of it.",
        "household cases exempt acc-000042 --reason staff --by eve --cases cases.db",
    ),
    "cases appeal": (
        "Note that the account holder objects: nothing is done until that is answered.",
        "household cases appeal acc-000042 --by eve --cases cases.db",
    ),
    "cases answer": (
        "Answer an appeal.",
        "household cases answer acc-000042 overturn --reason student --by eve --cases cases.db",
    ),
    "cases labels": (
        "Write what people found out about accounts, for household calibrate --labels.",
        "household cases labels --cases cases.db --out labels.csv",
    ),
    "cases checkpoint": (
        "Sign how far the store's history reaches, into a file to be kept elsewhere.",
        "household cases checkpoint --cases cases.db --key key.txt --out checkpoint.json",
    ),
    "cases verify": (
        "Check that nothing in the store was changed behind its back.\n\n"
        "Lists what is wrong, and exits with 1 if anything is.",
        "household cases verify --cases cases.db --checkpoint checkpoint.json --key key.txt",
    ),
    "decide": (
        "Decide by a policy what is done about the accounts of a run, and fill the outbox.\n\n"
        "The same call decides once, and exits with 99 when it is repeated.",
        "household decide results/ --as-of 2026-06-30 --cases cases.db --policy policy.toml",
    ),
    "replay": (
        "Compare policies over past runs; nothing is kept and nothing is sent.",
        "household replay results/ --policy mild.toml --policy strict.toml",
    ),
    "revert": (
        "Take back everything that a wrong run or wave did.",
        "household revert wave-3 --by eve --reason 'wrong list' --cases cases.db",
    ),
    "feedback": (
        "Take in what other systems tell of decisions: appeals, verifications, purchases.",
        "household feedback results.ndjson --cases cases.db",
    ),
    "deliver": (
        "Send what was decided and is due, through every sink of a file.\n\n"
        "Each decision is sent until it is acknowledged, with the same id and the same bytes. "
        "Exits with 4 while messages are left, with 99 if nothing was due.",
        "household deliver --cases cases.db --sinks sinks.toml",
    ),
    "outbox status": (
        "Count what is due, failing, given up and sent in each sink, and since when it waits.",
        "household outbox status --cases cases.db",
    ),
    "outbox retry": (
        "Try again what was given up: all of it, or the decisions that are named.\n\n"
        "The next household deliver sends it. Exits with 99 if there is nothing of the kind.",
        "household outbox retry --cases cases.db",
    ),
    "outbox snapshot": (
        "Write all treatments in force, with a hash, or hold them against a receiver's.\n\n"
        "Lists with --against what the receiver misses, should not do or has otherwise, and exits "
        "with 1 if there is anything.",
        "household outbox snapshot --cases cases.db --out snapshot/",
    ),
    "bench": (
        "Measure what judging logs of several sizes costs, in ratios to other ways.\n\n"
        "Writes simulated logs, decodes them, judges them, and runs a naive program and DuckDB "
        "beside it; these need the extra [bench].",
        "household bench --out bench/ --events 1000000",
    ),
}
"""Name of each command, what it does, and an example; its module is loaded only to run it.

The module of a command is called as its first word, the function as its last."""

GROUPS = {
    "policy": "Explain, check and test what is done about accounts.",
    "cases": "Look at accounts under review, and decide about them.",
    "outbox": "Look at what is on its way to receivers, and mend it.",
}
"""First words that several commands share."""

app = App(
    name="household",
    help="Find accounts that are used outside one household, say how surely, and why.",
    help_epilogue="Example: household demo",
    help_format="plaintext",
    version=lambda: version("household-detector"),
    suppress_keyboard_interrupt=False,
)
_parents = {
    name: app.command(
        App(
            name=name,
            help=told,
            help_epilogue=f"Example: household {name} --help",
            help_format="plaintext",
        )
    )
    for name, told in GROUPS.items()
}
for _name, (_help, _example) in COMMANDS.items():
    _first, *_, _last = 2 * _name.replace("-", "_").split()
    _parents.get(_first, app).command(
        f"pipelines.commands.{_first}:{_last}",
        name=_name.split()[-1],
        help=_help,
        help_epilogue=f"Example: {_example}",
    )


def main() -> NoReturn:
    """Run the command that the command line names."""
    signal.signal(signal.SIGTERM, _terminate)
    if sys.argv[1:2] == ["demo"]:  # a few hundred accounts, once: less than compiling takes
        run_as_written()
    sys.exit(run(sys.argv[1:]))


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
