import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cases.bulk import insert_frame, read_frame, update_frame
from detector.cases.failures import (
    CaseStoreError,
    RefusedDecisionError,
    RefusedMoveError,
    StaleCaseError,
    UnknownCaseError,
)
from detector.cases.open import open_store
from detector.cases.reading import CaseFilter
from detector.cases.rows import FEEDBACK
from detector.cases.state import may_move
from detector.cases.store import BEGIN_WRITING
from detector.kinds import CaseState as State
from tests.detector.cases.builders import (
    DAY,
    at,
    decided,
    moves,
    open_cases,
    said,
    state_of,
    walk,
)

pytestmark = pytest.mark.slow


def move(store, account, state, version, *, person=False, **more):
    with store.writing("ada" if person else "decide", at(), person=person) as writing:
        writing.move(moves(account, to=state, version=version, **more))


def decide(store, *decisions):
    with store.writing("decide", at()) as writing:
        return writing.add_decisions(pl.concat(decisions))


def in_force(store):
    with store.reading() as reading:
        return reading.decisions_in_force()["treatment"].to_list()


class TestTransactions:
    def test_an_error_leaves_nothing_behind(self, store):
        with pytest.raises(ZeroDivisionError), store.writing("decide", at()) as writing:
            writing.open_cases(said("ada"), "flagged")
            raise ZeroDivisionError
        with store.reading() as reading:
            assert reading.read_cases().is_empty()
            assert reading.end_of_chain().moves == 0

    def test_a_reader_sees_one_moment(self, store_url):
        """In SQLite a writer waits for readers instead."""
        if "postgresql" not in store_url:
            pytest.skip("a property of PostgreSQL")
        with open_store(store_url) as store:
            open_cases(store, "ada")
            with store.reading() as reading:
                before = reading.read_cases()
                open_cases(store, "bob")
                assert reading.read_cases().equals(before)

    def test_what_the_database_refuses_is_told_plainly(self, store):
        open_cases(store, "ada")
        with pytest.raises(CaseStoreError, match="nothing was changed"):
            open_cases(store, "ada")


class TestMove:
    def test_is_kept_with_who_when_and_why(self, store):
        open_cases(store, "ada")
        move(store, "ada", State.WARNED, 1, note="a notice")
        with store.reading() as reading:
            last = reading.read_moves("ada").row(-1, named=True)
            case = reading.find_case("ada").row(0, named=True)
        assert (last["actor"], last["at_us"], last["note"]) == ("decide", at(), "a notice")
        assert (last["from_state"], last["to_state"]) == ("open", "warned")
        assert (case["state"], case["version"], case["since"]) == ("warned", 2, DAY)

    def test_an_illegal_one_is_refused_by_the_store(self, store):
        open_cases(store, "ada", "bob")
        with store.writing("decide", at()) as writing:
            writing.move(moves("bob", to=State.WARNED, version=1))
        both = pl.concat(
            [moves("ada", to=State.WARNED, version=1), moves("bob", to=State.TREATED, version=2)]
        )
        refused = pytest.raises(RefusedMoveError, match="cannot become treated")
        with refused, store.writing("decide", at()) as writing:
            writing.move(both)
        assert state_of(store, "ada") == "open"

    def test_a_program_may_not_decide_for_a_person(self, store):
        open_cases(store, "ada")
        with pytest.raises(RefusedMoveError, match="by itself"):
            move(store, "ada", State.EXEMPT, 1)

    def test_of_no_case_is_refused(self, store):
        with pytest.raises(UnknownCaseError, match="'nobody'"):
            move(store, "nobody", State.WARNED, 1)

    def test_a_new_episode_begins_when_it_is_opened_again(self, store):
        open_cases(store, "ada")
        walk(store, "ada", State.UNDER_REVIEW, State.CLEARED, State.OPEN)
        with store.reading() as reading:
            assert reading.find_case("ada")["episode"].item() == 1

    @pytest.mark.parametrize("days", [0, 1], ids=["last day", "next day"])
    def test_an_exemption_holds_until_its_last_day_has_passed(self, store, days):
        open_cases(store, "ada")
        walk(store, "ada", State.EXEMPT, until=DAY)
        again = moves("ada", to=State.OPEN, version=2)
        if days:
            with store.writing("decide", at(days)) as writing:
                writing.move(again)
        else:
            refused = pytest.raises(RefusedMoveError, match=f"exempt until {DAY}")
            with refused, store.writing("decide", at(days)) as writing:
                writing.move(again)

    def test_a_cleared_case_stays_so_without_more_evidence(self, store):
        open_cases(store, "ada")
        walk(store, "ada", State.UNDER_REVIEW, State.CLEARED)
        with pytest.raises(RefusedMoveError, match="no automatic step undoes"):
            move(store, "ada", State.OPEN, 3)
        with store.writing("decide", at()) as writing:
            writing.update_evidence(pl.DataFrame({"account_id": ["ada"], "evidence_bits": 11.0}))
            writing.move(moves("ada", to=State.OPEN, version=3))
        assert state_of(store, "ada") == "open"

    def test_random_moves_never_leave_the_state_machine(self, store):
        draw = random.Random(11)
        open_cases(store, "ada")
        state, version = State.OPEN, 1
        for _ in range(150):
            there, person = draw.choice([*State]), draw.random() < 0.7
            try:
                with store.writing("ada", at(400), person=person) as writing:
                    writing.move(moves("ada", to=there, version=version, until=DAY))
            except RefusedMoveError:
                assert state_of(store, "ada") == state
                continue
            assert may_move(state, there, person=person)
            state, version = there, version + 1
        assert version > 30
        with store.reading() as reading:
            told = reading.read_moves("ada")
        assert told["to_state"].to_list()[:-1] == told["from_state"].to_list()[1:]


@pytest.mark.slow
class TestTwoAtOnce:
    def test_the_second_person_is_told_who_was_first(self, store):
        open_cases(store, "ada")
        move(store, "ada", State.UNDER_REVIEW, 1, person=True)
        with pytest.raises(StaleCaseError, match="ada made it under review on 2026-05-01 at 12:00"):
            move(store, "ada", State.EXEMPT, 1, person=True)

    @pytest.mark.parametrize(
        ("state", "step", "act", "end"),
        [
            ("open", "warned", "exempt", "exempt"),
            ("open", "warned", "under_review", "under_review"),
            ("warned", "grace", "appealed", "appealed"),
            ("grace", "treated", "appealed", "appealed"),
            ("grace", "treated", "exempt", "exempt"),
            ("confirmed", "warned", "under_review", "under_review"),
            ("treated", "withdrawn", "exempt", "exempt"),
        ],
    )
    @pytest.mark.parametrize("first", ["person", "program"])
    def test_a_person_wins_over_a_step_in_either_order(self, store, state, step, act, end, first):
        ways = {
            "open": [],
            "confirmed": ["under_review", "confirmed"],
            "warned": ["warned"],
            "grace": ["warned", "grace"],
            "treated": ["warned", "grace", "treated"],
        }
        open_cases(store, "ada")
        walk(store, "ada", *ways[state])
        version = 1 + len(ways[state])
        if first == "program":
            move(store, "ada", step, version)
            move(store, "ada", act, version, person=True)
        else:
            move(store, "ada", act, version, person=True)
            with pytest.raises(RefusedMoveError):
                move(store, "ada", step, version)
            with pytest.raises(RefusedMoveError):
                move(store, "ada", step, version + 1)
        assert state_of(store, "ada") == end

    def test_of_twenty_who_decide_at_once_one_does(self, store):
        open_cases(store, "ada")
        walk(store, "ada", State.UNDER_REVIEW)

        def confirm(number):
            try:
                with store.writing(f"reviewer {number}", at(), person=True) as writing:
                    writing.move(moves("ada", to=State.CONFIRMED, version=2))
            except StaleCaseError as error:
                return str(error)
            return ""

        with ThreadPoolExecutor(20) as pool:
            told = [*pool.map(confirm, range(20))]
        assert told.count("") == 1
        winner = f"reviewer {told.index('')}"
        assert all(winner in words for words in told if words)

    def test_of_twenty_on_twenty_cases_none_is_lost(self, store):
        names = [f"account {number}" for number in range(20)]
        open_cases(store, *names)

        def review(name):
            with store.writing("ada", at(), person=True) as writing:
                writing.move(moves(name, to=State.UNDER_REVIEW, version=1))

        with ThreadPoolExecutor(20) as pool:
            [*pool.map(review, names)]
        with store.reading() as reading:
            assert reading.count_states() == {"under_review": 20}
            assert reading.end_of_chain().moves == 40


class TestDecisions:
    def test_come_back_as_they_were_numbered_in_their_order(self, store):
        one, two = decided("bob"), decided("ada", "pause_external_devices", device="tv")
        assert decide(store, one, two) == 2
        with store.reading() as reading:
            found = reading.decisions_in_force()
        assert found["seq"].to_list() == [1, 2]
        assert found.drop("seq", "withdrawn_by").equals(pl.concat([one, two]))

    def test_twice_is_once(self, store):
        assert decide(store, decided("ada")) == 1
        assert decide(store, decided("ada"), decided("bob")) == 1
        with store.reading() as reading:
            assert reading.read_decisions()["seq"].to_list() == [1, 2]

    @pytest.mark.parametrize("state", ["exempt", "cleared", "appealed", "overturned"])
    def test_none_is_made_against_a_protected_account(self, store, state):
        ways = {"exempt": ["exempt"], "cleared": ["under_review", "cleared"]}
        ways |= {"appealed": ["warned", "appealed"]}
        ways |= {"overturned": ["warned", "appealed", "overturned"]}
        open_cases(store, "ada")
        walk(store, "ada", *ways[state])
        with pytest.raises(RefusedDecisionError, match=state):
            decide(store, decided("ada"))

    @pytest.mark.parametrize("state", ["cleared", "exempt", "appealed", "withdrawn"])
    def test_all_in_force_are_taken_back_with_the_move(self, store, state):
        open_cases(store, "ada", "bob")
        decide(store, decided("ada"), decided("bob"))
        decide(store, *(decided("ada", "pause_external_devices", device=d) for d in ("tv", "pc")))
        ways = {"cleared": ["under_review", "cleared"]}
        ways |= {state: ["warned", state] for state in ("exempt", "appealed", "withdrawn")}
        walk(store, "ada", *ways[state])
        with store.reading() as reading:
            found = reading.read_decisions(["ada"])
            rest = reading.decisions_in_force()
        undone = found.filter(found["withdraws"].is_not_null())
        assert rest["account_id"].to_list() == ["bob"]
        assert undone["rule"].to_list() == [state] * 3
        assert undone["not_before"].dt.epoch("us").to_list() == [at()] * 3
        assert undone["device_id"].to_list() == [None, "tv", "pc"]
        assert found.head(3)["withdrawn_by"].to_list() == undone["decision_id"].to_list()

    def test_taken_back_and_upheld_may_be_decided_anew(self, store):
        open_cases(store, "ada")
        decide(store, decided("ada"))
        walk(store, "ada", "warned", "appealed", "upheld")
        with store.reading() as reading:
            episode = reading.find_case("ada")["episode"].item()
        assert decide(store, decided("ada", episode=episode)) == 1
        assert in_force(store) == ["notify"]

    def test_a_withdrawal_of_nothing_is_refused(self, store):
        lost = decided("ada").with_columns(withdraws=pl.lit("none"), decision_id=pl.lit("w"))
        with pytest.raises(RefusedDecisionError, match="does not hold"):
            decide(store, lost)


class TestListCases:
    def test_pages_are_turned_by_the_last_account(self, store):
        open_cases(store, *(f"a{number}" for number in range(5)))
        seen, after = [], ""
        with store.reading() as reading:
            while (page := reading.list_cases(CaseFilter(after=after, limit=2))).height:
                seen += page["account_id"].to_list()
                after = seen[-1]
        assert seen == ["a0", "a1", "a2", "a3", "a4"]

    def test_filters(self, store):
        open_cases(store, "ada", partner="north")
        open_cases(store, "bob", country="FR")
        with store.reading() as reading:
            by_partner = reading.list_cases(CaseFilter(partner="north"))
            by_country = reading.list_cases(CaseFilter(country="FR"))
            by_state = reading.list_cases(CaseFilter(states=[State.WARNED]))
        assert by_partner["account_id"].to_list() == ["ada"]
        assert by_country["account_id"].to_list() == ["bob"]
        assert by_state.is_empty()


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


class TestBulk:
    def test_any_text_comes_back(self, store):
        @given(st.lists(TEXT, min_size=1, unique=True), st.none() | TEXT)
        def comes_back(names, word):
            rows = pl.DataFrame(
                {
                    "feedback_id": names,
                    "at_us": 2**53 + 1,
                    "kind": "",
                    "account_id": names,
                    "decision_id": None,
                    "body": "new",
                }
            )
            changed = rows.select("feedback_id", decision_id=pl.lit(word, pl.String))
            with store.transaction(BEGIN_WRITING) as open_:
                insert_frame(open_, FEEDBACK, rows)
                update_frame(open_, FEEDBACK, changed, "feedback_id")
                found = read_frame(open_, FEEDBACK)
                open_.exec_driver_sql("DELETE FROM feedback")
            expected = rows.with_columns(decision_id=pl.lit(word, pl.String))
            assert found.sort("feedback_id").equals(expected.sort("feedback_id"))

        comes_back()

    def test_many_rows_are_changed_at_once(self, store):
        names = [f"account {number}" for number in range(1200)]
        open_cases(store, *names)
        with store.writing("decide", at()) as writing:
            writing.move(moves(*names, to=State.WARNED, version=1))
            assert writing.count_states() == {"warned": 1200}
            assert writing.find_case(names[7])["since"].item() == DAY + timedelta(0)
