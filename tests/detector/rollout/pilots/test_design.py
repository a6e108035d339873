"""A design says what a pilot could see, and does not promise more."""

import pytest

from detector.rollout.pilots.design import design
from tests.detector.rollout.pilots.pilots import members, plan


class TestDesign:
    def test_more_accounts_see_smaller_changes(self):
        few, many = (design(members({"a": n}), plan()).outcomes[0] for n in (2_000, 20_000))
        assert many.smallest < few.smallest
        assert many.chance > few.chance
        assert many.days_needed < (few.days_needed or 10**6)

    def test_the_accounts_it_asks_for_are_enough(self):
        wanted = design(members({"a": 2_000}), plan()).outcomes[0].accounts_needed
        found = design(members({"a": wanted}), plan()).outcomes[0]
        assert found.chance == pytest.approx(0.8, abs=0.005)

    def test_the_days_it_asks_for_are_enough_and_one_less_is_not(self):
        given = members({"a": 30_000})
        days = design(given, plan()).outcomes[0].days_needed
        chances = [design(given, plan(days=n)).outcomes[0].chance for n in (days, days - 1)]
        assert chances[0] >= 0.8 > chances[1]

    def test_several_looks_cost_a_little(self):
        one, five = (design(members({"a": 9_000}), plan(looks=n)) for n in (1, 5))
        assert one.inflation == pytest.approx(1)
        assert 1.01 < five.inflation < 1.04
        assert five.outcomes[0].chance < one.outcomes[0].chance

    def test_regions_drawn_whole_see_less_and_say_so(self):
        given = members({"a": 9_000})
        regions = given.with_columns(unit=given["unit"].str.tail(1))
        alone, whole = design(given, plan()), design(regions, plan(unit="cluster"))
        assert whole.design_effect > 5
        assert whole.outcomes[0].chance < alone.outcomes[0].chance
        assert "10 regions" in " ".join(whole.cannot)

    def test_an_estimate_is_called_one(self):
        [cancelled, *_] = design(members({"a": 500}), plan()).outcomes
        assert "our estimate" in cancelled.words[0]

    def test_a_pilot_that_is_too_small_says_what_would_be_enough(self):
        [cancelled, *_] = design(members({"a": 500}), plan()).outcomes
        assert f"{cancelled.accounts_needed:,} accounts" in cancelled.words[-1]
