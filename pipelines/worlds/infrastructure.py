"""The networks of the whole world, drawn before anybody lives in it."""

from dataclasses import dataclass
from math import ceil, log2
from random import Random

import numpy as np

from pipelines.worlds.addresses import Holdings, Registry
from pipelines.worlds.geography import Geography, build_geography
from pipelines.worlds.hashing import Floats, Ints
from pipelines.worlds.lease_mixes import (
    CLASS_BITS,
    DAY,
    HOLDERS,
    LEASES,
    LONGEST,
    MODELS,
    OF_A_CITY,
    draw_lease_mixes,
    draw_v6_shares,
    prefixes_of,
)
from pipelines.worlds.line_settings import LeaseModel
from pipelines.worlds.pools import (
    BY_DEVICE,
    BY_LINE,
    CARRIER_NAT,
    CELLULAR,
    HOME_LINE,
    OWN,
    Pool,
    PoolDraft,
    Pools,
)
from pipelines.worlds.providers import FIXED_SHARES, MOBILE_SHARES, Providers, build_providers
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sites import Sites, build_sites

FOREIGN_WEIGHT = 0.01
"""Share of lines in a country where no account lives: borrowers and relatives abroad."""

SHARED_PER_PREFIX = 8
"""Carrier and gateway addresses in one /24; the next ones lie elsewhere."""

LINES_PER_ACCOUNT = 2.2
"""Home, borrowers, friends, relatives, second homes."""


@dataclass(frozen=True)
class Infrastructure:
    """What every chunk of accounts shares."""

    geography: Geography
    providers: Providers
    pools: Pools
    sites: Sites
    line_pool: Ints
    """Pool by fixed provider (0-4), lease model and city."""
    model_share: Floats
    """Share of leases by country and fixed provider."""
    v6_share: Floats
    """Share of lines with IPv6 by country and fixed provider."""
    cell_pool: Ints
    """Pool by mobile operator (0-2) and city."""
    router_pool: Ints
    """The same gateways for a home behind a mobile router: one address for the whole home."""
    home_weight: Floats
    """Share of accounts by city."""
    quota: Ints
    """Line numbers of a pool that each chunk may use."""


def build_infrastructure(settings: WorldSettings) -> Infrastructure:
    """Draw countries, providers, pools and sites; depends on the seed and the size alone."""
    draft = _Draft(settings)
    draft.draw_fixed_lines()
    draft.draw_gateways()
    sites = build_sites(draft.geography, draft.providers, draft.draft, draft.registry, settings)
    draft.renumber()
    draft.place_pools()
    pools = draft.draft.build()
    return Infrastructure(
        geography=draft.geography,
        providers=draft.providers,
        pools=pools,
        sites=sites,
        line_pool=draft.line_pool,
        model_share=draft.model_share,
        v6_share=draft.v6_share,
        cell_pool=draft.cell_pool,
        router_pool=draft.router_pool,
        home_weight=draft.home_weight,
        quota=np.pad(np.array(draft.quota), (0, len(pools) - len(draft.quota)), constant_values=1),
    )


class _Draft:
    """The world's networks while they are drawn."""

    def __init__(self, settings: WorldSettings) -> None:
        self.settings = settings
        self.rng = Random(f"infrastructure {settings.seed}")
        self.geography = build_geography()
        self.providers = build_providers(self.geography, self.rng)
        self.registry = Registry(self.rng)
        self.holdings = [Holdings(self.registry, self.rng) for _ in self.providers.all]
        self.draft = PoolDraft()
        self.quota: list[int] = []
        self.home_weight, self.line_weight = self._city_weights()
        self.model_share = draw_lease_mixes(len(self.geography.countries), settings)
        self.v6_share = draw_v6_shares(len(self.geography.countries), settings)
        n_cities = self.geography.n_cities
        self.line_pool = np.zeros((len(FIXED_SHARES), len(MODELS), n_cities), np.int64)
        self.cell_pool = np.zeros((len(MOBILE_SHARES), n_cities), np.int64)
        self.router_pool = np.zeros((len(MOBILE_SHARES), n_cities), np.int64)

    def _city_weights(self) -> tuple[Floats, Floats]:
        """Accounts and lines by city; small towns subscribe as much as big ones, so roots."""
        geography, listed = self.geography, self.settings.countries
        home = np.zeros(geography.n_cities)
        line = np.zeros(geography.n_cities)
        for country, code in enumerate(geography.countries):
            cities = geography.cities_of(country)
            size = geography.weight[cities] ** 0.6
            home[cities] = size / size.sum() * listed.get(code, 0.0)
            line[cities] = size / size.sum() * max(listed.get(code, 0.0), FOREIGN_WEIGHT)
        return home / home.sum(), line / line.sum()

    def draw_fixed_lines(self) -> None:
        """One pool per provider, lease model and area."""
        for country, isps in enumerate(self.providers.fixed):
            cities = self.geography.cities_of(country)
            for i, isp in enumerate(isps):
                for m, model in enumerate(MODELS):
                    share = FIXED_SHARES[i] * float(self.model_share[country, i, m])
                    for area in self._areas(cities, model):
                        weight = float(self.line_weight[area].sum()) * share
                        pool = self._line_pool(isp, model, int(area[0]), weight)
                        self.line_pool[i, m, area] = pool

    def _areas(self, cities: Ints, model: LeaseModel) -> list[Ints]:
        """Cities that one pool serves; the first is where its equipment stands."""
        if model == "wandering":
            return [cities]
        if model in OF_A_CITY:
            return [cities[i : i + 1] for i in range(len(cities))]
        hubs = self.geography.hub[cities]
        return [np.concatenate([[h], cities[(hubs == h) & (cities != h)]]) for h in np.unique(hubs)]

    def _line_pool(self, provider: int, model: LeaseModel, city: int, weight: float) -> int:
        networks, holdings = self.settings.networks, self.holdings[provider]
        expected = self.settings.accounts * LINES_PER_ACCOUNT * weight
        chunks = self.settings.n_chunks
        self.quota.append(ceil(expected / chunks * 1.6) + 8)
        shared = model in HOLDERS
        if shared:
            addresses = max(
                1 if model == "nat_sticky" else 3, round(expected / networks.homes_per_nat_address)
            )
            bits = ceil(log2(addresses))
        else:
            least = prefixes_of(model, networks)
            wanted = max(256 * least, expected * 256 / networks.homes_per_prefix)
            bits = ceil(log2(max(wanted, 2 * self.quota[-1] * chunks)))
            addresses = 1 << bits
        per_prefix = max(1, min(SHARED_PER_PREFIX, addresses // 8)) if shared else 256
        n_prefixes = ceil(addresses / per_prefix)
        first = self.draft.add_prefixes(holdings.take_prefixes(n_prefixes))
        lease = LEASES[model] or networks.session_lease_minutes
        kind, holder = CARRIER_NAT if shared else HOME_LINE, HOLDERS.get(model, OWN)
        pool = Pool(kind, provider, city, holder, lease, first, bits, addresses)
        pool.per_prefix = per_prefix
        pool.lease_most = LONGEST.get(model, 0)
        pool.class_bits = CLASS_BITS if pool.lease_most else 0
        pool.v6_base = holdings.take_v6()
        return self.draft.add(pool)

    def draw_gateways(self) -> None:
        """Mobile operators: a few hundred addresses each, at the hubs of the country."""
        per_hub = max(8, self.settings.networks.gateways_per_operator // 3)
        for country, operators in enumerate(self.providers.mobile):
            cities = self.geography.cities_of(country)
            for i, operator in enumerate(operators):
                for area in self._areas(cities, "nat_draw"):
                    self._gateway(i, operator, area, per_hub)

    def _gateway(self, i: int, operator: int, area: Ints, addresses: int) -> None:
        holdings = self.holdings[operator]
        first = self.draft.add_prefixes(holdings.take_prefixes(ceil(addresses / SHARED_PER_PREFIX)))
        bits = ceil(log2(addresses))
        v6_base = holdings.take_v6() if i != 1 else 0
        for table, holder, lease in (
            (self.cell_pool, BY_DEVICE, 20),
            (self.router_pool, BY_LINE, 8 * 60),
        ):
            pool = Pool(CELLULAR, operator, int(area[0]), holder, lease, first, bits, addresses)
            pool.per_prefix = SHARED_PER_PREFIX
            pool.v6_base = v6_base if holder == BY_DEVICE else 0
            table[i, area] = self.draft.add(pool)
            self.quota.append(1 << 20)

    def renumber(self) -> None:
        """Move all lines of a provider around one hub to new prefixes in one night.

        It happens where most lines keep their address otherwise, so that it is felt.
        """
        days = self.settings.days
        for isp, area in self._areas_by_long_leases()[
            : self.settings.networks.renumbered_providers
        ]:
            night = self.rng.randint(days // 4, max(days // 4, days * 3 // 4))
            for pool in self.draft.pools:
                if pool.provider == isp and pool.kind == HOME_LINE and pool.city in area:
                    fresh = self.holdings[isp].take_prefixes(max(1, pool.capacity // 256))
                    pool.renumbered_first_prefix = self.draft.add_prefixes(fresh)
                    pool.renumbered_at = night * DAY + 3 * 60

    def _areas_by_long_leases(self) -> list[tuple[int, set[int]]]:
        """Provider and cities of each hub, those with most lines on long leases first."""
        long = [MODELS.index(model) for model in ("static", "months", "days", "weekly")]
        ranked: list[tuple[float, int, set[int]]] = []
        for country, isps in enumerate(self.providers.fixed):
            for area in self._areas(self.geography.cities_of(country), "nat_draw"):
                for i, isp in enumerate(isps):
                    share = FIXED_SHARES[i] * float(self.model_share[country, i, long].sum())
                    lines = share * float(self.line_weight[area].sum())
                    ranked.append((lines, isp, {int(city) for city in area}))
        ranked.sort(key=lambda entry: -entry[0])
        return [(isp, area) for _, isp, area in ranked]

    def place_pools(self) -> None:
        """Decide where a geolocation database usually puts each pool."""
        share = self.settings.geolocation.pool_in_right_city
        n_cities = self.geography.n_cities
        placed: dict[int, int] = {}
        for pool in self.draft.pools:
            towns = range(n_cities + 4 * pool.city, n_cities + 4 * pool.city + 4)
            elsewhere = (int(self.geography.hub[pool.city]), *towns)
            right = self.rng.random() < share
            usual = pool.city if right else self.rng.choice(elsewhere)
            pool.usual_city = placed.setdefault(pool.first_prefix, usual)
