import numpy as np
import pytest

from detector.rollout.contacts import mean_treated, spread_delay
from detector.rollout.factors import default_week
from detector.rollout.futures import Chance, simulate_desk
from detector.rollout.posterior import draw_common, draw_levels
from detector.rollout.updating import DayCounts, learn
from tests.detector.rollout.given_rows import desk_row
from tests.detector.rollout.plans import KNOWN, cell, loads

DESKS = [desk_row(), desk_row(partner="Orbita"), desk_row(partner="Zeta")]
PLAN = [cell(4000, day=day, partner=p) for p in ("Telvia", "Orbita", "Zeta") for day in (0, 14)]


def drawn(level, load, *, days=21, by_slot=False, week=None):
    """Counts of a desk whose level is known, from the middle of what is assumed."""
    week = default_week(KNOWN) if week is None else week
    first, later = mean_treated(load, spread_delay(5.0, 1.0, 28), week, KNOWN)
    mean = level * (first + later)[:days]
    if not by_slot:
        return DayCounts(np.arange(days), np.round(mean).astype(int))
    slots = np.zeros((days, 48))
    slots[:, 18:34] = np.round(mean / 16)[:, None]
    return DayCounts(np.arange(days), slots.sum(axis=1), slots)


def levels(learned, key, draws=800):
    chance = np.random.default_rng(1)
    return draw_levels(learned.desks[key], draw_common(learned, chance, draws), chance)


class TestLearn:
    def test_without_counts_what_is_assumed_stays(self):
        found = loads(*PLAN, desks=DESKS)
        learned = learn(found, {}, KNOWN)
        low, high = np.quantile(levels(learned, found[0].desk.key, 20_000), [0.05, 0.95])
        assert low < 0.03
        assert high > 0.25

    @pytest.mark.parametrize("level", [0.01, 0.1, 0.6])
    def test_a_counted_desk_tells_its_own_level(self, level):
        found = loads(*PLAN, desks=DESKS)
        learned = learn(found, {found[0].desk.key: drawn(level, found[0])}, KNOWN)
        own = levels(learned, found[0].desk.key)
        assert np.median(own) == pytest.approx(level, rel=0.35)
        assert np.quantile(own, 0.05) < level < np.quantile(own, 0.95)

    def test_other_desks_learn_from_it_too_but_less(self):
        found = loads(*PLAN, desks=DESKS)
        before = levels(learn(found, {}, KNOWN), found[2].desk.key, 4000)
        counts = {load.desk.key: drawn(0.3, load) for load in found[:2]}
        learned = learn(found, counts, KNOWN)
        after, own = (levels(learned, found[at].desk.key, 4000) for at in (2, 0))
        assert np.median(after) > 1.5 * np.median(before)
        assert np.std(np.log(own)) < np.std(np.log(after)) < np.std(np.log(before))

    def test_whole_days_and_half_hours_tell_the_same_level(self):
        found = loads(*PLAN, desks=DESKS)
        key = found[0].desk.key
        one, other = (
            learn(found, {key: drawn(0.2, found[0], by_slot=by)}, KNOWN) for by in (False, True)
        )
        assert np.median(levels(one, key)) == pytest.approx(np.median(levels(other, key)), rel=0.1)

    def test_weekdays_and_hours_move_to_what_was_counted(self):
        found = loads(*PLAN, desks=DESKS)
        fridays = np.array([1, 1, 1, 1, 3, 1, 1]) * 7 / 9
        counted = drawn(0.3, found[0], days=28, by_slot=True, week=fridays)
        mine = learn(found, {found[0].desk.key: counted}, KNOWN).desks[found[0].desk.key]
        assert mine.week.argmax() == 4
        assert mine.hours[18:34].sum() > 0.9
        assert mine.week_trust > KNOWN.profile.weekday_trust

    def test_bands_narrow(self):
        found = loads(*PLAN, desks=DESKS)
        counted = {load.desk.key: drawn(0.1, load) for load in found}

        def width(counts):
            learned = learn(found, counts, KNOWN)
            futures = [
                block.streams["all"].sum(axis=0)
                for block in simulate_desk(found[0], learned, KNOWN, Chance(0, 300, (21, 35)))
            ]
            low, high = np.quantile(futures[0], [0.1, 0.9])
            return (high - low) / futures[0].mean()

        assert width(counted) < 0.6 * width({})

    def test_a_desk_whom_no_treated_account_reaches_says_nothing(self):
        found = loads(cell(4000), desks=DESKS)
        counts = {found[0].desk.key: DayCounts(np.arange(7), np.full(7, 3))}
        assert not learn(found, counts, KNOWN).desks[found[0].desk.key].is_measured
