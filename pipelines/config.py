"""Settings from a TOML file and the environment, read once, at the edge."""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from detector.errors import SettingsError
from detector.settings import Settings

PREFIX = "HOUSEHOLD__"

S = TypeVar("S", bound=BaseModel)


class Config(BaseSettings, Settings):  # pyright: ignore[reportIncompatibleVariableOverride]
    """All that a settings file may hold: the stages' settings, and what only jobs need.

    The environment wins over the file: ``HOUSEHOLD__WINDOW__DAYS=28``.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    world: dict[str, Any] = {}
    """Settings of the simulated world, for `household simulate`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file, which arrives as plain arguments."""
        return env_settings, init_settings

    @property
    def settings(self) -> Settings:
        """The part that decides verdicts, as the stages know it."""
        return Settings(**{name: getattr(self, name) for name in Settings.model_fields})


def read_config(path: Path | None = None) -> Config:
    """Read the settings file, if there is one, and the environment.

    Raises:
        SettingsError: No such file, no TOML, a misspelt key or a value out of range.

    Examples:
        >>> read_config().settings.window.days
        42
    """
    table = _toml(path) if path else {}
    _refuse_unknown_variables()
    return _checked(Config, table, str(path) if path else "the environment")


def replace_settings(settings: S, options: Mapping[str, object], *, source: str) -> S:
    """Let the command line win over file and environment.

    Args:
        settings: A settings object of any kind.
        options: New values by dotted name; None leaves the old one.
        source: Where the values come from, for the error message.

    Examples:
        >>> replace_settings(Settings(), {"window.days": 7}, source="--window").window.days
        7
    """
    table = settings.model_dump()
    for name, value in options.items():
        *path, key = name.split(".")
        part = table
        for step in path:
            part = part[step]
        part[key] = part.get(key) if value is None else value
    return _checked(type(settings), table, source)


def _checked(model: type[S], table: Mapping[str, Any], source: str) -> S:
    try:
        return model(**table)
    except ValidationError as error:
        problems = [_problem(model, dict(detail)) for detail in error.errors()]
        raise SettingsError(f"{source}: " + "; ".join(problems)) from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _refuse_unknown_variables() -> None:
    """A variable that names no stage would be passed over in silence."""
    for variable in sorted(os.environ):
        stage = variable.removeprefix(PREFIX).split("__")[0].lower()
        if variable.startswith(PREFIX) and stage not in Config.model_fields:
            raise SettingsError(f"{variable}: {_unknown(Config, (stage,))}")


def _problem(model: type[BaseModel], detail: Mapping[str, Any]) -> str:
    where: Sequence[str | int] = detail["loc"]
    if detail["type"] == "extra_forbidden":
        return _unknown(model, [str(key) for key in where])
    return f"{'.'.join(map(str, where))} = {detail['input']!r}: {detail['msg'].lower()}"


def _unknown(model: type[BaseModel], where: Sequence[str]) -> str:
    """Name the misspelt key and the nearest valid one, wherever that stands."""
    key, known = ".".join(where), sorted(_keys(model))
    siblings = [name for name in known if name.rpartition(".")[0] == ".".join(where[:-1])]
    near = get_close_matches(key, siblings, n=1) or [
        name for name in known if name.rpartition(".")[2] == where[-1]
    ]
    advice = f"did you mean {near[0]}?" if near else f"known here: {', '.join(siblings)}"
    return f"there is no setting {key}; {advice}"


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{prefix}{name}.")
