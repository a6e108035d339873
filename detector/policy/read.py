"""Policies as they are written: TOML in, a `Policy` or the line to mend out."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from detector.errors import SettingsError
from detector.policy.rules import Policy
from detector.runs.contract import DIALECT, schema_id
from detector.runs.manifest import hash_json

DEFAULT = Path(__file__).with_name("default.toml")
"""Only gives notice; what holds where no policy is named."""
GRADUATED = Path(__file__).with_name("graduated.toml")
"""An example of all that a policy can say."""
POLICY_SCHEMA = "household.policy.v1"
"""The name of the JSON Schema of policies: a file that held keeps to it, or the number rises."""

M = TypeVar("M", bound=BaseModel)

_TABLE = re.compile(r"^\s*\[(\[?)([^\[\]]+)\]")
_KEY = re.compile(r"^\s*([\w\"'.*-]+)\s*=")


def read_policy(text: str, *, source: str) -> Policy:
    r"""Read a policy from TOML.

    Args:
        text: What the file holds.
        source: What the file is called, for messages.

    Raises:
        SettingsError: No TOML, a misspelt key, a wrong value, a rule that can never hold.

    Examples:
        >>> read_policy(DEFAULT.read_text(encoding="utf-8"), source="default.toml").name
        'notify-only'
        >>> read_policy("name = 'a'\nversion = 2", source="a.toml")
        Traceback (most recent call last):
        ...
        detector.errors.SettingsError: a.toml: line 2: version = 2: it is text, in quotation marks
        a.toml: rules is missing
    """
    return read_model(Policy, text, source=source)


def read_model(model: type[M], text: str, *, source: str) -> M:
    """Read anything that is written as policies are.

    Raises:
        SettingsError: With one line for each thing to mend.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{source} is not TOML: {error}.") from error
    return read_fields(model, table, source=source, text=text)


def read_fields(model: type[M], table: Mapping[str, Any], *, source: str, text: str = "") -> M:
    """Make a model of fields as TOML has them.

    Args:
        model: What they are the fields of.
        table: The fields.
        source: Where they come from, for messages.
        text: Where they were written, to name lines.

    Raises:
        SettingsError: With one line for each thing to mend.
    """
    try:
        # As JSON, of which pydantic takes lists for tuples and words for enumerations, but never a
        # word for a number.
        return model.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        problems = [_problem(model, text, detail) for detail in _details(error)]
        raise SettingsError("\n".join(f"{source}: {each}" for each in problems)) from error


def fingerprint(policy: Policy) -> str:
    r"""Hash all that a policy says, in whatever order and with whatever comments.

    Examples:
        >>> text = DEFAULT.read_text(encoding="utf-8")
        >>> same = [read_policy(each, source="") for each in (text, "# mine\n" + text)]
        >>> fingerprint(same[0]) == fingerprint(same[1])
        True
    """
    return hash_json(policy.model_dump(mode="json"))


def policy_schema() -> dict[str, Any]:
    """Describe a policy file as JSON Schema, with a description of each field.

    Examples:
        >>> sorted(policy_schema()["required"])
        ['name', 'rules', 'version']
    """
    schema = Policy.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        told = str(part.get("description", "")).partition("Examples:")[0]
        part["description"] = " ".join(told.split())
    return {"$schema": DIALECT, "$id": schema_id(POLICY_SCHEMA), **schema}


def _details(error: ValidationError) -> list[Mapping[str, Any]]:
    """What is wrong, without what follows from it: a list is not too short for wrong elements."""
    details: list[Mapping[str, Any]] = [dict(each) for each in error.errors()]
    inside = {each["loc"][:n] for each in details for n in range(len(each["loc"]))}
    return [each for each in details if each["type"] != "too_short" or each["loc"] not in inside]


def _problem(model: type[BaseModel], text: str, detail: Mapping[str, Any]) -> str:
    where = [key for key in detail["loc"] if key not in ("[key]", "str") and "[" not in str(key)]
    number = _line_of(text, where)
    prefix = f"line {number}: " if number else ""
    name = _dotted(where)
    if "[key]" in detail["loc"]:
        return f"{prefix}there is no {name}; it {_wanted('', detail)}"
    match detail["type"]:
        case "missing":
            return f"{prefix}{name} is missing"
        case "extra_forbidden":
            return f"{prefix}there is no {name}; {_advice(model, where)}"
        case "value_error":
            said = str(detail["msg"]).removeprefix("Value error, ")
            return f"{prefix}{name}: {said}" if name else f"{prefix}{said}"
        case kind:
            wanted = _wanted_here(model, where, kind) or _wanted(kind, detail)
            return f"{prefix}{name} = {json.dumps(detail['input'])}: {wanted}"


def _wanted_here(model: type[BaseModel], where: Sequence[str | int], kind: str) -> str:
    """How a table or a list of them is written, and whether a list may be left out."""
    keys = [str(key) for key in where if isinstance(key, str)]
    name, field = ".".join(keys), _field(model, keys)
    listed = kind == "tuple_type" and field and any(_models(field.annotation))
    if listed or (kind == "model_type" and isinstance(where[-1], int)):
        return f"it is a list of tables: write [[{name}]] above the fields of each"
    if kind in ("model_type", "dict_type"):
        return f"it is a table: write [{name}] above its fields"
    if kind == "too_short" and field and field.is_required():
        return "it names one at least"
    return ""


def _wanted(kind: str, detail: Mapping[str, Any]) -> str:
    """What stands there in a good file, where pydantic's own words speak of Python."""
    words = {
        "string_type": "it is text, in quotation marks",
        "float_type": "it is a number, without quotation marks",
        "int_type": "it is a whole number, without quotation marks",
        "bool_type": "it is true or false, without quotation marks",
        "tuple_type": 'it is a list, as in ["a", "b"]',
        "too_short": "it names one at least; leave it out to ask nothing",
        "string_too_short": "it is not empty",
    }
    return words.get(kind, str(detail["msg"]).lower().removeprefix("input "))


def _advice(model: type[BaseModel], where: Sequence[str | int]) -> str:
    known = sorted(_fields(model, where[:-1]))
    near = get_close_matches(str(where[-1]), known, n=1)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"


def _fields(model: type[BaseModel], where: Sequence[str | int]) -> Iterator[str]:
    """The fields of the part of a model to which the keys lead."""
    part = model
    for key in where:
        if isinstance(key, str) and key in part.model_fields:
            part = next(_models(part.model_fields[key].annotation), part)
    yield from part.model_fields


def _field(model: type[BaseModel], keys: Sequence[str]) -> FieldInfo | None:
    """What stands at the end of some keys, if that is a field."""
    part = model
    for key in keys[:-1]:
        if key in part.model_fields:
            part = next(_models(part.model_fields[key].annotation), part)
    return part.model_fields.get(keys[-1])


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)


def _dotted(where: Sequence[str | int]) -> str:
    """A place in words: `rules[2].treatment`, counted from one as people do."""
    parts = (f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in where)
    return "".join(parts).removeprefix(".")


def _line_of(text: str, where: Sequence[str | int]) -> int | None:
    r"""The line of a key, else of the table that it is missing from; none: there is neither.

    Examples:
        >>> _line_of("name = 1\n[[rules]]\n[[rules]]\nreason = ''", ("rules", 1, "reason"))
        4
    """
    found: int | None = None
    best = 0
    for number, place in _places(text):
        shared = len(place) if tuple(where[: len(place)]) == place else 0
        if shared > best:
            found, best = number, shared
    return found


def _places(text: str) -> Iterator[tuple[int, tuple[str | int, ...]]]:
    """Each line that opens a table or sets a key, with the keys that lead to it."""
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := _TABLE.match(line):
            keys = _keys(opened[2])
            table = keys
            if opened[1]:
                counts[keys] = counts.get(keys, -1) + 1
                table = (*keys, counts[keys])
            yield number, table
        elif found := _KEY.match(line):
            yield number, (*table, *_keys(found[1]))


def _keys(dotted: str) -> tuple[str, ...]:
    return tuple(key.strip().strip("\"'") for key in dotted.split("."))
