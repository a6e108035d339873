"""What others may build on: JSON Schema of all that a run leaves in its folder.

`schemas/` holds what is made here, beside it and below `detector/policy` and `detector/feed`; it
is shipped, `household schema` prints it, and ``python -m tests.write_pages`` writes it anew.

A row of a table is told as JSON thus: the columns in any order, days as ``2026-05-01``, times as
``2026-05-01T20:00:00.000000Z``, words of a list of words as text, sets of bits as whole numbers
(of up to 64 bits, which some readers of JSON round), lists as arrays, structs as objects, and what
is not known as null.

The number at the end of a schema's name is its version. Within a version there may come new
fields, new reason codes, new patterns and other descriptions; so a reader passes over what it does
not know. A field that goes, or gets another name, type, unit, range or meaning, or may be null
where it could not, and another word in a closed list of words make a new version.
"""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import dataframely as dy
import polars as pl
from pydantic import BaseModel

from detector.runs.manifest import Manifest

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMESPACE = "urn:household-detector:schema:"
VERSION = 1
"""Of the tables, the messages and run.json; the docstring of this module says when it rises."""

OBJECT = "json object"
"""Metadata of a text column that is an object in a line of JSON."""

JsonSchema = dict[str, Any]


def schema_id(name: str) -> str:
    """The ``$id`` of a schema.

    Examples:
        >>> schema_id("household.run.v1")
        'urn:household-detector:schema:household.run.v1'
    """
    return NAMESPACE + name


def table_name(table: type[dy.Schema]) -> str:
    """The name of a table's schema.

    Examples:
        >>> from detector.schemas import PlaceNetworks
        >>> table_name(PlaceNetworks)
        'household.table.place_networks.v1'
    """
    stem = re.sub(r"(?<!^)(?=[A-Z])", "_", table.__name__).lower()
    return f"household.table.{stem}.v{VERSION}"


def table_schema(table: type[dy.Schema]) -> JsonSchema:
    """Describe a row of a table.

    Examples:
        >>> from detector.schemas import Places
        >>> told = table_schema(Places)["properties"]
        >>> told["latitude"]["type"], told["first_day"]["format"], told["asn"]["$comment"]
        (['number', 'null'], 'date', 'Parquet: Int64')
    """
    schema = _row_schema(table, table_name(table))
    for name, column in table.columns().items():
        schema["properties"][name]["$comment"] = f"Parquet: {_type(column)}"
    return schema


def line_schema(messages: type[dy.Schema], name: str) -> JsonSchema:
    """Describe a line of messages, which says itself what it is."""
    schema = _row_schema(messages, name)
    schema["properties"]["schema"]["const"] = schema["$id"]
    schema["properties"]["schema_version"]["const"] = VERSION
    return schema


def _row_schema(table: type[dy.Schema], name: str) -> JsonSchema:
    key = ", ".join(table.primary_key())
    told = _joined(inspect.getdoc(table)).replace("``", "`") + (f" Key: {key}." if key else "")
    return {**_head(name), **_record(table.columns(), told)}


def _type(column: dy.Column) -> str:
    """As it is in the file, where every closed list of words is text."""
    return "String" if isinstance(column, dy.Enum) else str(column.dtype)


def manifest_schema() -> JsonSchema:
    """Describe run.json as it is written.

    Examples:
        >>> told = manifest_schema()["properties"]
        >>> told["fingerprint"], told["window"]["anyOf"][1]
        ({'type': 'string'}, {'type': 'null'})
    """
    return document_schema(Manifest, f"household.run.v{VERSION}")


def document_schema(document: type[BaseModel], name: str) -> JsonSchema:
    """Describe a JSON document as it is written."""
    told = document.model_json_schema(mode="serialization")
    return {**_head(name), **_opened(told)}


def _head(name: str) -> JsonSchema:
    return {"$schema": DIALECT, "$id": schema_id(name), "title": name}


def _opened(value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Without what forbids the fields of later releases, and titles, which only repeat names."""
    match value:
        case {**fields}:
            kept = {k: each for k, each in fields.items() if not _forbids_or_repeats(k, each)}
            return {key: _opened(each) for key, each in kept.items()}
        case [*items]:
            return [_opened(each) for each in items]
        case _:
            return value


def _forbids_or_repeats(key: str, value: object) -> bool:
    return (key == "additionalProperties" and value is False) or (
        key == "title" and isinstance(value, str)
    )


def _record(columns: Mapping[str, dy.Column], says: str) -> JsonSchema:
    properties = {name: column_schema(column) for name, column in columns.items()}
    told = {"description": says} if says else {}
    return {**told, "type": "object", "properties": properties, "required": list(columns)}


def column_schema(column: dy.Column) -> JsonSchema:
    """Describe what a column holds.

    Examples:
        >>> column_schema(dy.Float64(min=0, max=1, description="A share."))
        {'description': 'A share.', 'type': 'number', 'minimum': 0, 'maximum': 1}
        >>> column_schema(dy.Enum(["tv", "phone"], nullable=True))
        {'type': ['string', 'null'], 'enum': ['tv', 'phone', None]}
    """
    says = _joined(column.description)
    schema = _plain(column)
    if column.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return ({"description": says} if says else {}) | schema


def _plain(column: dy.Column) -> JsonSchema:
    match column:
        case dy.Struct():
            return _record(column.inner, "")
        case dy.List():
            return {"type": "array", "items": column_schema(column.inner)}
        case dy.Enum():
            return {"type": "string", "enum": list(column.categories)}
        case dy.Bool():
            return {"type": "boolean"}
        case dy.Date() | dy.Datetime():
            return {"type": "string", "format": _FORMATS[type(column)]}
        case dy.String():
            return _text(column)
        case _:
            return _number(column)


_FORMATS: Mapping[type[dy.Column], str] = {dy.Date: "date", dy.Datetime: "date-time"}


def _text(column: dy.String) -> JsonSchema:
    if column.metadata and OBJECT in column.metadata:
        return {"type": "object"}
    least = {"minLength": column.min_length} if column.min_length else {}
    pattern = {"pattern": column.regex} if column.regex else {}
    return {"type": "string", **least, **pattern}


def _number(column: dy.Column) -> JsonSchema:
    """Whole numbers without a sign have the bounds of their type."""
    dtype = column.dtype
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if dtype in _UNSIGNED:
        low, high = low or 0, _UNSIGNED[dtype] if high is None else high
    least = {} if low is None else {"minimum": low}
    most = {} if high is None else {"maximum": high}
    return {"type": "integer" if dtype.is_integer() else "number", **least, **most}


_UNSIGNED: Mapping[pl.DataType, int] = {pl.UInt32(): 2**32 - 1, pl.UInt64(): 2**64 - 1}


def _joined(text: str | None) -> str:
    return " ".join((text or "").split())
