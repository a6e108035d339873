"""The overview: what a threshold would flag, how many wrongly by each source, and by all."""

import numpy as np
import pytest

from detector.learning.thresholds import prove_precision
from detector.measuring.metrics import Rate
from detector.review.answers import NOBODY, read_answers
from detector.review.estimating import Opinion, by_chance, combine, count_errors, foresee
from detector.review.index import load_index
from detector.review.reliability import ENOUGH, tell_reliability
from detector.review.trying import KnownOfRun, read_selftest, try_threshold
from detector.runs.manifest import JudgedBy
from detector.runs.run import Run
from detector.selftest.figures import (
    SELFTEST,
    BesideFigures,
    FlaggedFrom,
    PairFigures,
    SelfTest,
    Trials,
)
from tests.detector.cases.answers import answered
from tests.detector.review.town import answer, browser, open_town, seed
from tests.empty_stores import open_empty
from tests.pipelines.tiny_run import FIRST, account, lender, write_manifest, write_run

FLAGGED, HONEST = 60, 140
PROMISED = {"precision": 0.98, "confidence": 0.95, "bound": 0.9801834132332763, "flagged": 1462.0}
MODEL = JudgedBy(version="m", threshold=0.9, promise=PROMISED)


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Sixty flagged accounts, one in fifty of them wrongly if probabilities are right."""
    rows = [lender(f"f{n:03d}", probability=0.98) for n in range(FLAGGED)]
    rows += [account(f"h{n:03d}", probability=0.6 if n < 20 else 0.01) for n in range(HONEST)]
    return write_manifest(write_run(tmp_path_factory.mktemp("village"), honest=rows))


@pytest.fixture
def kept(village, tmp_path):
    with open_empty(tmp_path / "cases.db") as store:
        seed(store, village)
        yield store


def known(village, answers=NOBODY, selftest=None, model=MODEL):
    manifest = Run(village).finished().model_copy(update={"model": model})
    return KnownOfRun(load_index(village), manifest, answers, selftest)


def proven(beside, pairs, *, model="m"):
    """A self-test that flagged so many of so many lives, and found so many of so many pairs."""
    nothing = Rate.from_counts(0, 0)
    levels = [FlaggedFrom(threshold=at, flagged=Rate.from_counts(*pairs)) for at in (0.5, 0.9)]
    figures = PairFigures(
        stratum="same_country",
        found=nothing,
        exact=nothing,
        flagged=Rate.from_counts(*pairs),
        flagged_from=tuple(levels),
        flagged_if_seldom=nothing,
    )
    life = BesideFigures(spans="days", flagged=Rate.from_counts(*beside), found=nothing, left_out=0)
    tried = Trials(profiles="own", threshold=0.9, pairs=(figures,), changes=(), beside=(life,))
    return SelfTest(
        first_day=FIRST,
        last_day=FIRST,
        settings_sha256="5" * 64,
        model=model,
        accounts=200,
        used_enough=200,
        tried=200,
        usable=100,
        trials=(tried,),
    )


def said(trial, name):
    return next(source for source in trial.sources if source.name == name)


def look(store, names, said, **fields):
    for name in names:
        told = {"run": "f" * 64, "probability": 0.98, **fields}
        answered(store, said, name, **told)


class TestCombine:
    """An interval of all sources."""

    def test_holds_the_truth_as_often_as_it_says(self):
        """Three sources and a run that all have one share: no fewer than 95 of 100 intervals."""
        draw, held, tries = np.random.default_rng(1), 0, 400
        for share in draw.uniform(0.01, 0.2, tries):
            opinions = [Opinion.seen(int(draw.binomial(n, share)), n) for n in (1000, 60, 200)]
            found = combine(opinions, 300)
            held += found.low <= draw.binomial(300, share) <= found.high
        assert held >= 0.95 * tries

    def test_holds_it_where_the_sources_are_of_other_populations(self):
        """Each source and the run has a share of its own, as far apart as twice and half."""
        draw, held, tries = np.random.default_rng(2), 0, 400
        for middle in draw.uniform(-4, -2, tries):
            shares = 1 / (1 + np.exp(-draw.normal(middle, 0.7, 4)))
            sizes = (1000, 100, 200)
            opinions = [
                Opinion.seen(int(draw.binomial(n, share)), n)
                for n, share in zip(sizes, shares[:3], strict=True)
            ]
            found = combine(opinions, 300)
            held += found.low <= draw.binomial(300, shares[3]) <= found.high
        assert held >= 0.8 * tries

    def test_is_wider_than_chance_where_sources_differ(self):
        alone, promised = by_chance(10, 500), Opinion.seen(20, 1000)
        both = combine([promised, Opinion.seen(12, 60)], 500)
        assert both.low < alone.low < alone.high < both.high
        assert both.high >= 100

    def test_is_hardly_moved_by_a_few_reviews_that_agree(self):
        promised = [Opinion.seen(20, 1000), Opinion.seen(25, 1000)]
        without, with_few = combine(promised, 500), combine([*promised, Opinion.seen(0, 3)], 500)
        assert with_few.high <= 1.2 * without.high

    def test_of_no_accounts_is_nothing(self):
        assert combine([Opinion.seen(1, 10)], 0) == foresee(0, 0, 0) == by_chance(0, 0)


class TestCountErrors:
    @pytest.mark.parametrize("errors", [0, 1, 29, 300])
    def test_reads_what_the_bound_was_made_of(self, errors):
        shared = np.arange(1500) >= errors
        bound, flagged = prove_precision(np.ones(1500), shared, 0.5)
        assert count_errors(bound, flagged, 0.95) == errors


class TestTryThreshold:
    def test_says_what_chance_alone_makes_of_the_probabilities(self, village):
        source = said(try_threshold(known(village), 0.9), "By the probabilities")
        assert source.wrong.likely == pytest.approx(1.2, abs=0.01)
        assert "1 of 60 wrong, 0 to 4" in source.words

    def test_known_answers_speak_of_the_models_threshold_and_above(self, village):
        above = said(try_threshold(known(village), 0.95), "By known answers")
        below = said(try_threshold(known(village), 0.5), "By known answers")
        assert "Of 1,462 accounts" in above.words
        assert above.opinion
        assert below.opinion is None

    def test_a_run_of_an_older_version_says_so(self, village):
        trial = try_threshold(known(village, model=None), 0.9)
        assert "does not say" in said(trial, "By known answers").words
        assert trial.wrong.high >= 3

    def test_a_selftest_of_another_model_is_not_believed(self, village):
        mine = try_threshold(known(village, selftest=proven((9, 100), (8, 10))), 0.9)
        other = proven((9, 100), (8, 10), model="old")
        trial = try_threshold(known(village, selftest=other), 0.9)
        assert said(mine, "By the self-test").wrong.likely > 10
        assert mine.missed[0].startswith("By certain pairs: 8 of 10 accounts")
        assert said(trial, "By the self-test").wrong is None
        assert not trial.missed

    def test_honest_lives_that_are_flagged_widen_the_interval(self, village):
        bad = try_threshold(known(village, selftest=proven((20, 100), (8, 10))), 0.9)
        good = try_threshold(known(village, selftest=proven((0, 100), (8, 10))), 0.9)
        assert bad.wrong.high > 2 * good.wrong.high

    def test_a_higher_threshold_flags_no_more_wrongly(self, tmp_path):
        """Though what is known of the lower one differs widely from what it promises."""
        sure = [lender(f"s{n:03d}", probability=0.999999) for n in range(150)]
        rest = [lender(f"r{n:03d}", probability=0.985) for n in range(10)]
        folder = write_manifest(write_run(tmp_path, honest=[*sure, *rest]))
        low, high = (try_threshold(known(folder), at) for at in (0.9, 0.99))
        assert (low.flagged, high.flagged) == (160, 150)
        assert low.wrong.high >= high.wrong.high > by_chance(0.0, 150).high

    def test_a_selftest_that_cannot_be_read_is_none(self, tmp_path):
        assert read_selftest(tmp_path) is None
        (tmp_path / SELFTEST).write_text("{}")
        assert read_selftest(tmp_path) is None

    def test_what_reviewers_find_widens_it(self, village, kept):
        without = try_threshold(known(village), 0.9)
        look(kept, [f"f{n:03d}" for n in range(5)], "clear")
        look(kept, [f"f{n:03d}" for n in range(5, 20)], "confirm")
        trial = try_threshold(known(village, read_answers(kept)), 0.9)
        assert (trial.looked_at, trial.found_wrong) == (20, 5)
        assert trial.wrong.low >= 5
        assert trial.wrong.high > 2 * without.wrong.high
        words = said(trial, "By reviews of flagged accounts").words
        assert "5 of 20 accounts" in words
        assert "no random sample" in words

    def test_nothing_is_guessed_of_accounts_that_were_all_looked_at(self, village, kept):
        look(kept, [f"f{n:03d}" for n in range(FLAGGED)], "confirm")
        answered(kept, "clear", "f000", run="f" * 64, probability=0.98)
        trial = try_threshold(known(village, read_answers(kept)), 0.9)
        assert (trial.wrong.low, trial.wrong.high) == (1, 1)

    def test_reviews_of_another_run_estimate_and_count_nobody(self, village, kept):
        look(kept, [f"f{n:03d}" for n in range(10)], "clear", run="0" * 64)
        trial = try_threshold(known(village, read_answers(kept)), 0.9)
        assert trial.looked_at == 0
        assert "10 of 10 accounts" in said(trial, "By reviews of flagged accounts").words

    def test_random_ones_speak_of_what_is_not_flagged(self, village, kept):
        drawn = {"drawn": "random", "probability": 0.6}
        look(kept, [f"h{n:03d}" for n in range(10)], "clear", **drawn)
        look(kept, ["h010"], "confirm", **drawn)
        answers = read_answers(kept)
        high, low = (try_threshold(known(village, answers), at) for at in (0.9, 0.5))
        name = "By reviews of unflagged accounts"
        assert said(high, name).wrong is None
        assert "10 of 11 accounts" in said(low, name).words
        assert "1 of 11 accounts" in high.missed[-1]


class TestReadAnswers:
    def test_the_last_word_counts(self, kept):
        look(kept, ["f001"], "clear")
        look(kept, ["f001"], "confirm")
        assert read_answers(kept).told.select("account_id", "shared").rows() == [("f001", True)]

    @pytest.mark.parametrize("said", ["unsure", "skip"])
    def test_a_doubt_is_no_answer(self, kept, said):
        look(kept, ["f001"], said)
        assert read_answers(kept).told.is_empty()


class TestTellReliability:
    def test_of_few_reviews_there_is_no_picture(self, kept):
        look(kept, [f"f{n:03d}" for n in range(ENOUGH - 1)], "confirm")
        told = tell_reliability(read_answers(kept))
        assert not told.picture
        assert [group.reviews for group in told.groups] == [0, ENOUGH - 1, 0]

    def test_the_random_ones_stand_apart(self, kept):
        look(kept, [f"f{n:03d}" for n in range(ENOUGH)], "confirm")
        look(kept, [f"h{n:03d}" for n in range(ENOUGH)], "clear", drawn="random", probability=0.1)
        told = tell_reliability(read_answers(kept))
        shares = {group.sign: {row.observed_share for row in group.bins} for group in told.groups}
        assert shares == {"random": {0.0}, "queue": {1.0}, "chosen": set()}
        assert 'class="bin random"' in told.picture


class TestPage:
    def test_says_each_source_without_scripts(self, village, kept):
        (village / SELFTEST).write_text(proven((1, 100), (8, 10)).to_json())
        with browser(open_town(village, store=kept)) as client:
            for number in range(ENOUGH):
                answer(client, f"f{number:03d}", "confirm", given="yes")
            answer(client, f"f{ENOUGH:03d}", "clear", given="yes")
            page = client.get("/overview", params={"threshold": "0.9"}).text
        assert 'method="get"' in page
        for words in (
            "By the probabilities",
            "By the self-test",
            "1 of 21 accounts",
            "1 found wrong",
            "From the queue",
        ):
            assert words in page
        assert "<svg" in page.partition('id="reliability"')[2]

    def test_a_run_without_a_store_has_one_too(self, village):
        with browser(open_town(village)) as client:
            assert "too few to tell" in client.get("/overview").text
