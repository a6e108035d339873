"""What a queue shows, as its address says it: filter, order, page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, cast, get_args
from urllib.parse import parse_qsl, urlencode

from detector.errors import SettingsError

Show = Literal["flagged", "borderline", "unflagged", "sample", "all"]
Order = Literal["sure", "use", "oldest", "notice"]
SHOWN: Mapping[Show, str] = {
    "flagged": "Flagged",
    "borderline": "Borderline",
    "unflagged": "Not flagged",
    "sample": "Drawn at random",
    "all": "All accounts",
}
ORDERS: Mapping[Order, str] = {
    "sure": "Most sure",
    "use": "Most use",
    "oldest": "Oldest case",
    "notice": "Soonest notice",
}
LISTS = ("verdict", "pattern", "partner", "country", "reason", "status")
SIZES = (25, 50, 100, 200)
NOTHING = "(none)"
"""Stands in an address for accounts of which a column says nothing."""


@dataclass(frozen=True)
class QueueFilter:
    """Which accounts, in which order, which page of them."""

    show: Show = "flagged"
    verdict: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()
    partner: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    min_probability: float = 0.0
    max_probability: float = 1.0
    min_home: float = 0.0
    max_home: float = 1.0
    min_households: int = 0
    order: Order = "sure"
    page: int = 1
    size: int = 50

    @property
    def query(self) -> str:
        """The filter as the end of an address; what is as usual is left out."""
        return urlencode(list(self._pairs()))

    @property
    def narrowing(self) -> "QueueFilter":
        """The same accounts, whatever their order and page: what counts depend on."""
        return replace(self, order="sure", page=1, size=50)

    def turned(self, page: int) -> "QueueFilter":
        """The same filter at another page."""
        return replace(self, page=page)

    def _pairs(self) -> Iterable[tuple[str, str]]:
        for each in fields(self):
            value: Any = getattr(self, each.name)
            if value == each.default:
                continue
            listed = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
            for one in listed:
                yield each.name, str(one)


def read_filter(query: str) -> QueueFilter:
    """Read the filter of an address; words that are no part of it are passed over.

    Raises:
        SettingsError: A value is not one that it may have.

    Examples:
        >>> asked = read_filter("show=all&partner=Telvia&partner=Norr&min_probability=0.9&page=3")
        >>> asked.partner, asked.min_probability, asked.page
        (('Telvia', 'Norr'), 0.9, 3)
        >>> asked.turned(1).query
        'show=all&partner=Telvia&partner=Norr&min_probability=0.9'
    """
    told: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=False, max_num_fields=200):
        told.setdefault(name, []).append(value)
    given: dict[str, Any] = {name: tuple(told[name]) for name in LISTS if name in told}
    for name, read in _SINGLE.items():
        if name in told:
            given[name] = read(name, told[name][-1])
    return QueueFilter(**given)


def _share(name: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SettingsError(f"{name} cannot be {value[:40]!r}.", hint="give a share from 0 to 1")
    return share


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise SettingsError(f"{name} cannot be {value[:40]!r}.", hint="give a whole number")
    return int(value)


def _page(name: str, value: str) -> int:
    return max(1, _count(name, value))


def _size(name: str, value: str) -> int:
    size = _count(name, value)
    return min(SIZES, key=lambda each: abs(each - size))


def _one_of(name: str, value: str) -> str:
    known = get_args(Show if name == "show" else Order)
    if value not in known:
        raise SettingsError(f"{name} cannot be {value[:40]!r}.", hint=f"one of {', '.join(known)}")
    return value


_SINGLE = {
    "show": _one_of,
    "order": _one_of,
    "min_probability": _share,
    "max_probability": _share,
    "min_home": _share,
    "max_home": _share,
    "min_households": _count,
    "page": _page,
    "size": _size,
}
