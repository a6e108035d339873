from datetime import timedelta

import pytest
from hypothesis import given

from detector.policy.grace import find_graces
from detector.policy.rules import TreatmentTerms
from tests.detector.policy.drawn import SEEDS, TODAY, T, policy, rule, subject, subjects, world

LIMIT = rule(T.LIMIT_EXTERNAL_DEVICES)
TERMS = {T.LIMIT_EXTERNAL_DEVICES: TreatmentTerms(notice_days=14)}


def graces(chosen, **fields):
    return find_graces(subjects(subject(case_state="warned", **fields)), chosen, TODAY).to_list()


def ago(days):
    return TODAY - timedelta(days=days)


class TestFindGraces:
    def test_begin_when_notice_has_run_out(self):
        chosen = policy(LIMIT, treatments=TERMS)
        assert graces(chosen, last_given=ago(14)) == ["ada"]
        assert not graces(chosen, last_given=ago(13))

    @pytest.mark.parametrize(
        "fields",
        [{"given": []}, {"confirmed": False}, {"flagged": False}, {"arm": "hold-out"}],
        ids=str,
    )
    def test_never_begin_without_notice_confirmation_or_flag(self, fields):
        assert not graces(policy(LIMIT, treatments=TERMS), **fields)

    def test_begin_without_a_person_where_somebody_accepted_it(self):
        accepted = {"accepted_by": "J. Doe", "accepted_for": (T.LIMIT_EXTERNAL_DEVICES,)}
        assert graces(policy(LIMIT, treatments=TERMS, **accepted), confirmed=False)

    def test_never_begin_where_no_rule_is_for_devices(self):
        assert not graces(policy(rule(T.NOTIFY)))

    @given(SEEDS)
    def test_are_those_of_warned_accounts_alone(self, seed):
        these = world(seed)
        found = find_graces(these.subjects, these.policy, TODAY)
        states = these.subjects.join(found.to_frame(), on="account_id", how="semi")["case_state"]
        assert set(states) <= {"warned"}
