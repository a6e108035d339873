"""Claims, answers and what takes them back: what a page of reviewers rests on."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from detector.cases.actions import Act, decide
from detector.cases.failures import RefusedMoveError, StaleCaseError
from detector.cases.open import open_store
from detector.cases.reviewing import (
    claim,
    claim_first,
    claims,
    find_review,
    record_review,
    record_view,
    release,
    reviews,
    reviews_of,
    undo_review,
    view_and_claim,
)
from detector.cases.rows import CLAIMS, REVIEWS
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from detector.kinds import CaseState as State
from tests.detector.cases.answers import answer, make_golden
from tests.detector.cases.builders import DAY, at, decided, open_cases, state_of, walk

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
MINUTE = 1 / 24 / 60


def held(store, days=0.0):
    with store.reading() as reading:
        return claims(reading, at(days)).rows()


def kept(store, account="ada"):
    with store.reading() as reading:
        return reviews_of(reading, account)


class TestClaim:
    def test_one_holds_it_and_the_other_is_refused(self, store):
        assert claim(store, "ada", "eve", at()).until_us == at(15 * MINUTE)
        assert claim(store, "ada", "bob", at()) is None
        assert held(store) == [("ada", "eve", at(15 * MINUTE))]

    def test_ones_own_is_held_longer(self, store):
        claim(store, "ada", "eve", at())
        claim(store, "ada", "eve", at(10 * MINUTE))
        assert claim(store, "ada", "bob", at(20 * MINUTE)) is None

    def test_ones_own_is_never_held_shorter(self, file_store):
        claim(file_store, "ada", "eve", at())
        assert claim(file_store, "ada", "eve", at(), seconds=1).until_us == at(15 * MINUTE)

    def test_one_that_has_run_out_is_anybodys(self, store):
        claim(store, "ada", "eve", at())
        assert held(store, 15 * MINUTE) == []
        assert claim(store, "ada", "bob", at(15 * MINUTE)).reviewer == "bob"

    def test_one_that_was_let_go_is_anybodys(self, store):
        claim(store, "ada", "eve", at())
        release(store, "ada", "bob", at())
        assert claim(store, "ada", "bob", at()) is None
        release(store, "ada", "eve", at())
        assert claim(store, "ada", "bob", at()).reviewer == "bob"

    def test_of_twenty_at_once_one_holds_each(self, store):
        accounts = [f"account {number}" for number in range(4)]

        def take(number):
            who = f"reviewer {number}"
            return [claim(store, account, who, at()) for account in accounts]

        with ThreadPoolExecutor(20) as pool:
            taken = [each for many in pool.map(take, range(20)) for each in many if each]
        assert sorted(each.account_id for each in taken) == accounts
        by_account = {each.account_id: each.reviewer for each in taken}
        assert {account: who for account, who, _ in held(store)} == by_account


def nothing_is_done(_reading, _names):
    return set()


class TestClaimFirst:
    def test_takes_the_first_that_nobody_else_holds(self, store):
        claim(store, "ada", "bob", at())
        assert claim_first(store, ["ada", "cy"], "eve", at(), nothing_is_done) == "cy"
        assert ("cy", "eve", at(15 * MINUTE)) in held(store)

    def test_takes_ones_own_again(self, store):
        claim(store, "ada", "eve", at())
        assert claim_first(store, ["ada", "cy"], "eve", at(MINUTE), nothing_is_done) == "ada"

    def test_passes_over_what_is_done(self, store):
        assert claim_first(store, ["ada"], "eve", at(), lambda _, names: set(names)) is None
        assert held(store) == []

    def test_of_twenty_at_once_each_gets_another(self, store):
        accounts = [f"account {number}" for number in range(20)]

        def take(number):
            return claim_first(store, accounts, f"reviewer {number}", at(), nothing_is_done)

        with ThreadPoolExecutor(20) as pool:
            assert sorted(pool.map(take, range(20))) == sorted(accounts)


class TestViewAndClaim:
    def test_the_look_is_kept_whoever_holds_the_account(self, store):
        assert view_and_claim(store, "ada", "eve", at(), "/account").reviewer == "eve"
        assert view_and_claim(store, "ada", "bob", at(), "/account").reviewer == "eve"
        with store.reading() as reading:
            looks = reading.read_moves("ada")
        told = looks.filter(looks["kind"] == "view")
        assert told["actor"].to_list() == ["eve", "bob"]

    def test_what_ran_out_days_ago_is_cleaned_up(self, file_store):
        claim(file_store, "ada", "eve", at())
        view_and_claim(file_store, "cy", "bob", at(2), "/account")
        with file_store.reading() as reading:
            rows = reading.connection.execute(select(CLAIMS.c.account_id)).scalars().all()
        assert rows == ["cy"]


class TestRecordReview:
    @pytest.mark.parametrize(
        ("said", "state"),
        [
            ("confirm", "confirmed"),
            ("clear", "cleared"),
            ("unsure", "under_review"),
            ("exempt", "exempt"),
            ("swap", "open"),
            ("skip", "open"),
        ],
    )
    def test_the_case_follows(self, store, said, state):
        open_cases(store, "ada")
        claim(store, "ada", "eve", at())
        given = answer(said, version=1, seconds=12.5)
        made = record_review(store, given)
        assert state_of(store, "ada") == state
        went = None if state == "open" else "open"
        assert made == replace(given, from_state=went, to_state=state if went else None)
        with store.reading() as reading:
            assert find_review(reading, given.review_id) == made
        assert held(store) == []

    def test_clearing_takes_back_what_is_in_force(self, store):
        open_cases(store, "ada")
        with store.writing("decide", at()) as writing:
            writing.add_decisions(decided("ada"))
        record_review(store, answer("clear"))
        with store.reading() as reading:
            assert reading.decisions_in_force().is_empty()

    def test_an_exemption_ends_with_its_last_day(self, store):
        open_cases(store, "ada")
        record_review(store, answer("exempt", until=DAY + timedelta(30)))
        with store.reading() as reading:
            assert reading.find_case("ada")["until"].item() == DAY + timedelta(30)

    @pytest.mark.parametrize("said", ["confirm", "clear", "unsure", "swap", "exempt", "skip"])
    def test_twice_is_once(self, store, said):
        open_cases(store, "ada")
        first = record_review(store, answer(said, version=1))
        with store.reading() as reading:
            before = reading.end_of_chain()
        assert record_review(store, answer(said, version=1, at_us=at(1))) == first
        assert kept(store).height == 1
        with store.reading() as reading:
            assert reading.end_of_chain() == before

    def test_one_id_is_one_answer(self, store):
        open_cases(store, "ada")
        record_review(store, answer("clear", name="r1"))
        with pytest.raises(RefusedMoveError, match="was another one"):
            record_review(store, answer("confirm", name="r1"))

    def test_an_account_that_somebody_else_holds_is_refused(self, store):
        open_cases(store, "ada")
        claim(store, "ada", "bob", at())
        with pytest.raises(RefusedMoveError, match="bob looks at 'ada' until 12:15 UTC"):
            record_review(store, answer())
        assert state_of(store, "ada") == "open"
        assert record_review(store, answer(at_us=at(1))).to_state == "confirmed"

    @pytest.mark.parametrize("said", ["confirm", "swap"])
    def test_a_case_that_was_decided_since_is_refused(self, store, said):
        open_cases(store, "ada")
        decide(store, Act("ada", "bob", at(), "", None), "clear")
        with pytest.raises(StaleCaseError, match="bob made it cleared"):
            record_review(store, answer(said, version=1))
        assert kept(store).is_empty()

    def test_a_step_of_a_program_in_between_does_not_stop_a_person(self, file_store):
        open_cases(file_store, "ada")
        with file_store.writing("decide", at()) as writing:
            writing.bring(writing.read_cases()["account_id"], State.WARNED, "notice")
        assert record_review(file_store, answer(version=1)).to_state == "confirmed"

    def test_what_the_state_machine_forbids_leaves_no_answer(self, file_store):
        open_cases(file_store, "ada")
        walk(file_store, "ada", "warned", "grace")
        with pytest.raises(RefusedMoveError, match="cannot become under review"):
            record_review(file_store, answer())
        assert kept(file_store).is_empty()

    def test_an_account_that_was_never_flagged_gets_an_answer_and_no_case(self, store):
        record_review(store, answer(drawn="random", probability=0.01))
        assert kept(store)["drawn"].to_list() == ["random"]
        with store.reading() as reading:
            assert reading.read_cases().is_empty()

    def test_of_a_random_draw_an_old_case_is_not_moved(self, file_store):
        open_cases(file_store, "ada")
        walk(file_store, "ada", "under_review", "cleared")
        record_review(file_store, answer("confirm", drawn="random"))
        assert state_of(file_store, "ada") == "cleared"

    def test_still_unsure_is_an_answer(self, file_store):
        open_cases(file_store, "ada")
        walk(file_store, "ada", "under_review")
        assert record_review(file_store, answer("unsure")).to_state is None

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"said": "maybe"}, "'maybe' is no answer"),
            ({"drawn": "lots"}, "'lots' is no drawn"),
            ({"by": " "}, "somebody who gives it"),
            ({"said": "exempt", "note": " "}, "no reason"),
            ({"until": DAY}, "Only an exemption"),
            ({"probability": 1.5}, "from 0 to 1"),
            ({"seconds": float("nan")}, "seconds"),
            ({"note": "x" * 10_001}, "10,000 letters"),
            ({"note": "a\0b"}, "no database keeps"),
            ({"note": "a\ud800b"}, "no database keeps"),
        ],
        ids=str,
    )
    def test_what_cannot_be_said_is_refused(self, file_store, told, words):
        open_cases(file_store, "ada")
        with pytest.raises(SettingsError, match=words):
            record_review(file_store, answer(**told))

    def test_any_text_comes_back_and_verifies(self, store):
        odd = 'line\nbreak "quoted" \\ \u2028 \x1b[31m \u202e <img onerror=x> =1+1 🏠'
        record_review(store, answer(account=odd, by=odd, note=odd, drawn="chosen"))
        assert kept(store, odd).select("account_id", "reviewer", "note").row(0) == (odd,) * 3
        assert verify_chain(store).breaks == ()

    def test_answers_are_listed_in_their_order(self, store):
        open_cases(store, "ada", "bob")
        record_review(store, answer(account="bob"))
        record_review(store, answer(account="ada", by="zoe", at_us=at(1)))
        with store.reading() as reading:
            assert reviews(reading)["account_id"].to_list() == ["bob", "ada"]
            assert reviews(reading, since_us=at(1))["reviewer"].to_list() == ["zoe"]
            assert reviews(reading, reviewer="eve")["account_id"].to_list() == ["bob"]


class TestGolden:
    @pytest.mark.parametrize("said", ["confirm", "clear", "unsure", "swap", "exempt", "skip"])
    def test_its_answer_moves_nothing(self, store, said):
        open_cases(store, "ada")
        make_golden(store)
        made = record_review(store, answer(said))
        assert (made.golden, made.to_state) == (True, None)
        assert state_of(store, "ada") == "open"

    def test_the_store_knows_it_whatever_is_said(self, file_store):
        open_cases(file_store, "ada", "bob")
        make_golden(file_store, "ada")
        assert record_review(file_store, answer(golden=False)).golden
        assert not record_review(file_store, answer(account="bob", golden=True)).golden

    def test_of_another_run_the_account_is_as_any(self, file_store):
        open_cases(file_store, "ada")
        make_golden(file_store, run="run-0")
        assert record_review(file_store, answer(run="run-1")).to_state == "confirmed"


class TestUndoReview:
    @pytest.mark.parametrize(
        ("way", "said"),
        [
            ([], "confirm"),
            ([], "clear"),
            ([], "unsure"),
            ([], "exempt"),
            ([], "skip"),
            (["under_review"], "confirm"),
            (["under_review"], "exempt"),
            (["under_review", "confirmed"], "clear"),
            (["under_review", "confirmed"], "exempt"),
            (["under_review", "cleared"], "confirm"),
            (["under_review", "cleared"], "exempt"),
        ],
        ids=str,
    )
    def test_restores(self, store, way, said):
        open_cases(store, "ada")
        walk(store, "ada", *way)
        before = state_of(store, "ada")
        made = record_review(store, answer(said))
        undone = undo_review(store, made.review_id, "eve", at(MINUTE))
        assert undone == replace(made, undone_us=at(MINUTE))
        assert state_of(store, "ada") == before
        assert kept(store)["undone_us"].to_list() == [at(MINUTE)]
        assert verify_chain(store).breaks == ()

    def test_a_case_with_a_notice_goes_back_before_people(self, file_store):
        open_cases(file_store, "ada")
        walk(file_store, "ada", "warned")
        undo_review(file_store, record_review(file_store, answer()).review_id, "eve", at())
        assert state_of(file_store, "ada") == "under_review"

    def test_a_prolonged_exemption_ends_on_its_day_again(self, file_store):
        open_cases(file_store, "ada")
        walk(file_store, "ada", "exempt", until=DAY + timedelta(5))
        made = record_review(file_store, answer("exempt", until=DAY + timedelta(50)))
        undo_review(file_store, made.review_id, "eve", at())
        with file_store.reading() as reading:
            case = reading.find_case("ada").row(0, named=True)
        assert (case["state"], case["until"]) == ("exempt", DAY + timedelta(5))

    @pytest.mark.parametrize("way", [["warned", "appealed"], ["warned", "appealed", "overturned"]])
    def test_an_appeal_is_not_lost_by_it(self, file_store, way):
        open_cases(file_store, "ada")
        walk(file_store, "ada", *way)
        made = record_review(file_store, answer("exempt"))
        with pytest.raises(RefusedMoveError, match="cannot become so again"):
            undo_review(file_store, made.review_id, "eve", at())
        assert state_of(file_store, "ada") == "exempt"

    def test_twice_is_once(self, store):
        open_cases(store, "ada")
        made = record_review(store, answer())
        first = undo_review(store, made.review_id, "eve", at(1))
        assert undo_review(store, made.review_id, "eve", at(2)) == first

    def test_the_last_comes_before_the_others(self, store):
        open_cases(store, "ada", "bob")
        first, last = (record_review(store, answer(account=each)) for each in ("ada", "bob"))
        with pytest.raises(RefusedMoveError, match="answered others since"):
            undo_review(store, first.review_id, "eve", at())
        undo_review(store, last.review_id, "eve", at())
        assert undo_review(store, first.review_id, "eve", at()).undone_us == at()

    @pytest.mark.parametrize("name", ["bob/ada/confirm", "nothing"])
    def test_somebody_elses_stays(self, store, name):
        open_cases(store, "ada")
        record_review(store, answer(by="bob"))
        with pytest.raises(RefusedMoveError, match="eve gave no answer"):
            undo_review(store, name, "eve", at())

    def test_what_was_decided_since_stays(self, store):
        open_cases(store, "ada")
        made = record_review(store, answer())
        decide(store, Act("ada", "bob", at(), "", None), "unsure")
        decide(store, Act("ada", "bob", at(), "", None), "confirm")
        with pytest.raises(StaleCaseError, match="bob decided"):
            undo_review(store, made.review_id, "eve", at())
        assert kept(store)["undone_us"].to_list() == [None]


class TestSecondLook:
    def first(self, store, said="confirm"):
        open_cases(store, "ada")
        return record_review(store, answer(said)).review_id

    def test_is_of_an_account_drawn_as_for_the_first(self, file_store):
        first = record_review(file_store, answer(drawn="random")).review_id
        second = record_review(file_store, answer(by="bob", second_of=first))
        assert second.drawn == "random"

    def test_that_agrees_moves_nothing(self, store):
        first = self.first(store)
        assert record_review(store, answer(by="bob", second_of=first)).to_state is None
        assert state_of(store, "ada") == "confirmed"

    @pytest.mark.parametrize("said", ["confirm", "clear"])
    def test_that_differs_brings_it_back_before_people(self, store, said):
        first = self.first(store, said)
        other = {"confirm": "clear", "clear": "confirm"}[said]
        record_review(store, answer(other, by="bob", second_of=first))
        assert state_of(store, "ada") == "under_review"

    def test_of_two_that_differ_a_third_settles_it(self, store):
        first = self.first(store)
        second = record_review(store, answer("clear", by="bob", second_of=first)).review_id
        record_review(store, answer("clear", by="lea", second_of=second))
        assert state_of(store, "ada") == "cleared"

    def test_is_somebody_elses(self, store):
        first = self.first(store)
        with pytest.raises(RefusedMoveError, match="somebody else's"):
            record_review(store, answer("clear", second_of=first))
        second = record_review(store, answer("clear", by="bob", second_of=first)).review_id
        for both in ("eve", "bob"):
            settling = answer("clear", by=both, second_of=second, name="s")
            with pytest.raises(RefusedMoveError, match="somebody else's"):
                record_review(store, settling)

    def test_is_taken_once_but_a_skipped_one_is_none(self, store):
        first = self.first(store)
        record_review(store, answer("skip", by="zoe", second_of=first))
        record_review(store, answer(by="bob", second_of=first))
        with pytest.raises(RefusedMoveError, match="bob looked at it already"):
            record_review(store, answer(by="lea", second_of=first))

    def test_there_is_nothing_to_settle_where_both_agree(self, file_store):
        first = self.first(file_store)
        second = record_review(file_store, answer(by="bob", second_of=first)).review_id
        with pytest.raises(RefusedMoveError, match="nothing to settle"):
            record_review(file_store, answer(by="lea", second_of=second))

    @pytest.mark.parametrize("of", ["nothing", "undone", "another account's"])
    def test_is_of_an_answer_that_stands(self, file_store, of):
        first = self.first(file_store)
        if of == "undone":
            undo_review(file_store, first, "eve", at())
        wrong = {"nothing": ("x", "ada"), "undone": (first, "ada")}.get(of, (first, "zed"))
        with pytest.raises(RefusedMoveError, match="no such answer"):
            record_review(file_store, answer(account=wrong[1], by="bob", second_of=wrong[0]))

    def test_what_was_looked_at_again_is_not_taken_back(self, file_store):
        first = self.first(file_store)
        record_review(file_store, answer(by="bob", second_of=first))
        with pytest.raises(RefusedMoveError, match="bob has looked at it again"):
            undo_review(file_store, first, "eve", at())


class TestHistory:
    def test_tells_each_look_and_answer_and_verifies(self, store):
        open_cases(store, "ada")
        claim(store, "ada", "eve", at())
        record_view(store, "ada", "eve", at(), "account")
        undo_review(store, record_review(store, answer()).review_id, "eve", at())
        claim(store, "ada", "eve", at())
        release(store, "ada", "eve", at())
        with store.reading() as reading:
            told = reading.read_moves("ada")["kind"].to_list()
        looked, answered = ["claim", "view"], ["move", "move", "review"]
        taken_back = ["move", "move", "undo"]
        assert told == ["move", *looked, *answered, *taken_back, "claim", "release"]
        assert verify_chain(store).breaks == ()

    @pytest.mark.parametrize(
        "change",
        [
            update(REVIEWS).values(answer="clear"),
            update(REVIEWS).values(probability=0.5),
            update(REVIEWS).values(until=DAY),
            update(REVIEWS).values(undone_us=1),
            update(REVIEWS).values(golden=True),
            delete(REVIEWS),
        ],
        ids=["answer", "probability", "until", "undone", "golden", "deleted"],
    )
    def test_an_answer_changed_behind_the_stores_back_shows(self, store, change):
        open_cases(store, "ada")
        record_review(store, answer(probability=0.1 + 0.2))
        assert verify_chain(store).breaks == ()
        with store.engine.begin() as connection:
            connection.execute(change)
        assert "'eve/ada/confirm' of reviews" in verify_chain(store).breaks[0]


REVIEWERS, ANSWERS = 20, 5


class TestTwentyAtOnce:
    def test_lose_and_double_nothing(self, store):
        """Each answers accounts of its own and some that all want; every answer is sent twice."""
        own = {n: [f"own {n} {each}" for each in range(ANSWERS)] for n in range(REVIEWERS)}
        wanted = [f"all {each}" for each in range(ANSWERS)]
        open_cases(store, *wanted, *(each for many in own.values() for each in many))

        def work(number):
            who, done = f"reviewer {number}", []
            for account in [*own[number], *wanted]:
                if claim(store, account, who, at()) is None:
                    continue
                given = answer(("confirm", "clear")[number % 2], account, by=who, version=1)
                try:
                    done += {record_review(store, given), record_review(store, given)}
                except StaleCaseError:
                    release(store, account, who, at())
            return done

        with ThreadPoolExecutor(REVIEWERS) as pool:
            done = [each for many in pool.map(work, range(REVIEWERS)) for each in many]
        with store.reading() as reading:
            found = reviews(reading)
            states = reading.read_cases(["account_id", "state"])
        assert sorted(each.review_id for each in done) == sorted(found["review_id"])
        assert sorted(found["account_id"]) == sorted(states["account_id"])
        told = {each.account_id: each.to_state for each in done}
        assert dict(states.rows()) == told
        assert held(store) == []
        assert verify_chain(store).breaks == ()


KILLED_AFTER = (1, 7, 20)


class TestKilledWhileAnswering:
    @pytest.mark.parametrize("after", KILLED_AFTER)
    def test_each_acknowledged_answer_is_kept(self, store_url, after):
        """By SIGKILL, once it has said that so many answers are kept."""
        accounts = [f"account {number}" for number in range(60)]
        with open_store(store_url) as store:
            open_cases(store, *accounts)
        with subprocess.Popen(
            [sys.executable, "-c", ANSWERING, store_url, *accounts], cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        ) as running:  # fmt: skip
            told = [running.stdout.readline().strip() for _ in range(after)]
            running.send_signal(signal.SIGKILL)
            told += [line.strip() for line in running.stdout if line.endswith("\n")]
        assert running.returncode == -signal.SIGKILL
        with open_store(store_url) as store:
            with store.reading() as reading:
                found = reviews(reading)
                states = reading.count_states()
            assert {*told} <= {*found["review_id"]}
            assert found.height <= len(told) + 1
            assert states.get("confirmed") == found.height
            assert verify_chain(store).breaks == ()


ANSWERING = """
import sys
from detector.cases.open import open_store
from detector.cases.reviewing import Review, claim, record_review
with open_store(sys.argv[1]) as store:
    for number, account in enumerate(sys.argv[2:], 1):
        claim(store, account, "eve", number)
        review = Review(account, account, "eve", number, "confirm")
        print(record_review(store, review).review_id, flush=True)
"""
