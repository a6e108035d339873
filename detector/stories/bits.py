"""Bits as they are shown: to two decimals, so that those of a sum add up on the page."""

from collections.abc import Sequence

HUNDREDTHS = 100


def round_bits(bits: Sequence[float]) -> list[int]:
    """Round to hundredths so that the rounded terms sum to the rounded sum.

    The terms that lose most by rounding down are rounded up (largest remainder).

    Examples:
        >>> round_bits([0.004, 0.004, 0.004])
        [1, 0, 0]
    """
    exact = [term * HUNDREDTHS for term in bits]
    shown = [int(term // 1) for term in exact]
    missing = round(sum(exact)) - sum(shown)
    by_loss = sorted(range(len(exact)), key=lambda i: (shown[i] - exact[i], i))
    for i in by_loss[:missing]:
        shown[i] += 1
    return shown
