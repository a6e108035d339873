"""Things of known sizes, taken together as long as they are not too much."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batch(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Put neighbours together, in their order.

    Args:
        items: What is put together.
        size: How much each is.
        most: How much a batch holds at most; one that is larger by itself is alone.

    Examples:
        >>> list(batch(["a", "bb", "cccc", "d"], len, 3))
        [['a', 'bb'], ['cccc'], ['d']]
    """
    waiting, whole = list[T](), 0
    for item in items:
        more = size(item)
        if waiting and whole + more > most:
            yield waiting
            waiting, whole = [], 0
        waiting.append(item)
        whole += more
    if waiting:
        yield waiting
