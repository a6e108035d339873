"""Headings and labels of what is told at length, from the table of sentences, in each language."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detector.stories.say import HEADING, LABEL, Speaks, UnknownSentenceError, Voice, say
from detector.stories.templates import Language, Value, set_type, write_value

Removed = tuple[int, str]
"""A device that is thought away: its household, and what kind it is."""


@dataclass(frozen=True)
class Wording:
    """What stands above and beside what is told, in one language."""

    language: Language = Language.ENGLISH

    def heading(self, name: str, **values: Value) -> str:
        """What stands above a list.

        Examples:
            >>> Wording(Language.FRENCH).heading("rest")
            'Dans aucun foyer'
        """
        return self._say(f"{HEADING}{name}", values)

    def label(self, name: str, **values: Value) -> str:
        """What stands in a list.

        Examples:
            >>> Wording(Language.SPANISH).label("days", days=1)
            '1 día'
        """
        return self._say(f"{LABEL}{name}", values)

    def name(self, what: str, value: str) -> str:
        """Name a value of a column; one of a newer version as it is.

        Examples:
            >>> Wording(Language.FRENCH).name("kind", "venue"), Wording().name("kind", "a_moon")
            ('lieu public', 'a moon')
        """
        try:
            return self.label(f"{what}_{value}")
        except UnknownSentenceError:
            return value.replace("_", " ")

    def percent(self, share: float) -> str:
        r"""Write a share in percent, so that rounding makes no certainty.

        Examples:
            >>> Wording().percent(0.97), Wording(Language.FRENCH).percent(0.99999)
            ('97.0 %', '99,9\u202f%')
        """
        kept = 100 * share if share in (0, 1) else min(max(100 * share, 0.1), 99.9)
        return set_type(f"{write_value(float(kept), self.language)} %", self.language)

    def bits(self, bits: float, digits: int) -> str:
        """Write a weight with its sign.

        Examples:
            >>> Wording(Language.SPANISH).bits(2.5, 1)
            '+2,5'
        """
        written = f"{bits:+.{digits}f}"
        return written if self.language == Language.ENGLISH else written.replace(".", ",")

    def listed(self, words: Sequence[str]) -> str:
        """Put words in a row.

        Examples:
            >>> Wording(Language.SPANISH).listed(["a", "b", "c"])
            'a, b y c'
        """
        *most, last = words
        return self.label("list", most=", ".join(most), last=last) if most else last

    def _say(self, code: str, values: dict[str, Value]) -> str:
        return say(code, values, speaks=Speaks.DOUBT, voice=Voice(self.language))


def tell_removed(
    devices: Iterable[Removed], places: Iterable[int], language: Language = Language.ENGLISH
) -> str:
    """Say without which devices, or without which places, an account would be cleared.

    Args:
        devices: Those that are thought away.
        places: Their numbers, where no device is.
        language: What to say it in.

    Examples:
        >>> things = [(1, "phone"), (1, "tv"), (1, "phone")]
        >>> tell_removed(things, ())
        'Without 2 phones and the television of household 1 it would fall just below the threshold.'
        >>> tell_removed((), [2])
        'Without its use at place 2 it would fall just below the threshold.'
        >>> tell_removed(things, (), Language.FRENCH)
        'Sans 2 téléphones et le téléviseur du foyer 1, le compte passerait juste sous le seuil.'
    """
    words, kinds = Wording(language), dict[int, list[str]]()
    for household, kind in devices:
        kinds.setdefault(household, []).append(kind)
    if kinds:
        parts = [_of_household(words, *each) for each in sorted(kinds.items())]
        return words.label("without", things=words.listed(parts))
    numbers = [str(number) for number in sorted(places)]
    at = words.label("use_at", places=len(numbers), numbers=words.listed(numbers))
    return words.label("without", things=at)


def _of_household(words: Wording, household: int, kinds: list[str]) -> str:
    # In the order of their English names, so that all languages tell of one thing first.
    order = sorted(
        Counter(kinds).items(), key=lambda each: Wording().label(f"devices_{each[0]}", devices=1)
    )
    things = words.listed([words.label(f"devices_{kind}", devices=n) for kind, n in order])
    return words.label("of_household", things=things, household=household)
