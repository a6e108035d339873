"""Text from logs, made safe to show."""

import re
import unicodedata

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_MARKS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

FORMULA = r"^[\s\u0000-\u001f\ufeff\u200b-\u200f]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]"
"""How a cell begins that a spreadsheet would take for a formula, blanks before it or not."""
GUARDED = f"^'({FORMULA.removeprefix('^')})"
"""How a cell begins that `harmless_cell` put an apostrophe before; the first group is the rest."""
_FORMULA = re.compile(FORMULA)


def plain_text(value: str) -> str:
    r"""Replace what could steer a terminal, break a line or turn the reading direction.

    Each such character becomes U+FFFD, so that a doctored id does not pass for another.
    Letters, marks and joiners of every script stay.

    Examples:
        >>> plain_text("tv\x1b[31m\u202e")
        'tv�[31m�'
        >>> plain_text("télévision 居間")
        'télévision 居間'
    """
    if value.isprintable():  # as nearly all text is, and then none of its letters is unsafe
        return value
    return "".join("\ufffd" if _is_unsafe(letter) else letter for letter in value)


def harmless_cell(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would reckon with.

    Examples:
        >>> [harmless_cell(text) for text in ("=1+1", " @x", "ada")]
        ["'=1+1", "' @x", 'ada']
    """
    return f"'{text}" if _FORMULA.match(text) else text


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where there is not just one.

    Examples:
        >>> counted(1, "device"), counted(1200, "device")
        ('1 device', '1,200 devices')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is_unsafe(letter: str) -> bool:
    return letter in _DIRECTION_MARKS or unicodedata.category(letter) in _UNSAFE_CATEGORIES
