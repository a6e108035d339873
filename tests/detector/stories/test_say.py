import re
from datetime import date
from itertools import product

import dataframely as dy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.limits import ONE_WITNESS, name_bound
from detector.evidence.observations import AccountObservations, Observations
from detector.evidence.weigh import ALONE, CEILINGS, PRIOR
from detector.kinds import Theme
from detector.runs.messages import NOT_SEEN
from detector.schemas import Accounts
from detector.stories.say import (
    HEADING,
    LABEL,
    THEME,
    VERDICT,
    Speaks,
    SpeechRegister,
    UnknownSentenceError,
    Voice,
    find_template,
    read_sentences,
    say,
    say_all,
)
from detector.stories.templates import Language
from detector.verdicts.claims import CLAIMS, NEVER

ROWS = read_sentences()
COLUMNS = {**Accounts.columns(), **AccountObservations.columns(), **Observations.columns()}
COUNTED = ("things", "min_active_days")
SENTENCES = [
    row
    for row in ROWS
    if not (row.code.startswith((THEME, VERDICT, HEADING, LABEL)) and row.speaks == Speaks.DOUBT)
    and row.code != "of_the_surest"
]
HOLES = re.compile(r"null|None|nan\b|inf\b|[{}#\[\]@]|  |\.\.|\s[.,]")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|[0-9a-f]+:[0-9a-f]*:")
HOMES = {
    Language.ENGLISH: r"\bhome\b",
    Language.FRENCH: r"\bdomicile\b",
    Language.SPANISH: r"\bdomicilio\b",
}
FORBIDDEN = {
    Language.ENGLISH: r"home|there|address|borrow|guest|famil|friend|child|daughter|\bsons?\b|"
    r"partner|spouse|relative|parent|neighbou?r|fraud|television|phone|\bkm\b|countr|hotel|office",
    Language.FRENCH: r"domicile|là-bas|adresse|emprunt|invité|famil|\bami|enfant|\bfils\b|fille|"
    r"conjoint|parent|voisin|fraud|télévis|téléphone|\bkm\b|pays|hôtel|bureau",
    Language.SPANISH: r"domicilio|\ballí\b|dirección|prest|invitad|famili|amig|hij[oa]|pareja|"
    r"cónyuge|pariente|padres|vecin|fraude|televisor|teléfono|\bkm\b|país|hotel|oficina",
}


def everything(count, share):
    """Every parameter that a code may carry: all counts and all shares the same."""

    def value(column):
        if isinstance(column, dy.Date):
            return date(2026, 5, 12).isoformat()
        return share if isinstance(column, dy.Float64) else count

    told = {name: value(column) for name, column in COLUMNS.items()}
    told["h_first"] = date(2026, 5, 1).isoformat()
    return told | dict.fromkeys(COUNTED, count) | {"apart_km": 200 * share, "scatter_km": None}


CASES = [everything(*each) for each in ((0, 0.0), (1, 0.004), (2, 0.5), (9, 0.999), (12_000, 1.0))]


def spoken(row, language, *, home_sure=True):
    voice = Voice(language, row.register, home_sure)
    return [say(row.code, case, speaks=row.speaks, voice=voice) for case in CASES]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "row", SENTENCES, ids=lambda row: f"{row.code} {row.speaks} {row.register}"
)
class TestEachSentence:
    """Of none, of one, of some, and of very many."""

    @pytest.mark.parametrize("home_sure", [True, False])
    def test_is_whole(self, row, language, home_sure):
        for text in spoken(row, language, home_sure=home_sure):
            assert re.fullmatch(r"[A-ZÀÉ0-9].*\.", text), text
            assert not HOLES.search(text), text
            assert not ADDRESS.search(text), text

    def test_calls_no_side_home_where_that_is_not_known(self, row, language):
        for text in spoken(row, language, home_sure=False):
            assert not re.search(HOMES[language], text, re.IGNORECASE), text

    def test_tells_the_person_of_no_place_no_device_and_nobody(self, row, language):
        if row.register == SpeechRegister.PERSON:
            for text in spoken(row, language):
                assert not re.search(FORBIDDEN[language], text, re.IGNORECASE), text

    def test_never_tells_of_about_nothing(self, row, language):
        for text in spoken(row, language):
            assert not re.search(r"(about|least|only|environ|unos|solo) 0\b", text), text

    def test_puts_one_thing_in_the_singular(self, row, language):
        [_, one, *_] = spoken(row, language)
        nouns = "days|devices|accounts|half-hours|televisions|jours|appareils|comptes|días|cuentas"
        assert not re.search(rf"\b1 ({nouns})\b", one), one


CODES = [
    *(factor.name for factor in (*FACTORS, *HOME_FACTORS)),
    *(limit.name for limit in (ONE_WITNESS, *CEILINGS)),
    *(name_bound(theme) for theme in Theme),
    *(PRIOR, ALONE, NOT_SEEN),
]


def speaks_for_either(code):
    said = set()
    for speaks in (Speaks.FOR, Speaks.AGAINST):
        try:
            find_template(code, speaks, SpeechRegister.ANALYST, Language.ENGLISH)
            said.add(speaks)
        except UnknownSentenceError:
            pass
    return said


class TestSay:
    @pytest.mark.parametrize("code", CODES)
    def test_something_is_said_of_each_code(self, code):
        assert Speaks.AGAINST in speaks_for_either(code)

    @pytest.mark.parametrize(("code", "claim"), CLAIMS.items())
    def test_a_reason_for_has_a_sentence_and_what_is_none_has_not(self, code, claim):
        said = {
            row.speaks for row in ROWS if (row.code, row.register) == (code, SpeechRegister.ANALYST)
        }
        assert (Speaks.FOR in said) == (claim.speaks_for != NEVER)

    @pytest.mark.parametrize("code", CLAIMS)
    def test_each_claim_can_be_told_to_the_person_concerned(self, code):
        for speaks in speaks_for_either(code):
            assert find_template(code, speaks, SpeechRegister.PERSON, Language.FRENCH)

    @pytest.mark.parametrize("factor", (*FACTORS, *HOME_FACTORS), ids=lambda factor: factor.name)
    def test_what_a_code_carries_is_enough(self, factor):
        given = {name: CASES[2][name] for name in factor.text.meta.root_names()}
        for speaks in speaks_for_either(factor.name):
            for language, sure in product(Language, (True, False)):
                assert say(factor.name, given, speaks=speaks, voice=Voice(language, home_sure=sure))

    def test_of_a_code_that_nobody_knows(self):
        with pytest.raises(UnknownSentenceError, match="horoscope"):
            say("horoscope")

    @pytest.mark.parametrize(
        ("code", "given", "speaks", "words"),
        [
            ("own_television", {"televisions": 1, "carried": 3}, "for",
             "A television and three portable devices are used there."),
            ("own_television", {"televisions": 2, "carried": 0}, "for",
             "two televisions are used there."),
            ("moved_house", {"move_day": "2026-05-12"}, "against",
             "Use moved from one address to the other around 12 May."),
            ("distance", {"apart_km": 3.0, "scatter_km": 0.0}, "against",
             "The place is in the same area as home."),
            ("distance", {"apart_km": 5.0, "scatter_km": None}, "for",
             "The place is about 10 km from home, as far as addresses can tell."),
            ("common_televisions", {"lent_least": 0.001}, "against",
             "Every television at home also plays the profiles used there, 1 % of the time or "
             "more."),
            ("doubt", {}, "doubt", "We found signs of use elsewhere, but not enough to act."),
        ],
    )  # fmt: skip
    def test_words(self, code, given, speaks, words):
        assert say(code, given, speaks=Speaks(speaks)) == words[0].upper() + words[1:]

    @pytest.mark.parametrize("televisions", [0, 1, 2, 12])
    @pytest.mark.parametrize("carried", [0, 1, 2, 12])
    @pytest.mark.parametrize(("language", "speaks"), [*product(Language, ("for", "against"))])
    def test_devices_of_two_kinds_agree(self, televisions, carried, language, speaks):
        given = {"televisions": televisions, "carried": carried}
        text = say("own_television", given, speaks=Speaks(speaks), voice=Voice(language))
        assert re.fullmatch(r"[A-Z0-9][^{}#]*[^ ]\.", text)
        assert not HOLES.search(text)

    def test_the_same_is_not_said_twice(self):
        code = {"code": "country", "parameters": "{}"}
        assert len(say_all([code, code], speaks=Speaks.AGAINST)) == 1


class TestLanguages:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code} {row.speaks}")
    def test_tell_the_same_facts(self, row):
        """A number that one language leaves out is a fact that its listeners do not hear."""
        counts = [
            find_template(row.code, row.speaks, row.register, language)[1] - {"home"}
            for language in Language
        ]
        assert counts[0] == counts[1] == counts[2]

    def test_french_sets_its_spaces(self):
        given = {"company_days": 1, "own_days": 4}
        text = say("company", given, speaks=Speaks.AGAINST, voice=Voice(Language.FRENCH))
        assert "25\u202f% des jours" in text
        for row in ROWS:
            assert "'" not in row.texts[Language.FRENCH], row.texts[Language.FRENCH]

    def test_rows_are_not_said_twice(self):
        keys = [(row.code, row.speaks, row.register) for row in ROWS]
        assert len(keys) == len(set(keys))

    def test_themes_are_those_of_the_factors(self):
        themes = {factor.name: str(factor.theme) for factor in (*FACTORS, *HOME_FACTORS)}
        told = {row.code: row.theme for row in ROWS if row.code in themes and row.theme}
        assert told == {code: themes[code] for code in told}


class TestShares:
    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_none_and_all_are_said_of_none_and_all_only(self, part, more):
        whole = part + more
        text = say("own_line", {"private_stays": part, "stays": whole}, speaks=Speaks.AGAINST)
        assert ("No use" in text) == (part == 0)
        assert "100 %" not in text
        assert not re.search(r"\b0 %", text)
