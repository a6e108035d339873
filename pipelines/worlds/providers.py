"""Who runs the networks: fixed providers, mobile operators, VPN and relay services."""

from dataclasses import dataclass
from random import Random

from pipelines.worlds.geography import Geography
from pipelines.worlds.pools import Provider

FIXED_SHARES = (0.36, 0.25, 0.18, 0.13, 0.08)
"""Market shares of the five fixed providers of a country; our estimate of a usual market."""

MOBILE_SHARES = (0.42, 0.33, 0.25)
VPN_NAMES = ("Datacamp Cloud", "Northern Hosting", "M-Seven Servers", "Clouvia", "Leaf VPS")
RELAY_NAMES = ("Akari Edge", "Fasthop Relay")
_FIXED = ("Telenova", "Fibranet", "CableOne", "OpenLine", "Regiocom")
_MOBILE = ("Telenova Mobile", "Orbita", "Yonder Mobile")


@dataclass(frozen=True)
class Providers:
    """All providers; the other fields are rows of `all`, per country where it says so."""

    all: tuple[Provider, ...]
    fixed: tuple[tuple[int, ...], ...]
    mobile: tuple[tuple[int, ...], ...]
    business: tuple[int, ...]
    academic: tuple[int, ...]
    vpn: tuple[int, ...]
    relay: tuple[int, ...]


class _Roll:
    """Numbers providers and gives each an ASN of its own."""

    def __init__(self, rng: Random) -> None:
        self.rows: list[Provider] = []
        self._asns = rng.sample(range(3_000, 64_000), 600)

    def add(self, name: str, country: int, connection: str, *, sister: bool = False) -> int:
        second = self._asns.pop() if sister else 0
        self.rows.append(Provider(name, self._asns.pop(), country, connection, second))
        return len(self.rows) - 1


def build_providers(geography: Geography, rng: Random) -> Providers:
    """Found the providers of each country, and the world-wide VPN and relay services."""
    roll = _Roll(rng)
    codes = list(enumerate(geography.countries))
    return Providers(
        fixed=tuple(
            tuple(roll.add(f"{n} {code}", c, "fixed", sister=i == 1) for i, n in enumerate(_FIXED))
            for c, code in codes
        ),
        mobile=tuple(
            tuple(roll.add(f"{n} {code}", c, "mobile") for n in _MOBILE) for c, code in codes
        ),
        business=tuple(roll.add(f"BizConnect {code}", c, "fixed") for c, code in codes),
        academic=tuple(roll.add(f"Research Network {code}", c, "fixed") for c, code in codes),
        vpn=tuple(roll.add(name, -1, "hosting") for name in VPN_NAMES),
        relay=tuple(roll.add(name, -1, "hosting") for name in RELAY_NAMES),
        all=tuple(roll.rows),
    )
