"""The commands `household cases ...`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import QUIET, STORE

State = Literal[
    "open",
    "under_review",
    "confirmed",
    "cleared",
    "exempt",
    "warned",
    "grace",
    "treated",
    "resolved",
    "withdrawn",
    "appealed",
    "upheld",
    "overturned",
]


@Parameter(name="*")
@dataclass(frozen=True)
class By:
    """Which store, who acts on it, and by which look at the case."""

    cases: Annotated[str, STORE]
    by: Annotated[str, Parameter(help="Who does this; it stays in the history.")]
    version: Annotated[
        int | None,
        Parameter(help="Of the case as you saw it: refused if somebody decided since."),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Why:
    """The reason of a decision that the account holder may ask about, and its last day."""

    reason: Annotated[str, Parameter(help="For the history; it never leaves the store.")]
    until: Annotated[
        date | None, Parameter(help="The last day, as 2026-12-31; without one, for ever.")
    ] = None


def list(  # noqa: PLR0913 - named as it is called
    *,
    cases: Annotated[str, STORE],
    state: Annotated[tuple[State, ...], QUIET] = (),
    partner: str | None = None,
    country: str | None = None,
    after: str = "",
    limit: int = 50,
    common: Common = COMMON,
) -> Answer:
    """List cases, a page at a time.

    Args:
        cases: The case store.
        state: Only cases that stand here; may be given several times.
        partner: Only accounts sold by this partner.
        country: Only accounts of this country of record.
        after: The last account of the page before.
        limit: Cases on a page.
        common: Options of every command.
    """
    from detector.cases.reading import CaseFilter
    from detector.kinds import CaseState
    from pipelines.config import read_config
    from pipelines.jobs.cases import list_cases, page_document, render_page

    read_config(common.config)
    states = tuple(CaseState(each) for each in state)
    page = list_cases(cases, CaseFilter(states, partner, country, after, limit))
    return Answer(page_document(page), lambda console: render_page(page, console))


def show(account: str, /, *, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """Tell one case: what the last run says, its history, what is in force.

    Args:
        account: The account's id, exactly as in the log.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases import render_case, show_case, story_document

    read_config(common.config)
    story = show_case(cases, account)
    return Answer(story_document(story), lambda console: render_case(story, console))


def decide(
    account: str,
    decision: Literal["confirm", "clear", "unsure", "undo"],
    /,
    *,
    who: By,
    note: str = "",
    common: Common = COMMON,
) -> Answer:
    """Decide whether an account shares, or take a decision back.

    Args:
        account: The account's id, exactly as in the log.
        decision: confirm: it shares; clear: it does not, and all in force is taken back; unsure:
            it stays under review; undo: take back what was decided last.
        who: Which store, and who acts.
        note: Why, for the history; it never leaves the store.
        common: Options of every command.
    """
    from detector.cases.actions import decide as decide_case
    from detector.cases.actions import undo

    if decision == "undo":
        return _act(who, account, note, common, undo)
    return _act(who, account, note, common, partial(decide_case, decision=decision))


def exempt(
    account: str,
    /,
    *,
    who: By,
    why: Why,
    common: Common = COMMON,
) -> Answer:
    """Leave an account in peace, whatever runs say; all in force is taken back at once.

    Args:
        account: The account's id, exactly as in the log.
        who: Which store, and who acts.
        why: The reason, and until when.
        common: Options of every command.
    """
    from detector.cases.actions import exempt as exempt_case

    return _act(who, account, why.reason, common, partial(exempt_case, until=why.until))


def appeal(account: str, /, *, who: By, note: str = "", common: Common = COMMON) -> Answer:
    """Note that the account holder objects; all in force is taken back until it is answered.

    Args:
        account: The account's id, exactly as in the log.
        who: Which store, and who acts.
        note: What the account holder says; it never leaves the store.
        common: Options of every command.
    """
    from detector.cases.actions import appeal as appeal_case

    return _act(who, account, note, common, appeal_case)


def answer(
    account: str,
    answered: Literal["uphold", "overturn"],
    /,
    *,
    who: By,
    why: Why,
    common: Common = COMMON,
) -> Answer:
    """Answer an appeal.

    Args:
        account: The account's id, exactly as in the log.
        answered: uphold: sharing stands, and a new notice may begin; overturn: the account is left
            in peace.
        who: Which store, and who acts.
        why: The reason, and until when an overturned account is left in peace.
        common: Options of every command.
    """
    from detector.cases.actions import answer as answer_appeal

    return _act(
        who, account, why.reason, common, partial(answer_appeal, answered=answered, until=why.until)
    )


def labels(*, cases: Annotated[str, STORE], out: Path, common: Common = COMMON) -> Answer:
    """Write what people found out about accounts, for `household calibrate --labels`.

    Args:
        cases: The case store.
        out: A file that is not there yet: CSV, or Parquet by its name.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases import write_labels

    read_config(common.config)
    counts = write_labels(cases, out)
    words = ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "no labels"
    return Answer({"labels": str(out), **counts}, lambda console: console.print(f"{out}: {words}."))


def verify(
    *,
    cases: Annotated[str, STORE],
    checkpoint: Path | None = None,
    key: Path | None = None,
    common: Common = COMMON,
) -> Answer:
    """Check that nothing in the store was changed behind its back.

    Args:
        cases: The case store.
        checkpoint: What `household cases checkpoint` wrote; without one, an end that was cut off
            cannot be told.
        key: The file of the key that it was signed with, unless HOUSEHOLD_CHECKPOINT_KEY holds it.
        common: Options of every command.
    """
    from dataclasses import asdict

    from pipelines.config import read_config
    from pipelines.jobs.cases import render_verified, verify_cases

    read_config(common.config)
    found = verify_cases(cases, checkpoint, key)
    return Answer(
        asdict(found), lambda console: render_verified(found, console), 1 if found.breaks else 0
    )


def checkpoint(
    *,
    cases: Annotated[str, STORE],
    out: Path,
    key: Path | None = None,
    common: Common = COMMON,
) -> Answer:
    """Sign how far the store's history reaches; keep the file where nobody can change both.

    Args:
        cases: The case store.
        out: A file that is not there yet.
        key: The file of the key, at least 16 bytes, unless HOUSEHOLD_CHECKPOINT_KEY holds it.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases import write_checkpoint

    read_config(common.config)
    told = write_checkpoint(cases, out, key)
    return Answer(told, lambda console: console.print(f"{out}: {told['moves']:,} moves."))


def _act(who: By, account: str, note: str, common: Common, do: Callable[..., str]) -> Answer:
    """Do something to a case, and tell where it then stands."""
    from detector.cases.actions import Act
    from pipelines.clock import now_us
    from pipelines.config import read_config
    from pipelines.jobs.cases import open_cases

    read_config(common.config)
    from pipelines.terminal.drawing import plain

    with open_cases(who.cases) as store:
        state = do(store, Act(account, who.by, now_us(), note, who.version))
    told = {"account_id": account, "state": state}
    words = f"{account}: {state.replace('_', ' ')}."
    return Answer(told, lambda console: console.print(plain(words)))
