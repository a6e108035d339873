import pytest
from sqlalchemy import update

from detector.cases.golden import add_golden, golden, pick_golden
from detector.cases.reviewing import record_review
from detector.cases.rows import GOLDEN
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from tests.detector.cases.answers import RUN, answer, answered
from tests.detector.cases.builders import at, open_cases

pytestmark = pytest.mark.slow

KEY = b"key"


def add(store, account="ada", said="clear", run=RUN):
    add_golden(store, account, run, said, "lea", at())


def picked(store, reviewer="eve", share=1.0, run=RUN):
    with store.reading() as reading:
        return pick_golden(reading, reviewer, run, share, KEY)


class TestAddGolden:
    def test_the_later_word_counts(self, store):
        add(store, said="clear")
        add(store, said="confirm")
        add(store, "abe", run="run-0")
        with store.reading() as reading:
            told = golden(reading)
        assert told.select("account_id", "answer", "added_by").rows() == [
            ("abe", "clear", "lea"),
            ("ada", "confirm", "lea"),
        ]
        assert verify_chain(store).breaks == ()

    @pytest.mark.parametrize("said", ["unsure", "skip", "exempt", "maybe"])
    def test_what_cannot_be_known_is_refused(self, file_store, said):
        with pytest.raises(SettingsError, match="cannot be known"):
            add(file_store, said=said)

    def test_whoever_reads_an_accounts_history_is_not_told(self, file_store):
        open_cases(file_store, "ada")
        add(file_store)
        answered(file_store)
        with file_store.reading() as reading:
            bodies = reading.read_moves("ada").select("kind", "body", "note").rows()
        assert "golden" not in str(bodies)

    def test_one_changed_behind_the_stores_back_shows(self, file_store):
        add(file_store)
        with file_store.engine.begin() as connection:
            connection.execute(update(GOLDEN).values(answer="confirm"))
        assert "of golden" in verify_chain(file_store).breaks[0]


class TestPickGolden:
    def test_none_comes_twice_and_all_come(self, file_store):
        for account in ("ada", "bob", "cy"):
            add(file_store, account)
        seen = []
        while account := picked(file_store):
            seen.append(account)
            record_review(file_store, answer("skip", account))
        assert sorted(seen) == ["ada", "bob", "cy"]
        assert picked(file_store, "zoe") in seen

    def test_is_of_the_run_that_is_shown(self, file_store):
        add(file_store, run="run-0")
        assert picked(file_store) is None

    def test_comes_as_often_as_was_asked(self, file_store):
        add(file_store)
        drawn = sum(picked(file_store, f"reviewer {n}", 0.3) is not None for n in range(200))
        assert 34 < drawn < 86  # four standard deviations either way
