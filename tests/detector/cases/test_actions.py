from datetime import timedelta

import polars as pl
import pytest

from detector.cases.actions import Act, answer, appeal, decide, exempt, undo
from detector.cases.failures import RefusedMoveError, StaleCaseError, UnknownCaseError
from detector.cases.reviewing import undo_review
from detector.cases.tell_labels import labels
from detector.errors import SettingsError
from detector.learning.labels import clean_labels
from tests.detector.cases.answers import answered, make_golden
from tests.detector.cases.builders import DAY, at, decided, open_cases, state_of, walk

pytestmark = pytest.mark.slow


def act(account="ada", *, by="eve", note="a reason", version=None):
    return Act(account, by, at(), note, version)


def treated(store, *states):
    """A case with a notice and two paused devices in force."""
    open_cases(store, "ada")
    walk(store, "ada", *states)
    with store.writing("decide", at()) as writing:
        writing.add_decisions(decided("ada"))
        for device in ("tv", "pc"):
            writing.add_decisions(decided("ada", "pause_external_devices", device=device))


def in_force(store):
    with store.reading() as reading:
        return reading.decisions_in_force().height


def known(store):
    with store.reading() as reading:
        return labels(reading)


class TestDecide:
    @pytest.mark.parametrize(
        ("decision", "state"),
        [("confirm", "confirmed"), ("clear", "cleared"), ("unsure", "under_review")],
    )
    @pytest.mark.parametrize("way", [[], ["warned"], ["under_review"]], ids=str)
    def test_goes_over_a_look_at_the_case(self, file_store, decision, state, way):
        open_cases(file_store, "ada")
        walk(file_store, "ada", *way)
        if way == ["under_review"] and decision == "unsure":
            return
        assert decide(file_store, act(), decision) == state
        with file_store.reading() as reading:
            told = reading.read_moves("ada")
        assert told["to_state"][-1] == state
        assert "under_review" in told["to_state"]
        assert (told["actor"][-1], told["note"][-1]) == ("eve", "a reason")

    def test_a_second_time_is_refused(self, file_store):
        open_cases(file_store, "ada")
        decide(file_store, act(), "clear")
        with pytest.raises(RefusedMoveError, match="cleared already"):
            decide(file_store, act(), "clear")

    def test_another_mind_is_a_new_decision(self, file_store):
        open_cases(file_store, "ada")
        decide(file_store, act(), "clear")
        assert decide(file_store, act(), "confirm") == "confirmed"

    def test_a_case_that_is_being_treated_is_not_decided_anew(self, file_store):
        open_cases(file_store, "ada")
        walk(file_store, "ada", "warned", "grace")
        with pytest.raises(RefusedMoveError, match="grace and cannot become under review"):
            decide(file_store, act(), "clear")

    def test_by_an_old_look_it_is_refused(self, file_store):
        open_cases(file_store, "ada")
        decide(file_store, act(by="bob"), "clear")
        with pytest.raises(StaleCaseError, match="bob made it cleared"):
            decide(file_store, act(version=1), "confirm")

    def test_somebody_must_sign(self, file_store):
        open_cases(file_store, "ada")
        with pytest.raises(SettingsError, match="Nobody is named"):
            decide(file_store, act(by=" "), "clear")

    def test_an_unknown_account_is_told(self, file_store):
        with pytest.raises(UnknownCaseError, match="'nobody'"):
            decide(file_store, act("nobody"), "clear")


class TestTakingBack:
    """Each of these takes back all that is in force, together with the move."""

    def test_clearing(self, store):
        treated(store, "warned")
        decide(store, act(), "clear")
        assert in_force(store) == 0

    @pytest.mark.parametrize("way", [[], ["warned"], ["warned", "grace", "treated"]], ids=str)
    def test_exempting(self, store, way):
        treated(store, *way)
        exempt(store, act(), DAY)
        assert in_force(store) == 0

    @pytest.mark.parametrize(
        "way", [["warned"], ["warned", "grace"], ["warned", "grace", "treated"]], ids=str
    )
    def test_appealing(self, store, way):
        treated(store, *way)
        assert appeal(store, act()) == "appealed"
        assert in_force(store) == 0

    def test_a_reviewers_words_do_not_leave_the_house(self, store):
        treated(store)
        exempt(store, act(note="her son studies in Leeds"))
        with store.reading() as reading:
            assert not any("Leeds" in reason for reason in reading.read_decisions()["reason"])


class TestExempt:
    def test_wants_a_reason(self, store):
        open_cases(store, "ada")
        with pytest.raises(SettingsError, match="no reason"):
            exempt(store, act(note=" "))

    def test_wants_a_day_to_come(self, store):
        open_cases(store, "ada")
        with pytest.raises(SettingsError, match="is over"):
            exempt(store, act(), DAY - timedelta(days=1))

    def test_can_be_prolonged(self, store):
        open_cases(store, "ada")
        exempt(store, act(), DAY)
        exempt(store, act(), DAY + timedelta(days=30))
        with store.reading() as reading:
            assert reading.find_case("ada")["until"].item() == DAY + timedelta(days=30)


class TestAppeal:
    def test_there_must_be_something_to_appeal(self, store):
        open_cases(store, "ada")
        with pytest.raises(RefusedMoveError, match="open and cannot become appealed"):
            appeal(store, act())

    @pytest.mark.parametrize(
        ("answered", "state"), [("uphold", "upheld"), ("overturn", "overturned")]
    )
    def test_is_answered_once(self, store, answered, state):
        open_cases(store, "ada")
        walk(store, "ada", "warned", "appealed")
        assert answer(store, act(), answered) == state
        with pytest.raises(RefusedMoveError):
            answer(store, act(), answered)

    def test_only_a_granted_one_has_a_last_day(self, store):
        with pytest.raises(SettingsError, match="granted"):
            answer(store, act(), "uphold", DAY)


class TestUndo:
    @pytest.mark.parametrize(
        ("way", "back"),
        [
            (["under_review"], "open"),
            (["under_review", "confirmed"], "under_review"),
            (["under_review", "cleared"], "under_review"),
            (["exempt"], "open"),
            (["warned", "appealed", "overturned"], "open"),
        ],
        ids=str,
    )
    def test_takes_back_what_a_person_decided(self, file_store, way, back):
        open_cases(file_store, "ada")
        walk(file_store, "ada", *way)
        assert undo(file_store, act()) == back

    @pytest.mark.parametrize("way", [[], ["warned"], ["warned", "appealed"]], ids=str)
    def test_there_must_be_a_decision(self, file_store, way):
        open_cases(file_store, "ada")
        walk(file_store, "ada", *way)
        with pytest.raises(RefusedMoveError, match="no decision to take back"):
            undo(file_store, act())
        assert state_of(file_store, "ada") == (["open", *way])[-1]


class TestLabels:
    @pytest.mark.parametrize(
        ("way", "label"),
        [
            (["under_review", "confirmed"], "shared"),
            (["under_review", "confirmed", "warned", "grace", "treated"], "shared"),
            (["warned", "appealed", "upheld"], "shared"),
            (["under_review", "cleared"], "single"),
            (["warned", "appealed", "overturned"], "single"),
            (["under_review", "cleared", "exempt"], "single"),
            (["under_review", "cleared", "under_review"], None),
            (["under_review", "confirmed", "warned", "appealed"], None),
            (["under_review", "cleared", "open"], None),
            (["exempt"], None),
            (["warned"], None),
        ],
        ids=str,
    )
    def test_are_what_was_last_found_out(self, file_store, way, label):
        open_cases(file_store, "ada")
        walk(file_store, "ada", *way)
        assert known(file_store)["label"].to_list() == ([label] if label else [])

    def test_a_verified_device_is_the_account_holders(self, file_store):
        open_cases(file_store, "ada")
        told = {"feedback_id": "f1", "at_us": at(), "kind": "verified", "account_id": "ada"}
        with file_store.writing("feedback", at()) as writing:
            assert writing.record_feedback(frame(told)).height == 1
            assert writing.record_feedback(frame(told)).height == 0
        assert known(file_store).rows() == [("ada", "single", "verified", "chosen")]

    @pytest.mark.parametrize(
        ("said", "label", "source"),
        [
            ("confirm", "shared", "confirmed"),
            ("clear", "single", "cleared"),
            ("unsure", None, None),
            ("swap", None, None),
            ("exempt", None, None),
            ("skip", None, None),
        ],
    )
    @pytest.mark.parametrize("drawn", ["flagged", "random", "chosen"])
    def test_answers_say_how_the_account_was_drawn(self, file_store, said, label, source, drawn):
        if drawn == "flagged":
            open_cases(file_store, "ada")
        answered(file_store, said, drawn=drawn)
        assert known(file_store).rows() == ([("ada", label, source, drawn)] if label else [])

    @pytest.mark.parametrize("drawn", ["flagged", "random"])
    def test_an_answer_that_was_taken_back_makes_none(self, file_store, drawn):
        if drawn == "flagged":
            open_cases(file_store, "ada")
        undo_review(file_store, answered(file_store, "clear", drawn=drawn), "eve", at())
        assert known(file_store).is_empty()

    def test_a_golden_case_makes_none(self, file_store):
        open_cases(file_store, "ada")
        make_golden(file_store)
        answered(file_store, "clear")
        assert known(file_store).is_empty()

    @pytest.mark.parametrize(
        ("third", "label"), [(None, []), ("clear", ["single"]), ("confirm", ["shared"])]
    )
    @pytest.mark.parametrize("drawn", ["flagged", "random"])
    def test_of_two_that_differ_a_third_makes_one(self, file_store, third, label, drawn):
        if drawn == "flagged":
            open_cases(file_store, "ada")
        first = answered(file_store, "confirm", drawn=drawn)
        second = answered(file_store, "clear", by="bob", second_of=first)
        if third:
            answered(file_store, third, by="lea", second_of=second)
        assert known(file_store)["label"].to_list() == label

    def test_an_appeal_after_an_answer_counts(self, file_store):
        open_cases(file_store, "ada")
        answered(file_store)
        walk(file_store, "ada", "warned", "appealed")
        assert known(file_store).is_empty()
        walk(file_store, "ada", "overturned")
        assert known(file_store).rows() == [("ada", "single", "overturned", "flagged")]

    def test_can_be_calibrated_on(self, file_store):
        open_cases(file_store, "ada", "bob")
        walk(file_store, "ada", "under_review", "confirmed")
        walk(file_store, "bob", "under_review", "cleared")
        found = clean_labels(
            known(file_store).select("account_id", pl.col("label").cast(pl.String))
        )
        assert found.rows() == [("ada", "shared"), ("bob", "single")]


def frame(told):
    return pl.DataFrame([{**told, "decision_id": None, "body": "{}"}])
