import io

import pytest
from rich.console import Console

from detector.measuring.fairness import DIMENSIONS
from detector.measuring.figures import ComparedSlice
from detector.measuring.metrics import Rate
from detector.measuring.truth import TruthAccounts
from detector.runs.run import Run
from pipelines.jobs.evaluate import evaluate_run, render_evaluation
from pipelines.jobs.report import write_report
from pipelines.terminal.fairness import (
    HONEST,
    SHOWN,
    TITLES,
    find_verdict,
    find_words,
    list_dimensions,
    render_fairness,
)
from tests.pipelines.tiny_run import account, lender, table, write_run, write_tiny_run, write_truth

pytestmark = pytest.mark.slow


def piece(name, hits, of=100, *, dimension="partner", worse=False, p_value=0.5):
    rest = Rate.from_counts(10, 1_000)
    ratio = hits * rest.of / (of * rest.hits)
    return ComparedSlice(dimension, name, Rate.from_counts(hits, of), rest, ratio, p_value, worse)


def printed(render, shown):
    text = io.StringIO()
    render(shown, Console(file=text, width=110))
    return text.getvalue()


class TestListDimensions:
    def test_worse_first_then_most_flagged(self):
        slices = [piece("a", 3), piece("b", 9, of=90), piece("c", 5, worse=True)]
        (shown,) = list_dimensions(slices)
        assert [one.name for one in shown.slices] == ["c", "b", "a"]

    def test_what_is_left_out_is_counted(self):
        (shown,) = list_dimensions([piece(f"p{n}", n) for n in range(SHOWN + 5)])
        assert (len(shown.slices), shown.left_out) == (SHOWN, 5)

    def test_every_dimension_has_a_title(self):
        assert set(TITLES) == set(DIMENSIONS)


class TestFindVerdict:
    @pytest.mark.parametrize(("worse", "words"), [(0, "None of 2"), (1, "1 of 2"), (2, "2 of 2")])
    def test_counts_what_could_be_tested(self, worse, words):
        slices = [piece(str(n), 1, worse=n < worse) for n in range(2)]
        found = find_verdict([*slices, piece("tiny", 1, p_value=None)], HONEST)
        assert found.startswith(f"{words} slices of honest accounts")

    def test_says_what_could_not_be_compared(self):
        assert "provider, home network, country" in find_verdict([piece("Orbex", 1)], HONEST)


class TestFindWords:
    def test_surest_first_and_only_what_is_worse(self):
        slices = [piece("a", 5, worse=True, p_value=0.04), piece("b", 9, worse=True, p_value=0.01)]
        words = find_words([*slices, piece("c", 1)], HONEST)
        assert [" b " in words[0], " a " in words[1], len(words)] == [True, True, 2]


class TestRenderFairness:
    def test_shows_share_interval_and_ratio(self):
        text = printed(render_fairness, [piece("Orbex", 5), piece("Telvia", 1)])
        assert "Partner Orbex 5.0 % 2.2 … 11.2 5 of 100 5.0" in " ".join(text.split())

    def test_names_cannot_steer_the_terminal(self):
        text = printed(render_fairness, [piece("\x1b[2J[red]", 5)])
        assert "\x1b" not in text
        assert "[red]" in text

    def test_one_line_where_nobody_is_wronged(self):
        assert "95 % interval" not in printed(render_fairness, [piece("Orbex", 0)])

    def test_nothing_where_nobody_was_compared(self):
        assert printed(render_fairness, []) == ""


def crowd(*, hostile=""):
    """A hundred accounts of two partners; half of those of Orbex are flagged."""
    rows = [(lender if n < 20 else account)(f"acc-{n:03}") for n in range(100)]
    return [
        row | {"partner": f"Orbex{hostile}" if n < 40 else "Telvia"} for n, row in enumerate(rows)
    ]


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", honest=crowd(hostile="<img src=x>"))


@pytest.fixture
def world(tmp_path):
    """A world in which nobody shares."""
    folder = write_truth(tmp_path / "world")
    ids = [f"acc-{n:03}" for n in range(100)]
    known = [
        {"account_id": one, "label": "single", "situation": "any", "external_households": 0}
        for one in ids
    ]
    Run(folder).write(TruthAccounts, table(TruthAccounts, known))
    return folder


def page(folder):
    return write_report(folder, top=0).read_text(encoding="utf-8")


class TestEvaluate:
    def test_a_worse_slice_comes_before_all_figures(self, run, world):
        text = " ".join(printed(render_evaluation, evaluate_run(run, world)).split())
        assert text.startswith("Honest accounts of partner Orbex<img src=x> are flagged while no")
        assert "Honest accounts flagged, by whom it falls on 1 of 2 slices" in text


class TestReport:
    def test_without_a_truth_no_flag_is_called_false(self, run):
        text = page(run)
        assert "Who is flagged" in text
        assert "It is not the share wrongly flagged" in text
        assert "Honest accounts" not in text

    def test_with_the_truth_the_wronged_are_called_out(self, run, world):
        evaluate_run(run, world)
        text = page(run)
        assert "Who is wronged" in text
        assert '<p class="alarm">Honest accounts of partner Orbex' in text
        assert "It is not the share wrongly flagged" not in text

    def test_the_slice_is_marked_in_its_picture(self, run):
        assert page(run).count("point worse") == 1

    def test_names_are_shown_as_text(self, run):
        assert "<img" not in page(run)

    def test_accounts_that_nothing_tells_apart(self, tmp_path):
        assert "Who is flagged" not in page(write_tiny_run(tmp_path / "run"))
