"""When a factor may be told as a reason: what its value must be for the sentence to be true.

A factor weighs for or against whatever is usual of its value, which may be no reason that a
person would accept: two places that play at once as often as chance has it, a weight for a share
of one half. And what holds for a large family as well as for a sharer is no reason for.
"""

from typing import NamedTuple

from detector.evidence.factors.catalogue import CLEARLY_ABOVE_CHANCE

MANY = float("inf")
ANY, SOME, NONE = (-MANY, MANY), (1e-9, MANY), (-MANY, 0.0)
ABOVE_CHANCE, BY_CHANCE = (CLEARLY_ABOVE_CHANCE, MANY), (-MANY, CLEARLY_ABOVE_CHANCE)
NEVER = (MANY, -MANY)
Range = tuple[float, float]
"""From the least value to the greatest, both told."""


class Telling(NamedTuple):
    """The values of a factor of which something is told."""

    speaks_for: Range
    speaks_against: Range


CLAIMS: dict[str, Telling] = {
    "profiles": Telling((-MANY, 0.5), (0.3, MANY)),
    "new_profiles": Telling((0.2, MANY), (-MANY, 0.5)),
    "profiles_back": Telling((-MANY, 0.2), SOME),
    "profile_twice": Telling(SOME, ANY),
    "profile_turns": Telling(ABOVE_CHANCE, BY_CHANCE),
    "lent_television": Telling(ANY, ANY),
    "common_televisions": Telling((-MANY, 0.2), SOME),
    "home_circles": Telling((2, MANY), (-MANY, 1)),
    "second_circle": Telling((0.15, MANY), ANY),
    "home_profiles": Telling(NEVER, ANY),
    # Three for each television: without one, it may be a guest's telephone.
    "own_television": Telling((3, MANY), ANY),
    "account_televisions": Telling(NEVER, ANY),
    "home_crew": Telling(NEVER, ANY),
    "own_line": Telling((0.2, MANY), (-MANY, 0.8)),
    "public_place": Telling((-MANY, 0.2), SOME),
    # Doublings of one account: two, and more than a house.
    "crowd": Telling((-MANY, 1), (1, MANY)),
    "distance": Telling(SOME, (-MANY, 100)),
    "country": Telling(SOME, NONE),
    "next_door": Telling(NEVER, SOME),
    "two_protocols": Telling(NEVER, SOME),
    "wandering": Telling((0.5, MANY), (-MANY, 0.8)),
    "home_line": Telling(NEVER, ANY),
    "home_networks": Telling(NEVER, ANY),
    "away": Telling(NEVER, ANY),
    "no_place_of_its_own": Telling(NEVER, SOME),
    "may_be_home_line": Telling(NEVER, SOME),
    "persistence": Telling(SOME, ANY),
    "weeks": Telling((0.2, MANY), (-MANY, 0.8)),
    "own_silence": Telling((-MANY, 7), SOME),
    "density": Telling((0.2, MANY), (-MANY, 0.8)),
    "roaming": Telling(NEVER, SOME),
    "device_days": Telling(SOME, (-MANY, 10)),
    "thin_data": Telling(SOME, (-MANY, 100)),
    "arrival": Telling((-MANY, 0.2), SOME),
    "mobile_days": Telling(NEVER, SOME),
    "separation": Telling((-MANY, 0.3), (0.3, MANY)),
    "simultaneity": Telling(ABOVE_CHANCE, BY_CHANCE),
    "concurrency": Telling(SOME, ANY),
    "company": Telling((-MANY, 0.3), SOME),
    "homecoming": Telling((-MANY, 0.3), SOME),
    "alternation": Telling(ABOVE_CHANCE, BY_CHANCE),
    "home_silence": Telling(NONE, SOME),
    # That home is lived in is true of every family.
    "home_life": Telling(NEVER, (-MANY, 0.5)),
    # Two days of seven are 0.29.
    "rhythm": Telling((0.15, 0.45), ANY),
    "weekly": Telling(NEVER, ABOVE_CHANCE),
    "fortnight": Telling(NEVER, ABOVE_CHANCE),
    "check_in": Telling((-MANY, 0), (0, MANY)),
    "calendar": Telling(SOME, ANY),
    "signed_in_at_home": Telling(SOME, ANY),
    "moved_house": Telling((-MANY, 0.5), (0.7, MANY)),
    "moved_out": Telling((0.7, MANY), (0.7, MANY)),
    # What an account is like is true of a large family and of a sharer alike.
    "groups": Telling(NEVER, NEVER),
    "account_devices": Telling(NEVER, NEVER),
    "account_use": Telling(NEVER, NEVER),
    "other_accounts": Telling(NEVER, ANY),
    "crew_at_home": Telling(NEVER, ANY),
    "footholds": Telling(NEVER, ANY),
    "other_lives": Telling(NEVER, ANY),
    "home_devices": Telling(NEVER, ANY),
    "home_parallel": Telling(NEVER, ANY),
    "one_witness": Telling(NEVER, SOME),
}
"""By factor or rule; of two factors in one, and of priors and bounds, nothing is told."""
