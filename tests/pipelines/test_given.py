"""Small tables as people's spreadsheets write them."""

import pytest

from detector.errors import InputError
from pipelines.given import read_given


@pytest.fixture
def write(tmp_path):
    def written(content):
        path = tmp_path / "desks.csv"
        path.write_bytes(content)
        return path

    return written


class TestReadGiven:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
    def test_takes_what_a_spreadsheet_puts_between_columns(self, write, separator, mark):
        lines = f"partner{separator}opens\r\nTelvia{separator}09:00\r\n"
        table = read_given(write(mark + lines.encode()), ["partner", "opens"], "The capacity")
        assert table.rows() == [("Telvia", "09:00")]

    def test_says_which_columns_a_file_has(self, write):
        with pytest.raises(InputError, match=r"lacks the columns \['partner'\]; it has Partner"):
            read_given(write(b"Partner,opens\n"), ["partner", "opens"], "The capacity")

    def test_says_how_to_save_what_is_no_utf8(self, write):
        with pytest.raises(InputError) as caught:
            read_given(write(b"partner\nTelef\xf3nica\n"), ["partner"], "The capacity")
        assert "UTF-8" in str(caught.value.hint)
