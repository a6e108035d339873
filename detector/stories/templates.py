"""Sentences with holes: numbers, plural forms and choices, as ICU MessageFormat writes them.

Of it as much as the table of sentences needs: ``{name}``, ``{name, spellout}``,
``{name, plural, =0 {..} one {..} other {..}}`` with ``#`` for the number,
``{name, select, a {..} other {..}}``, and ``{name, text}`` for words put in as they are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Value = int | float | str
Values = Mapping[str, Value]


class Language(StrEnum):
    """What sentences are written in."""

    ENGLISH = "en"
    FRENCH = "fr"
    SPANISH = "es"


class TemplateError(ValueError):
    """A sentence of the table is not written as templates are."""


@dataclass(frozen=True)
class Number:
    """A value, written as the language writes it."""

    name: str
    spelled: bool = False
    """Whether a small one is written in letters."""
    worded: bool = False
    """Whether it is words, not a number nor a day."""


@dataclass(frozen=True)
class Choice:
    """One of several wordings, by a number or by a word."""

    name: str
    is_plural: bool
    branches: Mapping[str, "Template"]


@dataclass(frozen=True)
class Template:
    """A sentence before its numbers are known."""

    parts: tuple[str | Number | Choice, ...]

    def names(self) -> Iterator[str]:
        """What must be known to write it; a name may come twice."""
        for part in self.parts:
            if isinstance(part, str):
                continue
            yield part.name
            if isinstance(part, Choice):
                for branch in part.branches.values():
                    yield from branch.names()

    def write(self, values: Values, language: Language) -> str:
        """Fill in the values.

        Examples:
            >>> days = read_template("{n, plural, =0 {never} one {# day} other {# days}}")
            >>> [days.write({"n": n}, Language.ENGLISH) for n in (0, 1, 1200)]
            ['never', '1 day', '1,200 days']
            >>> read_template("Without {it, text}.").write({"it": "the tv"}, Language.ENGLISH)
            'Without the tv.'
        """
        written = (_write(part, values, language) for part in self.parts)
        return "".join(written)


def read_template(text: str) -> Template:
    """Read a sentence of the table.

    Raises:
        TemplateError: A brace is missing, or a choice has no `other`.

    Examples:
        >>> read_template("{n, plural, one {# day}}")
        Traceback (most recent call last):
        detector.stories.templates.TemplateError: A choice by n has no `other`: {n, plural, one \
{# day}}
    """
    tokens = _TOKEN.findall(text)
    template, at = _read(tokens, 0, text, "")
    if at != len(tokens):
        raise TemplateError(f"A brace is closed that was not opened: {text}")
    return template


_TOKEN = re.compile(r"[{}#]|[^{}#]+")
_HEAD = re.compile(r"(\w+)(?:, (spellout|text|plural|select))?(?:, *)?")


def _read(tokens: list[str], at: int, text: str, counted: str) -> tuple[Template, int]:
    """Read up to the brace that ends this text, or to the end; `#` is the number counted."""
    parts = list[str | Number | Choice]()
    while at < len(tokens) and tokens[at] != "}":
        if tokens[at] == "{":
            part, at = _read_hole(tokens, at + 1, text)
        else:
            hash_ = tokens[at] == "#" and counted
            part, at = (Number(counted) if hash_ else tokens[at]), at + 1
        parts.append(part)
    return Template(tuple(parts)), at


def _read_hole(tokens: list[str], at: int, text: str) -> tuple[Number | Choice, int]:
    head = _HEAD.match(tokens[at]) if at < len(tokens) else None
    if head is None:
        raise TemplateError(f"A hole has no name: {text}")
    name, kind = str(head[1]), head[2]
    if kind not in ("plural", "select"):
        return Number(name, kind == "spellout", kind == "text"), _closed(tokens, at + 1, text)
    key, at = tokens[at][head.end() :].strip(), at + 1
    branches = dict[str, Template]()
    while at < len(tokens) and tokens[at] == "{":
        branch, at = _read(tokens, at + 1, text, name if kind == "plural" else "")
        branches[key], at = branch, _closed(tokens, at, text)
        if at < len(tokens) and tokens[at] != "}":
            key, at = tokens[at].strip(), at + 1
    if "other" not in branches:
        raise TemplateError(f"A choice by {name} has no `other`: {text}")
    return Choice(name, kind == "plural", branches), _closed(tokens, at, text)


def _closed(tokens: list[str], at: int, text: str) -> int:
    if at >= len(tokens) or tokens[at] != "}":
        raise TemplateError(f"A brace is not closed: {text}")
    return at + 1


def _write(part: str | Number | Choice, values: Values, language: Language) -> str:
    if isinstance(part, str):
        return part
    value = values[part.name]
    if isinstance(part, Number):
        if part.worded:
            return str(value)
        return write_value(value, language, spelled=part.spelled)
    keys = (f"={value}", _category(value, language)) if part.is_plural else (str(value),)
    found = next((key for key in keys if key in part.branches), "other")
    return part.branches[found].write(values, language)


def _category(number: Value, language: Language) -> str:
    """Whether a number takes the singular: in French none does too."""
    singular = (0, 1) if language == Language.FRENCH else (1,)
    return "one" if number in singular else "other"


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def write_value(value: Value, language: Language, *, spelled: bool = False) -> str:
    r"""Write a number or a day as the language does; other words stay as they are.

    Examples:
        >>> [write_value(12500, language) for language in Language]
        ['12,500', '12\u202f500', '12\u202f500']
        >>> [write_value("2026-05-12", language) for language in Language]
        ['12 May', '12 mai', '12 de mayo']
        >>> write_value(3, Language.FRENCH, spelled=True), write_value(98.9, Language.SPANISH)
        ('trois', '98,9')
    """
    if isinstance(value, str):
        is_day = _DAY.fullmatch(value)
        return _write_day(date.fromisoformat(value), language) if is_day else value
    if spelled and value in range(2, 10):
        return _SPELLED[language].split()[int(value) - 2]
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", "." if language == Language.ENGLISH else ",")
    # Spanish groups no four digits.
    if language == Language.SPANISH and abs(value) < 10_000:
        return str(value)
    return f"{value:,}".replace(",", "," if language == Language.ENGLISH else NARROW)


def _write_day(day: date, language: Language) -> str:
    number = "1er" if language == Language.FRENCH and day.day == 1 else str(day.day)
    of = " de " if language == Language.SPANISH else " "
    return f"{number}{of}{_MONTHS[language].split()[day.month - 1]}"


NARROW, NO_BREAK = "\u202f", "\u00a0"
_SPELLED = {
    Language.ENGLISH: "two three four five six seven eight nine",
    Language.FRENCH: "deux trois quatre cinq six sept huit neuf",
    Language.SPANISH: "dos tres cuatro cinco seis siete ocho nueve",
}
_MONTHS = {
    Language.ENGLISH: "January February March April May June July August September October "
    "November December",
    Language.FRENCH: "janvier février mars avril mai juin juillet août septembre octobre "
    "novembre décembre",
    Language.SPANISH: "enero febrero marzo abril mayo junio julio agosto septiembre octubre "
    "noviembre diciembre",
}
_SPACES = {
    Language.ENGLISH: (),
    Language.FRENCH: ((" :", NO_BREAK + ":"), (" ;", NARROW + ";"), (" %", NARROW + "%")),
    Language.SPANISH: ((" %", NO_BREAK + "%"),),
}


def set_type(text: str, language: Language) -> str:
    r"""Put the spaces that may not break a line where the language wants them.

    Examples:
        >>> set_type("12 % du temps : peu", Language.FRENCH)
        '12\u202f% du temps\xa0: peu'
    """
    for plain, kept in _SPACES[language]:
        text = text.replace(plain, kept)
    return text
