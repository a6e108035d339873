"""What must be true at the end of a week, whoever was killed in it."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from jsonschema import Draft202012Validator, FormatChecker

from detector.cases.open import open_store
from detector.cases.store import BEGIN_READING, CaseStore
from detector.cases.verify import verify_chain
from detector.feed.contracts import BATCH, LINE, read_schema
from detector.feed.messages import DECIDED, WITHDRAWN
from detector.feed.outbox import count_backlog
from detector.feed.reconcile import compare_snapshot
from detector.policy.decisions import Decisions
from detector.runs.run import Run
from tests.pipelines.acting.nights import STATES, Desk
from tests.pipelines.acting.receiving import now_us, read_received, read_seen

SHIPPED = {
    name: Draft202012Validator(read_schema(name), format_checker=FormatChecker())
    for name in (DECIDED, WITHDRAWN, BATCH)
}


ON_THE_WIRE_US = 5_000_000
"""What a killed deliverer had sent may lie at a receiver that is just being restarted."""


def check_week(desk: Desk, wanted: Iterable[Any] | None) -> list[str]:
    """List what is wrong; `wanted` are the decisions of a week without kills."""
    with open_store(desk.store, create=False) as store:
        with store.reading() as reading:
            decisions, cases = reading.read_decisions(), reading.read_cases()
            calls = reading.read_calls()
        in_force = {*_in_force(decisions)}
        seen = read_seen(desk.folder)
        return [
            *(f"chain: {words}" for words in verify_chain(store).breaks),
            *_check_same(decided_ids(decisions), wanted),
            *_check_states(cases),
            *_check_receiver(desk, decisions, in_force),
            *_check_messages(seen, decisions),
            *_check_files(desk.lines, in_force),
            *_check_copy(desk, decisions, calls),
            *_check_outbox(store),
            *_check_snapshot(store, desk, seen),
        ]


def decided_ids(decisions: pl.DataFrame) -> list[list[str | None]]:
    """Every decision, and what took it back."""
    return sorted(map(list, decisions.select("decision_id", "withdrawn_by").rows()))


def _in_force(decisions: pl.DataFrame) -> list[str]:
    alone = pl.col("withdraws").is_null() & pl.col("withdrawn_by").is_null()
    return decisions.filter(alone)["decision_id"].to_list()


def _check_same(found: list[Any], wanted: Iterable[Any] | None) -> Iterator[str]:
    if wanted is None:
        return
    before, after = ({tuple(row) for row in rows} for rows in (wanted, found))
    if lost := before - after:
        yield f"store: {len(lost)} decisions lost"
    if more := after - before:
        yield f"store: {len(more)} decisions that nobody made without kills"


def _check_states(cases: pl.DataFrame) -> Iterator[str]:
    stands = dict(cases.select("account_id", "state").iter_rows())
    for account, state in STATES.items():
        if stands[account] != state:
            yield f"case: {account} is {stands[account]}, not {state}"


def _check_receiver(desk: Desk, decisions: pl.DataFrame, in_force: set[str]) -> Iterator[str]:
    """What the receiver has in force is what the store has, each thing once."""
    rows = read_received(desk.folder)
    taken_back = {row[-1] for row in rows}
    has = {row[0] for row in rows if row[-1] is None} - taken_back
    if lost := in_force - has:
        yield f"receiver: {len(lost)} decisions lost"
    if left := has - in_force:
        yield f"receiver: {len(left)} withdrawn ones left in force"
    things = ("account_id", "household_id", "device_id", "treatment", "wave", "episode")
    known = dict(zip(decisions["decision_id"], decisions.select(things).iter_rows(), strict=True))
    if {row[0] for row in rows} - known.keys():
        yield "receiver: knows ids that the store does not"
    applied = [known[one] for one in has if one in known]
    if len(applied) != len({*applied}):
        yield f"receiver: {len(applied) - len({*applied})} applied twice"


def _check_messages(seen: list[Any], decisions: pl.DataFrame) -> Iterator[str]:
    """One body for an id, as its schema says, none too early, none after its withdrawal."""
    bodies = dict[str, str]()
    times = dict(decisions.select("decision_id", pl.col("not_before").dt.epoch("us")).iter_rows())
    ended = {row[0]: times[row[1]] for row in decided_ids(decisions) if row[1] is not None}
    for line in seen:
        body, one = json.loads(line["body"]), line["id"]
        yield from _check_schema(body["type"], body)
        if bodies.setdefault(one, line["body"]) != line["body"] or body["id"] != one:
            yield f"message: {one} came with two bodies"
        if line["came_us"] < times[one]:
            yield f"message: {one} came before its time"
        if line["came_us"] > ended.get(one, line["came_us"]) + ON_THE_WIRE_US:
            yield f"message: {one} was sent after it was withdrawn"


def _check_schema(name: str, document: Any) -> Iterator[str]:
    for error in SHIPPED[name].iter_errors(document):
        yield f"message: not as {name} says: {error.message}"


def _check_files(folder: Path, in_force: set[str]) -> Iterator[str]:
    """Each manifest's file is whole, and all of them tell what is in force."""
    told = dict[str, str | None]()
    for path in sorted(folder.glob("*.manifest.json")):
        manifest = json.loads(path.read_bytes())
        yield from _check_schema(BATCH, manifest)
        content = (folder / manifest["file"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
            yield f"files: {manifest['file']} is not as its manifest says"
        for line in content.splitlines():
            body = json.loads(line)
            yield from _check_schema(body["type"], body)
            told[body["id"]] = body["data"]["withdraws"]
    has = {one for one, withdraws in told.items() if not withdraws} - {*told.values()}
    if has != in_force:
        yield f"files: {len(in_force - has)} decisions lost, {len(has - in_force)} left in force"


def _check_copy(desk: Desk, decisions: pl.DataFrame, calls: pl.DataFrame) -> Iterator[str]:
    """decisions.parquet holds what the last call wrote into the store.

    The clock stands still in a command: of two calls of one instant the later wrote more.
    """
    written = zip(calls["at_us"], map(json.loads, calls["counts"]), strict=True)
    _, last = max(written, key=lambda call: (call[0], call[1]["last"]))
    stored = decisions.filter(pl.col("seq").is_between(last["first"], last["last"]))
    copy = Run(desk.run).scan(Decisions).collect()
    wanted = Decisions.validate(stored.select(Decisions.column_names()), cast=True)
    if not copy.sort("decision_id").equals(wanted.sort("decision_id")):
        yield f"decisions.parquet: {copy.height} rows, and the store has {wanted.height} others"


def _check_outbox(store: CaseStore) -> Iterator[str]:
    for sink in ("tool", "lines"):
        with store.transaction(BEGIN_READING) as connection:
            backlog = count_backlog(connection, sink, now_us())
        if backlog.left or backlog.dead or backlog.later:
            yield f"outbox: {sink} has {backlog}"


def _check_snapshot(store: CaseStore, desk: Desk, seen: list[Any]) -> Iterator[str]:
    """The receiver's own lines, held against the daily snapshot, prove that it missed nothing."""
    has = {row[0] for row in read_received(desk.folder)}
    bodies = [json.loads(line["body"]) for line in seen if line["id"] in has]
    taken_back = {body["data"]["withdraws"] for body in bodies}
    lines = {
        body["id"]: {"decision_id": body["id"], **{name: body["data"][name] for name in LINE}}
        for body in bodies
        if body["id"] not in taken_back and not body["data"]["withdraws"]
    }
    theirs = desk.folder / "theirs.ndjson"
    theirs.write_text("".join(json.dumps(line) + "\n" for line in lines.values()))
    with store.transaction(BEGIN_READING) as connection:
        found = compare_snapshot(connection, theirs, now_us())
    if found.count:
        yield f"snapshot: {found}"
