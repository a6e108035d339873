"""When a factor may be told as a reason: what its value must be for the sentence to be true.

A factor weighs for or against whatever is usual of its value, which may be no reason that a
person would accept: two places that play at once as often as chance has it, a weight for a share
of one half. And what holds for a large family as well as for a sharer is no reason for.
"""

from typing import NamedTuple

import polars as pl

from detector.evidence.factors.catalogue import CLEARLY_ABOVE_CHANCE
from detector.schemas import Evidence

MANY = float("inf")
ANY, SOME, NONE = (-MANY, MANY), (1e-9, MANY), (-MANY, 0.0)
ABOVE_CHANCE, BY_CHANCE = (CLEARLY_ABOVE_CHANCE, MANY), (-MANY, CLEARLY_ABOVE_CHANCE)
NEVER = (MANY, -MANY)
Range = tuple[float, float]
"""From the least value to the greatest, both told."""


class Claim(NamedTuple):
    """The values of a factor of which something is told."""

    speaks_for: Range
    speaks_against: Range


CLAIMS: dict[str, Claim] = {
    "profiles": Claim((-MANY, 0.5), (0.3, MANY)),
    "new_profiles": Claim((0.2, MANY), (-MANY, 0.5)),
    "profiles_back": Claim((-MANY, 0.2), SOME),
    "profile_twice": Claim(SOME, ANY),
    "profile_turns": Claim(ABOVE_CHANCE, BY_CHANCE),
    "lent_television": Claim(ANY, ANY),
    "common_televisions": Claim((-MANY, 0.2), SOME),
    "home_circles": Claim((2, MANY), (-MANY, 1)),
    "second_circle": Claim((0.15, MANY), ANY),
    "home_profiles": Claim(NEVER, ANY),
    # Three for each television: without one, it may be a guest's telephone.
    "own_television": Claim((3, MANY), ANY),
    "account_televisions": Claim(NEVER, ANY),
    "home_crew": Claim(NEVER, ANY),
    "own_line": Claim((0.2, MANY), (-MANY, 0.8)),
    "public_place": Claim((-MANY, 0.2), SOME),
    # Doublings of one account: two, and more than a house.
    "crowd": Claim((-MANY, 1), (1, MANY)),
    "distance": Claim(SOME, (-MANY, 100)),
    "country": Claim(SOME, NONE),
    "next_door": Claim(NEVER, SOME),
    "two_protocols": Claim(NEVER, SOME),
    "wandering": Claim((0.5, MANY), (-MANY, 0.8)),
    "home_line": Claim(NEVER, ANY),
    "home_networks": Claim(NEVER, ANY),
    "away": Claim(NEVER, ANY),
    "no_place_of_its_own": Claim(NEVER, SOME),
    "may_be_home_line": Claim(NEVER, SOME),
    "persistence": Claim(SOME, ANY),
    "weeks": Claim((0.2, MANY), (-MANY, 0.8)),
    "own_silence": Claim((-MANY, 7), SOME),
    "density": Claim((0.2, MANY), (-MANY, 0.8)),
    "roaming": Claim(NEVER, SOME),
    "device_days": Claim(SOME, (-MANY, 10)),
    "thin_data": Claim(SOME, (-MANY, 100)),
    "arrival": Claim((-MANY, 0.2), SOME),
    "mobile_days": Claim(NEVER, SOME),
    "separation": Claim((-MANY, 0.3), (0.3, MANY)),
    "simultaneity": Claim(ABOVE_CHANCE, BY_CHANCE),
    "concurrency": Claim(SOME, ANY),
    "company": Claim((-MANY, 0.3), SOME),
    "homecoming": Claim((-MANY, 0.3), SOME),
    "alternation": Claim(ABOVE_CHANCE, BY_CHANCE),
    "home_silence": Claim(NONE, SOME),
    # That home is lived in is true of every family.
    "home_life": Claim(NEVER, (-MANY, 0.5)),
    # Two days of seven are 0.29.
    "rhythm": Claim((0.15, 0.45), ANY),
    "weekly": Claim(NEVER, ABOVE_CHANCE),
    "fortnight": Claim(NEVER, ABOVE_CHANCE),
    "check_in": Claim((-MANY, 0), (0, MANY)),
    "calendar": Claim(SOME, ANY),
    "signed_in_at_home": Claim(SOME, ANY),
    "moved_house": Claim((-MANY, 0.5), (0.7, MANY)),
    "moved_out": Claim((0.7, MANY), (0.7, MANY)),
    "groups": Claim(NEVER, ANY),
    "other_accounts": Claim(NEVER, ANY),
    "account_devices": Claim(NEVER, ANY),
    "crew_at_home": Claim(NEVER, ANY),
    "footholds": Claim(NEVER, ANY),
    "other_lives": Claim(NEVER, ANY),
    "account_use": Claim(NEVER, ANY),
    "home_devices": Claim(NEVER, ANY),
    "home_parallel": Claim(NEVER, ANY),
    "one_witness": Claim(NEVER, SOME),
}
"""By factor or rule; of two factors in one, and of priors and bounds, nothing is told."""


def list_claims() -> pl.DataFrame:
    """factor, and the least and the greatest value told for and against, by factor."""
    rows = [(name, *claim.speaks_for, *claim.speaks_against) for name, claim in CLAIMS.items()]
    names = (Evidence.factor.name, "for_least", "for_most", "against_least", "against_most")
    return pl.DataFrame(rows, schema=list(names), orient="row")
