from datetime import timedelta

import polars as pl
import pytest

from detector.cases.take_in import TakenRun, take_in
from detector.errors import InputError
from tests.detector.cases.builders import DAY, at, open_cases, state_of, walk

pytestmark = pytest.mark.slow


def judged(account="ada", *, flagged=True, bits=7.5, **told):
    """What a run writes of one account."""
    row = {
        "account_id": account,
        "verdict": "shared" if flagged else "one_household",
        "flagged": flagged,
        "probability": 0.99 if flagged else 0.1,
        "threshold": 0.9,
        "home_confidence": 0.99,
        "evidence_bits": bits,
        "pattern": "borrowed",
        "external_households": 1,
        "summary": "Two homes.",
        "reason_codes": [{"code": "own_tv", "parameters": "{}"}],
        **told,
    }
    return pl.DataFrame([row])


def night(store, number, *accounts):
    """Take in the run of a day; accounts of `judged`."""
    with store.writing("decide", at(number)) as writing:
        day = DAY + timedelta(days=number)
        return writing.take_in(pl.concat(accounts), f"run-{number}", day)


def case(store, account="ada"):
    with store.reading() as reading:
        return reading.find_case(account).row(0, named=True)


def last_note(store, account="ada"):
    with store.reading() as reading:
        return reading.read_moves(account)["note"][-1]


class TestNewCases:
    def test_only_flagged_accounts_get_one(self, store):
        night(store, 0, judged("ada"), judged("bob", flagged=False))
        with store.reading() as reading:
            assert reading.count_states() == {"open": 1}

    def test_a_case_holds_what_the_run_says(self, store):
        told = {"partner": "north", "plan": "ads", "country_of_record": "ES", "signed_up": DAY}
        night(store, 0, judged(**told))
        found = case(store)
        assert (found["run"], found["run_day"], found["evidence_bits"]) == ("run-0", DAY, 7.5)
        assert (found["partner"], found["plan"], found["country"]) == ("north", "ads", "ES")
        assert found["signed_up"] == DAY
        assert found["reason_codes"] == '[{"code":"own_tv","parameters":"{}"}]'

    def test_what_is_not_known_of_home_is_not_sure(self, store):
        unknown = judged().with_columns(home_confidence=pl.lit(None, pl.Float64), reason_codes=None)
        night(store, 0, unknown)
        assert (case(store)["home_confidence"], case(store)["reason_codes"]) == (0.0, "[]")

    def test_accounts_of_an_older_program_are_refused(self):
        with pytest.raises(InputError, match="home_confidence"):
            take_in(pl.DataFrame(), judged().drop("home_confidence"), TakenRun("r", DAY))


class TestEvidence:
    def test_a_person_keeps_the_last_word(self, store):
        night(store, 0, judged())
        walk(store, "ada", "under_review", "confirmed")
        night(store, 1, judged(flagged=False, bits=-3.0))
        found = case(store)
        assert (found["state"], found["flagged"], found["evidence_bits"]) == (
            "confirmed",
            False,
            -3,
        )

    def test_runs_in_a_row_are_counted(self, store):
        flags = [True, True, False, True]
        counts = []
        for number, flagged in enumerate(flags):
            night(store, number, judged(flagged=flagged))
            counts.append(case(store)["runs_flagged"])
        assert counts == [1, 2, 0, 1]

    def test_a_second_run_of_a_day_does_not_count_twice(self, store):
        night(store, 0, judged())
        with store.writing("decide", at()) as writing:
            writing.take_in(judged(bits=8.0), "run of the same day", DAY)
        assert (case(store)["runs_flagged"], case(store)["evidence_bits"]) == (1, 8.0)

    def test_who_is_not_in_a_run_is_not_flagged_in_a_row(self, store):
        night(store, 0, judged("ada"))
        night(store, 1, judged("bob"))
        found = case(store)
        assert (found["runs_flagged"], found["run"], found["state"]) == (0, "run-0", "open")

    @pytest.mark.parametrize("state", ["open", "warned"])
    def test_who_is_flagged_no_longer_keeps_the_case(self, store, state):
        night(store, 0, judged())
        if state != "open":
            walk(store, "ada", state)
        night(store, 1, judged(flagged=False))
        assert (case(store)["state"], case(store)["runs_flagged"]) == (state, 0)


class TestAgain:
    def test_the_same_run_changes_nothing(self, store):
        assert night(store, 0, judged())
        with store.reading() as reading:
            before = reading.read_cases(), reading.read_moves(), reading.read_runs()
        assert not night(store, 0, judged(bits=99.0))
        with store.reading() as reading:
            after = reading.read_cases(), reading.read_moves(), reading.read_runs()
        assert all(a.equals(b) for a, b in zip(before, after, strict=True))

    def test_an_older_run_changes_no_case(self, store):
        night(store, 5, judged())
        walk(store, "ada", "under_review", "cleared")
        with store.reading() as reading:
            before = reading.read_cases()
        night(store, 4, judged(bits=99.0), judged("bob"))
        with store.reading() as reading:
            assert reading.read_cases().equals(before)
            assert reading.read_runs()["run"].to_list() == ["run-4", "run-5"]


class TestReopening:
    @pytest.mark.parametrize("state", ["exempt", "overturned"])
    @pytest.mark.parametrize(
        ("days", "flagged", "end"),
        [
            pytest.param(2, True, None, id="on its last day"),
            pytest.param(3, False, None, id="not flagged any more"),
            pytest.param(3, True, "open", id="the day after"),
        ],
    )
    def test_a_dated_decision_holds_until_its_last_day_has_passed(
        self, file_store, state, days, flagged, end
    ):
        night(file_store, 0, judged())
        walk(file_store, "ada", *([state] if state == "exempt" else ["warned", "appealed"]))
        if state == "overturned":
            walk(file_store, "ada", state, until=DAY + timedelta(days=2))
        else:
            walk(file_store, "ada", state, until=DAY + timedelta(days=2))
        night(file_store, days, judged(flagged=flagged, bits=99.0))
        assert state_of(file_store, "ada") == (end or state)
        assert case(file_store)["episode"] == bool(end)
        if end:
            assert f"its time as {state} ended on 2026-05-03" in last_note(file_store)

    def test_a_decision_without_a_last_day_holds_for_ever(self, file_store):
        night(file_store, 0, judged())
        walk(file_store, "ada", "exempt")
        night(file_store, 5000, judged(bits=99.0))
        assert state_of(file_store, "ada") == "exempt"

    @pytest.mark.parametrize(
        "way",
        [
            ["under_review", "cleared"],
            ["warned", "grace", "resolved"],
            ["warned", "grace", "treated", "withdrawn"],
        ],
        ids=lambda way: way[-1],
    )
    @pytest.mark.parametrize(
        ("bits", "flagged", "opens"),
        [
            pytest.param(9.5, True, False, id="two bits are not more than two"),
            pytest.param(9.6, True, True, id="clearly more"),
            pytest.param(99.0, False, False, id="not flagged"),
        ],
    )
    def test_a_closed_case_wants_clearly_more_evidence(self, file_store, way, bits, flagged, opens):
        night(file_store, 0, judged())
        walk(file_store, "ada", *way)
        night(file_store, 1, judged(bits=bits, flagged=flagged))
        assert state_of(file_store, "ada") == ("open" if opens else way[-1])
        assert case(file_store)["episode"] == opens
        if opens:
            assert f"2.1 more bits of evidence than when it was {way[-1]}" in last_note(file_store)

    def test_a_case_that_a_person_holds_stays(self, file_store):
        night(file_store, 0, judged())
        walk(file_store, "ada", "warned", "appealed")
        night(file_store, 1, judged(bits=99.0))
        assert state_of(file_store, "ada") == "appealed"


def test_a_run_without_accounts_changes_nothing(file_store):
    open_cases(file_store, "ada")
    night(file_store, 1, judged().clear())
    assert (case(file_store)["state"], case(file_store)["runs_flagged"]) == ("open", 0)
