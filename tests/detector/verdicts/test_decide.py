from dataclasses import replace

import polars as pl
import pytest

from detector.events.accounts import AccountRecords
from detector.evidence.scorecard import MICRO, Card, Scorecard, log_odds
from detector.settings import VerdictSettings
from detector.verdicts.decide import Findings, decide_verdicts, score_groups
from tests.detector.builders import table, visits
from tests.detector.evidence.scenes import observed

NO_CARD = Card(prior_micro_bits=0, shapes={})
CARDS = Scorecard(
    version="test", known=NO_CARD, unknown=NO_CARD, alone_micro_bits=-5 * MICRO, threshold=0.9
)
SURE, LIKELY, UNLIKELY = 8.0, 1.0, -4.0
TELEVISION = {"televisions": 1, "own_days": 28}
THIN = {"televisions": 0, "own_days": 1}
PLAIN = observed(visits("ada", "tv-home", 0), visits("ada", "tv-away", 1)).row(0, named=True)


def group(bits, **facts):
    return bits, {**PLAIN, **TELEVISION, **facts}


def sums(*groups):
    """What the groups of an account weigh, numbered from 1 on; -5 bits if there are none."""
    bits = {n: bits for n, (bits, _) in enumerate(groups, start=1)} or {0: -5.0}
    shape = {"account_id": pl.String, "group": pl.Int32, "micro_bits": pl.Int64}
    rows = [("ada", n, round(each * MICRO)) for n, each in bits.items()]
    return pl.DataFrame(rows, shape, orient="row")


def findings(  # what is seen of the account
    *groups,
    active_days=28,
    common_days=0,
    doubled_days=0,
    moved_days=0,
    keeps_second_place=False,
):
    facts = [f | {"group": n} for n, (_, f) in enumerate(groups, start=1)]
    shape = observed(visits("ada", "tv-home", 0), visits("ada", "tv-away", 1)).schema
    return Findings(
        accounts=pl.DataFrame(
            {
                "account_id": ["ada"],
                "devices": [3],
                "active_days": [active_days],
                "home_place": [0],
                "common_days": [common_days],
                "doubled_days": [doubled_days],
                "moved_days": [moved_days],
                "keeps_second_place": [keeps_second_place],
            }
        ),
        observations=pl.DataFrame(facts, schema=shape),
    )


def scored(*groups):
    found = findings(*groups)
    return score_groups(sums(*groups), found.observations, VerdictSettings())


def decide(*groups, before=(), paid_for=None, seen=None, **settings):
    told = pl.Series(before, dtype=pl.String)
    records = [] if paid_for is None else [{"account_id": "ada", "extra_members": paid_for}]
    found = replace(
        findings(*groups, **(seen or {})),
        flagged_before=told,
        records=table(AccountRecords, records),
    )
    chosen = VerdictSettings(**settings)
    scores = score_groups(sums(*groups), found.observations, chosen)
    return decide_verdicts(found, scores, CARDS, chosen).row(0, named=True)


class TestScoreGroups:
    def test_households_are_numbered_by_falling_probability(self):
        found = scored(group(1.0), group(8.0), group(3.0))
        assert dict(found.select("group", "household").rows()) == {2: 1, 3: 2, 1: 3}

    def test_an_unlikely_group_lives_at_home(self):
        found = scored(group(SURE), group(UNLIKELY)).sort("group")
        assert found["lives_with"].to_list() == [1, 0]
        assert found["external"].to_list() == [True, False]

    def test_one_household_has_number_0(self):
        assert scored().select("group", "household", "external").row(0) == (0, 0, False)

    def test_a_thin_group_counts_with_the_main_household(self):
        found = scored(group(SURE), group(SURE, **THIN)).sort("group")
        assert found["external"].to_list() == [True, False]
        assert found["lives_with"].to_list() == [1, 1]

    def test_a_thin_group_does_not_lead_one_with_a_television(self):
        found = scored(group(SURE + 3, **THIN), group(SURE)).sort("group")
        assert found["household"].to_list() == [2, 1]

    def test_a_thin_group_alone_is_a_household(self):
        assert scored(group(SURE, **THIN))["external"].to_list() == [True]

    def test_the_same_people_at_two_places_are_one_household(self):
        found = scored(group(SURE + 1), group(SURE, twin=1, twin_share=0.9)).sort("group")
        assert found["external"].to_list() == [True, False]
        assert found["lives_with"].to_list() == [1, 1]

    def test_people_with_other_profiles_are_two(self):
        found = scored(group(SURE + 1), group(SURE, twin=1, twin_share=0.4))
        assert found["external"].to_list() == [True, True]

    def test_a_profile_that_everybody_borrows_unites_nobody(self):
        borrowers = [group(SURE + n, twin=1, twin_share=1.0) for n in (3, 2, 1)]
        assert scored(*borrowers)["external"].to_list() == [True, True, True]

    def test_thin_groups_alone_are_one_household(self):
        found = scored(group(SURE, **THIN), group(SURE - 1, **THIN))
        assert found["external"].sum() == 1
        assert found["lives_with"].to_list() == [1, 1]

    def test_phones_that_stay_are_a_household(self):
        phones = {"televisions": 0, "own_days": 20}
        assert scored(group(SURE), group(SURE, **phones))["external"].sum() == 2

    def test_every_number_is_given_once(self):
        found = scored(*(group(float(b)) for b in (3, -1, 3, 0, 9)))
        assert sorted(found["household"]) == [1, 2, 3, 4, 5]


class TestDecideVerdicts:
    def test_one_household(self):
        assert decide()["verdict"] == "one_household"

    def test_unlikely_groups_are_one_household(self):
        assert decide(group(UNLIKELY))["verdict"] == "one_household"

    def test_sure_is_shared(self):
        found = decide(group(SURE))
        assert (found["verdict"], found["flagged"]) == ("shared", True)

    def test_more_likely_than_not_is_not_enough(self):
        found = decide(group(LIKELY))
        assert (found["verdict"], found["flagged"]) == ("insufficient_evidence", False)

    @pytest.mark.parametrize("groups", [[], [group(SURE)], [group(UNLIKELY)]])
    def test_a_thin_account_is_not_known(self, groups):
        found = decide(*groups, seen={"active_days": 1})
        assert (found["verdict"], found["flagged"]) == ("insufficient_evidence", False)

    @pytest.mark.parametrize(
        ("seen", "pattern"),
        [
            ({"common_days": 5}, "devices_of_many_accounts"),
            ({"doubled_days": 7}, "one_id_at_two_places"),
        ],
    )
    @pytest.mark.parametrize("groups", [[], [group(UNLIKELY)]])
    def test_of_ids_that_name_no_device_nobody_can_know(self, groups, seen, pattern):
        found = decide(*groups, seen=seen)
        assert (found["verdict"], found["pattern"]) == ("insufficient_evidence", pattern)

    @pytest.mark.parametrize("seen", [{"common_days": 5}, {"doubled_days": 7}])
    def test_what_is_sure_without_such_ids_stays_so(self, seen):
        assert decide(group(SURE), seen=seen)["verdict"] == "shared"

    def test_a_trace_of_such_ids_changes_nothing(self):
        assert decide(seen={"common_days": 4})["verdict"] == "one_household"

    def test_a_line_that_fails_over_now_and_then_is_no_second_device(self):
        assert decide(seen={"doubled_days": 6})["verdict"] == "one_household"

    def test_at_the_threshold_is_flagged(self):
        chance = scored(group(SURE))["probability"][0]
        assert decide(group(SURE), threshold=chance)["flagged"]
        assert not decide(group(SURE), threshold=min(1, chance + 1e-4))["flagged"]

    def test_a_threshold_of_one_flags_nobody_in_doubt(self):
        assert not decide(group(SURE), threshold=1)["flagged"]

    def test_one_household_is_not_flagged_at_any_threshold(self):
        assert not decide(threshold=0)["flagged"]

    def test_many_households_are_a_business(self):
        found = decide(*[group(SURE)] * 9)
        assert (found["verdict"], found["pattern"]) == ("resold", "resold")

    def test_many_unlikely_groups_are_no_business(self):
        assert decide(group(SURE), *[group(UNLIKELY)] * 9)["verdict"] == "shared"

    def test_the_most_probable_group_decides(self):
        found = decide(group(UNLIKELY), group(SURE), group(LIKELY))
        assert found["evidence_bits"] == SURE

    def test_external_households_are_counted(self):
        assert decide(group(SURE), group(LIKELY), group(UNLIKELY))["external_households"] == 2


THRESHOLD_BITS = log_odds(0.9)


class TestFlaggedBefore:
    @pytest.mark.parametrize(
        ("below", "flagged"), [(0.1, True), (0.99, True), (1.01, False), (5.0, False)]
    )
    def test_is_held_until_the_evidence_is_clearly_below(self, below, flagged):
        one = group(THRESHOLD_BITS - below)
        assert decide(one, before=["ada"], release_margin_bits=1)["flagged"] is flagged
        assert not decide(one, release_margin_bits=1)["flagged"]

    def test_others_are_not_held(self):
        assert not decide(group(THRESHOLD_BITS - 0.1), before=["bob"])["flagged"]

    def test_who_is_held_has_the_verdict_of_the_flagged(self):
        assert decide(group(THRESHOLD_BITS - 0.1), before=["ada"])["verdict"] == "shared"

    def test_without_a_margin_nobody_is_held(self):
        one = group(THRESHOLD_BITS - 0.01)
        assert not decide(one, before=["ada"], release_margin_bits=0)["flagged"]

    def test_more_likely_honest_is_never_held(self):
        assert not decide(group(-0.1), before=["ada"], release_margin_bits=50)["flagged"]

    def test_a_thin_account_is_not_held(self):
        assert not decide(group(SURE), before=["ada"], seen={"active_days": 1})["flagged"]

    def test_a_threshold_of_one_releases_all(self):
        assert not decide(group(SURE), before=["ada"], threshold=1)["flagged"]

    def test_nobody_is_held_where_all_devices_live_together(self):
        assert not decide(before=["ada"], release_margin_bits=50)["flagged"]


class TestExtraMembers:
    def test_a_household_that_is_paid_for_is_not_flagged(self):
        found = decide(group(SURE), paid_for=1)
        assert (found["verdict"], found["flagged"]) == ("one_household", False)
        assert found["pattern"] == "extra_members"

    def test_one_more_than_paid_for_is_flagged(self):
        found = decide(group(SURE), group(SURE), paid_for=1)
        assert (found["verdict"], found["flagged"]) == ("shared", True)

    def test_one_more_than_paid_for_must_be_sure_itself(self):
        found = decide(group(SURE), group(LIKELY), paid_for=1)
        assert (found["verdict"], found["flagged"]) == ("insufficient_evidence", False)

    @pytest.mark.parametrize("paid_for", [0, None])
    def test_nothing_paid_for_is_nothing_allowed(self, paid_for):
        assert decide(group(SURE), paid_for=paid_for)["flagged"]

    def test_a_flag_is_not_held_over_what_is_paid_for(self):
        assert not decide(group(SURE), before=["ada"], paid_for=1, release_margin_bits=50)[
            "flagged"
        ]

    def test_a_thin_account_is_not_known(self):
        assert (
            decide(group(SURE), seen={"active_days": 1}, paid_for=1)["verdict"]
            == "insufficient_evidence"
        )

    def test_who_lives_alone_keeps_the_pattern(self):
        assert decide(paid_for=2)["pattern"] == "one_home"


class TestPatterns:
    @pytest.mark.parametrize(
        ("facts", "pattern"),
        [
            ({}, "second_household"),
            ({"other_country": True}, "household_abroad"),
            ({"televisions": 0, "own_days": 20}, "borrower_without_television"),
            ({"nat_stays": 28, "stays": 28}, "same_line_pool"),
        ],
    )
    def test_of_shared_accounts(self, facts, pattern):
        assert decide(group(SURE, **facts))["pattern"] == pattern

    def test_of_several_households(self):
        assert decide(group(SURE), group(SURE))["pattern"] == "several_households"

    @pytest.mark.parametrize(
        ("seen", "pattern"),
        [
            ({}, "one_home"),
            ({"moved_days": 9}, "moved_house"),
            ({"keeps_second_place": True}, "second_home"),
        ],
    )
    def test_of_an_account_in_one_piece(self, seen, pattern):
        assert decide(seen=seen)["pattern"] == pattern

    @pytest.mark.parametrize(
        ("facts", "pattern"),
        [
            ({"own_days": 0, "televisions": 0}, "mobile_only_device"),
            ({"move_days": 9, "move_parted": 9}, "moved_house"),
            ({"leave_days": 9, "leave_parted": 9}, "moved_out"),
            ({"office_stays": 28, "stays": 28}, "work_or_study_network"),
            ({"venue_stays": 28, "stays": 28}, "traveller"),
            ({"company_days": 28}, "second_home"),
            ({"home_days": 14, "carried": 1}, "commuter"),
            ({"span_days": 5, "own_days": 5}, "visit"),
            ({"own_weekend_days": 0}, "weekly_commuter"),
            ({"own_weekend_days": 24}, "second_home"),
            ({"fortnight_pairs": 12, "week_pairs": 2}, "two_homes_by_turns"),
            ({"both_days": 2}, "second_home"),
            ({}, "unclear"),
        ],
    )
    def test_of_honest_accounts(self, facts, pattern):
        assert decide(group(UNLIKELY, **facts))["pattern"] == pattern
