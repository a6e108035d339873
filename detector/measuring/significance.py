"""Whether a difference between two rates may be chance; numbers in, numbers out."""

from collections.abc import Callable, Sequence
from math import exp, lgamma


def fisher_p_value(hits: int, of: int, rest_hits: int, rest_of: int) -> float:
    """The chance of at least so many hits in a group if it were drawn blindly from all cases.

    Fisher's exact test, one-sided: it holds for the rare events and small groups for which
    approximations do not.

    Args:
        hits: Cases of the group that are hits.
        of: Cases of the group.
        rest_hits: Cases outside the group that are hits.
        rest_of: Cases outside the group.

    Examples:
        A lady tells eight cups of tea apart, three of four right (R. A. Fisher, 1935):

        >>> round(fisher_p_value(3, 4, 1, 4), 6)
        0.242857
        >>> fisher_p_value(0, 40, 12, 400)
        1.0
    """
    marked, cases = hits + rest_hits, of + rest_of
    log_ways = _log_choose(cases, marked)

    def chance(k: int) -> float:
        return exp(_log_choose(of, k) + _log_choose(rest_of, marked - k) - log_ways)

    # From the observed number outwards, chances only fall: the sums end early and lose nothing.
    if hits * cases > marked * of:
        return min(_falling_sum(chance, range(hits, min(of, marked) + 1)), 1.0)
    below = _falling_sum(chance, range(hits - 1, max(0, marked - rest_of) - 1, -1))
    return max(1.0 - below, 0.0)


def holm_p_values(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number, so that one chance finding in twenty is one in all.

    S. Holm, Scandinavian Journal of Statistics 6 (1979). The order is kept.

    Examples:
        >>> [round(p, 3) for p in holm_p_values([0.04, 0.001, 0.5])]
        [0.08, 0.003, 0.5]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, least = [1.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, p_values[i] * (len(p_values) - rank)))
        corrected[i] = least
    return corrected


def _log_choose(of: int, k: int) -> float:
    return lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1)


def _falling_sum(chance: Callable[[int], float], numbers: range) -> float:
    total = 0.0
    for k in numbers:
        term = chance(k)
        total += term
        if term < total * 1e-15:
            break
    return total
