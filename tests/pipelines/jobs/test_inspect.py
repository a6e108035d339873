import io
import json
import re

import pytest
from rich.console import Console

from detector.errors import DetectorError, InputError
from detector.stories.say import SpeechRegister
from detector.stories.tell import UnknownAccountError
from detector.stories.templates import Language
from pipelines.jobs.inspect import Listener, document, inspect_account, render_story
from pipelines.terminal.waterfall import build_waterfall
from tests.pipelines.tiny_run import BOB, ESCAPE, TinyRun, place, visits, write_run, write_tiny_run

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path):
    return write_tiny_run(tmp_path)


def printed(story, width=110, **listener):
    text = io.StringIO()
    render_story(story, Console(file=text, width=width, highlight=False), Listener(**listener))
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
    def test_what_to_know_first_comes_first(self, run):
        [verdict, sentence, *rest] = printed(inspect_account(run, "bob")).strip().splitlines()
        assert verdict == "bob   shared · flagged"
        assert sentence == (
            "This account is also used in 1 other household (97 % sure). The devices "
            "there were never seen with home's."
        )
        titles = [line for line in rest if line and not line.startswith(" ")]
        assert titles[:4] == [
            "Speaks for another household",
            "Speaks against it",
            "What would tell",
            "Without the television of household 1 it would fall just below the threshold.",
        ]

    def test_who_lives_where(self, run):
        text = printed(inspect_account(run, "bob"))
        for words in ("97.0 %", "Household 1 · Lille", "guest-tv"):
            assert words in text

    def test_terms_are_shown_on_request(self, run):
        story = inspect_account(run, "bob")
        assert "+6.50" not in printed(story)
        assert "+6.50" in printed(story, terms=True)

    @pytest.mark.parametrize(
        ("language", "words"),
        [("fr", "ont jamais été vus avec ceux du domicile."),
         ("es", "Los dispositivos de allí nunca se vieron con los del domicilio.")],
    )  # fmt: skip
    def test_in_the_language_asked_for(self, run, language, words):
        assert words in printed(inspect_account(run, "bob"), language=Language(language))

    @pytest.mark.parametrize("language", [Language.FRENCH, Language.SPANISH])
    def test_nothing_is_left_in_english(self, run, language):
        """But for what is in the log, and what the run itself wrote of each factor."""
        story = inspect_account(run, "bob")
        text = printed(story, language=language, terms=True)
        for step in build_waterfall(story.deciding).steps:
            text = text.replace(step.label, "").replace(step.text, "")
        text = re.sub(r"[\w-]*(tv|phone)\b|[Bb]its|Factor|Paris|Lille|other city", "", text)
        english = printed(story, terms=True)
        common = set(re.findall(r"[A-Za-z]{4,}", text)) & set(re.findall(r"[A-Za-z]{4,}", english))
        assert not common

    @pytest.mark.parametrize("language", Language)
    def test_the_person_concerned_hears_of_no_device_and_no_place(self, run, language):
        story = inspect_account(run, "bob")
        listener = Listener(language, SpeechRegister.PERSON)
        told = printed(story, language=language, register=SpeechRegister.PERSON)
        for text in (told, json.dumps(document(story, listener))):
            for hidden in ("guest-tv", "bob-tv", "Lille", "Paris", "Place", "household 1"):
                assert hidden not in text

    def test_the_document_holds_what_to_know_first(self, run):
        story = inspect_account(run, "bob")
        told = document(story)
        assert told["first"]["speaks_for"][0]["theme"] == "beside home"
        assert told["households"][1]["area"] == "Lille, FR"

    def test_from_when_on_a_side_is_home_is_as_the_run_had_it(self, run):
        story = inspect_account(run, "bob")
        assert "home's" not in printed(story, min_home_confidence=1.1)

    def test_what_would_clear_it(self, run):
        text = printed(inspect_account(run, "bob")).partition("would be cleared")[2]
        assert "guest-tv" in text

    def test_nothing_has_to_clear_an_honest_account(self, run):
        assert "would be cleared" not in printed(inspect_account(run, "ada"))

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
