"""Ids that stand in the log: accounts, devices before and after a reset, profiles."""

import numpy as np
import polars as pl

from pipelines.worlds.hashing import Ints, mix, uniform
from pipelines.worlds.sheets import Table

MOST_RESETS = 6


def ids_per_device(days: int) -> int:
    """Ids that one device may have: one after each reset, and one for each private day."""
    return MOST_RESETS + 1 + days


def find_generations(devices: Table, device: Ints, day: Ints, key: Ints, days: int) -> Ints:
    """Number of the id that each used device has on a day: how often it was reset by then.

    A private window has an id of its own on that day.

    Args:
        devices: All devices of the chunk.
        device: Row of the device used.
        day: Day of the use.
        key: The lasting number of each device, over all chunks.
        days: Length of the window.
    """
    generation = np.zeros(len(device), np.int64)
    for turn in range(MOST_RESETS):
        reset_day = (uniform(key, turn, 51) * days).astype(np.int64)
        happens = devices.resets > turn
        generation += happens[device] & (day >= reset_day[device])
    private = uniform(key[device], day, 53) < devices.private_share[device]
    return np.where(private, MOST_RESETS + 1 + day, generation)


def name_devices(key: Ints, generation: Ints, seed: int) -> pl.Series:
    """Device ids as 16 hexadecimal digits."""
    ids = mix(key, generation, seed, 52)
    return pl.Series([format(int(i), "016x") for i in ids], dtype=pl.String)


def name_accounts(account: Ints) -> pl.Series:
    """Account ids."""
    return pl.Series(account).cast(pl.String).str.zfill(7).str.replace("^", "acc-")


def number_accounts(names: pl.Series) -> Ints:
    """The numbers of accounts, from ids that `name_accounts` gave."""
    return names.str.slice(len("acc-")).cast(pl.Int64).to_numpy()
