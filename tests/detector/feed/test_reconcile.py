"""The snapshot: what is in force, proven by a hash, and every difference found."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from detector.cases.store import BEGIN_READING
from detector.errors import InputError
from detector.feed.contracts import SNAPSHOT, SNAPSHOT_LINE, read_schema
from detector.feed.reconcile import (
    HEAD,
    LINES,
    Differences,
    compare_snapshot,
    write_snapshot,
)
from tests.detector.feed.decided import DAY, START_US, decide, new_store, withdraw

ODD = ("b", "B", "a", "ä", "z", "é", "\u2028", "𝄞", "a b", "A", "_", "0")


def take(store, folder):
    with store.transaction(BEGIN_READING) as connection:
        return write_snapshot(connection, folder, START_US)


def compare(store, theirs):
    with store.transaction(BEGIN_READING) as connection:
        return compare_snapshot(connection, theirs, START_US)


def lines(folder):
    return [json.loads(line) for line in (folder / LINES).read_bytes().splitlines()]


class TestWriteSnapshot:
    def test_holds_what_is_in_force(self, store, tmp_path):
        notice = decide(store, "ada")
        pause = decide(store, "ada", "pause_external_devices", device_id="tv-1")
        withdraw(store, decide(store, "ben"))
        decide(store, "cleo", not_before_us=START_US + DAY)
        head = take(store, tmp_path)
        assert [line["decision_id"] for line in lines(tmp_path)] == [notice, pause]
        assert (head.count, head.sequence) == (2, 5)

    def test_fits_its_schemas_and_its_hash(self, store, tmp_path):
        for account in ODD:
            decide(store, account)
        take(store, tmp_path)
        head = json.loads((tmp_path / HEAD).read_text())
        Draft202012Validator(read_schema(SNAPSHOT)).validate(head)
        for line in lines(tmp_path):
            Draft202012Validator(read_schema(SNAPSHOT_LINE)).validate(line)
        assert head["sha256"] == hashlib.sha256((tmp_path / LINES).read_bytes()).hexdigest()

    def test_is_sorted_by_bytes_whatever_the_order_of_decisions(self, store, tmp_path):
        for account in ODD:
            for device in ("tv-2", None, "tv-1"):
                decide(store, account, device_id=device)
        take(store, tmp_path)
        keys = [(x["account_id"], x["device_id"] or "") for x in lines(tmp_path)]
        assert keys == sorted(keys)

    def test_of_nothing_is_empty(self, store, tmp_path):
        assert take(store, tmp_path).count == 0


class TestCompareSnapshot:
    def test_finds_nothing_where_nothing_differs(self, store, tmp_path):
        for account in ODD:
            decide(store, account)
        take(store, tmp_path)
        told = (tmp_path / LINES).read_bytes().splitlines(keepends=True)
        (tmp_path / LINES).write_bytes(b"".join(reversed(told)))
        assert compare(store, tmp_path / LINES) == Differences()

    @given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
    def test_finds_every_difference(self, tmp_path_factory, lost, altered, left):
        """Some treatments are lost, some altered, and some withdrawals were missed."""
        folder, store = tmp_path_factory.mktemp("theirs"), new_store()
        ids = [decide(store, f"a{n}", "notify", device_id=f"tv-{n}") for n in range(10)]
        take(store, folder)
        theirs = lines(folder)
        for number in altered:
            theirs[number]["device_id"] = "tv-0 "
        kept = [line for number, line in enumerate(theirs) if number not in lost]
        (folder / LINES).write_text("".join(json.dumps(line) + "\n" for line in kept))
        for number in left:
            withdraw(store, ids[number])
        found = compare(store, folder / LINES)
        assert set(found.missing) == {ids[n] for n in lost - left}
        assert set(found.unexpected) == {ids[n] for n in left - lost}
        assert set(found.changed) == {ids[n] for n in altered - lost - left}
        store.close()

    @pytest.mark.parametrize("text", ["no json\n", "[]\n", "{}\n", '{"decision_id": "1"}\n'])
    def test_refuses_what_is_no_snapshot(self, store, tmp_path, text):
        (tmp_path / "theirs").write_text(text)
        with pytest.raises(InputError, match="line 1"):
            compare(store, tmp_path / "theirs")

    def test_names_a_file_that_is_not_there(self, store, tmp_path):
        with pytest.raises(InputError, match="nowhere"):
            compare(store, tmp_path / "nowhere")
