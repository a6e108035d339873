"""A decision's message: one form, complete, with the log's own ids and nothing personal."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from detector.cases.rows import DECISIONS
from detector.feed.contracts import FIELDS, TREATMENTS, read_schema
from detector.feed.messages import Message, write_body
from tests.detector.feed.decided import decide, messages, withdraw

IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
HASHES = st.text("0123456789abcdef", min_size=32, max_size=32)
ANY = st.builds(
    Message,
    decision_id=HASHES,
    sequence=st.integers(1, 2**60),
    account_id=IDS,
    household_id=st.none() | IDS,
    device_id=st.none() | IDS,
    treatment=st.sampled_from(TREATMENTS),
    wave=IDS,
    episode=st.integers(0, 99),
    rule=IDS,
    reason=st.text(st.characters(exclude_categories=["Cs"])),
    as_of=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    not_before_us=st.integers(0, 4_000_000_000_000_000),
    run=IDS,
    withdraws=st.none() | HASHES,
)


def valid(body: bytes) -> bool:
    told = json.loads(body)
    return Draft202012Validator(read_schema(told["type"])).is_valid(told)


class TestWriteBody:
    @given(ANY)
    def test_fits_its_schema(self, message):
        assert valid(write_body(message))

    @given(ANY)
    def test_holds_the_ids_of_the_log_as_they_are(self, message):
        told = json.loads(write_body(message))
        assert told["subject"] == told["data"]["account_id"] == message.account_id
        assert told["data"]["device_id"] == message.device_id

    @given(ANY)
    def test_is_one_line_of_plain_ascii(self, message):
        body = write_body(message)
        assert body.isascii()
        assert body.decode().isprintable()

    def test_same_row_gives_the_same_bytes(self, store):
        decide(store, "ada")
        assert write_body(messages(store)[0]) == write_body(messages(store)[0])

    def test_a_row_of_the_store_is_told_whole(self, store):
        paused = decide(store, "ada", "pause_external_devices", device_id="tv-9")
        withdraw(store, paused)
        told, taken_back = (json.loads(write_body(each)) for each in messages(store))
        assert told == {
            "specversion": "1.0",
            "id": paused,
            "source": "/household-detector",
            "type": "household.treatment.decided.v1",
            "subject": "ada",
            "time": "2026-05-01T00:00:00.000000Z",
            "datacontenttype": "application/json",
            "dataschema": "urn:household-detector:schema:household.treatment.decided.v1",
            "data": {
                "account_id": "ada",
                "household_id": "h-1",
                "device_id": "tv-9",
                "treatment": "pause_external_devices",
                "wave": "standing",
                "episode": 0,
                "rule": "first notice",
                "reason": "Used in two homes at once.",
                "as_of": "2026-05-01",
                "not_before": "2026-05-01T00:00:00.000000Z",
                "run": "c0ffee",
                "withdraws": None,
                "sequence": 1,
            },
        }
        assert taken_back["type"] == "household.treatment.withdrawn.v1"
        assert taken_back["data"]["withdraws"] == paused

    def test_says_nothing_that_the_store_does_not_say(self):
        kept_back = {"decision_id", "seq", "not_before_us", "withdrawn_by"}
        assert set(FIELDS) == {column.name for column in DECISIONS.c} - kept_back | {
            "not_before",
            "sequence",
        }


@pytest.mark.parametrize("field", ["ip", "latitude", "device_name", "profile"])
def test_a_schema_lets_no_other_field_in(field, store):
    decide(store, "ada")
    told = json.loads(write_body(messages(store)[0]))
    told["data"][field] = "x"
    assert not valid(json.dumps(told).encode())
