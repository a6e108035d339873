from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given

from detector.kinds import DEVICE_TREATMENTS, CaseState, Treatment
from detector.policy.caps import TreatedToday, count_today
from detector.policy.decisions import Decisions
from detector.policy.opening_hours import CalendarSettings
from detector.policy.read import DEFAULT, read_policy
from detector.policy.rules import BEYOND_NOTIFY, PolicyCaps, TreatmentTerms
from tests.detector.policy.drawn import (
    SEEDS,
    TODAY,
    T,
    counted_today,
    devices,
    given_to,
    policy,
    rule,
    subject,
    subjects,
    treat,
    two_devices_each,
    world,
)

pytestmark = pytest.mark.slow

WITH_A_PERSON = [
    "under_review",
    "exempt",
    "appealed",
    "cleared",
    "overturned",
    "resolved",
    "withdrawn",
]
TO_DEVICES = [str(each) for each in DEVICE_TREATMENTS]
CAPPED = policy(
    rule(T.LIMIT_EXTERNAL_DEVICES, "limit"),
    rule(T.VERIFY_DEVICE, "verify", plans=("ads",)),
    rule(T.NOTIFY, "tell"),
    caps=PolicyCaps(per_day=7, per_partner_per_day=2, per_country_per_day=4),
)


class TestWhateverThePolicy:
    @given(SEEDS)
    def test_never_treats_whom_a_person_or_an_experiment_protects(self, seed):
        done = world(seed).done
        assert not done["case_state"].cast(pl.String).is_in(WITH_A_PERSON).any()
        assert (done["arm"] == "treated").all()

    @given(SEEDS)
    def test_never_treats_who_is_not_flagged_as_shared(self, seed):
        done = world(seed).done
        assert done["flagged"].all()
        assert done["verdict"].cast(pl.String).is_in(["shared", "resold"]).all()

    @given(SEEDS)
    def test_never_treats_a_device_that_is_not_known_to_live_elsewhere(self, seed):
        these = world(seed)
        known = two_devices_each(these.subjects.head(100))
        treated = treat(these.subjects, these.policy, known)
        done = treated.decisions.filter(pl.col("treatment").is_in(TO_DEVICES))
        found = done.join(known, on=["account_id", "device_id", "household_id"])
        assert found.height == done.height

    @given(SEEDS)
    def test_treats_no_device_where_home_is_not_sure(self, seed):
        these = world(seed)
        unsure = these.done.filter(pl.col("home_confidence") < these.policy.home_confidence)
        assert not unsure["treatment"].is_in(TO_DEVICES).any()

    @given(SEEDS)
    def test_goes_beyond_notify_only_where_a_person_confirmed_or_somebody_accepted(self, seed):
        these = world(seed)
        free = ["notify", *map(str, these.policy.accepted_for)]
        asked = these.done.filter(~pl.col("treatment").is_in(free))
        assert (asked["confirmed"] | (asked["case_state"] == "confirmed")).all()

    @given(SEEDS)
    def test_stops_devices_only_after_notice_and_in_grace(self, seed):
        done = world(seed).done.filter(pl.col("treatment").is_in(TO_DEVICES))
        for row in done.iter_rows(named=True):
            terms = world(seed).policy.terms(T(row["treatment"]))
            assert "notify" in row["given"]
            assert (TODAY - row["last_given"]).days >= terms.notice_days + terms.grace_days
            in_grace = row["case_state"] == "grace"
            assert in_grace or row["case_state"] == "treated"
            assert not in_grace or (TODAY - row["since"]).days >= terms.grace_days

    @given(SEEDS)
    def test_gives_nothing_twice_in_an_episode_and_nothing_while_cooling_down(self, seed):
        for row in world(seed).done.iter_rows(named=True):
            assert row["treatment"] not in row["given"]
            cool_down = world(seed).policy.terms(T(row["treatment"])).cooldown_days
            fresh = not row["given"] or not cool_down
            assert fresh or (TODAY - row["last_given"]).days >= cool_down

    @given(SEEDS)
    def test_gives_an_account_one_treatment_by_one_rule(self, seed):
        each = world(seed).done.group_by("account_id").agg(pl.col("treatment", "rule").n_unique())
        assert (each["treatment"] == 1).all()
        assert (each["rule"] == 1).all()

    @given(SEEDS)
    def test_does_not_depend_on_the_order_of_accounts(self, seed):
        these = world(seed)
        turned = treat(these.subjects.reverse(), these.policy, these.devices)
        assert turned.decisions.equals(these.treated.decisions)

    @given(SEEDS)
    def test_does_nothing_once_the_kill_switch_is_on(self, seed):
        these = world(seed)
        off = these.policy.model_copy(update={"kill_switch": True})
        assert treat(these.subjects, off, these.devices).decisions.is_empty()

    def test_does_all_there_is_to_do_in_some_of_these_worlds(self):
        """Else the promises above were kept by doing nothing."""
        done = {each for seed in range(80) for each in world(seed).done["treatment"].unique()}
        assert done == {*map(str, Treatment)} - {"none"}


class TestRules:
    def test_the_first_that_matches_wins(self):
        these = subjects(subject(given=[], last_given=None))
        mild = policy(rule(T.NOTIFY, "a"), rule(T.VERIFY_DEVICE, "b"))
        firm = policy(rule(T.VERIFY_DEVICE, "b"), rule(T.NOTIFY, "a"))
        assert treat(these, mild).decisions["rule"].to_list() == ["a"]
        assert treat(these, firm).decisions["rule"].to_list() == ["b"]

    @given(SEEDS)
    def test_without_those_below_the_winner_nothing_changes(self, seed):
        these = world(seed)
        uncapped = these.policy.model_copy(update={"caps": PolicyCaps()})
        done = treat(these.subjects, uncapped, these.devices).decisions
        for number in range(1, len(uncapped.rules) + 1):
            fewer = uncapped.model_copy(update={"rules": uncapped.rules[:number]})
            won = done.filter(pl.col("rule").is_in([each.name for each in fewer.rules]))
            assert treat(these.subjects, fewer, these.devices).decisions.equals(won)

    def test_none_lets_the_account_be(self):
        chosen = policy(rule(T.NONE, "wait", plans=("trial",)), rule(T.VERIFY_DEVICE, "verify"))
        these = subjects(subject("new", plan="trial"), subject("old"))
        assert given_to(treat(these, chosen)) == {"old": "verify_device"}

    @pytest.mark.parametrize(
        ("asked", "true", "untrue"),
        [
            ({"verdicts": ("resold",)}, {"verdict": "resold"}, {"verdict": "shared"}),
            ({"min_probability": 0.97}, {"probability": 0.97}, {"probability": 0.96}),
            ({"max_probability": 0.97}, {"probability": 0.97}, {"probability": 0.98}),
            ({"min_home_confidence": 0.9}, {"home_confidence": 0.9}, {"home_confidence": 0.8}),
            ({"patterns": ("abroad",)}, {"pattern": "abroad"}, {"pattern": "other"}),
            (
                {"min_external_households": 2},
                {"external_households": 2},
                {"external_households": 1},
            ),
            (
                {"max_external_households": 2},
                {"external_households": 2},
                {"external_households": 3},
            ),
            ({"min_runs_flagged": 2}, {"runs_flagged": 2}, {"runs_flagged": 1}),
            ({"partners": ("Orbex",)}, {"partner": "Orbex"}, {"partner": "Telvia"}),
            ({"partners": ("Orbex",)}, {"partner": "Orbex"}, {"partner": None}),
            ({"partners": ("*",)}, {"partner": "Orbex"}, {"partner": "direct"}),
            ({"not_partners": ("Orbex",)}, {"partner": None}, {"partner": "Orbex"}),
            ({"not_partners": ("*",)}, {"partner": "direct"}, {"partner": "Orbex"}),
            ({"countries": ("DE", "FR")}, {"country": "FR"}, {"country": None}),
            ({"plans": ("ads",)}, {"plan": "ads"}, {"plan": None}),
            ({"not_plans": ("ads",)}, {"plan": "standard"}, {"plan": None}),
            ({"min_account_age_days": 30}, {"account_age_days": 30}, {"account_age_days": None}),
            ({"case_states": (CaseState.WARNED,)}, {"case_state": "warned"}, {}),
            (
                {"given": (T.NOTIFY, T.OFFER_EXTRA_MEMBER)},
                {"given": ["notify", "offer_extra_member"]},
                {"given": ["notify"]},
            ),
            (
                {"not_given": (T.OFFER_EXTRA_MEMBER, T.OFFER_PROFILE_TRANSFER)},
                {"given": ["notify"]},
                {"given": ["notify", "offer_extra_member"]},
            ),
            ({"given_before": (T.NOTIFY,)}, {"given_before": ["notify"]}, {"given_before": []}),
        ],
        ids=str,
    )
    def test_each_condition(self, asked, true, untrue):
        these = subjects(subject("yes", **true), subject("no", **untrue))
        assert given_to(treat(these, policy(rule(T.VERIFY_DEVICE, **asked)))) == {
            "yes": "verify_device"
        }

    def test_of_devices_are_passed_over_where_home_is_not_sure_and_say_so(self):
        chosen = policy(rule(T.LIMIT_EXTERNAL_DEVICES, "limit"), rule(T.VERIFY_DEVICE, "verify"))
        these = subjects(subject(home_confidence=0.97))
        [reason] = treat(these, chosen, devices(("ada", "tv"))).decisions["reason"]
        assert reason == (
            "Because. Passed over: limit asks that home is known with a confidence of 0.98 or more."
        )

    def test_of_devices_are_passed_over_where_none_are_known(self):
        chosen = policy(rule(T.LIMIT_EXTERNAL_DEVICES, "limit"), rule(T.VERIFY_DEVICE, "verify"))
        assert given_to(treat(subjects(subject()), chosen)) == {"ada": "verify_device"}

    def test_of_devices_make_one_decision_for_each(self):
        known = devices(("ada", "tv"), ("ada", "phone"), ("bob", "tv"))
        done = treat(subjects(subject()), policy(rule(T.LIMIT_EXTERNAL_DEVICES)), known).decisions
        assert done["device_id"].to_list() == ["phone", "tv"]
        assert done["household_id"].to_list() == ["elsewhere"] * 2
        assert done["decision_id"].n_unique() == 2

    def test_that_only_wait_let_no_later_rule_act(self):
        """Who has been offered something is not told to verify a device while they think."""
        terms = {T.OFFER_EXTRA_MEMBER: TreatmentTerms(cooldown_days=7)}
        chosen = policy(
            rule(T.OFFER_EXTRA_MEMBER, "offer"), rule(T.VERIFY_DEVICE, "verify"), treatments=terms
        )
        these = subjects(
            subject("cooling", last_given=TODAY - timedelta(days=6)),
            subject("given", given=["notify", "offer_extra_member"]),
            subject("due", last_given=TODAY - timedelta(days=7)),
        )
        assert given_to(treat(these, chosen)) == {"due": "offer_extra_member"}

    def test_never_loosen_what_is_paused(self):
        these = subjects(subject(given=["notify", "pause_external_devices"]))
        chosen = policy(rule(T.LIMIT_EXTERNAL_DEVICES))
        assert treat(these, chosen, devices(("ada", "tv"))).decisions.is_empty()


class TestConfirmation:
    @pytest.mark.parametrize("treatment", BEYOND_NOTIFY)
    def test_is_asked_beyond_notify(self, treatment):
        these = subjects(subject("told", confirmed=False), subject("seen"))
        done = treat(these, policy(rule(treatment)), two_devices_each(these))
        assert given_to(done) == {"seen": treatment}

    def test_is_not_asked_for_what_somebody_answers_for(self):
        chosen = policy(
            rule(T.OFFER_EXTRA_MEMBER, plans=("standard",)),
            rule(T.VERIFY_DEVICE, "verify"),
            accepted_by="J. Doe",
            accepted_for=(T.OFFER_EXTRA_MEMBER,),
        )
        these = subjects(
            subject("a", confirmed=False), subject("b", confirmed=False, plan="premium")
        )
        assert given_to(treat(these, chosen)) == {"a": "offer_extra_member"}


class TestDecisions:
    def test_say_by_what_and_when(self):
        these = subjects(subject(wave="spring", episode=2, given=[], last_given=None))
        [row] = treat(these, policy(rule(T.NOTIFY, "tell"))).decisions.to_dicts()
        assert row["rule"] == "tell"
        assert (row["wave"], row["episode"], row["run"]) == ("spring", 2, "run")
        assert row["as_of"] == TODAY
        assert row["not_before"] == datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
        assert row["withdraws"] is None

    def test_wait_for_the_morning_where_the_account_lives(self):
        calendar = CalendarSettings(
            time_zones={"DE": "Europe/Berlin"}, quiet_hours="20:00-09:00", time_zone="Asia/Tokyo"
        )
        these = subjects(subject("de", given=[]), subject("un", given=[], country=None))
        done = treat(these, policy(rule(T.NOTIFY), calendar=calendar)).decisions
        hours = dict(done.select("account_id", pl.col("not_before").dt.hour()).iter_rows())
        assert hours == {"de": 7, "un": 0}

    def test_of_nobody_are_an_empty_table(self):
        assert treat(subjects(), policy(rule(T.NOTIFY))).decisions.equals(Decisions.create_empty())


class TestCaps:
    @pytest.mark.parametrize("seed", range(3))
    def test_hold_on_every_day_of_a_month_however_often_one_decides(self, seed):
        """Every other day the work is done in three calls, each of which knows of those before."""
        these = world(seed)
        waiting = these.subjects
        for day in range(30):
            calls, today = 3 if day % 2 else 1, counted_today()
            for part in range(calls):
                due = waiting.filter(pl.int_range(pl.len()) % calls == part)
                as_of = TODAY + timedelta(days=day)
                done = treat(due, CAPPED, these.devices, as_of=as_of, today=today).decisions
                accounts = waiting.join(done, on="account_id", how="semi")
                today = add(today, done, accounts)
                waiting = waiting.join(accounts, on="account_id", how="anti")
            check_caps(today, CAPPED.caps)

    def test_take_the_surest_first(self):
        these = subjects(
            subject("b", probability=0.98),
            subject("c", probability=0.99),
            subject("a", probability=0.98),
        )
        chosen = policy(rule(T.VERIFY_DEVICE), caps=PolicyCaps(per_day=2))
        assert sorted(given_to(treat(these, chosen))) == ["a", "c"]

    def test_count_whom_they_hold_back(self):
        these = subjects(
            *(subject(f"o{n}", partner="Orbex") for n in range(3)),
            *(subject(f"t{n}", partner="direct") for n in range(4)),
        )
        caps = PolicyCaps(per_day=4, per_partner_per_day=1)
        held = treat(these, policy(rule(T.VERIFY_DEVICE), caps=caps)).held_back
        assert dict(held.iter_rows()) == {"per_partner_per_day": 2, "per_day": 1}

    def test_leave_the_room_of_one_whom_another_cap_holds_back(self):
        these = subjects(
            subject("a", partner="Orbex", country="US", probability=0.999),
            subject("b", partner="Orbex", country="DE", probability=0.99),
        )
        caps = PolicyCaps(per_country_per_day=1, per_partner_per_day=1)
        today = counted_today((None, "US", 1))
        chosen = policy(rule(T.VERIFY_DEVICE), caps=caps)
        assert given_to(treat(these, chosen, today=today)) == {"b": "verify_device"}

    def test_count_accounts_not_devices(self):
        chosen = policy(rule(T.LIMIT_EXTERNAL_DEVICES), caps=PolicyCaps(per_day=1))
        known = devices(("ada", "tv"), ("ada", "phone"))
        assert treat(subjects(subject()), chosen, known).decisions.height == 2


def default():
    return read_policy(DEFAULT.read_text(encoding="utf-8"), source="default.toml")


def add(today, done, accounts):
    return TreatedToday.validate(pl.concat([today, count_today(done, accounts)]))


def check_caps(today, caps):
    assert caps.per_day is None or today["accounts"].sum() <= caps.per_day
    for column, cap in (
        ("partner", caps.per_partner_per_day),
        ("country", caps.per_country_per_day),
    ):
        sold = today.filter(pl.col("partner") != "direct")
        known = sold if column == "partner" else today
        most = known.group_by(column).agg(pl.col("accounts").sum())["accounts"].max() or 0
        assert cap is None or most <= cap


class TestDefaultPolicy:
    @given(SEEDS)
    def test_only_gives_notice(self, seed):
        these = world(seed)
        done = treat(these.subjects, default(), these.devices).decisions
        assert set(done["treatment"]) <= {"notify"}

    def test_gives_notice_to_a_new_case(self):
        fresh = subject(case_state="open", confirmed=False, given=[], last_given=None)
        assert given_to(treat(subjects(fresh), default())) == {"ada": "notify"}
