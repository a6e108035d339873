"""Workplaces, campuses, hotels, cafés, and the exits of VPNs and relays."""

from dataclasses import dataclass
from itertools import accumulate
from math import ceil, log2
from random import Random

from pipelines.worlds.addresses import Holdings, Registry
from pipelines.worlds.geography import Geography
from pipelines.worlds.pools import (
    ANONYMIZER,
    BY_DEVICE,
    CAMPUS,
    VENUE,
    WORKPLACE,
    Pool,
    PoolDraft,
)
from pipelines.worlds.providers import Providers
from pipelines.worlds.settings import WorldSettings

WORKERS_PER_ACCOUNT = 0.9
_HOURS_12, _WEEK = 720, 7 * 1440


@dataclass(frozen=True)
class Choices:
    """The sites of one kind in one city, by how many people go there."""

    pools: list[int]
    cum_weights: list[float]

    def draw(self, rng: Random) -> int:
        """One site; the big ones are met most often."""
        return rng.choices(self.pools, cum_weights=self.cum_weights)[0]


@dataclass(frozen=True)
class Sites:
    """Sites by city, exits by country; each is a pool number."""

    offices: list[Choices]
    campuses: list[Choices]
    hotels: list[Choices]
    cafes: list[Choices]
    vpn: list[list[int]]
    """By country, the pool of each VPN service there."""
    relay: list[list[int]]


class _Builder:
    def __init__(
        self, providers: Providers, draft: PoolDraft, registry: Registry, rng: Random
    ) -> None:
        self.draft, self.rng = draft, rng
        self.holdings = [Holdings(registry, rng) for _ in providers.all]
        self._space: dict[tuple[int, int], tuple[int, int]] = {}

    def add(self, kind: int, provider: int, city: int, addresses: int) -> int:
        """A site with a few addresses next to its neighbours' in one /24."""
        first, used = self._space.get((provider, city), (0, 256))
        if used + addresses > 256:
            first = self.draft.add_prefixes(self.holdings[provider].take_prefixes(1))
            used = 1
        self._space[provider, city] = (first, used + addresses)
        lease = {WORKPLACE: _WEEK, CAMPUS: _HOURS_12, ANONYMIZER: _HOURS_12 // 3}.get(kind, _WEEK)
        bits = max(1, ceil(log2(addresses)))
        pool = Pool(kind, provider, city, BY_DEVICE, lease, first, bits, addresses, first_slot=used)
        return self.draft.add(pool)

    def add_many(self, kind: int, provider: int, city: int, count: float) -> Choices:
        """Sites of one kind in a city, with Zipf-like attendance."""
        sizes = [1 / (rank + 1) ** 0.7 for rank in range(round(count))]
        most = {WORKPLACE: 4, CAMPUS: 16, VENUE: 2}[kind]
        pools = [self.add(kind, provider, city, max(1, round(most * s))) for s in sizes]
        return Choices(pools, list(accumulate(sizes)))


def build_sites(
    geography: Geography,
    providers: Providers,
    draft: PoolDraft,
    registry: Registry,
    settings: WorldSettings,
) -> Sites:
    """Open offices, campuses, hotels and cafés in each city, and exits in each country."""
    builder = _Builder(providers, draft, registry, Random(f"sites {settings.seed}"))
    people = _people(geography, settings)
    offices = [
        max(5, n * WORKERS_PER_ACCOUNT / settings.networks.workers_per_office) for n in people
    ]
    country: list[int] = geography.country[: geography.n_cities].tolist()
    rows = list(enumerate(country))
    capitals = [int(geography.cities_of(c)[0]) for c in range(len(geography.countries))]
    access = [providers.fixed[c][city % 3] for city, c in rows]
    return Sites(
        offices=[
            builder.add_many(WORKPLACE, providers.business[c], i, offices[i]) for i, c in rows
        ],
        campuses=[builder.add_many(CAMPUS, providers.academic[c], i, 2) for i, c in rows],
        hotels=[builder.add_many(VENUE, access[i], i, max(4, people[i] / 80)) for i, _ in rows],
        cafes=[builder.add_many(VENUE, access[i], i, max(5, people[i] / 60)) for i, _ in rows],
        vpn=[[builder.add(ANONYMIZER, p, c, 24) for p in providers.vpn] for c in capitals],
        relay=[[builder.add(ANONYMIZER, p, c, 64) for p in providers.relay] for c in capitals],
    )


def _people(geography: Geography, settings: WorldSettings) -> list[float]:
    """Accounts that live in each city."""
    size = geography.weight**0.6
    total = sum(settings.countries.values())
    people: list[float] = []
    for country, code in enumerate(geography.countries):
        cities = geography.cities_of(country)
        accounts = settings.accounts * settings.countries.get(code, 0.0) / total
        people += (size[cities] / size[cities].sum() * accounts).tolist()
    return people
