import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.stories.templates import Language, TemplateError, read_template, write_value

DAYS = "{n, plural, =0 {never} one {# day} other {# days}}"


class TestReadTemplate:
    @pytest.mark.parametrize(
        "text", ["{n", "{n, plural, other {a}", "a}", "{}", "{n, select, a {b}}"]
    )
    def test_what_is_not_written_as_templates_are_is_refused(self, text):
        with pytest.raises(TemplateError):
            read_template(text)

    def test_choices_stand_in_choices(self):
        template = read_template(
            "{a, plural, one {# of {b, plural, one {#} other {# all}}} other {-}}"
        )
        assert template.write({"a": 1, "b": 7}, Language.ENGLISH) == "1 of 7 all"

    @given(st.text(st.characters(exclude_characters="{}#")))
    def test_text_without_holes_stays_as_it_is(self, text):
        assert read_template(text).write({}, Language.FRENCH) == text


class TestPlurals:
    @pytest.mark.parametrize(
        ("language", "words"),
        [(Language.ENGLISH, "0 days"), (Language.FRENCH, "0 day"), (Language.SPANISH, "0 days")],
    )
    def test_none_is_singular_in_french_only(self, language, words):
        template = read_template("{n, plural, one {# day} other {# days}}")
        assert template.write({"n": 0}, language) == words

    @given(st.integers(2, 10**9), st.sampled_from(Language))
    def test_many_are_plural(self, number, language):
        text = read_template(DAYS).write({"n": number}, language)
        assert text.endswith(" days")
        assert "".join(filter(str.isdigit, text)) == str(number)


class TestWriteValue:
    @pytest.mark.parametrize(
        ("language", "day"),
        [
            (Language.ENGLISH, "1 May"),
            (Language.FRENCH, "1er mai"),
            (Language.SPANISH, "1 de mayo"),
        ],
    )
    def test_days(self, language, day):
        assert write_value("2026-05-01", language) == day
