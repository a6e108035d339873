"""Which colour stands for which household, on every picture of a page."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from detector.charts.svg import drawing
from detector.stories.tell import household_name

COLOURS = 6
OTHERS, NONE = "h-more", "h-none"


@dataclass(frozen=True)
class Palette:
    """The households in view; six have a colour of their own, all others share a hatched grey.

    Examples:
        >>> palette = Palette((0, 1, 2, 3, 4, 5, 6, 7))
        >>> palette.style(0), palette.style(5), palette.style(6), palette.style(None)
        ('h0', 'h5', 'h-more', 'h-none')
        >>> palette.legend[-2:]
        (('h-more', '2 more households'), ('h-none', 'No household'))
    """

    households: tuple[int, ...]

    def style(self, household: int | None) -> str:
        """The style class of a household."""
        if household is None:
            return NONE
        shown = self.households[:COLOURS]
        return f"h{shown.index(household)}" if household in shown else OTHERS

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Style class and name, in order."""
        named = tuple((self.style(h), household_name(h)) for h in self.households[:COLOURS])
        more = len(self.households) - COLOURS
        rest = ((OTHERS, f"{more} more household{'s' if more > 1 else ''}"),) if more > 0 else ()
        return (*named, *rest, (NONE, household_name(None)))


def choose_colours(households: Iterable[int]) -> Palette:
    """Give home and the surest others a colour; they are numbered so."""
    renumbered = sorted(set(households))
    return Palette(tuple(renumbered))


def with_links(width: float, height: float, label: str, *content: Markup) -> Markup:
    """A picture whose links a screen reader finds: one of role `img` would hide them."""
    picture = drawing(width, height, label, *content)
    return picture.replace(Markup('role="img"'), Markup('role="group"'), 1)
