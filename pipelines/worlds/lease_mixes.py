"""How long each kind of line keeps an address, and which provider has how many of them."""

from typing import get_args

import numpy as np

from pipelines.worlds.hashing import Floats
from pipelines.worlds.line_settings import AddressSettings, LeaseModel
from pipelines.worlds.pools import BY_DEVICE, BY_LINE, NEVER
from pipelines.worlds.providers import FIXED_SHARES
from pipelines.worlds.settings import WorldSettings

MODELS: tuple[LeaseModel, ...] = get_args(LeaseModel)
DAY = 1440
HOLDERS: dict[LeaseModel, int] = {"nat_sticky": BY_LINE, "nat_draw": BY_DEVICE}
"""Of carrier addresses; on other lines each has an address alone."""

LEASES: dict[LeaseModel, int] = {
    "static": NEVER,
    "months": 25 * DAY,
    "days": 4 * DAY,
    "weekly": 7 * DAY,
    "daily": DAY,
    "per_session": 0,
    "wandering": 6 * 60,
    "nat_sticky": 7 * DAY,
    "nat_draw": 30,
}
LONGEST: dict[LeaseModel, int] = {"months": 150 * DAY, "days": 24 * DAY, "nat_sticky": 40 * DAY}
"""Where lines have leases of their own length: a television shows a new address every 4 to 24
days of play, others keep it for months (FACTS)."""

CLASS_BITS = 5
"""Lines of such a pool renew in 32 classes: not all of a city in one night."""

_MIN_PREFIXES: dict[LeaseModel, int] = {"static": 4, "daily": 16, "wandering": 128}
_USUAL_PREFIXES = 12
"""Of other pools of a city: nine in ten changes of address leave the /24 (FACTS)."""

OF_A_CITY: tuple[LeaseModel, ...] = ("static", "months", "weekly", "daily")
_HOPPING: tuple[LeaseModel, ...] = ("per_session", "wandering", "nat_draw")
"""Another address at most sessions."""

_SMALL = slice(3, None)
_SMALL_MOST, _TO_SMALL = 0.95, 0.8
"""Of the fixed providers, those whose lines hop: the small ones (FACTS), unless many lines do.
The most of their lines that do; their share of all lines that do."""

_V6_SPREAD = 3.0
"""Weight of the mean share of IPv6 lines at one provider: low = each has all or none."""


def prefixes_of(model: LeaseModel, networks: AddressSettings) -> int:
    """/24s that the lines of one pool move about in, at least."""
    if model == "per_session":
        return networks.prefixes_per_session_pool
    return _MIN_PREFIXES.get(model, _USUAL_PREFIXES)


def draw_lease_mixes(countries: int, settings: WorldSettings) -> Floats:
    """Each provider favours some leases; over all providers the mix is as set.

    Returns:
        Share of leases by country, fixed provider and model.
    """
    networks = settings.networks
    rng = np.random.default_rng([settings.seed, 11])
    mix = np.array([networks.lease_mix.get(model, 0.0) for model in MODELS])
    shape = (countries, len(FIXED_SHARES), len(MODELS))
    draws = rng.gamma(np.broadcast_to(mix * networks.provider_spread + 1e-9, shape))
    hops = np.isin(MODELS, _HOPPING)
    share = _hopping_shares(float(mix[hops].sum() / mix.sum()))[None, :, None]
    for mask, part in ((hops, share), (~hops, 1 - share)):
        draws[:, :, mask] *= part / np.maximum(draws[:, :, mask].sum(axis=2, keepdims=True), 1e-300)
    return draws / draws.sum(axis=2, keepdims=True)


def draw_v6_shares(countries: int, settings: WorldSettings) -> Floats:
    """Lines with IPv6 are those of some providers more than of others.

    Returns:
        Share of lines by country and fixed provider.
    """
    mean = min(max(settings.networks.ipv6_lines, 1e-6), 1 - 1e-6)
    rng = np.random.default_rng([settings.seed, 12])
    return rng.beta(_V6_SPREAD * mean, _V6_SPREAD * (1 - mean), (countries, len(FIXED_SHARES)))


def _hopping_shares(overall: float) -> Floats:
    """Share of lines of each fixed provider that change their address at most sessions."""
    market = np.array(FIXED_SHARES)
    small = float(market[_SMALL].sum())
    theirs = min(_SMALL_MOST, _TO_SMALL * overall / small)
    shares = np.full(len(market), (overall - theirs * small) / (1 - small))
    shares[_SMALL] = theirs
    return np.clip(shares, 0, 1)
