"""Job: a forecast -> for each partner a page and a table, without any account."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import dataframely as dy
import polars as pl
from dataframely.exc import ValidationError
from rich.console import Console

from detector.errors import DetectorError
from detector.kinds import Treatment
from detector.rollout.packs.pack import Pack, PackSettings, build_packs
from detector.rollout.tables import Cells, Contacts, Days
from detector.runs.files import replace_file
from detector.stories.templates import Language
from pipelines.jobs.forecast_files import FORECAST
from pipelines.terminal.drawing import counted, plain

TABLES: dict[type[dy.Schema], str] = {
    Cells: "cells.parquet",
    Contacts: "contacts.parquet",
    Days: "days.parquet",
}
HINT = "name the folder that `household forecast --out` wrote"
S = TypeVar("S", bound=dy.Schema)
_ODD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class PackJob:
    """Of which forecast packs are made, and where they go."""

    forecast: Path
    """The folder that `household forecast` wrote."""
    out: Path
    languages: Sequence[Language] = tuple(Language)


@dataclass(frozen=True)
class WrittenPack:
    """The files of one partner."""

    partner: str
    customers: int
    """Rounded; 0 where there are too few to tell."""
    files: tuple[Path, ...]


def write_packs(job: PackJob) -> list[WrittenPack]:
    """Write one page and one table for each partner of a forecast.

    Raises:
        DetectorError: The folder holds no forecast, or one that cannot be read.
    """
    whom = _read(job.forecast, Cells)
    halves, days = _read(job.forecast, Contacts), _read(job.forecast, Days)
    settings = PackSettings(_read_steps(job.forecast), languages=job.languages)
    packs = build_packs(whom, halves, days, settings)
    return [_write(pack, job.out) for pack in packs]


def name_files(partner: str) -> str:
    """A file's name for a partner: what it is called may be any text.

    Examples:
        >>> name_files("telvia"), name_files("Télé/../+")
        ('telvia', 't-l-30ea9da5')
    """
    plain_name = _ODD.sub("-", partner.lower()).strip("-")
    if plain_name == partner:
        return partner
    return f"{plain_name or 'partner'}-{sha256(partner.encode()).hexdigest()[:8]}"


def packs_document(packs: Sequence[WrittenPack]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "packs": [
            {
                "partner": each.partner,
                "customers": each.customers,
                "files": [str(path) for path in each.files],
            }
            for each in packs
        ]
    }


def render_packs(packs: Sequence[WrittenPack], console: Console) -> None:
    """Say what was written for whom."""
    for each in packs:
        told = (
            counted(each.customers, "customer") if each.customers else "too few customers to tell"
        )
        console.print(f"{plain(each.partner)}: {told}; {each.files[0]}, {each.files[1].name}")


def _read_steps(folder: Path) -> list[tuple[Treatment, int]]:
    """What the forecast took for granted to follow the first treatment."""
    path = folder / FORECAST
    try:
        steps = json.loads(path.read_text(encoding="utf-8"))["assumptions"]["steps"]
        return [(Treatment(step["treatment"]), int(step["after_days"])) for step in steps]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DetectorError(f"{path} cannot be read: {error}", hint=HINT) from error


def _read(folder: Path, table: type[S]) -> dy.DataFrame[S]:
    path = folder / TABLES[table]
    if not path.is_file():
        raise DetectorError(f"{folder} holds no forecast: there is no {path.name}.", hint=HINT)
    try:
        frame = pl.read_parquet(path, glob=False)
        return table.validate(frame.select(table.column_names()), cast=True)
    except (pl.exceptions.PolarsError, ValidationError, OSError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise DetectorError(f"{path} cannot be read: {first}", hint=HINT) from error


def _write(pack: Pack, out: Path) -> WrittenPack:
    name = name_files(pack.partner)
    files = (out / f"{name}.html", out / f"{name}.csv")
    for path, text in zip(files, (pack.html, pack.csv), strict=True):
        with replace_file(path) as part:
            part.write_text(text, encoding="utf-8", newline="")
    return WrittenPack(pack.partner, pack.customers, files)
