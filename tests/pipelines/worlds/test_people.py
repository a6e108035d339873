"""Members of a household: profiles, phones that never join the Wi-Fi, foreign SIM cards."""

import numpy as np
import pytest

from pipelines.worlds.infrastructure import build_infrastructure
from pipelines.worlds.settings import WorldSettings
from pipelines.worlds.sheets import PHONE, TYPES, Cast
from tests.pipelines.worlds.rows import cast_of

SETTINGS = WorldSettings(accounts=1_500, seed=21)
TABLE = {"tv": 0.002, "laptop": 0.2, "desktop": 0.2}
"""Ids that reset in 42 days; phones and tablets are between iOS' .03 and Android's .07."""


@pytest.fixture(scope="module")
def cast() -> Cast:
    return cast_of(SETTINGS)


def borrowers_abroad(cast: Cast, settings: WorldSettings) -> float:
    """Share of the accounts with borrowers of which one has its dwelling in another country."""
    country = build_infrastructure(settings).geography.country
    households, premises = cast.households, cast.premises
    lives = country[premises.city[households.premise]]
    home = dict(
        zip(
            households.account[households.number == 0][::-1].tolist(),
            lives[households.number == 0][::-1].tolist(),
            strict=True,
        )
    )
    labels = {account: False for account in households.account[households.number > 0].tolist()}
    for row in np.flatnonzero(households.number > 0).tolist():
        account = int(households.account[row])
        labels[account] |= home[account] != int(lives[row])
    return float(np.mean(list(labels.values())))


class TestDevices:
    @pytest.mark.parametrize(("kind", "expected"), TABLE.items())
    def test_ids_reset_by_kind(self, cast, kind, expected):
        mine = (cast.devices.type == TYPES.index(kind)) & (cast.devices.resets <= 1)
        assert cast.devices.resets[mine].mean() == pytest.approx(expected, abs=0.03)

    def test_phones_reset_less_than_browsers(self, cast):
        mine = (cast.devices.type == PHONE) & (cast.devices.resets <= 1)
        assert 0.03 < cast.devices.resets[mine].mean() < 0.09

    def test_all_may_forget_faster(self):
        habits = SETTINGS.habits.model_copy(update={"reset_factor": 3.0})
        faster = cast_of(SETTINGS.model_copy(update={"accounts": 300, "habits": habits})).devices
        assert faster.resets[faster.type == PHONE].mean() > 0.1

    def test_shares_of_ipv6_are_each_devices_own(self, cast):
        share = cast.devices.v6[cast.devices.type == PHONE]
        able = share[(share > 0) & (share < 1)]
        assert (share == 0).mean() == pytest.approx(0.1, abs=0.03)
        assert able.min() >= 0.5
        assert able.max() <= 0.9
        assert able.std() > 0.08


class TestMobileOnly:
    def test_some_teenagers_never_join_the_wifi(self, cast):
        children = cast.persons.is_child > 0
        assert cast.persons.always_cellular[children].mean() == pytest.approx(0.1, abs=0.03)

    def test_they_have_a_phone_alone_and_mostly_a_profile_of_their_own(self, cast):
        persons = cast.persons
        teens = np.flatnonzero((persons.is_child > 0) & (persons.always_cellular > 0))
        carried = cast.devices.type[np.isin(cast.devices.holder, teens) & (cast.devices.weight > 0)]
        assert set(carried.tolist()) == {PHONE}
        first = np.searchsorted(persons.household, persons.household[teens])
        assert (persons.profile[teens] != persons.profile[first]).mean() > 0.85

    def test_few_have_a_foreign_sim(self, cast):
        assert (cast.persons.sim_city >= 0).mean() == pytest.approx(0.015, abs=0.01)


class TestBorrowers:
    @pytest.mark.parametrize("share", [0.12, 0.25])
    def test_as_many_live_abroad_as_set(self, share):
        settings = SETTINGS.model_copy(
            update={"accounts": 800, "sharing_prior": 0.9, "borrowers_abroad": share}
        )
        assert borrowers_abroad(cast_of(settings), settings) == pytest.approx(share, abs=0.035)

    def test_a_third_use_a_profile_of_the_lenders(self):
        settings = SETTINGS.model_copy(update={"accounts": 800, "sharing_prior": 0.9})
        cast = cast_of(settings)
        persons, households = cast.persons, cast.households
        number = households.number[persons.household]
        shared: list[bool] = []
        for household in np.unique(persons.household[number > 0]).tolist():
            account = int(households.account[household])
            lenders = set(persons.profile[(persons.account == account) & (number == 0)].tolist())
            theirs = set(persons.profile[persons.household == household].tolist())
            shared.append(theirs <= lenders)
        assert 0.28 < np.mean(shared) < 0.45
