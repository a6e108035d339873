"""One chunk of accounts on its way through the simulation."""

from dataclasses import dataclass

import numpy as np

from pipelines.worlds.hashing import Ints
from pipelines.worlds.infrastructure import Infrastructure
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import Cast


@dataclass(frozen=True)
class Chunk:
    """Who is in it, the world around, and the chunk's own stream of randomness."""

    cast: Cast
    world: Infrastructure
    settings: WorldSettings
    rng: np.random.Generator

    @property
    def n_sites(self) -> int:
        """Spots below this number are sites, those from it on dwellings."""
        return len(self.world.pools)

    def device_keys(self) -> Ints:
        """A lasting number for each device; one on loan from another account keeps its own."""
        account, identity = self.cast.devices.account, self.cast.devices.identity
        first = np.searchsorted(account, account)
        own = account * 1_000 + np.arange(len(account)) - first
        return np.where(identity >= 0, own[identity], own)
