from detector.policy.doubts import list_doubts
from detector.policy.read import DEFAULT, GRADUATED, read_policy
from detector.policy.rules import TreatmentTerms
from tests.detector.policy.drawn import T, policy, rule


class TestListDoubts:
    def test_there_are_none_about_what_is_shipped(self):
        for path in (DEFAULT, GRADUATED):
            assert not list_doubts(read_policy(path.read_text("utf-8"), source=path.name))

    def test_a_rule_that_can_be_passed_over_hides_no_other(self):
        assert not list_doubts(policy(rule(T.VERIFY_DEVICE, "a"), rule(T.NOTIFY, "b")))

    def test_a_misspelt_pattern_is_named(self):
        [doubt] = list_doubts(policy(rule(T.NOTIFY, patterns=("second_hose", "resold"))))
        assert doubt.startswith("rule: no flagged account has the pattern second_hose; they are")

    def test_a_notice_that_nobody_gives_is_named(self):
        terms = {T.OFFER_EXTRA_MEMBER: TreatmentTerms(notice_days=7)}
        [doubt] = list_doubts(policy(rule(T.OFFER_EXTRA_MEMBER), treatments=terms))
        assert doubt == "offer_extra_member is given only after notice, and no rule gives notify"
