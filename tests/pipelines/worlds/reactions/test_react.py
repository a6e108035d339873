"""What a world promises that goes on and reacts."""

from dataclasses import fields, replace
from itertools import product

import polars as pl
import pytest

from detector.cases.results import clean_results
from pipelines.worlds.build import World
from pipelines.worlds.reactions.orders import NOTHING, read_orders
from pipelines.worlds.reactions.react import Reacted, ReactionCourse, answer, react
from pipelines.worlds.reactions.settings import Leanings
from tests.pipelines.worlds.reactions.courses import (
    DAY,
    FIRM,
    MONTHS,
    SETTINGS,
    certain,
    course,
    labelled,
    leaning,
    waves,
)

pytestmark = pytest.mark.slow


def treat_all(world: World, settings=SETTINGS, day: int = DAY) -> Reacted:
    return react(world, course(waves(world.truth_accounts["account_id"], day), settings))


def used_elsewhere(found: Reacted, world: World) -> pl.DataFrame:
    """Rows of devices of households elsewhere, on the account that they borrow."""
    elsewhere = world.truth_devices.filter(pl.col("household") > 0)
    return found.events.join(elsewhere, on=["account_id", "device_id"])


def same(one: Reacted, other: Reacted) -> bool:
    return all(
        getattr(one, field.name).equals(getattr(other, field.name)) for field in fields(Reacted)
    )


class TestReact:
    def test_who_is_held_out_answers_nothing(self, untouched):
        everybody = untouched.truth_accounts["account_id"]
        held = everybody[::2]
        arms = pl.DataFrame({"account_id": held, "arm": "hold-out"})
        found = react(untouched, course(waves(everybody), hold_outs=arms))
        alone = react(untouched, ReactionCourse(SETTINGS, MONTHS))
        is_held = pl.col("account_id").is_in(held.implode())
        answers = found.truth_reactions.filter(is_held)
        assert set(answers["cause"]) == {"by_itself"}
        assert answers.equals(alone.truth_reactions.filter(is_held))
        assert found.contacts.filter(is_held).is_empty()
        assert found.events.filter(is_held).equals(alone.events.filter(is_held))

    def test_the_arm_of_the_treated_holds_nobody_out(self, untouched):
        everybody = untouched.truth_accounts["account_id"]
        arms = pl.DataFrame({"account_id": everybody, "arm": "treated"})
        found = react(untouched, course(waves(everybody), hold_outs=arms))
        assert same(found, treat_all(untouched))

    def test_same_seed_same_world_whatever_the_order_of_the_waves(self, untouched):
        given = waves(untouched.truth_accounts["account_id"])
        found = react(untouched, course(given))
        assert same(found, react(untouched, course(given.reverse())))

    def test_before_the_first_treatment_it_is_the_world_that_nobody_touches(self, untouched):
        found, alone = treat_all(untouched), react(untouched, ReactionCourse(SETTINGS, MONTHS))
        before = pl.col("day") < DAY
        assert found.events.filter(before).equals(alone.events.filter(before))
        assert found.events.filter(~before).height < alone.events.filter(~before).height

    def test_a_later_wave_changes_nothing_before_it(self, untouched):
        everybody = untouched.truth_accounts["account_id"]
        first, later = waves(everybody[::3], DAY, "notify"), waves(everybody[::2], DAY + 25)
        one = react(untouched, course(first))
        both = react(untouched, course(pl.concat([first, later])))
        before = pl.col("day") < DAY + 25
        assert one.events.filter(before).equals(both.events.filter(before))
        assert one.contacts.filter(before).equals(both.contacts.filter(before))
        date = pl.col("day") < pl.lit(SETTINGS.first_day) + pl.duration(days=DAY + 25)
        assert one.feedback.filter(date).equals(both.feedback.filter(date))

    def test_a_month_more_changes_nothing_before_it(self, untouched):
        given = waves(untouched.truth_accounts["account_id"])
        two, three = (react(untouched, course(given, months=months)) for months in (2, 3))
        assert two.events.equals(three.events.filter(pl.col("day") < SETTINGS.days + 60))

    def test_an_account_answers_alike_whoever_else_is_there(self, untouched):
        some = pl.col("account_id").is_in(untouched.truth_accounts["account_id"][::2].implode())
        names = ("events", "accounts", "truth_accounts", "truth_devices")
        half = replace(untouched, **{each: getattr(untouched, each).filter(some) for each in names})
        given = course(waves(untouched.truth_accounts["account_id"]))
        whole, part = react(untouched, given), react(half, given)
        assert part.truth_reactions.equals(whole.truth_reactions.filter(some))

    def test_treated_without_strength_nobody_moves(self, untouched):
        found = treat_all(untouched, leaning(strength={FIRM: 0.0}, blocked={}))
        answers = found.truth_reactions.filter(pl.col("cause") == "treatment")
        assert set(answers["reaction"]) <= {"called"}


class TestAnswers:
    @pytest.mark.parametrize("way", ["complied", "converted"])
    def test_borrowers_who_leave_are_silent_on_the_account(self, untouched, way):
        found = treat_all(untouched, certain(way))
        rows = used_elsewhere(found, untouched).join(
            found.truth_households, on=["account_id", "household"]
        )
        day = pl.lit(SETTINGS.first_day) + pl.duration(days="day")
        assert rows.filter(day < pl.col("left_day")).height
        assert rows.filter(day >= pl.col("left_day")).is_empty()

    def test_a_converts_devices_go_on_elsewhere_and_never_again_with_the_lender(self, untouched):
        found = treat_all(untouched, certain("converted", back_at_once=1.0))
        moved = found.truth_conversions
        assert moved["account_id"].n_unique() > 20
        day = pl.lit(SETTINGS.first_day) + pl.duration(days="day")
        left = moved.select("device_id", "left_day", account_id="lender")
        old = found.events.join(left, on=["account_id", "device_id"])
        assert old.filter(day >= pl.col("left_day")).is_empty()
        new = moved.select("account_id", "day", device_id="new_device_id").rename({"day": "back"})
        rows = found.events.join(new, on=["account_id", "device_id"])
        assert rows.filter(day < pl.col("back")).is_empty()
        assert set(moved["account_id"]) == set(rows["account_id"])

    def test_some_have_another_id_on_the_new_account(self, untouched):
        moved = treat_all(untouched, certain("converted")).truth_conversions
        share = (moved["device_id"] != moved["new_device_id"]).mean()
        assert 0.2 < share < 0.4
        kept = treat_all(untouched, certain("converted", new_ids=0.0)).truth_conversions
        assert (kept["device_id"] == kept["new_device_id"]).all()

    def test_a_new_account_is_signed_up_when_it_is_first_used(self, untouched):
        found = treat_all(untouched, certain("converted"))
        begun = found.truth_conversions.group_by("account_id").agg(pl.col("day").min())
        new = found.accounts.join(begun, on="account_id")
        assert new.height == begun.height
        assert (new["signup_date"] == new["day"]).all()
        assert new["partner"].n_unique() > 1
        assert set(new["country"]) <= set(SETTINGS.countries)

    def test_who_cancels_falls_silent(self, untouched):
        found = treat_all(untouched, certain("cancelled", honest=Leanings(cancelled=1)))
        ended = found.truth_reactions.filter(pl.col("reaction") == "cancelled")
        rows = found.events.join(ended.select("account_id", end="day"), on="account_id")
        day = pl.lit(SETTINGS.first_day) + pl.duration(days="day")
        assert rows.filter(day >= pl.col("end")).is_empty()
        gone = found.accounts.filter(pl.col("account_id").is_in(ended["account_id"].implode()))
        assert set(gone["status"]) == {"cancelled"}

    def test_an_extra_member_goes_on_and_is_paid_for(self, untouched):
        found = treat_all(untouched, certain("extra_member"))
        paid = found.accounts.filter(pl.col("extra_members") > 0)
        assert set(paid["partner"]) == {"direct"}
        assert "ad-supported" not in set(paid["plan"])
        rows = used_elsewhere(found, untouched).filter(
            pl.col("account_id").is_in(paid["account_id"].implode()), pl.col("day") > DAY + 60
        )
        assert (
            rows.group_by("account_id").agg(pl.col("household").n_unique())["household"].max() == 1
        )

    def test_televisions_of_who_evades_show_the_address_of_home(self, untouched):
        found = treat_all(untouched, certain("evaded"))
        alone = react(untouched, ReactionCourse(SETTINGS, MONTHS))
        standing = pl.col("device_type").is_in(["tv", "console", "stick"])
        days = pl.col("day") > DAY + 30
        at_home = untouched.truth_devices.filter(pl.col("household") == 0)
        home = found.events.join(at_home, on=["account_id", "device_id"])
        lines = home.select("account_id", "ip").unique()

        def shares(reacted: Reacted) -> float:
            rows = used_elsewhere(reacted, untouched).filter(standing, days)
            there = rows.join(lines.with_columns(at_home=True), on=["account_id", "ip"], how="left")
            return float(there["at_home"].fill_null(value=False).mean())

        assert shares(found) > 0.8
        assert shares(alone) < 0.3

    def test_an_honest_account_loses_nobody(self, untouched):
        found = treat_all(untouched, leaning(own_account=0.0))
        honest = labelled(untouched, "single")
        mine = found.truth_reactions.filter(pl.col("account_id").is_in(honest.implode()))
        assert set(mine["reaction"]) == {"verified", "appealed", "called", "cancelled"}

    def test_who_is_stopped_cannot_go_on(self, untouched):
        settings = certain("complied", blocked={FIRM: 1.0}, strength={FIRM: 0.0})
        found = treat_all(untouched, settings)
        assert used_elsewhere(found, untouched).filter(pl.col("day") > DAY + 1).is_empty()

    def test_a_firmer_treatment_moves_more(self, untouched):
        lenders = labelled(untouched, "shared")

        def moved(treatment: str) -> int:
            found = react(untouched, course(waves(lenders, treatment=treatment)))
            return found.truth_reactions.filter(pl.col("cause") == "treatment").height

        assert moved("notify") < moved("verify_device") < moved(FIRM)


class TestByItself:
    def test_nobody_needs_to_be_treated_to_leave_or_cancel(self, untouched):
        found = react(untouched, ReactionCourse(SETTINGS, MONTHS))
        assert set(found.truth_reactions["reaction"]) == {"cancelled", "lost_borrower"}
        assert found.truth_conversions.height > 0
        assert found.contacts.is_empty()

    def test_borrowers_leave_at_the_stated_rate(self, untouched):
        found = react(untouched, ReactionCourse(leaning(cancelled_per_month=0.0), MONTHS))
        lenders = labelled(untouched, "shared")
        mine = found.truth_households.filter(pl.col("account_id").is_in(lenders.implode()))
        expected = 1 - (1 - 0.22) ** (30 * MONTHS / 180)
        spread = (expected * (1 - expected) / mine.height) ** 0.5
        assert abs(mine["left_day"].is_not_null().mean() - expected) < 3 * spread

    def test_the_blocked_take_accounts_about_ten_points_more_often(self, untouched):
        lenders = labelled(untouched, "shared")
        rates = {False: list[float](), True: list[float]()}
        for seed, is_blocked in product(range(12), rates):
            settings = leaning(horizon_months=6).model_copy(update={"seed": seed})
            given = waves(lenders, SETTINGS.days) if is_blocked else None
            orders = NOTHING if given is None else read_orders(given, None, settings)
            homes = answer(untouched, ReactionCourse(settings, 6, orders)).fates.households
            mine = homes.filter(pl.col("account_id").is_in(lenders.implode()))
            rates[is_blocked].append(
                (mine["back_day"] < SETTINGS.days + 180).fill_null(value=False).mean()
            )
        others, blocked = (sum(each) / len(each) for each in rates.values())
        assert abs(others - 0.22) < 0.03
        assert abs(blocked - others - 0.10) < 0.04

    def test_nothing_happens_before_the_log_ends(self, untouched):
        found = react(untouched, ReactionCourse(SETTINGS, MONTHS))
        end = pl.lit(SETTINGS.first_day) + pl.duration(days=SETTINGS.days)
        assert found.truth_reactions.filter(pl.col("day") < end).is_empty()


class TestFriction:
    def test_honest_payers_are_asked_once_the_change_is_under_way(self, untouched):
        one = waves(labelled(untouched, "shared")[:1])
        found = react(untouched, course(one, leaning(cancelled_per_month=0.0)))
        asked = found.truth_reactions.filter(
            pl.col("cause") == "friction", pl.col("reaction") != "called"
        )
        begins = pl.lit(SETTINGS.first_day) + pl.duration(days=DAY)
        assert asked.filter(pl.col("day") < begins).is_empty()
        payers = untouched.truth_accounts.filter(pl.col("label") != "shared").height
        days = SETTINGS.days + 30 * MONTHS - DAY
        expected = 1 - 0.75 ** (days / 182)
        assert abs(asked.height / payers - expected) < 3 * (expected / payers) ** 0.5

    def test_only_customers_of_partners_who_have_begun(self, untouched):
        sold = untouched.accounts.filter(pl.col("partner") == "direct", pl.col("country") == "ES")
        given = waves(sold["account_id"][:1]).with_columns(
            partner=pl.lit("direct"), country=pl.lit("ES")
        )
        found = react(untouched, course(given))
        asked = found.truth_reactions.filter(pl.col("cause") == "friction")
        assert asked.height
        assert set(asked["account_id"]) <= set(sold["account_id"])


class TestFeedback:
    def test_is_what_the_feedback_command_takes(self, untouched):
        told = treat_all(untouched).feedback.with_columns(pl.all().cast(pl.String))
        taken = clean_results(told)
        assert taken.height == told.height
        kinds = {"verified", "appealed", "extra_member_bought", "cancelled"}
        assert set(taken["kind"].cast(pl.String)) == kinds
