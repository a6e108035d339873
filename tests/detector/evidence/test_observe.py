import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.evidence.factors.account import FOOTHOLDS
from detector.evidence.observations import Observations
from detector.evidence.observe import observe
from tests.detector.builders import day_of, visit, visits, weekday
from tests.detector.evidence.plain import plainly
from tests.detector.evidence.scenes import MOBILE, SETTINGS, homes, observed, scene, text

MONTH = range(28)
HOME = visits("ada", ["tv-home", "phone-home"], 0)
AWAY = visits("ada", "tv-away", 1, range(20))


def fact(name, *parts, **fields):
    return observed(*parts, **fields)[name].to_list()


class TestObserve:
    def test_of_nobody(self):
        assert observed().is_empty()

    def test_one_household_has_nothing_to_observe(self):
        assert observed(HOME).is_empty()

    def test_one_row_per_group_but_home(self):
        assert observed(HOME, AWAY).select("account_id", "group").rows() == [("ada", 1)]

    def test_days_at_the_own_place(self):
        assert fact("own_days", HOME, AWAY) == [20]

    def test_a_day_with_two_devices_is_one_day(self):
        assert fact("own_days", HOME, AWAY, visits("ada", "phone-away", 1, range(20))) == [20]

    def test_days_on_the_road_are_at_no_place(self):
        road = visits("ada", "phone-away", MOBILE, range(5))
        found = observed(HOME, AWAY, road).select("own_days", "nowhere_days").row(0)
        assert found == (20, 5)

    def test_a_group_that_lives_nowhere(self):
        found = observed(HOME, visits("ada", "phone-away", MOBILE)).row(0, named=True)
        assert (found["own_days"], found["all_days"], found["kind"]) == (0, 28, None)

    def test_the_day_on_which_use_moved(self):
        moved = visits("ada", "tv-home", 0, range(14)), visits("ada", "tv-away", 1, range(14, 28))
        assert fact("move_day", *moved) == [day_of(14)]
        assert fact("leave_day", *moved) == [None]

    def test_the_day_on_which_it_left_home(self):
        left = (
            visits("ada", "phone-away", 0, range(9)),
            visits("ada", "phone-away", 1, range(9, 28)),
        )
        assert fact("leave_day", HOME, *left) == [day_of(9)]

    def test_what_goes_on_side_by_side_has_no_such_day(self):
        assert fact("move_day", HOME, visits("ada", "tv-away", 1)) == [None]

    def test_days_on_which_it_came_home(self):
        visiting = visits("ada", "phone-away", 0, [3, 10])
        assert fact("home_days", HOME, AWAY, visiting) == [2]

    def test_days_on_which_home_came_to_it(self):
        visiting = visits("ada", "phone-home", 1, [3, 10, 17])
        assert fact("company_days", HOME, AWAY, visiting) == [3]

    def test_home_at_its_place_while_it_is_silent_is_no_company(self):
        keys = visits("ada", "phone-home", 1, [25])
        assert fact("company_days", HOME, AWAY, keys) == [0]

    def test_days_on_which_both_places_were_in_use(self):
        assert fact("both_days", HOME, AWAY) == [20]

    def test_a_home_that_moved_is_silent_while_the_other_wakes(self):
        before = visits("ada", "tv-home", 0, range(14))
        after = visits("ada", "tv-away", 1, range(14, 28))
        found = observed(before, after).row(0, named=True)
        assert (found["both_days"], found["h_silent_days"], found["silent_days"]) == (0, 14, 0)

    @pytest.mark.parametrize(
        ("kind", "count"),
        [
            ("home_line", "private_stays"),
            ("carrier_nat", "nat_stays"),
            ("workplace", "office_stays"),
            ("campus", "office_stays"),
            ("venue", "venue_stays"),
        ],
    )
    def test_stays_by_kind_of_place(self, kind, count):
        assert fact(count, HOME, AWAY, kinds={1: {"kind": kind}}) == [20]

    def test_the_strongest_tie_to_home(self):
        ties = [("phone-home", "tv-away", 0.1), ("tv-away", "tv-home", 0.3)]
        assert fact("tie", HOME, AWAY, ties=ties) == [0.3]

    def test_without_a_tie_it_is_none(self):
        assert fact("tie", HOME, AWAY) == [0]

    def test_televisions_and_what_people_carry(self):
        rows = [AWAY, visits("ada", ["phone-away", "tablet-away"], 1, range(3))]
        assert observed(HOME, *rows).select("televisions", "carried").row(0) == (1, 2)

    def test_weekends(self):
        weekend = visits("ada", "tv-away", 1, [day for day in MONTH if not weekday(day)])
        assert fact("own_weekend_days", HOME, weekend) == [8]

    def test_without_positions_no_distance(self):
        assert fact("apart_km", HOME, AWAY) == [None]

    def test_distance_from_home(self):
        kinds = {0: {"latitude": 45.8, "longitude": 4.8}, 1: {"latitude": 48.9, "longitude": 2.3}}
        assert 385 < fact("apart_km", HOME, AWAY, kinds=kinds)[0] < 405

    @pytest.mark.parametrize(
        ("here", "there", "other"),
        [("FR", "FR", False), ("FR", "PT", True), ("FR", None, None), (None, None, None)],
    )
    def test_country(self, here, there, other):
        kinds = {0: {"country": here}, 1: {"country": there}}
        assert fact("other_country", HOME, AWAY, kinds=kinds) == [other]

    def test_accounts_that_its_devices_were_seen_on(self):
        assert fact("device_accounts", HOME, AWAY, accounts={"tv-away": 3}) == [3]


class TestSimultaneity:
    def test_half_hours_in_which_both_played(self):
        home = visits("ada", "tv-home", 0, playing=[40, 41])
        away = visits("ada", "tv-away", 1, range(10), playing=[41, 42])
        assert fact("together", home, away) == [10]

    def test_on_other_days_it_is_not_together(self):
        home = visits("ada", "tv-home", 0, range(14), playing=[40])
        away = visits("ada", "tv-away", 1, range(14, 28), playing=[40])
        assert fact("together", home, away) == [0]

    def test_chance_is_what_strangers_would_give(self):
        home = visits("ada", "tv-home", 0, range(0, 28, 2), playing=[40])
        home += visits("ada", "tv-home", 0, range(1, 28, 2))
        away = visits("ada", "tv-away", 1, range(14), playing=[40])
        away += visits("ada", "tv-away", 1, range(14, 28))
        found = observed(home, away).row(0, named=True)
        assert found["meetings"] / found["account_span"] == 7

    def test_what_plays_away_from_its_own_place_does_not_count(self):
        home = visits("ada", "tv-home", 0, playing=[40])
        away = visits("ada", "tv-away", 1, playing=[10])
        guest = visits("ada", "phone-away", 0, playing=[40])
        assert fact("together", home, away, guest) == [0]

    def test_the_first_and_last_half_hour_of_a_day(self):
        home = visits("ada", "tv-home", 0, [0], playing=[0, 47])
        away = visits("ada", "tv-away", 1, [0], playing=[0, 47])
        found = observed(home, away).row(0, named=True)
        assert (found["together"], found["meetings"]) == (2, 2)


class TestProfiles:
    HOME = visits("ada", "tv-home", 0, profiles=[1])

    def test_one_person_at_home_and_away(self):
        road = visits("ada", "phone-home", 0, [1], profiles=[2])
        away = visits("ada", "phone-away", 1, profiles=[1])
        assert fact("profile_share", self.HOME, road, away) == [0.5]
        assert fact("profile_back", self.HOME, road, away) == [round(28 / 29, 4)]
        assert fact("new_share", self.HOME, road, away) == [0]

    def test_strangers(self):
        away = visits("ada", "tv-away", 1, profiles=[2])
        assert fact("profile_share", self.HOME, away) == [0]
        assert fact("profile_back", self.HOME, away) == [0]
        assert fact("new_share", self.HOME, away) == [1]

    def test_the_only_profile_of_an_account_tells_nobody_apart(self):
        assert fact("profile_share", self.HOME, visits("ada", "tv-away", 1, profiles=[1])) == [None]

    def test_a_log_without_profiles(self):
        assert fact("profile_share", HOME, AWAY) == [None]

    def test_the_highest_bit_is_a_profile(self):
        home = visits("ada", "tv-home", 0, profiles=[63])
        away = visits("ada", "tv-away", 1, profiles=[2, 63])
        assert fact("profile_share", home, away) == [0.25]


ROWS = st.lists(
    st.builds(
        visit,
        st.just("ada"),
        st.sampled_from(["tv-home", "phone-home", "tv-away", "phone-away"]),
        st.integers(-1, 2),
        st.integers(0, 20),
        playing=st.lists(st.integers(0, 47), max_size=3),
        profiles=st.lists(st.sampled_from([0, 1, 5, 63]), max_size=2),
    ),
    min_size=1,
    max_size=30,
)


class TestProperties:
    @settings(deadline=None, max_examples=100)
    @given(ROWS)
    def test_compiled_loops_count_what_one_would_count_by_hand(self, rows):
        rows = list({(r["device_id"], r["day"], r["place"]): r for r in rows}.values())
        told = plainly(rows)
        for found in observed(rows).iter_rows(named=True):
            assert {name: found[name] for name in told} == pytest.approx(told)

    @settings(deadline=None, max_examples=50)
    @given(ROWS, st.randoms())
    def test_the_order_of_rows_is_irrelevant(self, rows, random):
        rows = list({(r["device_id"], r["day"], r["place"]): r for r in rows}.values())
        assert observed(rows).equals(observed(random.sample(rows, len(rows))))

    @settings(deadline=None, max_examples=50)
    @given(ROWS)
    def test_all_columns_are_as_their_schema_says(self, rows):
        Observations.validate(observed(rows))

    @settings(deadline=None, max_examples=50)
    @given(ROWS)
    def test_parts_are_no_more_than_the_whole(self, rows):
        for found in observed(rows).iter_rows(named=True):
            assert found["company_days"] <= found["own_days"] <= found["all_days"]
            assert found["all_days"] <= found["span_days"] <= found["account_span"]
            assert found["home_days"] <= found["all_days"]
            assert found["both_days"] <= found["own_days"]

    def test_accounts_know_nothing_of_each_other(self):
        ada = scene(HOME, AWAY)
        bob = ada.__class__(
            *(
                pl.concat([frame, frame.with_columns(account_id=pl.lit("bob"))])
                for frame in vars(ada).values()
            )
        )
        both = observe(bob, SETTINGS)
        assert both.drop("account_id")[0].equals(both.drop("account_id")[1])
        assert both[:1].equals(observe(ada, SETTINGS))


TWO_FAMILIES = [
    *visits("ada", "tv-a-home", 0, range(20), profiles=[1]),
    *visits("ada", "tv-a-home", 0, [20], profiles=[2]),
    *visits("ada", "tv-b-home", 0, profiles=[2]),
]
"""In one piece; of one profile the other's television saw but a slip of the finger."""
LATE = visits("ada", "tv-away", 1, range(5, 10), profiles=[1])
WITH_PROFILES = visits("ada", "tv-home", 0, profiles=[1, 2])


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "other", "column", "before", "after"),
        [
            ("settled_days", 5, "new_devices", 1, 0),
            ("min_foothold_days", 6, "footholds", 2, 1),
            ("min_television_days", 57, "lent", 0.2273, None),
        ],
    )
    def test_of_groups(self, name, other, column, before, after):
        parts = WITH_PROFILES, LATE, visits("ada", "phone-home", 0, range(6), profiles=[1])
        found = [
            observed(*parts, settings=SETTINGS.model_copy(update=changed))[column].item()
            for changed in ({}, {name: other})
        ]
        assert found == [before, after]

    @pytest.mark.parametrize(
        ("name", "other", "before", "after"),
        [("slip_one_in", 30, 2, 1), ("min_circle_days", 22, 2, 1)],
    )
    def test_of_accounts_in_one_piece(self, name, other, before, after):
        found = [
            homes(TWO_FAMILIES, settings=SETTINGS.model_copy(update=changed))["screen_circles"]
            for changed in ({}, {name: other})
        ]
        assert [each.item() for each in found] == [before, after]

    def test_words_tell_the_days_that_were_asked_for(self):
        three = SETTINGS.model_copy(update={"min_foothold_days": 3})
        told = text(FOOTHOLDS, WITH_PROFILES, LATE, settings=three)
        assert told == "2 groups of the account are in use on three days or more"
