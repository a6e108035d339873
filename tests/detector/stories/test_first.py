import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.stories.first import MOST_THEMES, tell_first
from detector.stories.say import SpeechRegister
from detector.stories.templates import Language
from detector.verdicts.claims import CLAIMS
from tests.pipelines.tiny_run import account, lender, theme

PEOPLE = theme("people", 4.0, "profiles", '{"profile_share":0.0}')
PLACE = theme("place", -3.0, "country")
UNLIKELY = '{"active_days":40,"probability":0.7,"profiles":false,"threshold":0.99}'
FEW = '{"active_days":3,"min_active_days":5}'


def doubtful(code, parameters="{}", **fields):
    codes = [{"code": code, "parameters": parameters}]
    row = {"verdict": "insufficient_evidence", "probability": 0.7, "reason_codes": codes}
    return account("eve", **row | fields)


class TestTellFirst:
    def test_both_sides_are_told_strongest_first(self):
        first = tell_first(lender("bob", themes=[PEOPLE, PLACE]))
        assert [one.theme for one in first.speaks_for] == ["people"]
        assert [one.sentence for one in first.speaks_against] == [
            "The place is in the same country as home."
        ]

    def test_no_more_than_three_a_side(self):
        many = [theme(f"{name}", -2.0, "country") for name in ("place", "people", "moving")]
        first = tell_first(account("ada", themes=[*many, PLACE]))
        assert len(first.speaks_against) == MOST_THEMES

    def test_the_theme_is_named_in_the_language(self):
        first = tell_first(lender("bob", themes=[PEOPLE]), Language.SPANISH)
        assert (first.speaks_for[0].name, first.verdict_words) == ("personas", "compartida")

    def test_where_home_is_not_sure_no_side_is_called_so(self):
        row = lender("bob", themes=[PEOPLE], home_confidence=0.7)
        first = tell_first(row)
        assert "home" not in first.sentence + first.speaks_for[0].sentence
        assert "used at home" in tell_first(row, min_home_confidence=0.7).speaks_for[0].sentence

    def test_a_run_of_an_older_version_says_its_summary(self):
        first = tell_first(lender("bob", themes=None))
        assert first.sentence == "Two groups of devices live 200 km apart."
        assert first.speaks_for == ()

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (doubtful("below_threshold", UNLIKELY), "the log does not say"),
            (doubtful("too_little_use", FEW), "More days"),
            (account("ada"), ""),
        ],
        ids=["profiles", "days", "one household"],
    )
    def test_what_would_tell(self, row, words):
        told = tell_first(row).would_tell
        assert words in told
        assert bool(told) == bool(words)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "Sans 1 de ses appareils"),
            ({"cleared_by_devices": [], "cleared_by_places": [1, 2]}, "aux endroits 1 et 2"),
            ({"cleared_by_devices": []}, "ne suffit pas"),
            ({"cleared_by_devices": [], "probability": 0.8}, "que parce qu"),
        ],
        ids=["devices", "places", "nothing", "held"],
    )
    def test_what_would_clear_it_in_another_language(self, fields, words):
        assert words in tell_first(lender("bob", **fields), Language.FRENCH).would_tell

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            (Language.FRENCH, "Sans 2 téléphones et le téléviseur du foyer 1, le compte"),
            (Language.SPANISH, "Sin 2 teléfonos y el televisor del hogar 1, la cuenta"),
        ],
    )
    def test_devices_are_named_to_an_analyst_where_they_are_known(self, language, words):
        row = lender("bob", cleared_by_devices=["a", "b", "c"])
        named = [(1, "phone"), (1, "tv"), (1, "phone")]
        assert tell_first(row, language, cleared_by=named).would_tell.startswith(words)
        person = tell_first(row, language, SpeechRegister.PERSON, cleared_by=named)
        assert "1" not in person.would_tell

    @given(
        st.sampled_from([name for name in CLAIMS if "_place_of" not in name]),
        st.sampled_from(Language),
        st.floats(0, 1),
    )
    def test_the_person_concerned_is_told_without_a_number(self, code, language, sure):
        """Whatever the code: its parameters are not even asked for."""
        themes = [theme("people", -2.0, code)]
        row = account("ada", themes=themes, home_confidence=sure)
        first = tell_first(row, language, SpeechRegister.PERSON)
        assert not re.search(r"\d", first.sentence + first.speaks_against[0].sentence)
