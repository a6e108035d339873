"""Records of JSON: one a line, in an array, or in the array that an answer of an API wraps.

Each record becomes flat texts under dotted names (`client.ip`, `at.coordinates.0`), numbers as
they were written, so that no file is refused because two of its records differ in a type.
"""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, cast

from pipelines.reading.child.streams import Stream
from pipelines.reading.shared.mapping import refuse

Record = dict[str, str | None] | None

MAX_RECORD = 8 << 20
LIST_ITEMS = 4
"""Of a list of plain values only the first can be mapped."""

_SPACE = re.compile(r"[\s,]*")
_WRAPPED = re.compile(
    r'\s*\{(?:\s*"[^"]*"\s*:\s*(?:"[^"]*"|[-\d.]+|true|false|null)\s*,)*'
    r'\s*"(?:value|values|records|data|events|items|logs|results|entries)"\s*:\s*\[',
    re.IGNORECASE,
)
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def read_json(stream: Stream) -> Iterator[Record]:
    """Yield the records of a file; None where a line holds none.

    Raises:
        UnmappedError: If it is no JSON, or breaks off in the middle of an array.
    """
    head = stream.head.decode("utf-8-sig", errors="replace")
    wrapped = re.match(r"\s*\[", head) or _WRAPPED.match(head)
    if wrapped:
        return _in_array(stream, wrapped.end())
    if not head.lstrip().startswith("{"):
        raise refuse("is not JSON")
    return _by_line(stream) if _has_lines(head) else _in_array(stream, 0)


def _has_lines(head: str) -> bool:
    """Whether each line is a record, not a part of one."""
    first, _, rest = head.lstrip().partition("\n")
    return not rest or _read(first) is not None or rest.lstrip().startswith("{")


def _by_line(stream: Stream) -> Iterator[Record]:
    for line in stream.lines():
        if stream.damaged:
            yield None
        elif line.strip():
            yield _read(line)


def _read(line: str) -> Record:
    try:
        return _flat(_DECODER.decode(line))
    except (ValueError, RecursionError):
        return None


def _in_array(stream: Stream, start: int) -> Iterator[Record]:
    """One after the other, from a text that grows as it is read; `start` is where they begin."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    text, at, done = "", start, 0
    for block in chain(stream.blocks(), [b""]):
        text, at = text[at:] + decode(block, final=not block), max(0, at - len(text))
        while (at := cast("re.Match[str]", _SPACE.match(text, at)).end()) < len(text):
            if text[at] == "]":
                return
            try:
                record, at = _DECODER.raw_decode(text, at)
            except ValueError as error:
                if block and len(text) - at < MAX_RECORD:
                    break
                raise refuse(f"is cut short or damaged after {done} records") from error
            except RecursionError as error:
                raise refuse(f"is nested too deeply after {done} records") from error
            done += 1
            yield _flat(record)
    if start:
        raise refuse(f"is cut short after {done} records")


def _flat(record: object) -> Record:
    return flatten(cast("dict[str, Any]", record)) if isinstance(record, dict) else None


def flatten(record: dict[str, Any]) -> dict[str, str | None]:
    """Bring what is nested under dotted names, as texts.

    Examples:
        >>> flatten({"ip": None, "at": {"spot": ["2.35", "48.85"]}, "ok": True})
        {'ip': None, 'ok': 'true', 'at.spot.0': '2.35', 'at.spot.1': '48.85'}
    """
    flat: dict[str, str | None] = {}
    pending = [("", record)]
    while pending:
        above, fields = pending.pop()
        for key, value in fields.items():
            if value is None or value.__class__ is str:
                flat[above + key] = value
            elif isinstance(value, bool):
                flat[above + key] = "true" if value else "false"
            else:
                pending.append((f"{above}{key}.", _fields(value)))
    return flat


def _fields(value: object) -> dict[str, Any]:
    """What is inside an object, or a list by places."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    items = cast("list[Any]", value)
    return {str(place): each for place, each in enumerate(items[:LIST_ITEMS])}
