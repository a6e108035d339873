import pytest
from hypothesis import given

from detector.policy.explain import answer_rules, explain, why
from detector.policy.opening_hours import CalendarSettings
from detector.policy.read import DEFAULT, GRADUATED, read_policy
from detector.policy.rules import PolicyCaps, ReviewTerms, TreatmentTerms
from tests.detector.policy.drawn import (
    SEEDS,
    TODAY,
    T,
    devices,
    policy,
    rule,
    subject,
    subjects,
    treat,
    world,
)


def told(chosen, known=None, **fields):
    return why(chosen, subjects(subject(**fields)), known or devices(("ada", "tv")), TODAY)


class TestExplain:
    @pytest.mark.parametrize("path", [DEFAULT, GRADUATED], ids=lambda path: path.stem)
    def test_tells_every_rule_and_its_reason(self, path):
        chosen = read_policy(path.read_text(encoding="utf-8"), source=path.name)
        text = explain(chosen)
        for number, each in enumerate(chosen.rules, start=1):
            assert f"  {number}. {each.name}: {each.treatment}, if " in text
            assert each.reason in text

    def test_tells_whom_no_rule_reaches(self):
        never = explain(policy(rule(T.NOTIFY))).partition("Never treated")[2]
        for guard in ("flags it", "its verdict is", "a person is at it", "held out"):
            assert guard in never

    def test_tells_what_devices_need(self):
        text = explain(policy(rule(T.LIMIT_EXTERNAL_DEVICES), home_confidence=0.97))
        needs = text.partition("limit_external_devices only when:")[2].partition("\n\n")[0]
        for need in ("0.97", "devices of external", "notice", "person has confirmed", "grace"):
            assert need in needs

    def test_tells_who_accepted_what(self):
        chosen = policy(rule(T.NOTIFY), accepted_by="J. Doe", accepted_for=(T.VERIFY_DEVICE,))
        assert "verify_device without a person: accepted by J. Doe" in explain(chosen)

    @pytest.mark.parametrize("second_look", [True, False])
    def test_tells_whether_it_takes_two(self, second_look):
        chosen = policy(rule(T.NOTIFY), review=ReviewTerms(second_look=second_look))
        assert ("once a second one confirms it too" in explain(chosen)) == second_look

    def test_tells_caps_and_quiet_times(self):
        caps = PolicyCaps(per_day=5, per_country_per_day=3)
        calendar = CalendarSettings(quiet_hours="20:00-09:00", quiet_weekdays=("sunday",))
        text = explain(policy(rule(T.NOTIFY), caps=caps, calendar=calendar))
        for words in ("at most 5\n", "at most 3 of each country", "from 20:00 to 09:00", "sunday"):
            assert words in text

    def test_tells_that_the_kill_switch_is_on(self):
        assert "kill switch is on" in explain(policy(rule(T.NOTIFY), kill_switch=True))

    def test_steers_no_terminal(self):
        assert "\x1b" not in explain(policy(rule(T.NOTIFY, plans=("\x1b[2J",))))


class TestWhy:
    def test_names_what_was_passed_over_and_what_wins(self):
        chosen = policy(rule(T.LIMIT_EXTERNAL_DEVICES, "limit"), rule(T.VERIFY_DEVICE, "verify"))
        assert told(chosen, home_confidence=0.5).splitlines() == [
            "limit: matches, but is passed over; it is not true that home is known with a "
            "confidence of 0.98 or more",
            "verify: matches, so that the account is given verify_device",
        ]

    def test_names_what_is_waited_for(self):
        terms = {T.VERIFY_DEVICE: TreatmentTerms(notice_days=7)}
        chosen = policy(rule(T.VERIFY_DEVICE, "verify"), treatments=terms)
        assert told(chosen, last_given=TODAY) == (
            "verify: matches and wins, but waits until 7 days of notice and grace are over"
        )

    def test_names_what_no_rule_can_do(self):
        assert told(policy(rule(T.NOTIFY)), arm="hold-out").endswith(
            "it is not true that it is not held out of an experiment"
        )


class TestAnswerRules:
    @given(SEEDS)
    def test_say_of_each_account_what_is_decided_about_it(self, seed):
        these = world(seed)
        chosen = these.policy.model_copy(update={"caps": PolicyCaps()})
        some = these.subjects.head(12)
        done = treat(some, chosen, these.devices).decisions
        decided = dict(done.select("account_id", "rule").iter_rows())
        for row in some.iter_slices(1):
            last = answer_rules(chosen, row, these.devices, TODAY)[-1]
            acts = last.outcome == "applied" and last.treatment is not T.NONE
            assert decided.get(row["account_id"].item()) == (last.rule if acts else None)
