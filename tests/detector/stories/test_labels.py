import re

import pytest

from detector.kinds import DEVICE_TYPES, NETWORK_KINDS
from detector.stories.labels import Wording, tell_removed
from detector.stories.say import HEADING, LABEL, read_sentences
from detector.stories.templates import Language
from detector.verdicts.patterns import HONEST, SHARED

NAMED = {
    "device": DEVICE_TYPES,
    "kind": NETWORK_KINDS,
    "pattern": ("resold", *(name for name, _ in (*SHARED, *HONEST))),
}
KNOWN = {row.code for row in read_sentences()}
COUNTED = ("days", "networks", "accounts", "active_days", "external_households")


@pytest.mark.parametrize("what", NAMED)
def test_each_value_has_a_name(what):
    missing = [value for value in NAMED[what] if f"{LABEL}{what}_{value}" not in KNOWN]
    assert not missing


@pytest.mark.parametrize("language", Language)
class TestLabels:
    @pytest.mark.parametrize("name", COUNTED)
    def test_agree_with_their_number(self, language, name):
        words = Wording(language)
        one, two = (words.label(name, **{name: number}) for number in (1, 2))
        assert one.replace("1", "") != two.replace("2", "")

    def test_a_list_reads_as_one(self, language):
        words = Wording(language)
        assert words.listed(["a"]) == "a"
        assert re.fullmatch(r"a, b (and|et|y) c", words.listed(["a", "b", "c"]))

    def test_no_share_is_rounded_to_certainty(self, language):
        shares = [Wording(language).percent(share)[:-2] for share in (0.9999, 1.0, 0.0001, 0.0)]
        assert [share.replace(",", ".") for share in shares] == ["99.9", "100.0", "0.1", "0.0"]

    def test_headings_have_no_hole(self, language):
        for row in read_sentences():
            if row.code.startswith(HEADING):
                told = Wording(language).heading(row.code.removeprefix(HEADING), household="X")
                assert told
                assert not set("{}#") & set(told)


@pytest.mark.parametrize("language", Language)
class TestTellRemoved:
    @pytest.mark.parametrize("kind", DEVICE_TYPES)
    @pytest.mark.parametrize("number", [1, 2, 6])
    def test_is_a_sentence_of_every_device(self, language, kind, number):
        text = tell_removed([(1, kind)] * number, (), language)
        assert re.fullmatch(r"[A-Z][^{}#]*\.", text)
        assert (str(number) in text.partition(" 1")[0]) == (number > 1)

    def test_names_each_household(self, language):
        text = tell_removed([(2, "tv"), (1, "phone")], (), language)
        assert text.index("1") < text.index("2")

    def test_names_each_place(self, language):
        assert re.search(r"1(,| and| et| y) 4", tell_removed((), [4, 1], language))
