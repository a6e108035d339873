"""Which colour stands for which household, on every picture of the report and of the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from detector.plain_text import counted
from detector.stories.story import AccountStory
from detector.stories.tell import household_name

COLOURS = 6
OTHERS, NONE = "hm", "hx"
STYLE = "charts.css"


@dataclass(frozen=True)
class Palette:
    """The households in view; six have a colour of their own, all others share a grey.

    Examples:
        >>> palette = Palette({number: household_name(number) for number in (0, 1, 3, 4, 5, 6, 8)})
        >>> palette.style(0), palette.style(3), palette.style(8), palette.style(None)
        ('h0', 'h2', 'hm', 'hx')
        >>> palette.name(3), palette.legend[-2:]
        ('Household 3', (('hm', '1 more household'), ('hx', 'No household')))
    """

    households: Mapping[int, str]
    """Number and name, home first and then the surest."""

    def style(self, household: int | None) -> str:
        """The style class of a household."""
        return NONE if household is None else self._styles.get(household, OTHERS)

    def name(self, household: int | None) -> str:
        """What the account's page calls it."""
        known = None if household is None else self.households.get(household)
        return known or household_name(household)

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Style class and name, in order."""
        named = tuple((style, self.name(number)) for number, style in self._styles.items())
        more = len(self.households) - COLOURS
        rest = ((OTHERS, counted(more, "more household")),) if more > 0 else ()
        return (*named, *rest, (NONE, household_name(None)))

    @cached_property
    def _styles(self) -> dict[int, str]:
        return {number: f"h{i}" for i, number in enumerate([*self.households][:COLOURS])}


def choose_colours(story: AccountStory) -> Palette:
    """Give home and the surest others a colour, if anything of them is on a picture."""
    shown = (each for each in story.households if each.devices or each.places)
    return Palette({each.household: each.name for each in shown})


def read_style() -> str:
    """The style of all pictures: the six colours, and what wears them."""
    return files("detector.charts").joinpath(STYLE).read_text(encoding="utf-8")
