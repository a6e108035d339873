"""What to know first of an account, on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from detector.stories.first import First, ThemeTold
from detector.stories.labels import Wording
from detector.stories.say import SpeechRegister
from detector.stories.templates import Language
from pipelines.terminal.drawing import plain, print_title

VERDICT_STYLES = {
    "one_household": "green",
    "shared": "bold red",
    "resold": "bold red",
    "insufficient_evidence": "yellow",
}


def render_first(
    first: First, console: Console, language: Language, register: SpeechRegister
) -> None:
    """Print the verdict, the sentence, what speaks for and against, and what would tell.

    The person concerned is not given the bits.

    Examples:
        >>> told = ThemeTold("place", "place", 2.0, "It was in another country on 9 days.")
        >>> first = First("bob", "shared", "shared", True, 0.99, "Bob lends.", (told,), (), "")
        >>> render_first(first, Console(width=60), Language.ENGLISH, SpeechRegister.ANALYST)
        <BLANKLINE>
        bob   shared · flagged
        Bob lends.
        <BLANKLINE>
        Speaks for another household
          place  +2.0  It was in another country on 9 days.
    """
    words = Wording(language)
    flag = f" · {words.heading('flagged')}" if first.flagged else ""
    console.print()
    console.print(
        plain(first.account_id, "bold"),
        Text(f"{first.verdict_words}{flag}", VERDICT_STYLES.get(first.verdict, "")),
        sep="   ",
    )
    console.print(plain(first.sentence))
    for title, themes in (("for", first.speaks_for), ("against", first.speaks_against)):
        if themes:
            print_title(words.heading(title), console)
            console.print(_themes(themes, words, bits=register == SpeechRegister.ANALYST))
    if first.would_tell:
        print_title(words.heading("would_tell"), console)
        console.print(plain(first.would_tell))


def _themes(themes: tuple[ThemeTold, ...], words: Wording, *, bits: bool) -> Padding:
    table = Table.grid(padding=(0, 2))
    for one in themes:
        weight = (words.bits(one.bits, 1),) if bits else ()
        table.add_row(plain(one.name), *weight, plain(one.sentence))
    return Padding(table, (0, 0, 0, 2), expand=False)
