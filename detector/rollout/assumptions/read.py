"""Assumptions as they are written: TOML in, `Assumptions` or the line to mend out."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from detector.policy.read import read_model
from detector.rollout.assumptions.rules import Assumed, Assumptions
from detector.runs.manifest import hash_json

DEFAULT = Path(__file__).with_name("default.toml")
"""Public figures, and wide ranges where there are none."""


def read_assumptions(text: str, *, source: str) -> Assumptions:
    r"""Read assumptions from TOML.

    Raises:
        SettingsError: No TOML, a misspelt key, a range that is none; with the line to mend.

    Examples:
        >>> read_assumptions(DEFAULT.read_text(encoding="utf-8"), source="default.toml").name
        'public-figures'
        >>> read_assumptions("name = 'a'\nversion = 2", source="a.toml")
        Traceback (most recent call last):
        detector.errors.SettingsError: a.toml: line 2: version = 2: it is text, in quotation marks
        ...
    """
    return read_model(Assumptions, text, source=source)


def fingerprint(assumptions: Assumptions) -> str:
    """Hash all that is assumed, in whatever order and with whatever comments."""
    return hash_json(assumptions.model_dump(mode="json"))


def list_assumed(assumptions: Assumptions) -> Iterator[tuple[str, Assumed]]:
    """All numbers that are not known, by their names in the file.

    Examples:
        >>> text = DEFAULT.read_text(encoding="utf-8")
        >>> next(list_assumed(read_assumptions(text, source="")))[0]
        'propensity.contacts'
    """
    yield from _assumed(assumptions, "")


def _assumed(part: object, name: str) -> Iterator[tuple[str, Assumed]]:
    if isinstance(part, Assumed):
        yield name, part
    elif isinstance(part, BaseModel):
        for key in type(part).model_fields:
            yield from _assumed(getattr(part, key), f"{name}.{key}".removeprefix("."))
    elif isinstance(part, dict):
        for key, each in part.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _assumed(each, f"{name}.{key}")  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(part, tuple):
        for number, each in enumerate(part, start=1):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from _assumed(each, f"{name}[{number}]")  # pyright: ignore[reportUnknownArgumentType]
