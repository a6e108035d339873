"""Days are filled and planned within limits, on problems of plain numbers."""

from dataclasses import replace

import numpy as np
import pytest

from detector.rollout.waves.fill import fill
from detector.rollout.waves.problem import RoomLimit, WaveProblem, last_day
from detector.rollout.waves.programme import shortest, solve
from detector.rollout.waves.solving import _whole  # pyright: ignore[reportPrivateUsage]

HUMP = np.array([0.1, 0.3, 0.4, 0.2, 0.1])
DAYS = 40


def desk(room, weight=(1.0,), kernel=HUMP, name="desk"):
    spread = sum(share * np.eye(DAYS, DAYS + 10, k=lag) for lag, share in enumerate(kernel))
    return RoomLimit(name, True, np.array(weight), spread, np.resize(room, DAYS + 10).astype(float))


def problem(*limits, accounts=(60,), contacts=None, region=None, group=None, **fields):
    cells = len(accounts)
    region = np.array(region or [0] * cells)
    given = {
        "accounts": np.array(accounts),
        "begun": np.zeros(region.max() + 1),
        "contacts": np.array(contacts or [1.0] * cells),
        "region": region,
        "partner": np.zeros(region.max() + 1, int),
        "group": np.array(group or [0] * cells),
        "limits": limits,
    }
    given["allowed"] = np.ones((given["group"].max() + 1, DAYS), bool)
    return WaveProblem(**given | fields)


def overrun(of, starts):
    return max(float((limit.load(starts) - limit.room).max()) for limit in of.limits)


class TestFill:
    @pytest.mark.parametrize("room", [3.0, [4, 4, 4, 4, 4, 1, 9]])
    def test_no_limit_is_passed_on_any_day(self, room):
        of = problem(desk(room))
        assert overrun(of, fill(of)) <= 1e-6

    def test_limits_are_kept_whatever_it_may_do_by_a_day(self):
        of = problem(desk(3.0))
        ahead = np.full((1, DAYS), np.inf)
        assert overrun(of, fill(of, ahead)) <= 1e-6

    def test_the_first_cell_goes_first(self):
        starts = fill(problem(desk(3.0, (1.0, 1.0)), accounts=(20, 20)))
        assert last_day(starts[:1]) <= np.flatnonzero(starts[1])[0]

    def test_nobody_starts_on_a_day_that_is_not_allowed(self):
        of = problem(desk(3.0))
        of.allowed[:, 1::2] = False
        assert not fill(of)[:, 1::2].any()

    def test_regions_keep_together(self):
        roomy, narrow = desk(9.0, (1.0, 0.0)), desk(1.0, (0.0, 1.0), name="other")
        of = problem(roomy, narrow, accounts=(50, 50), region=[0, 1], group=[0, 1], most_apart=0.2)
        begun = fill(of).cumsum(axis=1) / 50
        assert np.abs(begun[0] - begun[1]).max() <= 0.2 + 1e-9

    def test_small_regions_may_differ_by_an_account(self):
        of = problem(desk(9.0, (1.0, 1.0)), accounts=(2, 2), region=[0, 1], most_apart=0.01)
        assert fill(of).sum() == 4

    def test_who_began_before_counts_for_their_region(self):
        of = problem(
            desk(1.0, (1.0, 1.0)),
            accounts=(20, 40),
            region=[0, 1],
            most_apart=0.1,
            begun=np.array([20.0, 0.0]),
        )
        starts = fill(of)
        assert np.flatnonzero(starts[0])[0] > np.flatnonzero(starts[1])[0]


class TestSolve:
    def test_it_ends_before_the_plan_that_fills_days_in_order(self):
        """Where a day of little room follows, filling the days before blocks those after it."""
        of = problem(desk([3, 3, 3, 3, 3, 0.3, 9]), accounts=(45,))
        best, greedy = solve(of), fill(of)
        assert best.fits
        assert np.flatnonzero(best.units[0] > 0.5)[-1] < last_day(greedy)

    def test_whole_accounts_end_with_it(self):
        of = problem(desk([300, 300, 300, 300, 300, 30, 900]), accounts=(4500,))
        best = solve(of.loosened())
        starts = _whole(of, best)
        assert starts.sum() == 4500
        assert overrun(of, starts) <= 1e-6
        assert last_day(starts) <= np.flatnonzero(best.units[0] > 1e-6)[-1] + 1

    def test_what_does_not_fit_is_left(self):
        of = problem(desk(0.5))
        found = solve(of)
        assert not found.fits
        assert found.left[0] == pytest.approx(60 - found.units.sum())

    def test_only_days_that_bind_have_a_price(self):
        room = np.full(DAYS + 10, 100.0)
        room[3] = 1.0
        assert np.flatnonzero(solve(problem(desk(room))).prices[0]).tolist() == [3]

    def test_regions_keep_together(self):
        roomy, narrow = desk(9.0, (1.0, 0.0)), desk(1.0, (0.0, 1.0), name="other")
        of = problem(roomy, narrow, accounts=(30, 30), region=[0, 1], group=[0, 1], most_apart=0.2)
        begun = solve(of).units.cumsum(axis=1) / 30
        assert np.abs(begun[0] - begun[1]).max() <= 0.2 + 1e-6

    def test_a_region_that_is_ahead_already_waits_and_is_no_contradiction(self):
        of = problem(
            desk(2.0, (1.0, 1.0)),
            accounts=(10, 40),
            region=[0, 1],
            group=[0, 1],
            most_apart=0.1,
            begun=np.array([30.0, 0.0]),
        )
        found = solve(of)
        assert found.fits
        assert found.units[0, :5].sum() == pytest.approx(0, abs=1e-6)


class TestShortest:
    def test_a_day_less_would_not_do(self):
        of = problem(desk([3, 3, 3, 3, 3, 0.3, 9]), accounts=(45,))
        days = shortest(of, DAYS)
        assert solve(of.within(days)).fits
        assert not solve(of.within(days - 1)).fits

    def test_no_room_at_all_needs_all_days(self):
        assert shortest(replace(problem(), accounts=np.array([0])), 1) == 1
