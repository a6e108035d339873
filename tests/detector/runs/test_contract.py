"""The schemas that are shipped, held against tables as they are written."""

import io
import json

import dataframely as dy
import polars as pl
import pytest
from jsonschema import Draft202012Validator, ValidationError

from detector.policy.read import DEFAULT, GRADUATED, read_policy
from detector.runs.contract import column_schema, table_name
from detector.runs.run import MANIFEST, Run
from pipelines.jobs.schema import find_schemas, read_schema
from tests.pipelines.tiny_run import SCHEMAS, write_manifest, write_tiny_run


def rows_as_json(frame: pl.DataFrame) -> list[dict]:
    """Rows as they are told as JSON: the mapping that the contract states."""
    lines = io.BytesIO()
    frame.write_ndjson(lines)
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def checker(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        read_schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Run:
    return Run(write_manifest(write_tiny_run(tmp_path_factory.mktemp("tiny"))))


class TestShipped:
    @pytest.mark.parametrize("name", find_schemas())
    def test_is_a_schema_under_its_own_name(self, name):
        schema = read_schema(name)
        Draft202012Validator.check_schema(schema)
        assert schema["$id"].endswith(f":{name}")
        assert schema["description"]


class TestTables:
    @pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda each: each.__name__)
    def test_every_row_of_a_run_keeps_to_its_schema(self, tiny, schema):
        told = checker(table_name(schema))
        rows = rows_as_json(tiny.scan(schema).collect())
        assert rows
        for row in rows:
            told.validate(row)
            assert set(row) == set(told.schema["properties"])

    @pytest.mark.parametrize(
        "wrong",
        [
            {"probability": 1.5},
            {"verdict": "guilty"},
            {"summary": None},
            {"signed_up": "last May"},
            {"devices": -1},
            {"reason_codes": [{"code": "distance"}]},
        ],
        ids=lambda wrong: next(iter(wrong)),
    )
    def test_what_a_table_refuses_its_schema_refuses(self, tiny, wrong):
        [row, *_] = rows_as_json(tiny.scan(SCHEMAS["accounts"]).collect())
        with pytest.raises(ValidationError):
            checker("accounts").validate({**row, **wrong})

    def test_a_field_of_a_later_release_is_let_pass(self, tiny):
        [row, *_] = rows_as_json(tiny.scan(SCHEMAS["accounts"]).collect())
        checker("accounts").validate({**row, "mood": "calm"})


class TestColumns:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            (dy.UInt64(), 2**64 - 1),
            (dy.Datetime(time_unit="us", time_zone="UTC"), "2026-05-01T20:00:00.000000Z"),
            (dy.Enum(["tv"], nullable=True), None),
            (dy.Struct({"day": dy.Date()}, nullable=True), None),
            (dy.List(dy.Int32(min=0)), [0, 7]),
        ],
    )
    def test_take_what_they_hold(self, column, value):
        Draft202012Validator(column_schema(column)).validate(value)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            (dy.UInt64(), 2**64),
            (dy.UInt32(), -1),
            (dy.String(min_length=1), ""),
            (dy.String(regex="^a"), "b"),
            (dy.Bool(), None),
            (dy.List(dy.Int32(min=0)), [-1]),
        ],
    )
    def test_refuse_the_rest(self, column, value):
        assert not Draft202012Validator(column_schema(column)).is_valid(value)


class TestManifest:
    def test_of_a_run_keeps_to_its_schema(self, tiny):
        checker("household.run.v1").validate(json.loads((tiny.folder / MANIFEST).read_text()))


class TestPolicy:
    @pytest.mark.parametrize("path", [DEFAULT, GRADUATED], ids=lambda path: path.stem)
    def test_that_is_shipped_keeps_to_its_schema(self, path):
        policy = read_policy(path.read_text(encoding="utf-8"), source=path.name)
        given = policy.model_dump(mode="json", exclude_unset=True)
        checker("policy").validate(given)
