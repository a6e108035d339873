"""Reason codes and their parameters → sentences, in the language and the register asked for.

All sentences stand in `sentences.csv`, one row for each thing that is said: for another household,
against it, or in doubt; to the analyst, with numbers, or to the person concerned, without places,
devices and other people. What has no row of its own in the person's register is said by theme.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple, Self

from detector.errors import DetectorError
from detector.stories.numbers import Parameters, number_of
from detector.stories.templates import Language, Template, Value, read_template, set_type

TABLE = Path(__file__).with_name("sentences.csv")
HOME = "home"
"""What sentences ask to know whether a side may be called home."""
THEME, VERDICT, HEADING, LABEL = "theme_", "verdict_", "heading_", "label_"
"""How codes begin that name a theme or a verdict, stand above a list or in one: no sentences."""
_BOUND, _PAIR = "bound_", "_and_"


class SpeechRegister(StrEnum):
    """To whom a sentence is said."""

    ANALYST = "analyst"
    PERSON = "person"


class Speaks(StrEnum):
    """What a sentence speaks for: another household, against it, or that it cannot be known."""

    FOR = "for"
    AGAINST = "against"
    DOUBT = "doubt"

    @classmethod
    def of(cls, bits: float) -> "Speaks":
        """What evidence of so many bits speaks for."""
        return cls.FOR if bits > 0 else cls.AGAINST


class UnknownSentenceError(DetectorError, LookupError):
    """There is no sentence for a code."""

    @classmethod
    def of(cls, code: str, speaks: Speaks) -> Self:
        """Name the code, and where sentences stand."""
        return cls(
            f"Nothing is said of {code!r} {speaks}.",
            hint="a code of a newer version, or one that is no reason; sentences.csv lists them",
        )


class Row(NamedTuple):
    """One row of the table of sentences."""

    code: str
    theme: str
    """Empty for what is no evidence."""
    speaks: Speaks
    register: SpeechRegister
    texts: Mapping[Language, str]


@cache
def read_sentences() -> tuple[Row, ...]:
    """The table of sentences, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Row(
                row["code"],
                row["theme"],
                Speaks(row["speaks"]),
                SpeechRegister(row["register"]),
                {language: row[language] for language in Language},
            )
            for row in csv.DictReader(file)
        )


@dataclass(frozen=True)
class Voice:
    """In what language, to whom, and whether it is known which side is home."""

    language: Language = Language.ENGLISH
    register: SpeechRegister = SpeechRegister.ANALYST
    home_sure: bool = True
    """If not, no side is called so."""


PLAIN = Voice()


def say(
    code: str,
    parameters: str | Parameters = "{}",
    *,
    speaks: Speaks = Speaks.FOR,
    voice: Voice = PLAIN,
) -> str:
    """Say what a reason code means.

    Args:
        code: Of `Accounts.reason_codes` or `Accounts.themes`.
        parameters: As canonical JSON, or read from it.
        speaks: What the evidence speaks for; of no matter for a code that says why not.
        voice: How to say it.

    Raises:
        UnknownSentenceError: Nothing is said of the code that speaks so.

    Examples:
        >>> say("company", '{"company_days":3,"own_days":12}', speaks=Speaks.AGAINST)
        'A device of home is there on 25 % of the days of use there.'
        >>> say("profiles", {"profile_share": 0.0}, voice=Voice(home_sure=False))
        'The people there use none of the profiles used at the other place.'
        >>> say("persistence", {"own_days": 28}, voice=Voice(Language.SPANISH))
        'La cuenta se usó allí 28 días.'
    """
    if isinstance(parameters, str):
        return _say_coded(code, parameters, speaks, voice)
    return _say(code, parameters, speaks, voice)


@lru_cache(maxsize=1 << 14)
def _say_coded(code: str, parameters: str, speaks: Speaks, voice: Voice) -> str:
    """Many accounts are told the same, and each in its reasons and in its summary."""
    return _say(code, json.loads(parameters), speaks, voice)


def _say(code: str, given: Parameters, speaks: Speaks, voice: Voice) -> str:
    template, names = find_template(code, speaks, voice.register, voice.language)
    home = "sure" if voice.home_sure else "other"
    values: dict[str, Value] = {
        name: home if name == HOME else number_of(name, given) for name in names
    }
    text = set_type(template.write(values, voice.language), voice.language)
    return text[0].upper() + text[1:] if text.endswith((".", ":")) else text


def say_all(
    codes: Iterable[Mapping[str, str]], *, speaks: Speaks = Speaks.FOR, voice: Voice = PLAIN
) -> list[str]:
    """Say several reason codes that speak for one thing; what is said twice is left out.

    Args:
        codes: Rows of `Accounts.reason_codes`.
        speaks: What all of them speak for.
        voice: How to say it.

    Examples:
        >>> code = {"code": "country", "parameters": "{}"}
        >>> say_all([code], speaks=Speaks.AGAINST, voice=Voice(Language.SPANISH))
        ['Está en el mismo país que el domicilio.']
    """
    said = (say(one["code"], one["parameters"], speaks=speaks, voice=voice) for one in codes)
    return list(dict.fromkeys(said))


@cache
def find_template(
    code: str, speaks: Speaks, register: SpeechRegister, language: Language
) -> tuple[Template, frozenset[str]]:
    """The sentence of a code before its numbers are known, and what it asks for.

    Two factors in one are told as the first of them, and bounds as each other.
    """
    plain = _BOUND.rstrip("_") if code.startswith(_BOUND) else code.partition(_PAIR)[0]
    row = _find(plain, speaks, register)
    analyst = _find(plain, speaks, SpeechRegister.ANALYST)
    if row is None and analyst is not None and analyst.theme:
        row = _find(f"{THEME}{analyst.theme.replace(' ', '_')}", analyst.speaks, register)
    if row is None:
        raise UnknownSentenceError.of(code, speaks)
    template = read_template(row.texts[language])
    return template, frozenset(template.names())


def _find(code: str, speaks: Speaks, register: SpeechRegister) -> Row | None:
    table = _by_key()
    return table.get((code, speaks, register)) or table.get((code, Speaks.DOUBT, register))


@cache
def _by_key() -> dict[tuple[str, Speaks, SpeechRegister], Row]:
    return {(row.code, row.speaks, row.register): row for row in read_sentences()}
