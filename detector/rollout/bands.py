"""Simulated futures made into an expected value and bands."""

from hashlib import blake2b
from math import ceil

import numpy as np

from detector.rollout.assumptions.draws import Array
from detector.rollout.tables import BANDS


def make_bands(drawn: Array, expected: Array | None = None) -> dict[str, Array]:
    """What is expected of each row of drawn values, which are sorted in place, and its bands.

    The ends are values that were drawn: so many percent of the draws lie between them or on them.

    Args:
        drawn: Rows, draws across.
        expected: Of each row, where it is known better than by the mean of the draws.

    Examples:
        >>> bands = make_bands(np.arange(1, 101)[None, :])
        >>> {name: float(ends[0]) for name, ends in bands.items() if "95" in name}
        {'low_95': 3.0, 'high_95': 98.0}
    """
    mean = drawn.mean(axis=1, dtype=np.float64) if expected is None else expected
    found = {"expected": mean}
    drawn.sort(axis=1)
    count = drawn.shape[1]
    for percent in BANDS:
        below = (1 - percent / 100) / 2
        for side, share in (("low", below), ("high", 1 - below)):
            place = max(ceil(round(share * count, 6)) - 1, 0)
            found[f"{side}_{percent}"] = drawn[:, place].astype(np.float64)
    return found


def chance_of(seed: int, *names: str) -> np.random.Generator:
    """Randomness of its own for each thing that has a name: others may come and go.

    Examples:
        >>> one, other = chance_of(0, "Telvia", "ES"), chance_of(0, "Telvia", "FR")
        >>> one.random() == other.random(), chance_of(1, "a").random() == chance_of(1, "a").random()
        (False, True)
    """
    digest = blake2b("\0".join(names).encode(), digest_size=16).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
