"""On whom flags fall, in the words and rows that the terminal and the report share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console
from rich.text import Text

from detector.measuring.fairness import call_out
from detector.measuring.figures import ComparedSlice
from pipelines.terminal.drawing import percent, plain, print_title, quiet_table

SHOWN = 8
"""Slices shown per dimension, most flagged first; evaluation.json has all of them."""

ALARM = "bold red"
HONEST, JUDGED = "Honest accounts", "Accounts"
TITLES = {
    "provider": "Provider",
    "home_network": "Home network",
    "country": "Country",
    "devices": "Devices",
    "ipv6": "Days over IPv6",
    "plan": "Plan",
    "partner": "Partner",
}


@dataclass(frozen=True)
class Dimension:
    """The slices of one dimension that are shown."""

    title: str
    slices: tuple[ComparedSlice, ...]
    left_out: int


def list_dimensions(slices: Sequence[ComparedSlice]) -> tuple[Dimension, ...]:
    """Group slices by dimension; those called out come first, then the most flagged.

    Examples:
        >>> from detector.measuring.metrics import Rate
        >>> one, rest = Rate.from_counts(3, 400), Rate.from_counts(2, 900)
        >>> telvia = ComparedSlice("provider", "Telvia", one, rest, 3.4, 0.4, worse=False)
        >>> orbex = ComparedSlice("provider", "Orbex", rest, one, 0.3, 1.0, worse=False)
        >>> [found] = list_dimensions([orbex, telvia])
        >>> found.title, [one.name for one in found.slices]
        ('Provider', ['Telvia', 'Orbex'])
    """
    groups = groupby(slices, key=lambda one: one.dimension)
    return tuple(_dimension(name, list(members)) for name, members in groups)


def find_words(slices: Sequence[ComparedSlice], who: str) -> tuple[str, ...]:
    """Say which slices are significantly more often flagged, surest first.

    Examples:
        >>> from detector.measuring.metrics import Rate
        >>> worse = ComparedSlice("partner", "Orbex", Rate.from_counts(12, 400),
        ...     Rate.from_counts(40, 4_000), ratio=3.0, p_value=0.00041, worse=True)
        >>> find_words([worse], HONEST)[0][:58]
        'Honest accounts of partner Orbex are flagged 3.0 times as '
    """
    worse = [one for one in slices if one.worse]
    worse.sort(key=lambda one: (one.p_value or 0, one.dimension, one.name))
    return tuple(call_out(one, who) for one in worse)


def find_verdict(slices: Sequence[ComparedSlice], who: str) -> str:
    """Say how many slices are called out, of how many, and by what none could be told apart.

    Examples:
        >>> from detector.measuring.metrics import Rate
        >>> fair = Rate.from_counts(4, 400)
        >>> slices = [ComparedSlice(name, "", fair, fair, 1.0, 1.0, worse=False) for name in TITLES]
        >>> find_verdict(slices, HONEST)
        'None of 7 slices of honest accounts is flagged significantly more often than the rest.'
    """
    tested = sum(one.p_value is not None for one in slices)
    worse = sum(one.worse for one in slices)
    found = f"{worse:,} of {tested:,}" if worse else f"None of {tested:,}"
    verb = "are" if worse > 1 else "is"
    compared = {one.dimension for one in slices}
    missing = [title.lower() for name, title in TITLES.items() if name not in compared]
    gap = f" Not compared by {', '.join(missing)}: nothing known, or too few." if missing else ""
    return (
        f"{found} slices of {who.lower()} {verb} flagged significantly more often than the rest."
        + gap
    )


def render_call_outs(slices: Sequence[ComparedSlice], console: Console) -> None:
    """Print each slice of honest accounts that is worse than the rest, in a sentence."""
    for words in find_words(slices, HONEST):
        console.print()
        console.print(plain(words, ALARM))


def render_fairness(slices: Sequence[ComparedSlice], console: Console) -> None:
    """Print the false-flag rate of each slice, or one line where nobody is wronged."""
    if not slices:
        return
    print_title("Honest accounts flagged, by whom it falls on", console)
    console.print(find_verdict(slices, HONEST))
    if not any(one.rate.hits for one in slices):
        return
    table = quiet_table("", "Slice", ">Share", "95 % interval", ">Cases", ">Ratio")
    for dimension in list_dimensions(slices):
        for number, one in enumerate(dimension.slices):
            title = "" if number else dimension.title
            table.add_row(title, *_cells(one))
        if dimension.left_out:
            table.add_row("", f"... {dimension.left_out:,} more")
    console.print(table)


def _dimension(name: str, slices: list[ComparedSlice]) -> Dimension:
    slices.sort(key=lambda one: (not one.worse, -(one.rate.share or 0), -one.rate.of, one.name))
    return Dimension(TITLES[name], tuple(slices[:SHOWN]), len(slices[SHOWN:]))


def _cells(one: ComparedSlice) -> tuple[str | Text, ...]:
    rate = one.rate
    return (
        plain(one.name.replace("_", " "), ALARM if one.worse else ""),
        percent(rate.share),
        f"{100 * rate.low:.1f} … {100 * rate.high:.1f}",
        f"{rate.hits:,} of {rate.of:,}",
        "—" if one.ratio is None else f"{one.ratio:.1f}",
    )
