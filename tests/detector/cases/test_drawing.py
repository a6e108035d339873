import polars as pl
import pytest

from detector.cases.drawing import draw_key, is_drawn, lot, sample_unflagged
from detector.errors import InputError
from tests.detector.cases.builders import open_cases

ACCOUNTS = pl.DataFrame(
    {
        "account_id": [f"account {n}" for n in range(4000)],
        "flagged": [n % 4 == 0 for n in range(4000)],
    }
)


class TestIsDrawn:
    def test_falls_on_the_stated_share(self):
        drawn = sum(is_drawn(0.1, b"key", str(n)) for n in range(4000))
        assert 330 < drawn < 470  # four standard deviations either way

    def test_another_key_draws_others(self):
        assert [lot(b"a", str(n)) for n in range(9)] != [lot(b"b", str(n)) for n in range(9)]


class TestSampleUnflagged:
    def test_holds_only_unflagged_ones(self):
        flagged = {*ACCOUNTS.filter("flagged")["account_id"]}
        drawn = sample_unflagged(ACCOUNTS, "run-1", 0.1, b"key")
        assert not flagged & {*drawn}
        assert 220 < drawn.len() < 380

    def test_is_the_same_whatever_the_order_and_company(self):
        drawn = sample_unflagged(ACCOUNTS, "run-1", 0.1, b"key")
        assert sample_unflagged(ACCOUNTS[::-1], "run-1", 0.1, b"key").equals(drawn)
        half = sample_unflagged(ACCOUNTS.head(2000), "run-1", 0.1, b"key")
        assert {*half} <= {*drawn}

    def test_another_run_draws_others(self):
        first, second = (sample_unflagged(ACCOUNTS, run, 0.1, b"key") for run in ("r1", "r2"))
        assert {*first} != {*second}

    def test_of_nothing_or_of_no_share_draws_nobody(self):
        assert sample_unflagged(ACCOUNTS.clear(), "run-1", 1.0, b"key").is_empty()
        assert sample_unflagged(ACCOUNTS, "run-1", 0.0, b"key").is_empty()

    def test_wants_to_know_who_is_flagged(self):
        with pytest.raises(InputError, match="flagged"):
            sample_unflagged(ACCOUNTS.drop("flagged"), "run-1", 1.0, b"key")


def test_a_stores_key_stays_the_same(file_store):
    open_cases(file_store, "ada")
    with file_store.reading() as reading:
        first = draw_key(reading)
    open_cases(file_store, "bob")
    with file_store.reading() as reading:
        assert draw_key(reading) == first
