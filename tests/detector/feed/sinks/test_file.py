"""Messages as files: whole or absent, proven by their manifest, in the order of their names."""

import csv
import hashlib
import json

import pytest
from jsonschema import Draft202012Validator

from detector.feed.contracts import BATCH, read_schema
from detector.feed.messages import read_message, write_body
from detector.feed.publish import Deliverer, Outlet, deliver
from detector.feed.sinks.contract import check_sink
from detector.feed.sinks.file import COLUMNS, LOCK, MANIFEST, open_sink
from detector.feed.sinks.sink import Fate
from detector.runs.files import lock_file
from tests.detector.feed.decided import decide, messages, withdraw


def files(folder, form="ndjson"):
    return sorted(path for path in folder.iterdir() if path.name.endswith(f".{form}"))


def manifests(folder):
    return [json.loads(p.read_text()) for p in sorted(folder.glob(f"*{MANIFEST}"))]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out"


@pytest.fixture(params=["ndjson", "csv"])
def form(request):
    return request.param


class TestFileSink:
    def test_keeps_the_contract(self, folder, form):
        check_sink(open_sink("tool", {"folder": folder, "format": form}, "/test"))

    def test_writes_each_message_on_a_line(self, folder, store, time):
        decide(store, "ada")
        decide(store, "ben\u2028")
        open_sink("tool", {"folder": folder}, "/test").send(messages(store), time)
        [file] = files(folder)
        expected = [write_body(each, "/test") for each in messages(store)]
        assert file.read_bytes().splitlines() == expected
        assert file.read_text().splitlines() == [line.decode() for line in expected]

    def test_writes_each_message_as_a_row(self, folder, store, time):
        paused = decide(store, 'a,"b"\n', "pause_external_devices", device_id="tv;1")
        withdraw(store, paused)
        open_sink("tool", {"folder": folder, "format": "csv"}, "/t").send(messages(store), time)
        [file] = files(folder, "csv")
        with file.open(newline="") as text:
            rows = list(csv.DictReader(text))
        assert tuple(rows[0]) == COLUMNS
        assert [(r["account_id"], r["device_id"], r["withdraws"]) for r in rows] == [
            ('a,"b"\n', "tv;1", ""),
            ('a,"b"\n', "tv;1", paused),
        ]

    def test_tells_of_each_file_in_a_manifest(self, folder, form, store, time):
        withdraw(store, decide(store, "ada"))
        sink = open_sink("tool", {"folder": folder, "format": form}, "/test")
        sink.send(messages(store), time)
        [manifest], [file] = manifests(folder), files(folder, form)
        Draft202012Validator(read_schema(BATCH)).validate(manifest)
        content = file.read_bytes()
        assert manifest == {
            "file": file.name,
            "format": form,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "messages": 2,
            "decided": 1,
            "withdrawn": 1,
            "first_sequence": 1,
            "last_sequence": 2,
        }

    def test_same_batch_again_is_the_same_file(self, folder, store, time):
        decide(store, "ada")
        sink = open_sink("tool", {"folder": folder}, "/test")
        sink.send(messages(store), time)
        [file] = files(folder)
        file.with_name(file.name + MANIFEST).unlink()
        sink.send(messages(store), time)
        assert (files(folder), len(manifests(folder))) == ([file], 1)

    def test_names_are_in_the_order_of_sending(self, folder, store, time):
        for number in range(12):
            decide(store, f"a{number % 3}")
        sink = open_sink("tool", {"folder": folder, "batch": 2}, "/test")
        deliver(store, [Outlet("tool", sink)], Deliverer("one", time))
        lines = [
            json.loads(line) for file in files(folder) for line in file.read_text().splitlines()
        ]
        for account in ("a0", "a1", "a2"):
            numbers = [x["data"]["sequence"] for x in lines if x["subject"] == account]
            assert numbers == sorted(numbers)
        assert len(lines) == 12

    def test_leaves_no_parts_behind(self, folder, store, time):
        decide(store, "ada")
        open_sink("tool", {"folder": folder}, "/test").send(messages(store), time)
        assert sum(not path.name.startswith(".") for path in folder.iterdir()) == 2
        assert not list(folder.glob(".*part"))

    def test_two_at_once_take_turns(self, folder, store, time):
        decide(store, "ada")
        folder.mkdir()
        with lock_file(folder / LOCK):
            [reply] = open_sink("t", {"folder": folder}, "/test").send(messages(store), time)
        assert (reply.fate, files(folder)) == (Fate.AGAIN, [])

    def test_a_full_or_missing_disk_is_tried_again(self, folder, store, time):
        decide(store, "ada")
        folder.write_text("a file where the folder should be")
        [reply] = open_sink("t", {"folder": folder}, "/test").send(messages(store), time)
        assert reply.fate == Fate.AGAIN


def test_rows_of_a_query_are_read_whatever_follows(store):
    decide(store, "ada")
    [message] = messages(store)
    row = tuple(getattr(message, name) for name in message.__dataclass_fields__)
    assert read_message((*row, "more")) == message
