"""A plan keeps desks, days and order, and says what holds it back."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from detector.policy.opening_hours import CalendarSettings
from detector.policy.read import DEFAULT as POLICY
from detector.policy.read import read_policy
from detector.policy.rules import PolicyCaps
from detector.rollout.contacts import mean_treated
from detector.rollout.tables import Cells
from detector.rollout.waves.binding import find_shortfall
from detector.rollout.waves.desks import ONE, greatest_loads
from detector.rollout.waves.futures import noise
from detector.rollout.waves.laying import Ground
from detector.rollout.waves.plan import plan_waves
from detector.rollout.waves.telling import list_figures, list_loads, share_held
from tests.detector.rollout.given_rows import count_row, desk_row, measured
from tests.detector.rollout.waves.grounds import MONDAY, assumed, candidates, ground, terms

FUTURES = 200
MANY = 20_000
"""Accounts that keep a desk of forty contacts a half-hour busy for weeks."""


def plan(accounts, of: Ground, **fields):
    return plan_waves(accounts, of, name="wave", seed=1, futures=FUTURES, **fields)


def policy(**changed):
    packaged = read_policy(POLICY.read_text(encoding="utf-8"), source="default.toml")
    return packaged.model_copy(update=changed)


class TestDays:
    def test_no_half_hour_is_full_in_the_band_it_was_planned_for(self):
        found = plan(candidates(MANY), ground())
        loads = list_loads(found)
        assert (loads["high_80"] <= loads["takes"]).all()
        error = (0.025 * 0.975 / FUTURES) ** 0.5
        assert list_figures(found)[0].half_hour <= 0.025 + 3 * error

    def test_the_promise_is_kept_in_futures_that_it_was_not_planned_by(self):
        found = plan(candidates(MANY), ground())
        error = (0.8 * 0.2 / FUTURES) ** 0.5
        assert share_held(found) >= 0.8 - 2 * error

    def test_a_greater_promise_takes_longer(self):
        ends = [
            plan(candidates(MANY), ground(rules=terms(promise=promise))).waves["day"].max()
            for promise in (0.6, 0.9)
        ]
        assert ends[0] < ends[1]

    @pytest.mark.parametrize(
        ("changed", "kept"),
        [
            pytest.param({"rules": terms(quiet_weekdays=("tuesday",))}, 1, id="quiet weekday"),
            pytest.param(
                {"rules": terms(blackout=tuple(MONDAY + timedelta(7 * i + 1) for i in range(30)))},
                1,
                id="blackout days",
            ),
            pytest.param(
                {"policy": policy(calendar=CalendarSettings(quiet_weekdays=("tuesday",)))},
                1,
                id="quiet weekday of the policy",
            ),
        ],
    )
    def test_nobody_starts_on_a_quiet_day(self, changed, kept):
        found = plan(candidates(MANY), ground(**changed))
        assert kept not in set(found.waves["day"].dt.weekday() - 1)

    def test_caps_count_later_steps_too(self):
        of = ground(policy=policy(caps=PolicyCaps(per_partner_per_day=60)))
        found = plan(candidates(1000), of)
        by_day = dict(found.waves["day"].value_counts().iter_rows())
        first, later = by_day[MONDAY], by_day.get(MONDAY + timedelta(14), 0)
        assert first == 60
        assert later < 60

    def test_countries_of_a_partner_keep_together(self):
        desks = (desk_row(country="ES"), desk_row(country="FR", contacts_per_half_hour="12"))
        both = pl.concat([candidates(MANY), candidates(MANY, begin=MANY, country="FR")])
        found = plan(both, ground(*desks, rules=terms(most_apart=0.1)))
        begun = {
            country: np.cumsum([(mine["day"] == day).sum() for day in found.ground.days]) / MANY
            for (country,), mine in found.waves.partition_by("country", as_dict=True).items()
        }
        assert np.abs(begun["ES"] - begun["FR"]).max() <= 0.1 + 1e-9


class TestOrder:
    def test_the_surest_start_first(self):
        sure = candidates(MANY, probability=0.9995)
        both = pl.concat([candidates(MANY, begin=MANY, probability=0.96), sure])
        days = plan(both, ground()).waves.join(both, on="account_id")
        ends = days.filter(pl.col("probability") > 0.99)["day"].max()
        assert ends <= days.filter(pl.col("probability") < 0.99)["day"].min()

    def test_of_equal_certainty_those_whom_a_mistake_harms_least(self):
        gentle = candidates(MANY, begin=MANY, pattern="resold")
        both = pl.concat([candidates(MANY), gentle])
        days = plan(both, ground()).waves.join(
            both.select("account_id", "pattern"), on="account_id"
        )
        ends = days.filter(pl.col("pattern") == "resold")["day"].max()
        assert ends <= days.filter(pl.col("pattern") != "resold")["day"].min()

    def test_order_of_rows_and_number_of_partners_are_irrelevant(self):
        some = candidates(MANY)
        others = candidates(MANY, begin=MANY, partner="Orbex")
        of = ground(desk_row(), desk_row(partner="Orbex"))
        both = plan(pl.concat([some, others]), of).waves
        again = plan(pl.concat([others, some]).sample(fraction=1, shuffle=True, seed=3), of).waves
        assert both.equals(again)


class TestShortfall:
    def test_says_what_binds_and_what_would_do(self):
        of = ground(rules=terms(horizon_days=12))
        found = plan(candidates(MANY), of)
        told = find_shortfall(found.groups[0], of, 1)
        assert told.left == MANY - found.waves.height > 0
        assert told.binding[0].name == "Telvia, phone"
        assert "more" in told.words() and "agents" in told.words()
        longer = ground(rules=terms(horizon_days=12 + told.days))
        assert plan(candidates(MANY), longer).waves.height > 0.98 * MANY

    def test_a_desk_that_is_full_without_waves_is_named(self):
        of = ground(desk_row(baseline_per_half_hour="39"), rules=terms(horizon_days=20))
        found = plan(candidates(300), of)
        assert find_shortfall(found.groups[0], of, 1).full == ["Telvia, phone"]

    def test_a_cap_that_binds_is_named(self):
        of = ground(
            rules=terms(horizon_days=10), policy=policy(caps=PolicyCaps(per_partner_per_day=5))
        )
        found = plan(candidates(300), of)
        told = find_shortfall(found.groups[0], of, 1)
        assert told.binding[0].name == "per_partner_per_day of Telvia"


class TestAgain:
    def done(self, accounts, day=MONDAY):
        row = {
            "partner": "Telvia",
            "country": "ES",
            "plan": "standard",
            "pattern": "second_household",
            "wave": "w",
            "day": day,
            "treatment": "notify",
            "accounts": accounts,
            "borrowers": 0,
        }
        return Cells.validate(pl.DataFrame([row]), cast=True)

    def test_contacts_of_earlier_waves_take_their_room(self):
        later = MONDAY + timedelta(7)
        fresh = plan(candidates(MANY), ground(starts=later)).waves["day"].max()
        again = (
            plan(candidates(MANY), ground(starts=later, done=self.done(2 * MANY)))
            .waves["day"]
            .max()
        )
        assert again > fresh

    def test_few_measured_contacts_let_waves_end_sooner(self):
        later = MONDAY + timedelta(28)
        days = [MONDAY + timedelta(i) for i in range(28)]
        counts = measured(*(count_row(6, day=str(day)) for day in days))
        of = ground(starts=later, done=self.done(MANY // 4), rules=terms(horizon_days=120))
        blind = plan(candidates(MANY), of).waves["day"].max()
        seeing = plan(candidates(MANY), replace(of, measured=counts)).waves["day"].max()
        assert seeing < blind


class TestDesks:
    def test_the_band_is_turned_round(self):
        """At the greatest load one future in fifty brings more than the fullest takes in."""
        stage = plan(candidates(200), ground()).groups[0].stage
        desk, futures = stage.served[0].days, stage.futures
        room = greatest_loads(desk, futures, stage.ground.known, 0)[0]
        slot = int(desk.share[0].argmax())
        mine = desk.drawn(futures)
        level = mine.level * (1 + futures.later * futures.steps)
        turn = mine.week[:, 0] * mine.hours[:, slot] * desk.share[0, slot]
        chance = np.random.default_rng(7)
        means = np.tile(room * level / level.mean() * turn, 100)
        stray = noise(np.tile(futures.day_shape, 100), chance)
        stray *= noise(np.tile(futures.half_hour_shape, 100), chance)
        beyond = (chance.poisson(means * stray) > desk.takes[0, slot]).mean()
        assert 0.012 <= beyond <= 0.025

    def test_contacts_are_those_of_the_forecast(self):
        """Two convolutions say the same as the forecast's rows, closed days and holidays too."""
        known = assumed(closed={"*": (MONDAY + timedelta(9),)})
        found = plan(candidates(200), ground(desk_row(weekdays="mon-fri"), known=known))
        stage = found.groups[0].stage
        desk = stage.served[0].days
        futures = replace(stage.futures, wave_shape=np.full(FUTURES, np.inf))
        started = np.zeros(len(desk.load.days))
        started[[0, 5, 17]] = 40, 10, 30
        load = replace(desk.load, mixes=[ONE], started={"notify": started[None, :]}, share=1)
        kind = int(futures.delay[0])
        mine = desk.drawn(futures)
        first, later = mean_treated(load, futures.delays[kind], mine.known_week, known)
        expected = mine.level[0] * (first + futures.later[0] * later)
        assert np.allclose(desk.treated(started, futures, known, 0)[0], expected)


class TestNames:
    def test_waves_are_called_by_their_day(self):
        waves = plan(candidates(50), ground()).waves
        assert set(waves["wave"]) == {f"wave-{date(2026, 9, 7)}"}
