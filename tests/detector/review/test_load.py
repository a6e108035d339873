"""Many decide at once and the server is killed: nothing is lost, nothing doubled."""

import polars as pl
import pytest

from tests.detector.review.load.checks import (
    Acknowledged,
    find_doubled,
    find_held_twice,
    find_lost,
)
from tests.detector.review.load.many import write_many
from tests.detector.review.load.rounds import Round, check, decide_together, fill_store
from tests.detector.review.load.serving import serving
from tests.pipelines.tiny_run import TinyRun, account, write_manifest, write_run

NAMES = [f"reviewer-{number}" for number in range(4)]
SECONDS, ANSWERS = 2, 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A thousand accounts, of which four in five are flagged."""
    place = tmp_path_factory.mktemp("load")
    lenders = [TinyRun(f"acc-{number}") for number in range(4)]
    small = write_manifest(write_run(place / "small", *lenders, honest=[account("ada")]))
    return write_many(small, place / "many", 1000)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_it_is_killed_amid_answers(folder, store_url):
    fill_store(store_url, folder, NAMES)
    with serving(folder, store_url) as server:
        seen, told = decide_together(server, Round(NAMES, SECONDS, kills=1, least=ANSWERS))
    assert check(store_url, seen.acknowledged, seen.unanswered) == []
    assert len(seen.acknowledged) >= 2 * ANSWERS, told


TOLD = [Acknowledged("r1", "ada", "eve", "clear"), Acknowledged("r2", "bob", "sam", "confirm")]


def kept(*rows):
    columns = ("review_id", "account_id", "reviewer", "answer", "second_of", "undone_us")
    schema = dict.fromkeys(columns[:5], pl.String) | {"undone_us": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


R1, R2 = ("r1", "ada", "eve", "clear", None, None), ("r2", "bob", "sam", "confirm", None, None)


class TestFindLost:
    def test_all_that_was_acknowledged_is_there(self):
        assert [*find_lost(kept(R1, R2), TOLD, 0)] == []

    @pytest.mark.parametrize(
        "stored",
        [
            pytest.param([R1], id="one is missing"),
            pytest.param([R1, R2, R2], id="one is there twice"),
            pytest.param([R1, (*R2[:3], "clear", None, None)], id="one says something else"),
            pytest.param([R1, R2, ("r3", *R2[1:])], id="one was never acknowledged"),
        ],
    )
    def test_what_is_not_as_it_was_acknowledged_is_told(self, stored):
        assert [*find_lost(kept(*stored), TOLD, 0)] != []

    def test_what_was_on_its_way_may_be_there(self):
        assert [*find_lost(kept(R1, R2, ("r3", *R2[1:])), TOLD, 1)] == []


class TestFindDoubled:
    def test_two_who_decide_about_one_account_are_told(self):
        again = ("r3", "ada", "sam", "confirm", None, None)
        assert [*find_doubled(kept(R1, again))] == ["ada was decided 2 times"]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(("r3", "ada", "sam", "confirm", "r1", None), id="a second look"),
            pytest.param(("r3", "ada", "sam", "unsure", None, None), id="not sure"),
            pytest.param(("r3", "ada", "sam", "clear", None, 9), id="taken back"),
        ],
    )
    def test_what_may_be_answered_again_is_not(self, other):
        assert [*find_doubled(kept(R1, other))] == []


def moves(*rows):
    columns = ("seq", "account_id", "kind", "actor", "at_us", "body")
    return pl.DataFrame([(n, "ada", *row) for n, row in enumerate(rows)], columns, orient="row")


class TestFindHeldTwice:
    UNTIL = '{"until_us": 10}'

    def test_who_answers_what_somebody_else_holds_is_told(self):
        told = moves(("claim", "eve", 1, self.UNTIL), ("review", "sam", 2, "{}"))
        assert [*find_held_twice(told)] == ["ada was held by eve when sam came (review)"]

    @pytest.mark.parametrize(
        "freed",
        [
            pytest.param(("release", "eve", 2, "{}"), id="let go"),
            pytest.param(("review", "eve", 2, "{}"), id="answered"),
            pytest.param(("claim", "eve", 2, '{"until_us": 3}'), id="run out"),
        ],
    )
    def test_who_comes_after_is_not(self, freed):
        told = moves(("claim", "eve", 1, self.UNTIL), freed, ("claim", "sam", 4, self.UNTIL))
        assert [*find_held_twice(told)] == []
