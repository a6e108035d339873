import io

import pytest
from rich.console import Console

from detector.errors import DetectorError, InputError
from detector.stories.tell import UnknownAccountError
from pipelines.jobs.inspect import inspect_account, render_story
from tests.pipelines.tiny_run import BOB, ESCAPE, TinyRun, place, visits, write_run, write_tiny_run

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path):
    return write_tiny_run(tmp_path)


def printed(story, width=110):
    text = io.StringIO()
    render_story(story, Console(file=text, width=width, highlight=False))
    return text.getvalue()


class TestInspectAccount:
    def test_story_of_one_account(self, run):
        assert inspect_account(run, "bob").external_households == 1

    def test_near_matches_come_from_the_whole_run(self, run):
        with pytest.raises(UnknownAccountError, match="did you mean 'bob'"):
            inspect_account(run, "bobb")

    def test_no_run_folder(self, tmp_path):
        with pytest.raises(InputError, match="There is no folder"):
            inspect_account(tmp_path / "nowhere", "bob")

    def test_a_missing_table(self, run):
        (run / "visits.parquet").unlink()
        with pytest.raises(DetectorError, match=r"visits\.parquet"):
            inspect_account(run, "bob")


class TestRenderStory:
    def test_who_lives_where_and_why(self, run):
        text = printed(inspect_account(run, "bob"))
        for words in ("shared · flagged", "97.0 %", "Household 1 · Lille", "guest-tv", "+6.50"):
            assert words in text

    def test_what_speaks_for_it(self, run):
        text = printed(inspect_account(run, "bob"))
        assert "A week in which the television is seen at home." in text

    def test_what_would_clear_it(self, run):
        text = printed(inspect_account(run, "bob")).partition("What would clear it")[2]
        assert (
            "Without the television of household 1 it would fall just below the threshold." in text
        )
        assert "guest-tv" in text

    def test_nothing_has_to_clear_an_honest_account(self, run):
        assert "What would clear it" not in printed(inspect_account(run, "ada"))

    def test_a_cell_per_day(self, run):
        lines = printed(inspect_account(run, "bob")).splitlines()
        strip = next(line for line in lines if line.startswith("Place 1"))
        assert strip.count("1") == 21 + 1

    def test_ids_cannot_steer_the_terminal(self, run):
        text = printed(inspect_account(run, ESCAPE))
        assert not {"\x1b", "\x07", "\u202e", "\u2028"} & set(text)
        assert "<script>" in text

    def test_an_account_about_which_nothing_is_known(self, run):
        assert "one household" in printed(inspect_account(run, "ada"))

    def test_a_narrow_terminal(self, run):
        assert max(map(len, printed(inspect_account(run, "bob"), width=80).splitlines())) <= 80

    def test_only_the_first_places_are_drawn(self, tmp_path):
        class Traveller(TinyRun):
            def places(self):
                return [place("bob", number) for number in range(40)]

            def visits(self):
                return [
                    row for number in range(40) for row in visits("bob", "tv", number, [number])
                ]

        story = inspect_account(write_run(tmp_path, Traveller()), BOB.account_id)
        assert "24 more places" in printed(story)
