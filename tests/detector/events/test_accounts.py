from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError
from detector.events.accounts import COLUMNS, clean_records, describe_gaps

BLANK = dict.fromkeys(COLUMNS)


def record(account_id="ada", **fields):
    return {**BLANK, "account_id": account_id, **fields}


def clean(*rows):
    schema = dict.fromkeys(COLUMNS, pl.String)
    return clean_records(pl.DataFrame(list(rows), schema=schema))


class TestCleanRecords:
    def test_empty_words_are_unknown(self):
        found = clean(record(partner=" ", plan="", country=None, extra_members=" "))
        assert found.row(0) == ("ada", None, None, None, None, None)

    def test_codes_of_countries_are_in_upper_case(self):
        assert clean(record(country=" es"))["country_of_record"].to_list() == ["ES"]

    def test_ids_stay_as_they_are(self):
        assert clean(record(" Ada "))["account_id"].to_list() == [" Ada "]

    @pytest.mark.parametrize("text", ["2024-03-01", "2024-03-01 10:00:00", " 2024-03-01T10:00Z"])
    def test_the_day_of_signing_up(self, text):
        assert clean(record(signup_date=text))["signed_up"].to_list() == [date(2024, 3, 1)]

    def test_what_is_no_day_is_refused(self):
        with pytest.raises(InputError, match="signup_date that are no day: '03/01/24'"):
            clean(record(signup_date="03/01/24"))

    @pytest.mark.parametrize(("text", "number"), [("0", 0), ("2", 2), ("3.0", 3), (" 1 ", 1)])
    def test_extra_members_are_whole_numbers(self, text, number):
        assert clean(record(extra_members=text))["extra_members"].to_list() == [number]

    @pytest.mark.parametrize("text", ["two", "-1", "1.5", "1e3", "99999", "true"])
    def test_extra_members_that_are_no_number_are_refused(self, text):
        with pytest.raises(InputError, match="extra_members that are no number"):
            clean(record(), record("bob", extra_members=text))

    @pytest.mark.parametrize("nobody", [None, "", "  "])
    def test_a_row_without_an_account_is_refused(self, nobody):
        with pytest.raises(InputError, match="1 rows without an account_id"):
            clean(record(), record(nobody))

    def test_records_that_contradict_each_other_are_refused(self):
        with pytest.raises(InputError, match=r"1 accounts .* contradict .* 'ada'"):
            clean(record(plan="basic"), record(plan="premium"), record("bob"))

    def test_values_in_messages_cannot_steer_the_terminal(self):
        with pytest.raises(InputError) as refusal:
            clean(record(extra_members="\x1b[2J"))
        assert "\x1b" not in str(refusal.value)

    @given(st.lists(st.sampled_from(["ada", "bob", "eve"]), min_size=1).flatmap(st.permutations))
    def test_order_and_repetitions_are_irrelevant(self, ids):
        found = clean(*(record(one, partner=f"sold {one}") for one in ids))
        assert found["account_id"].to_list() == sorted(set(ids))


class TestDescribeGaps:
    def test_tables_that_meet_have_none(self):
        both = pl.DataFrame({"account_id": ["ada"]})
        assert describe_gaps(both, both) == ()

    def test_both_directions_are_told(self):
        gaps = describe_gaps(
            pl.DataFrame({"account_id": ["ada", "bob"]}),
            pl.DataFrame({"account_id": ["bob", "eve", "mallory"]}),
        )
        assert [gap.split(" accounts ")[0] for gap in gaps] == ["1 of 2", "2 of 3"]
