"""What would clear an account, in words."""

from detector.clearing.removals import MOST, Removal
from detector.stories.labels import tell_removed
from detector.stories.say import Speaks, say

HELD = say("clear_held", speaks=Speaks.DOUBT)
NOTHING_CLEARS = (
    f"No set of up to {MOST} devices or places of its other households was found without which it "
    "would fall below the threshold."
)


def tell_clearing(found: Removal | None) -> str:
    """Say what would clear a flagged account, in a sentence that follows its summary.

    Examples:
        >>> from detector.clearing.removals import Thing
        >>> things = [Thing("a", 1, 9, 9, "phone"), Thing("b", 1, 9, 9, "tv"),
        ...     Thing("c", 1, 9, 9, "phone")]
        >>> tell_clearing(Removal("bob", "devices", tuple(things)))
        'Without 2 phones and the television of household 1 it would fall just below the threshold.'
        >>> tell_clearing(Removal("bob", "places", (Thing(2, 1, 9, 9, "home_line"),)))
        'Without its use at place 2 it would fall just below the threshold.'
    """
    if found is None:
        return NOTHING_CLEARS
    if found.kind == "places":
        return tell_removed((), (int(thing.name) for thing in found.things))
    return tell_removed(((thing.household, thing.kind) for thing in found.things), ())
