"""What would clear an account, in words."""

from collections import Counter
from collections.abc import Sequence

from detector.clearing.removals import MOST, Removal, Thing

HELD = "It is flagged only because it was flagged before; seen for the first time, it would not be."
NOTHING_CLEARS = (
    f"No set of up to {MOST} devices or places of its other households was found without which it "
    "would fall below the threshold."
)
FALLS = "it would fall just below the threshold"
_DEVICE_WORDS = {
    "tv": "television",
    "console": "games console",
    "stick": "streaming stick",
    "unknown": "device",
}


def tell_clearing(found: Removal | None) -> str:
    """Say what would clear a flagged account, in a sentence that follows its summary.

    Examples:
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
        numbers = [str(number) for number in sorted(int(thing.name) for thing in found.things)]
        noun = "place" if len(numbers) == 1 else "places"
        return f"Without its use at {noun} {_listed(numbers)} {FALLS}."
    households = sorted({thing.household for thing in found.things})
    of = [[thing for thing in found.things if thing.household == one] for one in households]
    named = [
        f"{_listed(_kinds(some))} of household {number}"
        for number, some in zip(households, of, strict=True)
    ]
    return f"Without {_listed(named)} {FALLS}."


def _kinds(devices: Sequence[Thing]) -> list[str]:
    kinds = Counter(_DEVICE_WORDS.get(device.kind, device.kind) for device in devices)
    return [f"the {kind}" if n == 1 else f"{n} {kind}s" for kind, n in sorted(kinds.items())]


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
