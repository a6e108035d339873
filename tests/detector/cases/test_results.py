"""Results of other systems, and runs and waves that are taken back."""

import polars as pl
import pytest

from detector.cases.actions import Act, decide
from detector.cases.failures import CaseStoreError
from detector.cases.results import clean_results, take_in_results
from detector.cases.reverting import revert
from detector.cases.tell_labels import labels
from detector.errors import InputError
from tests.detector.cases.builders import DAY, at, decided, moves, open_cases

pytestmark = pytest.mark.slow


def told(*rows):
    """Results as feedback id, account and kind."""
    names = ("feedback_id", "account_id", "kind")
    return pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows])


def take_in(store, *rows, day=1.0):
    with store.writing("feedback", at(day)) as writing:
        return take_in_results(writing, clean_results(told(*rows)))


def state(store, account="ada"):
    with store.reading() as reading:
        return reading.find_case(account)["state"].item()


def in_force(store):
    with store.reading() as reading:
        return reading.decisions_in_force()["decision_id"].to_list()


@pytest.fixture
def warned(store):
    """Ada and Bob were told."""
    open_cases(store, "ada", "bob")
    with store.writing("decide", at()) as writing:
        writing.add_decisions(pl.concat([decided("ada"), decided("bob", wave="first")]))
        writing.move(moves("ada", "bob", to="warned", version=1))
    return store


def to_grace(store, account="ada"):
    with store.writing("decide", at(0.5)) as writing:
        version = writing.find_case(account)["version"].item()
        writing.move(moves(account, to="grace", version=version))


class TestResults:
    def test_an_appeal_pauses_at_once(self, warned):
        assert take_in(warned, ("f1", "ada", "appealed")) == {"appealed": 1}
        assert state(warned) == "appealed"
        assert len(in_force(warned)) == 1

    def test_are_taken_in_once(self, warned):
        take_in(warned, ("f1", "ada", "appealed"))
        assert take_in(warned, ("f1", "ada", "appealed")) == {}

    @pytest.mark.parametrize("kind", ["verified", "extra_member_bought", "cancelled"])
    def test_what_ends_a_case_takes_back_all_in_force(self, warned, kind):
        to_grace(warned)
        take_in(warned, ("f1", "ada", kind), ("f2", "bob", kind))
        assert (state(warned), state(warned, "bob")) == ("resolved", "withdrawn")
        assert in_force(warned) == []

    @pytest.mark.parametrize("kind", ["delivered", "device_signed_out"])
    def test_mere_news_changes_nothing(self, warned, kind):
        take_in(warned, ("f1", "ada", kind))
        assert state(warned) == "warned"

    def test_never_against_a_person_who_is_at_the_case(self, warned):
        decide(warned, Act("ada", "eve", at(0.5), "a look"), "unsure")
        take_in(warned, ("f1", "ada", "cancelled"))
        assert state(warned) == "under_review"

    def test_of_accounts_without_a_case_are_kept(self, warned):
        assert take_in(warned, ("f1", "nobody", "appealed")) == {"appealed": 1}

    def test_a_verified_device_is_a_label(self, warned):
        take_in(warned, ("f1", "ada", "verified"))
        with warned.reading() as reading:
            assert labels(reading).select("account_id", "label").rows() == [("ada", "single")]

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (("f1", "ada", "shouted"), "kind: 'shouted'"),
            (("", "ada", "appealed"), "feedback_id: ''"),
            (("f1", None, "appealed"), "account_id: ''"),
        ],
    )
    def test_what_is_none_is_refused(self, row, words):
        with pytest.raises(InputError, match=words):
            clean_results(told(row, ("f9", "bob", "appealed")))

    def test_one_id_tells_one_thing(self):
        with pytest.raises(InputError, match="feedback_id: 'f1'"):
            clean_results(told(("f1", "ada", "appealed"), ("f1", "ada", "cancelled")))


class TestRevert:
    def revert(self, store, what, day=1.0):
        with store.writing("eve", at(day)) as writing:
            return revert(writing, what, "a wrong list")

    def record(self, store, wave="first"):
        call = {"call": "c", "as_of": DAY, "run": "run-1", "wave": wave, "policy": "p"}
        with store.writing("decide", at()) as writing:
            writing.record_call(call, {"by": []})
            writing.record_run("run-1-fingerprint", DAY, {"accounts": 2, "flagged": 2})

    def test_a_wave_takes_back_its_own_decisions_only(self, warned):
        self.record(warned)
        done = self.revert(warned, "first")
        assert (done.withdrawals, done.cases) == (1, 1)
        assert (state(warned, "bob"), state(warned, "ada")) == ("withdrawn", "warned")

    def test_twice_does_nothing_more(self, warned):
        self.record(warned)
        self.revert(warned, "first")
        assert self.revert(warned, "first").withdrawals == 0

    def test_a_decision_of_a_person_stays(self, warned):
        self.record(warned)
        decide(warned, Act("bob", "eve", at(0.5), "a look"), "confirm")
        self.revert(warned, "first")
        assert state(warned, "bob") == "confirmed"

    def test_what_nobody_knows_is_refused(self, warned):
        with pytest.raises(CaseStoreError, match="No run and no wave is called 'frist'"):
            self.revert(warned, "frist")
