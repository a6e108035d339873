"""Job: the JSON Schemas that are shipped -> a list of them, or one."""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.console import Console

import detector
from detector.errors import SettingsError

LIBRARY = Path(detector.__file__).parent
_VERSION = re.compile(r"\.v(\d+)$")


def find_schemas(library: Path = LIBRARY) -> dict[str, Path]:
    """Every schema that lies in a folder ``schemas`` of the library, by its name.

    Examples:
        >>> find_schemas()["household.run.v1"].name
        'household.run.v1.json'
    """
    found = library.glob("*/schemas/*.json")
    return {path.stem: path for path in sorted(found, key=lambda path: path.stem)}


def list_schemas(library: Path = LIBRARY) -> list[dict[str, str]]:
    """The name of each schema, and the first sentence of what it says of itself."""
    described = {name: _load(path) for name, path in find_schemas(library).items()}
    return [
        {"name": name, "id": schema["$id"], "says": _first_sentence(schema.get("description", ""))}
        for name, schema in described.items()
    ]


def read_schema(asked: str, library: Path = LIBRARY) -> dict[str, Any]:
    """Read the schema of a name, which may be cut short.

    Raises:
        SettingsError: No schema or several different ones are called so.

    Examples:
        >>> read_schema("accounts")["$id"]
        'urn:household-detector:schema:household.table.accounts.v1'
        >>> read_schema("acounts")
        Traceback (most recent call last):
        detector.errors.SettingsError: There is no schema acounts.
        <BLANKLINE>
        Hint: did you mean accounts?
    """
    there = find_schemas(library)
    found = [name for name in there if asked in _called(name)]
    if not found:
        raise SettingsError(f"There is no schema {asked}.", hint=_advice(asked, list(there)))
    if len({_VERSION.sub("", name) for name in found}) > 1:
        raise SettingsError(f"{asked} may be any of these: {', '.join(found)}.", hint="name one")
    return _load(there[max(found, key=_version)])


def render_list(listed: Sequence[Mapping[str, str]], console: Console) -> None:
    """Print one line for each schema."""
    width = max(len(each["name"]) for each in listed)
    for each in listed:
        console.out(f"{each['name']:{width}}  {each['says']}".rstrip(), highlight=False)


def render_schema(schema: Mapping[str, Any], console: Console) -> None:
    """Print a schema as the JSON that it is."""
    console.out(json.dumps(schema, indent=2), highlight=False)


def _load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _first_sentence(text: str) -> str:
    return " ".join(text.split()).partition(". ")[0].rstrip(".")


def _version(name: str) -> int:
    found = _VERSION.search(name)
    return int(found[1]) if found else 0


def _called(name: str) -> set[str]:
    """Whole, or from any of its words on, with its version or without.

    Examples:
        >>> sorted(_called("household.run.flag.v1"), key=len)[:3]
        ['flag', 'flag.v1', 'run.flag']
    """
    plain, version = _VERSION.sub("", name), _version(name)
    words = plain.split(".")
    ends = {".".join(words[first:]) for first in range(len(words))}
    return ends | {f"{end}.v{version}" for end in ends}


def _advice(asked: str, names: Sequence[str]) -> str:
    words = {_VERSION.sub("", name).rpartition(".")[2] for name in names}
    near = get_close_matches(asked, sorted(words.union(names)), n=1)
    return f"did you mean {near[0]}?" if near else f"household schema lists {len(names)} of them"
