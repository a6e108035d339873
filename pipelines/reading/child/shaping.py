"""What a preset makes of a file of texts: more columns, from files beside it and from its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import polars as pl

from pipelines.reading.child.instants import read_times
from pipelines.reading.child.texts import read_contents, read_frames
from pipelines.reading.shared.layouts import TEMPLATE_PART, Join, LogSource, file_kind
from pipelines.reading.shared.mapping import refuse
from pipelines.reading.shared.messages import read_identity

MAX_BESIDE_ROWS = 2_000_000


@dataclass(frozen=True)
class ExportFile:
    """One file of texts, and what a preset makes of its rows."""

    source: LogSource
    path: Path
    constants: Mapping[str, str | None]

    @property
    def is_plain(self) -> bool:
        """Whether the file is taken as it is."""
        return not (self.source.joins or self.source.derived)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are added."""
        taken = (name for join in self.source.joins for name in join.take)
        return tuple(dict.fromkeys((*taken, *self.source.derived)))

    def complete(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add the columns of other files, then those made of others."""
        for join in self.source.joins:
            rows = _joined(rows, join, self._beside(join))
        for name, templates in self.source.derived.items():
            found = [_filled(template, rows, self.constants) for template in templates]
            rows = rows.with_columns(pl.coalesce(found).alias(name))
        return rows

    def _beside(self, join: Join) -> pl.DataFrame:
        export = self.source.export_of(self.path)
        folders = (export, *(export / name for name in self.source.folders))
        files = sorted(
            (str(path), read_identity(str(path)).model_dump_json())
            for folder in folders
            if folder.is_dir()
            for path in folder.iterdir()
            if any(fnmatchcase(path.name, pattern) for pattern in join.files)
            and path.is_file()
            and not path.is_symlink()
            and file_kind(path.name) in ("csv", "json")
        )
        return _read_beside(tuple(files), join.model_dump_json())


def _filled(template: str, rows: pl.DataFrame, constants: Mapping[str, str | None]) -> pl.Expr:
    """A template's text; null where any of its parts is."""
    parts, at = list[pl.Expr](), 0
    for match in TEMPLATE_PART.finditer(template):
        name, pattern = match.groups()
        text = pl.col(name).str.strip_chars()
        if name not in rows.columns:
            text = pl.lit(constants.get(name), pl.String)
        if pattern is not None:
            text = text.str.extract(pattern)
        parts += [pl.lit(template[at : match.start()]), pl.when(text != "").then(text)]
        at = match.end()
    return pl.concat_str([*parts, pl.lit(template[at:])])


@lru_cache(maxsize=4)
def _read_beside(files: tuple[tuple[str, str], ...], asked: str) -> pl.DataFrame:
    """What a join asks of all its files, under this file's names; takes bear a plus sign."""
    join = Join.model_validate_json(asked)
    near = [join.nearest[1]] if join.nearest else []
    templates = [_template(own) for own in (*join.on.values(), *near, *join.take.values())]
    names = list(
        dict.fromkeys(name for each in templates for name, _ in TEMPLATE_PART.findall(each))
    )
    frames = [pl.DataFrame(schema=dict.fromkeys(names, pl.String))]
    for path, _identity in files:
        contents = read_contents(path)
        if contents.rows > MAX_BESIDE_ROWS:
            name = Path(path).name
            raise refuse(f"belongs to an export whose {name!r} has {contents.rows} rows")
        there = [name for name in names if name in contents.names]
        frames += read_frames(path, there, MAX_BESIDE_ROWS) if there else []
    whole = pl.concat(frames, how="diagonal")
    keys = {name: _filled(_template(own), whole, {}) for name, own in join.on.items()}
    taken = {f"{name}+": _filled(_template(own), whole, {}) for name, own in join.take.items()}
    times = {"+at": read_times(whole[join.nearest[1]])} if join.nearest else {}
    there = whole.select(**keys, **taken, **times)
    says = pl.any_horizontal(pl.col(*taken).is_not_null())
    return there.drop_nulls([*keys, *times]).filter(says).unique().sort(pl.all())


def _template(own: str) -> str:
    """A name alone stands for the column."""
    return own if "{" in own else f"{{{own}}}"


def _joined(rows: pl.DataFrame, join: Join, beside: pl.DataFrame) -> pl.DataFrame:
    lacking = [name for name in join.on if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
    found = _nearest(rows, join, beside) if join.nearest else _only(rows, join, beside)
    return found.with_columns(
        pl.coalesce(*((name,) if name in rows.columns else ()), f"{name}+").alias(name)
        for name in join.take
    ).select(*rows.columns, *(name for name in join.take if name not in rows.columns))


def _only(rows: pl.DataFrame, join: Join, there: pl.DataFrame) -> pl.DataFrame:
    """Rows of which there is one there, or several that say the same."""
    values = [pl.col(f"{name}+") for name in join.take]
    one = there.group_by(*join.on).agg(
        pl.when(value.drop_nulls().n_unique() == 1).then(value.drop_nulls().first())
        for value in values
    )
    return rows.join(one, on=list(join.on), how="left", maintain_order="left")


def _nearest(rows: pl.DataFrame, join: Join, there: pl.DataFrame) -> pl.DataFrame:
    """The row nearest in time, if it is near."""
    given = join.nearest[0] if join.nearest else ()
    wanted = (given,) if isinstance(given, str) else given
    names = [name for name in wanted if name in rows.columns]
    here = rows[names[0]] if names else pl.Series([None] * rows.height, dtype=pl.String)
    timed = rows.with_row_index("+row").with_columns(read_times(here).alias("+at"))
    known = timed.filter(pl.col("+at").is_not_null()).sort("+at")
    matched = known.join_asof(
        there.sort("+at", maintain_order=True),
        on="+at",
        by=list(join.on),
        strategy="nearest",
        tolerance=f"{join.within_s}s",
        check_sortedness=False,
    )
    return timed.join(
        matched.select("+row", *(f"{name}+" for name in join.take)),
        on="+row",
        how="left",
        maintain_order="left",
    )
