"""Which column of a log may be what, told by what its values look like and how they go together.

Ids are known by what hangs on what: each device belongs to one account and is of one type, each
event id comes but once. An answer is only given where no other column fits as well.
"""

from collections.abc import Callable, Collection

from pipelines.reading.shared.looks import EPOCHS, FEW, MOST, NEARLY_ALL, LogLooks


def _time(seen: LogLooks, names: Collection[str]) -> str | None:
    """The earliest of the times that differ from row to row: others say when it was stored."""
    account = seen.of("account_id")
    times = [
        name
        for name in names
        if seen.share(name, "time", *EPOCHS) >= NEARLY_ALL
        and not (account and seen.follows(account, name))
        and seen.distinct(name) > 0.2 * seen.looks[name].rows
    ]
    return times[0] if len(times) == 1 else None


def _most(shape: str, share: float = NEARLY_ALL, most: int = 10**9) -> "_Find":
    """The column of which most values have a shape; of several the one that differs most."""

    def find(seen: LogLooks, names: Collection[str]) -> str | None:
        fit = [n for n in names if seen.share(n, shape) >= share and 1 < seen.distinct(n) <= most]
        return max(fit, key=seen.distinct, default=None)

    return find


def _ids(seen: LogLooks, names: Collection[str]) -> list[str]:
    """Columns that may name somebody or something, coarsest first."""
    words = ("country", "event", "outcome", "connection", "clock", "as_number", "fraction")
    ids = [
        name
        for name in names
        if seen.share(name, "id") >= NEARLY_ALL
        and seen.share(name, *words) < 0.5
        and seen.distinct(name) > FEW
    ]
    return sorted(ids, key=seen.distinct)


def _account(seen: LogLooks, names: Collection[str]) -> str | None:
    """The coarsest id on which a finer one hangs that comes back, too."""
    ids = [name for name in _ids(seen, names) if seen.distinct(name) < 0.5 * seen.looks[name].rows]
    owners = [
        name
        for name in ids
        if any(seen.distinct(o) > 1.2 * seen.distinct(name) and seen.follows(o, name) for o in ids)
    ]
    people = [name for name in owners if not _is_of_network(seen, name)]
    return people[0] if people else owners[0] if len(owners) == 1 else None


def _is_of_network(seen: LogLooks, name: str) -> bool:
    """Whether a column says something of the address, such as a place or a provider."""
    address = seen.of("ip")
    return address is not None and seen.follows(address, name)


def _device(seen: LogLooks, names: Collection[str]) -> str | None:
    """The coarsest id that hangs on the account, and is of one type."""
    account, kind = seen.of("account_id"), seen.of("device_type")
    ids = [
        name
        for name in _ids(seen, names)
        if account
        and seen.distinct(name) > 1.2 * seen.distinct(account)
        and seen.follows(name, account)
        and (kind is None or seen.follows(name, kind))
    ]
    return ids[0] if ids and (kind or len(ids) == 1) else None


def _profile(seen: LogLooks, names: Collection[str]) -> str | None:
    """An id of one account, which has a few of them, each seen on devices of several types."""
    account, kind = seen.of("account_id"), seen.of("device_type")
    few = [
        name
        for name in names
        if account
        and kind
        and seen.share(name, "id", "name") >= NEARLY_ALL
        and 1.2 < seen.looks[name].pairs.get(account, 0) / seen.distinct(account) < 8
        and not seen.follows(name, kind)
        and seen.share(name, *_WORDS) < 0.5
    ]
    own = [name for name in few if account and seen.follows(name, account)]
    return own[0] if len(own) == 1 else None


_WORDS = ("event", "device", "outcome", "connection", "country", "flag", "number")


def _event_id(seen: LogLooks, names: Collection[str]) -> str | None:
    """The only id that never comes back."""
    ids = [n for n in _ids(seen, names) if seen.distinct(n) == seen.looks[n].rows]
    return ids[0] if len(ids) == 1 else None


def _provider(seen: LogLooks, names: Collection[str]) -> str | None:
    """Names that go with the providers' numbers."""
    number = seen.of("asn")
    fit = [
        name
        for name in names
        if number
        and seen.distinct(number) > FEW
        and seen.share(name, "number", *_WORDS) < 0.5
        and seen.go_together(number, name)
        and 0.5 < seen.distinct(name) / seen.distinct(number) < 1.5
    ]
    return min(fit, key=lambda name: seen.looks[name].pairs[number or ""], default=None)


def _provider_number(seen: LogLooks, names: Collection[str]) -> str | None:
    """Marked as such; or whole numbers of which each address has one, and some text goes with."""
    address = seen.of("ip")
    for name in names:
        if seen.share(name, "as_number") >= NEARLY_ALL:
            return name
    fit = [
        name
        for name in names
        if address
        and seen.share(name, "number") >= NEARLY_ALL
        and not seen.share(name, "fraction")
        and FEW < seen.distinct(name) < 0.5 * seen.distinct(address)
        and (seen.looks[name].low or 0) >= 1
        and (seen.looks[name].high or 0) > 255
        and seen.follows(address, name)
        and any(
            seen.go_together(name, other) and seen.share(other, "number", "id") < 0.5
            for other in seen.looks
            if other != name and seen.distinct(name) < 1.5 * seen.distinct(other)
        )
    ]
    return fit[0] if len(fit) == 1 else None


def _city(seen: LogLooks, names: Collection[str]) -> str | None:
    """The finest names of which each address has one, and each of which lies in one country."""
    address, country = seen.of("ip"), seen.of("country")
    fit = [
        name
        for name in names
        if address
        and country
        and seen.share(name, "name") >= MOST
        and seen.share(name, *_WORDS) < 0.5
        and seen.distinct(name) > seen.distinct(country) > 1
        and seen.follows(address, name)
        and seen.follows(name, country)
    ]
    return max(fit, key=seen.distinct, default=None)


def _latitude(seen: LogLooks, names: Collection[str]) -> str | None:
    """The first of two columns of fractions that go with each other and with the address."""
    free = [name for name in seen.looks if name not in seen.found.values() and seen.tells(name)]
    pair = _coordinates(seen, free)
    return pair[0] if pair and pair[0] in names else None


def _longitude(seen: LogLooks, names: Collection[str]) -> str | None:
    latitude = seen.of("latitude")
    rest = [n for n in _fractions(seen, names) if latitude and seen.go_together(latitude, n)]
    return rest[0] if len(rest) == 1 else None


def _coordinates(seen: LogLooks, names: Collection[str]) -> tuple[str, str] | None:
    fit = _fractions(seen, names)
    if len(fit) != 2 or not seen.go_together(fit[0], fit[1]):
        return None
    first, second = fit
    wide = (seen.looks[first].high or 0) > 90 or (seen.looks[first].low or 0) < -90
    eastward = first.lower().startswith(("x", "lon", "lng", "east"))
    return (second, first) if wide or eastward else (first, second)


def _fractions(seen: LogLooks, names: Collection[str]) -> list[str]:
    address = seen.of("ip")
    return [
        name
        for name in names
        if address
        and seen.share(name, "fraction") >= 0.5
        and (seen.looks[name].low or 0) >= -180
        and 1 < (seen.looks[name].high or 0) <= 180
        and seen.follows(address, name)
    ]


def _duration(seen: LogLooks, names: Collection[str]) -> str | None:
    """Texts like 1:02:03, or the numbers that only plays have."""
    if clock := _most("clock")(seen, names):
        return clock
    kind = seen.of("event_type")
    fit = [
        name
        for name in names
        if kind
        and seen.share(name, "number") >= NEARLY_ALL
        and not seen.share(name, "since_s", "since_ms") > 0.5
        and seen.looks[name].nulls > 0
        and (seen.looks[name].low or 0) >= 0
        and seen.looks[name].pairs.get(kind, 0) <= 1.3 * seen.distinct(name)
        and seen.distinct(name) > 20
        and not _is_of_network(seen, name)
    ]
    return fit[0] if len(fit) == 1 else None


_Find = Callable[[LogLooks, Collection[str]], str | None]
BY_VALUE: dict[str, _Find] = {
    "ip": _most("address", MOST),
    "country": _most("country", most=260),
    "event_type": _most("event", 0.5, most=100),
    "outcome": _most("outcome", most=10),
    "connection_type": _most("connection", 0.9, most=20),
    "device_type": _most("device", 0.6, most=200),
    "account_id": _account,
    "ts": _time,
    "device_id": _device,
    "profile_id": _profile,
    "event_id": _event_id,
    "latitude": _latitude,
    "longitude": _longitude,
    "asn": _provider_number,
    "as_org": _provider,
    "city": _city,
    "duration_s": _duration,
}
"""How each column is known by its values, those first on which others lean."""
