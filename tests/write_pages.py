"""Pages' parts and JSON Schemas that are made from the code: ``python -m tests.write_pages``.

A test holds what is there against what is made here.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from types import ModuleType
from typing import Any

import dataframely as dy
import polars as pl
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from detector import schemas
from detector.evidence import observations
from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.factors.factor import Factor
from detector.feed.contracts import FIELDS
from detector.kinds import Theme
from detector.policy import read as policies
from detector.policy.decisions import Decisions
from detector.policy.opening_hours import CalendarSettings
from detector.policy.rules import Policy, PolicyCaps, PolicyRule, ReviewTerms, TreatmentTerms
from detector.policy.trials import PolicyCase
from detector.runs import contract, messages
from detector.selftest.figures import selftest_schema
from detector.settings import Settings
from detector.verdicts.sides import WITNESSES
from pipelines.jobs.detect import TABLES
from tests.pages import ROOT, read

OPEN = "<!-- {}: written by `python -m tests.write_pages` -->\n"
CLOSE = "<!-- end of {} -->"


def list_tables(module: ModuleType) -> list[type[dy.Schema]]:
    """The schemas of a module in the order in which they are written down."""
    found = inspect.getmembers(module, inspect.isclass)
    own = (each for _, each in found if each.__module__ == module.__name__)
    tables = (each for each in own if issubclass(each, dy.Schema))
    return sorted(tables, key=lambda each: inspect.getsourcelines(each)[1])


def render_tables() -> str:
    return "\n".join(map(_table, list_tables(schemas)))


def render_messages() -> str:
    return "\n".join(map(_table, list_tables(messages)))


def render_observations() -> str:
    return "\n".join(map(_table, list_tables(observations)))


def render_factors() -> str:
    asked, pairs = _parted(FACTORS)
    asked_alone, pairs_alone = _parted(HOME_FACTORS)
    together = ", ".join(f"`{factor.name}`" for factor in (*pairs, *pairs_alone))
    return (
        "\n".join(_witness(theme, asked) for theme in Theme)
        + f"\nAn account in one piece is asked, in their place:\n\n{_factor_table(asked_alone)}"
        + f"\nTwo that say together what neither says alone: {together}.\n"
    )


def render_witnesses() -> str:
    return _factor_table(WITNESSES)


def _parted(factors: Sequence[Factor]) -> tuple[list[Factor], list[Factor]]:
    """Those that ask one thing, and those that ask two."""
    pairs = [each for each in factors if "_and_" in each.name]
    return [each for each in factors if "_and_" not in each.name], pairs


def _witness(theme: Theme, factors: Sequence[Factor]) -> str:
    of_theme = [factor for factor in factors if factor.theme == theme]
    module = theme.replace(" ", "_")
    link = f"[`{module}.py`](evidence/factors/{module}.py)"
    return f"### {theme.capitalize()}: {link}\n\n{_factor_table(of_theme)}"


def _factor_table(factors: Sequence[Factor]) -> str:
    rows = [f"| `{each.name}` | {each.asks} | {each.innocent} |\n" for each in factors]
    title = "| factor | asks | an innocent life that answers alike, or why it says little |\n"
    return title + "| --- | --- | --- |\n" + "".join(rows)


def render_settings() -> str:
    """All keys but those of `[columns]`, which are the columns of a log."""
    stages = ((name, each.default) for name, each in Settings.model_fields.items())
    return "\n".join(_stage(name, stage) for name, stage in stages if name != "columns")


def render_policy() -> str:
    parts = {
        "At the top of the file": Policy,
        "`[[rules]]`": PolicyRule,
        "`[treatments.NAME]`": TreatmentTerms,
        "`[caps]`": PolicyCaps,
        "`[review]`": ReviewTerms,
        "`[calendar]`": CalendarSettings,
        "`[[cases]]`, in a file of cases": PolicyCase,
    }
    return "\n".join(_fields(title, part) for title, part in parts.items())


def _fields(title: str, part: type[BaseModel]) -> str:
    rows = [
        f"| `{key}` | {_left_out(field)} | {_joined(field.description)} |\n"
        for key, field in part.model_fields.items()
    ]
    head = "| field | left out | what it says |\n| --- | --- | --- |\n"
    told = (inspect.getdoc(part) or "").partition("Examples:")[0].strip()
    return f"### {title}\n\n{_joined(told)}\n\n{head}" + "".join(rows)


def _left_out(field: FieldInfo) -> str:
    """What holds where a field is not written; parts have tables of their own."""
    value = field.default
    if field.is_required():
        return "is needed"
    if value is None or value in ((), {}, "") or isinstance(value, BaseModel):
        return ""
    plain = value.value if isinstance(value, StrEnum) else value
    return f"`{json.dumps(plain)}`"


def render_message() -> str:
    """The fields of a decision as its receivers read it."""
    rows = [
        f"| `{name}` | {_json_type(field)} | {_joined(field['description'])} |\n"
        for name, field in FIELDS.items()
    ]
    return "\n| field | type | what it says |\n| --- | --- | --- |\n" + "".join(rows) + "\n"


def _json_type(field: dict[str, Any]) -> str:
    told = field["type"]
    kind = told if isinstance(told, str) else " or ".join(told)
    return ", ".join(f"`{each}`" for each in field["enum"]) if "enum" in field else kind


def _table(table: type[dy.Schema]) -> str:
    """Its columns, but for those that it has from another table."""
    [parent, *_] = table.__bases__
    inherited = parent.columns() if issubclass(parent, dy.Schema) else {}
    told = [_joined(inspect.getdoc(table))]
    if table.primary_key():
        told.append("Key: " + ", ".join(f"`{name}`" for name in table.primary_key()) + ".")
    if inherited:
        told.append(f"Has the columns of `{parent.__name__}`, and:")
    own = {n: each for n, each in table.columns().items() if n not in inherited}
    rows = [_column(n, each) for name in own for n, each in _with_fields(name, own[name])]
    title = "| column | type | may be null | what it says |\n| --- | --- | --- | --- |\n"
    return f"### {table.__name__}\n\n{' '.join(told)}\n\n{title}" + "".join(rows)


def _with_fields(name: str, column: dy.Column) -> Iterator[tuple[str, dy.Column]]:
    """A column, and the fields in it if they are described."""
    yield name, column
    inner = column.inner if isinstance(column, dy.List) else column
    if isinstance(inner, dy.Struct) and any(each.description for each in inner.inner.values()):
        dots = f"{name}[]." if isinstance(column, dy.List) else f"{name}."
        yield from ((dots + field, each) for field, each in inner.inner.items())


def _column(name: str, column: dy.Column) -> str:
    null = "yes" if column.nullable else ""
    return f"| `{name}` | {_type(column)} | {null} | {_joined(column.description)} |\n"


def _type(column: dy.Column) -> str:
    dtype = column.dtype
    if contract.OBJECT in (column.metadata or {}):
        return "Object"
    if isinstance(dtype, pl.Enum):
        return "Enum: " + ", ".join(dtype.categories)
    plain = str(dtype).replace("time_unit=", "").replace("time_zone=", "").replace("'", "")
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if low is not None and high is not None:
        return f"{plain}, {low:g} to {high:g}"
    return plain if low is None else f"{plain}, {low:g} or more"


def _stage(name: str, stage: BaseModel) -> str:
    kind = type(stage)
    head = f"#### `[{name}]`\n\n{_joined(inspect.getdoc(kind))}\n\n"
    rows = [
        f"| `{key}` | {_default(getattr(stage, key))} | {_joined(field.description)} |\n"
        for key, field in kind.model_fields.items()
    ]
    return head + "| key | default | unit and reason |\n| --- | --- | --- |\n" + "".join(rows)


def _default(value: object) -> str:
    if value is None:
        return ""
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _joined(text: str | None) -> str:
    """On one line; a bar would end a cell, a code span of two ticks is one of one."""
    return re.sub(r"\s+", " ", text or "").replace("|", "\\|").replace("``", "`")


SECTIONS: dict[tuple[str, str], Callable[[], str]] = {
    ("detector/README.md", "factors"): render_factors,
    ("detector/README.md", "messages"): render_messages,
    ("detector/README.md", "observations"): render_observations,
    ("detector/README.md", "tables"): render_tables,
    ("detector/feed/README.md", "fields"): render_message,
    ("detector/README.md", "witnesses"): render_witnesses,
    ("detector/policy/README.md", "fields"): render_policy,
    ("pipelines/README.md", "settings"): render_settings,
}
"""Each page and section, and what it is made by."""


def render_schemas() -> dict[str, str]:
    """Each file that holds a schema of a run or a policy, and its text."""
    lines = {messages.FLAG: messages.Flags, messages.CHANGE: messages.Changes}
    of_runs = [
        contract.manifest_schema(),
        *map(contract.table_schema, TABLES),
        *(contract.line_schema(table, name) for name, table in lines.items()),
    ]
    of_policies = [policies.policy_schema(), contract.table_schema(Decisions)]
    made = {
        "detector/runs/schemas": of_runs,
        "detector/policy/schemas": of_policies,
        "detector/selftest/schemas": [selftest_schema()],
    }
    return {
        f"{folder}/{each['$id'].removeprefix(contract.NAMESPACE)}.json": _document(each)
        for folder, schemas_there in made.items()
        for each in schemas_there
    }


def _document(schema: contract.JsonSchema) -> str:
    return json.dumps(schema, indent=2) + "\n"


def written(page: str) -> str:
    """A page with its made parts made anew."""
    text = read(page)
    for start, end, body in _parts(page, text):
        text = text[:start] + body + text[end:]
    return text


def _parts(page: str, text: str) -> Iterator[tuple[int, int, str]]:
    """The last part first, so that places found before stay right."""
    found: list[tuple[int, int, str]] = []
    for (owner, section), render in SECTIONS.items():
        if owner == page:
            start = text.index(OPEN.format(section)) + len(OPEN.format(section))
            end = text.index(CLOSE.format(section), start)
            found.append((start, end, f"\n{render()}\n"))
    yield from sorted(found, reverse=True)


if __name__ == "__main__":
    for each in sorted({page for page, _ in SECTIONS}):
        (ROOT / each).write_text(written(each), encoding="utf-8")
    for each, text in render_schemas().items():
        (ROOT / each).write_text(text, encoding="utf-8")
