import pytest

from detector.errors import SettingsError
from detector.policy.opening_hours import CalendarSettings
from detector.policy.rules import PolicyCaps
from detector.policy.trials import read_cases, run_cases
from tests.detector.policy.drawn import T, policy, rule

HEAD = '[[cases]]\nname = "a flag"\nday = 2026-06-01\n'


def results(text, chosen):
    return run_cases(chosen, read_cases(HEAD + text, source="cases.toml"))


class TestRunCases:
    def test_a_case_that_is_as_expected_passes(self):
        [result] = results('expect = "notify"\nrule = "tell"', policy(rule(T.NOTIFY, "tell")))
        assert result.passed

    def test_a_case_that_is_not_says_what_came_instead_and_why(self):
        chosen = policy(rule(T.VERIFY_DEVICE, "verify"), rule(T.NOTIFY, "tell"))
        [result] = results('expect = "verify_device"', chosen)
        assert not result.passed
        assert result.text == (
            "a flag: expected verify_device, got notify: verify: matches, but is passed over; it "
            "is not true that a person has confirmed the case in this episode / tell: matches, so "
            "that the account is given notify"
        )

    def test_the_rule_is_compared_only_if_it_is_named(self):
        chosen = policy(rule(T.NOTIFY, "tell"))
        assert results('expect = "notify"', chosen)[0].passed
        assert results('expect = "notify"\nrule = "say"', chosen)[0].got == "notify by tell"

    def test_a_rule_that_waits_can_be_expected(self):
        text = 'expect = "none"\nrule = "tell"\ngiven = ["notify"]'
        assert results(text, policy(rule(T.NOTIFY, "tell")))[0].passed

    def test_the_time_is_compared_if_it_is_named(self):
        calendar = CalendarSettings(time_zone="Europe/Berlin", quiet_hours="20:00-09:00")
        text = 'expect = "notify"\nnot_before = 2026-06-01T09:{}:00+02:00'
        chosen = policy(rule(T.NOTIFY), calendar=calendar)
        assert results(text.format("00"), chosen)[0].passed
        assert results(text.format("15"), chosen)[0].got == "notify not before 2026-06-01 07:00 UTC"

    def test_cases_do_not_use_up_each_others_room(self):
        chosen = policy(rule(T.NOTIFY), caps=PolicyCaps(per_day=0))
        assert results('expect = "notify"', chosen)[0].passed

    def test_devices_of_a_case_can_be_unknown(self):
        chosen = policy(rule(T.LIMIT_EXTERNAL_DEVICES))
        treatable = 'case_state = "grace"\ngiven = ["notify"]\n'
        limited = 'expect = "limit_external_devices"'
        assert results(treatable + limited, chosen)[0].passed
        assert results(treatable + 'expect = "none"\nexternal_devices = 0', chosen)[0].passed


class TestReadCases:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('expect = "warn"', "line 4: cases[1].expect"),
            ('expct = "notify"', "did you mean expect?"),
            ('expect = "notify"\nnot_before = 2026-06-01T09:00:00', "it ends with its time zone"),
            ('expect = "notify"\nflagged = "yes"', "it is true or false"),
        ],
    )
    def test_says_where_and_how_to_mend(self, text, told):
        with pytest.raises(SettingsError, match=r"cases\.toml: line ") as problem:
            read_cases(HEAD + text, source="cases.toml")
        assert told in str(problem.value)
