"""The schemas that are shipped are those that the code writes."""

import json

import pytest
from jsonschema import Draft202012Validator

from detector.feed.contracts import FOLDER, feed_schemas


@pytest.mark.parametrize("name", feed_schemas())
class TestShipped:
    def test_is_up_to_date(self, name):
        shipped = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        assert shipped == feed_schemas()[name], "run: python -m detector.feed.contracts"

    def test_is_a_schema(self, name):
        Draft202012Validator.check_schema(feed_schemas()[name])

    def test_explains_every_field(self, name):
        fields = feed_schemas()[name]["properties"]
        told = {**fields, **fields.get("data", {}).get("properties", {})}
        fixed = {"const", "enum"}
        silent = [
            key
            for key, each in told.items()
            if not {"description"} & each.keys() | fixed & each.keys()
        ]
        assert [key for key in silent if key != "withdraws"] == []


def test_nothing_else_is_shipped():
    assert {path.stem for path in FOLDER.iterdir()} == set(feed_schemas())
