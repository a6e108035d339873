"""Who is held out is nobody's choice, and anybody's with the key to repeat."""

import polars as pl
import pytest

from detector.errors import InputError, SettingsError
from detector.rollout.pilots.assign import HOLD_OUT, assign
from detector.rollout.pilots.members import Members
from tests.detector.rollout.pilots.pilots import KEY, members, plan

SIZES = {"a": 1000, "b": 333, "c": 7, "d": 1}


def held(assigned: pl.DataFrame) -> dict[str, int]:
    counts = assigned.group_by("stratum").agg((pl.col("arm") == HOLD_OUT).sum())
    return dict(counts.sort("stratum").iter_rows())


class TestAssign:
    def test_each_stratum_has_its_share_to_within_one(self):
        found = held(assign(members(SIZES), plan(hold_out=0.1), KEY))
        assert all(abs(found[name] - 0.1 * size) < 1 for name, size in SIZES.items())

    def test_all_have_theirs_though_each_stratum_is_too_small_for_one(self):
        strata = {f"s{n:03d}": 3 for n in range(200)}
        assert sum(held(assign(members(strata), plan(hold_out=0.1), KEY)).values()) in (60, 61)

    def test_accounts_of_small_strata_are_held_out_as_often_as_others(self):
        shares = [
            held(assign(members({"a": 50, "b": 2}), plan(hold_out=0.2), n.to_bytes(16, "big")))
            for n in range(400)
        ]
        assert sum(each["b"] for each in shares) / 800 == pytest.approx(0.2, abs=0.04)

    def test_the_order_of_the_accounts_is_nothing_to_it(self):
        given = members(SIZES)
        mixed = Members.cast(given.sample(fraction=1.0, shuffle=True, seed=1))
        assert assign(mixed, plan(), KEY).equals(assign(given, plan(), KEY))

    @pytest.mark.parametrize(
        ("name", "key"), [("other", KEY), ("pilot", b"fedcba9876543210")], ids=["pilot", "key"]
    )
    def test_another_pilot_or_key_draws_others(self, name, key):
        one = assign(members(SIZES), plan(), KEY)
        assert not assign(members(SIZES), plan(name=name), key).equals(one)

    def test_what_goes_together_has_one_arm(self):
        given = members({"a": 100}).with_columns(unit=pl.col("account_id").str.slice(0, 6))
        found = assign(Members.validate(given), plan(hold_out=0.3), KEY)
        assert found.group_by("unit").agg(pl.col("arm").n_unique())["arm"].to_list() == [1] * 10

    def test_an_earlier_draw_is_kept_whoever_joins(self):
        before = assign(members({"a": 100}), plan(), KEY)
        after = assign(members({"a": 150, "b": 40}), plan(), KEY, before)
        both = before.join(after, on="account_id", suffix="_after")
        assert both["arm"].equals(both["arm_after"], check_names=False)
        assert held(after)["a"] == pytest.approx(15, abs=1)

    def test_refuses_a_key_that_could_be_guessed(self):
        with pytest.raises(SettingsError, match="3 bytes"):
            assign(members({"a": 100}), plan(), b"abc")

    def test_refuses_a_pilot_in_which_nobody_is_held_out(self):
        with pytest.raises(InputError, match="Of 1 units, 0 would be held out"):
            assign(members({"a": 1}), plan(hold_out=0.001), KEY)

    def test_refuses_arms_that_are_none(self):
        wrong = pl.DataFrame({"account_id": ["a-00001"], "arm": ["control"]})
        with pytest.raises(InputError, match="'control'"):
            assign(members({"a": 100}), plan(), KEY, wrong)
