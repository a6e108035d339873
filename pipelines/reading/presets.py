"""Presets: what the columns of well-known logs are called."""

import tomllib
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from detector.errors import SettingsError
from detector.log_settings import StageSettings
from pipelines.reading.shared.layouts import TEMPLATE_PART, LogSource

FOLDER = Path(__file__).parents[1] / "presets"


class Preset(StageSettings):
    """A log format: where it is described, and the layout of each kind of file in it."""

    about: str
    link: str
    sources: tuple[LogSource, ...]


def preset_names() -> tuple[str, ...]:
    """List the presets that come with the detector.

    Examples:
        >>> preset_names()[:3]
        ('ecs', 'entra', 'jellyfin')
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_preset(name: str) -> Preset:
    """Read a preset by its name, or from the path of a TOML file.

    Raises:
        SettingsError: If there is none, or it has keys that are not known.

    Examples:
        >>> read_preset("okta").sources[0].columns.account_id
        'actor.id'
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file():
        raise SettingsError(
            f"There is no preset {name!r}.",
            hint=f"choose one of {', '.join(preset_names())}, or give the path of a TOML file.",
        )
    try:
        preset = Preset.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        _check_patterns(preset)
    except (ValidationError, tomllib.TOMLDecodeError, pl.exceptions.ComputeError) as error:
        raise SettingsError(
            f"The preset {str(path)!r} is not as it should be: {error}",
            hint="compare it with those in pipelines/presets.",
        ) from error
    return preset


def _check_patterns(preset: Preset) -> None:
    """Try each pattern that takes a part of a text, before any file is read."""
    for source in preset.sources:
        joined = (
            text for join in source.joins for text in (*join.on.values(), *join.take.values())
        )
        derived = (text for templates in source.derived.values() for text in templates)
        for text in (*joined, *derived):
            for _, pattern in TEMPLATE_PART.findall(text):
                pl.select(pl.lit("").str.extract(pattern))
