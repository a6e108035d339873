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
_AS_TEXT: dict[str, Any] = {"parse_int": str, "parse_float": str, "parse_constant": str}
_DECODER = json.JSONDecoder(**_AS_TEXT)


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
        return _flat(json.loads(line, **_AS_TEXT))
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
        {'ip': None, 'at.spot.0': '2.35', 'at.spot.1': '48.85', 'ok': 'true'}
    """
    flat: dict[str, str | None] = {}
    pending = list(reversed(record.items()))
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            inner = cast("dict[str, Any]", value)
            pending += [(f"{name}.{key}", each) for key, each in reversed(inner.items())]
        elif isinstance(value, list):
            items = cast("list[Any]", value)[:LIST_ITEMS]
            pending += [(f"{name}.{n}", each) for n, each in reversed(list(enumerate(items)))]
        else:
            flat[name] = str(value).lower() if isinstance(value, bool) else value
    return flat
