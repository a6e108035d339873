import csv
import io
import re
from datetime import timedelta

import pytest

from detector.kinds import Treatment
from detector.rollout.packs.scripts import GLOSSARY, read_scripts
from detector.rollout.packs.words import read_words, speak
from detector.stories.templates import Language
from detector.verdicts.patterns import SHARED
from tests.detector.rollout.packs.pack_rows import MONDAY, cell, half_hours, packs

TAG = re.compile(r"<[^>]+>")


def words_of(pack):
    return " ".join(TAG.sub(" ", pack.html.partition("</style>")[2]).split())


class TestWhatIsTold:
    def test_each_partner_is_told_of_its_own_customers_only(self):
        cells = [cell(40), cell(700, partner="Ardent")]
        telvia = packs(cells, [*half_hours(), *half_hours("Ardent")])[1]
        assert telvia.partner == "Telvia"
        assert telvia.customers == 40
        assert "Ardent" not in telvia.html + telvia.csv
        assert "700" not in words_of(telvia)

    def test_days_with_few_customers_are_told_as_one_period(self):
        later = MONDAY + timedelta(days=2)
        [pack] = packs([cell(12), cell(3, day=later)])
        assert "7 September to 9 September" in words_of(pack)

    def test_a_long_plan_is_told_by_the_week(self):
        days = [cell(30, day=MONDAY + timedelta(days=day)) for day in range(28)]
        [pack] = packs(days, languages=[Language.ENGLISH])
        assert pack.html.count("<td>13 September 2026</td>") == 1
        assert "<td>7 September 2026</td>" not in pack.html

    def test_situations_with_few_customers_are_told_together(self):
        odd = cell(2, pattern="household_abroad")
        other = cell(3, pattern="borrower_without_television")
        [pack] = packs([cell(50), other, odd, cell(6, pattern="several_households")])
        merged = "several other households; another household without a television; another"
        assert merged in words_of(pack)

    def test_too_few_customers_are_no_numbers_at_all(self):
        [pack] = packs([cell(9)], languages=[Language.ENGLISH])
        assert "Fewer than 10 of your customers" in words_of(pack)
        assert "<svg" not in pack.html
        assert list(csv.reader(io.StringIO(pack.csv)))[1:] == []
        assert pack.customers == 0

    def test_a_country_without_a_desk_is_answered_by_the_partners_other_one(self):
        desks = [*half_hours(), *half_hours(country="")]
        [pack] = packs([cell(30), cell(20, country="FR"), cell(20, country="PT")], desks)
        assert "All other countries" in words_of(pack)
        assert pack.customers == 70

    def test_half_hours_stand_in_the_table_for_programs(self):
        [pack] = packs([cell(30)])
        rows = list(csv.DictReader(io.StringIO(pack.csv)))
        assert len(rows) == 6
        assert rows[0] | {"country": "ES", "local_time": "10:00:00", "agents": "3"} == rows[0]

    def test_the_busiest_day_is_unfolded(self):
        [pack] = packs([cell(30)])
        assert "The busiest day: 9 September 2026" in words_of(pack)

    def test_no_extra_member_is_promised_to_a_partners_customers(self):
        telvia, direct = packs(
            [cell(30), cell(30, partner="direct")], [*half_hours(), *half_hours("direct")]
        )
        assert "Extra members are not sold on accounts that you bill" in words_of(telvia)
        assert "an extra member, where the plan has them" in words_of(direct)

    def test_three_languages_or_the_one_that_is_asked_for(self):
        [pack] = packs([cell(30)])
        assert [f'lang="{each}"' in pack.html for each in Language] == [True] * 3
        [pack] = packs([cell(30)], languages=[Language.SPANISH])
        assert "Qué esperar: Telvia" in pack.html
        assert "What to expect" not in pack.html

    def test_what_happens_first_is_what_the_plan_gives(self):
        [pack] = packs([cell(30, treatment="verify_device")], languages=[Language.ENGLISH])
        assert "On the day: a code is asked for" in words_of(pack)
        assert "a notice that" not in words_of(pack)

    def test_a_hostile_partner_is_text(self):
        name = "<img onerror=alert(1)>"
        [pack] = packs([cell(30, partner=name)], half_hours(name, channel="=1+1"))
        assert "<img" not in pack.html
        assert "'=1+1" in pack.csv

    def test_same_bytes_whatever_the_order(self):
        cells = [cell(30), cell(20, pattern="household_abroad"), cell(15, country="FR")]
        assert packs(cells) == packs(cells[::-1], half_hours()[::-1])


class TestWords:
    @pytest.mark.parametrize("language", Language)
    def test_every_treatment_reason_path_and_term_is_said(self, language):
        given = [each for each in Treatment if each != Treatment.NONE]
        codes = [f"treatment_{each.value}" for each in given]
        codes += [f"{kind}_{each.reason}" for each in read_scripts() for kind in ("says", "answer")]
        codes += [f"path_{each.path}" for each in read_scripts()]
        codes += [f"{kind}_{term}" for term in GLOSSARY for kind in ("term", "means")]
        codes += [f"situation_{pattern}" for pattern, _ in SHARED]
        assert all(speak(code, language) for code in codes)

    def test_every_text_is_written_in_every_language(self):
        assert all(all(texts.values()) for texts in read_words().values())

    def test_somebody_says_something_of_each_pattern(self):
        told = {pattern for each in read_scripts() for pattern in each.patterns}
        assert told == {pattern for pattern, _ in SHARED}
