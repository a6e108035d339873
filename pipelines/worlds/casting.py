"""Cast one chunk of accounts: draw each account's situation, people and plans."""

from itertools import accumulate
from random import Random

import numpy as np

from pipelines.worlds.hashing import Ints, mix
from pipelines.worlds.infrastructure import Infrastructure
from pipelines.worlds.neighbours import join_subscribers
from pipelines.worlds.passers import be_tried_by_outsiders, use_devices_once
from pipelines.worlds.people import settle
from pipelines.worlds.scenes import Scene
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import AccountTruth, Cast, Sheet
from pipelines.worlds.situations import SITUATIONS
from pipelines.worlds.subscriptions import draw_home_providers
from pipelines.worlds.trips import go_on_usual_trips


def cast_accounts(
    accounts: range, situations: Ints, world: Infrastructure, settings: WorldSettings
) -> Cast:
    """Cast accounts one after the other; each has its own random stream.

    Args:
        accounts: Numbers of the accounts of this chunk.
        situations: A row of `SITUATIONS` for each account of the world.
        world: The networks that all accounts share.
        settings: The world's settings.
    """
    sheet = Sheet(accounts.start // settings.accounts_per_chunk, world.quota)
    weights: list[float] = world.home_weight.tolist()
    cities = list(accumulate(weights))
    sellers: list[int] = draw_home_providers(np.array(accounts), settings).tolist()
    for account, seller in zip(accounts, sellers, strict=True):
        rng = _stream(settings, account, 3)
        city = rng.choices(range(len(cities)), cum_weights=cities)[0]
        rate = _plays_per_day(rng, settings)
        scene = Scene(rng, world, settings, sheet, account, city, rate, seller)
        situation = int(situations[account])
        _play_out(scene, situation)
        sheet.answers.append(AccountTruth(account, situation, scene.numbers))
    join_subscribers(
        sheet, settings.borrowers_with_own_account, _stream(settings, accounts.start, 4)
    )
    return sheet.build()


def _stream(settings: WorldSettings, number: int, purpose: int) -> Random:
    return Random(int(mix(settings.seed, number, purpose)[0]))


def _play_out(scene: Scene, situation: int) -> None:
    script, first = SITUATIONS[situation], len(scene.sheet.persons)
    home = settle(scene, scene.city, script.line(scene), script.plan)
    go_on_usual_trips(scene, home)
    script.act(scene, home)
    use_devices_once(scene, range(first, len(scene.sheet.persons)))
    be_tried_by_outsiders(scene)


def _plays_per_day(rng: Random, settings: WorldSettings) -> float:
    """How much an account is used: skewed to the low side, as measured."""
    habits = settings.habits
    z = rng.gauss(0, 1)
    spread = habits.plays_spread if z > 0 else habits.plays_spread_low
    return habits.plays_median / 42 * float(np.exp(spread * z))
