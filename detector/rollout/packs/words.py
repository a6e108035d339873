"""All that a pack says, in three languages: one table, which a translator can read."""

import csv
from functools import cache
from pathlib import Path

from detector.stories.templates import Language, Value, read_template, set_type

TABLE = Path(__file__).with_name("words.csv")


@cache
def read_words() -> dict[str, dict[Language, str]]:
    """Templates by code and language."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["code"]: {each: row[each] for each in Language} for row in rows}


def speak(code: str, language: Language, **values: Value) -> str:
    r"""Say something of the table.

    Args:
        code: Of a row.
        language: In which to say it.
        **values: What its holes ask for; days as YYYY-MM-DD.

    Raises:
        KeyError: No row has the code, or a value is missing.

    Examples:
        >>> speak("customers", Language.FRENCH, n=1200)
        '1\u202f200 clients'
    """
    return set_type(read_template(read_words()[code][language]).write(values, language), language)
