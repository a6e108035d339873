"""Which column of a file is which column of the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.log_settings import ColumnSettings
from pipelines.reading.shared.arrow import Kind, Schema, pa
from pipelines.reading.shared.layouts import LogSource
from pipelines.reading.shared.messages import LogFile, Problem

REQUIRED = ("ts", "account_id", "device_id")
_ENDED_AT = "ended_at"
_UNITS = ("ts_unit", "duration_unit")
CONTRACT = tuple(name for name in ColumnSettings.model_fields if name not in _UNITS)
"""The columns that a log may have, and `ended_at`, from which a duration can be told."""


Way = tuple[str | int, ...]
"""The way to a column: its name, then fields of structs or places in lists."""


class UnmappedError(Exception):
    """A file lacks what the contract asks for; carries the `Problem`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.text)


def refuse(text: str, hint: str = "") -> UnmappedError:
    """Make the error that sets one file aside."""
    return UnmappedError(Problem(kind="file", text=text, hint=hint))


@dataclass(frozen=True)
class Mapped:
    """Where each column of the contract comes from in one file."""

    steps: Mapping[str, Way]
    """The way to it: a column, then fields of structs or places in lists."""
    constants: Mapping[str, str | None]
    """Columns that are the same in all rows of the file."""
    filters: tuple[tuple[Way, tuple[str, ...]], ...] = ()
    """Columns whose values decide which rows are read."""

    @property
    def leaves(self) -> list[str]:
        """The names by which a Parquet reader selects them."""
        ways = (*self.steps.values(), *(way for way, _ in self.filters))
        return sorted({".".join(s for s in way if isinstance(s, str)) for way in ways})


def map_columns(
    schema: Schema, file: LogFile, source: LogSource, explicit: Sequence[str]
) -> Mapped:
    """Find each column of the contract, and see that those which must be there are.

    Raises:
        UnmappedError: If a required or explicitly mapped column is not there.

    Examples:
        >>> schema = pa.schema([(name, pa.string()) for name in ("user", "device_id", "ts", "ip")])
        >>> file = LogFile(name="may", path="/logs/may")
        >>> ours = LogSource(columns=ColumnSettings(account_id="user"))
        >>> map_columns(schema, file, ours, ()).steps["account_id"]
        ('user',)
        >>> map_columns(schema, file, LogSource(), ())
        Traceback (most recent call last):
        pipelines.reading.shared.mapping.UnmappedError: lacks the columns ['account_id']
    """
    mapped = find_columns(schema, file, source)
    check_columns(schema, mapped, source, explicit)
    return mapped


def find_columns(schema: Schema, file: LogFile, source: LogSource) -> Mapped:
    """Find each column of the contract in a file: as mapped, else under its own name.

    A struct that bears such a name by chance, as Okta's `outcome` does, is not that column.
    """
    steps: dict[str, Way] = {}
    structs = {field.name for field in schema if pa.types.is_struct(field.type)}
    constants: dict[str, str | None] = dict(source.constants)
    for column in CONTRACT:
        names = [
            name
            for name in _names(column, source.columns)
            if getattr(source.columns, column) or name not in structs
        ]
        found = next((way for name in names if (way := find_steps(schema, name))), None)
        partition = next((name for name in names if name in file.constants), None)
        if found:
            steps[column] = found
        elif partition is not None:
            constants[column] = file.constants[partition]
    _refuse_twice(schema, steps)
    wanted = {name: steps.get(name) or find_steps(schema, name) for name in source.filters}
    filters = tuple((way, source.filters[name]) for name, way in wanted.items() if way)
    return Mapped(steps, constants, filters)


def _refuse_twice(schema: Schema, steps: Mapping[str, Way]) -> None:
    """Which of two columns of one name is meant, only those can say who wrote them."""
    for column, way in steps.items():
        if sum(field.name == way[0] for field in schema) > 1:
            text = f"has the column {way[0]!r} twice, which is read as {column!r}"
            raise refuse(text, "keep one of the two, or rename one, where the log is written")


def check_columns(
    schema: Schema, mapped: Mapped, source: LogSource, explicit: Sequence[str]
) -> None:
    """See that all columns are there which must be.

    Raises:
        UnmappedError: If a required or explicitly mapped column is not there.
    """
    present = {*mapped.steps, *mapped.constants}
    wanted = [*REQUIRED, *(column for column in explicit if column in CONTRACT)]
    missing = {_names(c, source.columns)[0] for c in wanted if c not in present}
    if not present & {"ip", "country"} and not {"latitude", "longitude"} <= present:
        missing.add(_names("ip", source.columns)[0])
    if missing:
        text = f"lacks the columns {sorted(missing)}"
        found = tuple(sorted(column_types(schema)))
        raise UnmappedError(
            Problem(kind="missing", text=text, missing=tuple(sorted(missing)), found=found)
        )


def find_steps(schema: Schema, name: str) -> Way | None:
    """Find the way to a dotted name: a column of just that name, or inside structs and lists.

    Examples:
        >>> device, ips = pa.struct({"id": pa.string()}), pa.list_(pa.string())
        >>> client = pa.struct({"device": device, "ips": ips})
        >>> schema = pa.schema({"client": client, "user.id": pa.string()})
        >>> find_steps(schema, "client.device.id"), find_steps(schema, "client.ips.0")
        (('client', 'device', 'id'), ('client', 'ips', 0))
        >>> find_steps(schema, "user.id"), find_steps(schema, "user")
        (('user.id',), None)
    """
    fields: list[Kind] = list(schema)
    for end in range(len(name), 0, -1):
        if end < len(name) and name[end] != ".":
            continue
        head, rest = name[:end], name[end + 1 :]
        field = next((f for f in fields if f.name == head), None)
        if field is None:
            continue
        inner = _steps_inside(field.type, rest) if rest else ()
        if inner is not None:
            return (head, *inner)
    return None


def column_types(schema: Schema) -> dict[str, Kind]:
    """All columns, with those inside structs under dotted names.

    Examples:
        >>> client = pa.struct({"ip": pa.string(), "os": pa.string()})
        >>> list(column_types(pa.schema({"ts": pa.int64(), "client": client})))
        ['ts', 'client.ip', 'client.os']
    """
    types: dict[str, Kind] = {}
    pending = [(field.name, field.type) for field in reversed(list(schema))]
    while pending:
        name, kind = pending.pop()
        if pa.types.is_struct(kind):
            inner = [kind.field(i) for i in range(kind.num_fields)]
            pending += [(f"{name}.{field.name}", field.type) for field in reversed(inner)]
        else:
            types[name] = kind
    return types


def _steps_inside(kind: Kind, rest: str) -> Way | None:
    if pa.types.is_struct(kind):
        return find_steps([kind.field(i) for i in range(kind.num_fields)], rest)
    if rest.isdecimal() and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return (int(rest),)
    return None


def _names(column: str, columns: ColumnSettings) -> tuple[str, ...]:
    mapped = getattr(columns, column)
    if mapped is None:
        return () if column == _ENDED_AT else (column,)
    return (mapped,) if isinstance(mapped, str) else mapped
