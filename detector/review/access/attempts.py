"""How often somebody may be wrong about a password."""

from collections.abc import Callable
from threading import Lock

SECOND = 1_000_000
WINDOW, MOST_BY_NAME, MOST_BY_ADDRESS = 900 * SECOND, 5, 30
HELD = 10_000


class Attempts:
    """Counts failures of the last quarter of an hour, by name and by address.

    Examples:
        >>> attempts = Attempts(lambda: 0)
        >>> for _ in range(5):
        ...     attempts.failed("eve", "192.0.2.7")
        >>> attempts.may_try("eve", "192.0.2.8"), attempts.may_try("bob", "192.0.2.7")
        (False, True)
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self._failures: dict[tuple[str, str], list[int]] = {}
        self._lock = Lock()

    def may_try(self, name: str, address: str) -> bool:
        """Whether another password may be tried."""
        with self._lock:
            by_name = len(self._recent(("name", name[:200])))
            by_address = len(self._recent(("address", address)))
        return by_name < MOST_BY_NAME and by_address < MOST_BY_ADDRESS

    def failed(self, name: str, address: str) -> None:
        """Remember a wrong password."""
        with self._lock:
            while len(self._failures) > HELD:
                self._failures.pop(next(iter(self._failures)))
            for key in (("name", name[:200]), ("address", address)):
                self._failures[key] = [*self._recent(key), self.clock()]

    def _recent(self, key: tuple[str, str]) -> list[int]:
        since = self.clock() - WINDOW
        return [at for at in self._failures.get(key, []) if at > since]
