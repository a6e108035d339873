"""The accounts table: which files are taken, which are refused, and in which words."""

from datetime import date

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import InputError, SettingsError
from tests.pipelines.tiny_log import day_rows, events, read, sightings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

TABLE = pl.DataFrame(
    {
        "account_id": ["acc-0", "acc-1", "ghost"],
        "partner": ["Orbex", None, "direct"],
        "country": ["FR", "fr", "DE"],
        "plan": ["basic", "premium", "basic"],
        "extra_members": [0, 2, None],
        "signup_date": [date(2024, 3, 1), None, None],
        "status": ["active", "cancelled", "active"],
        "shoe_size": [41, 42, 43],
    }
)
CLEAN = [
    ("acc-0", "Orbex", "basic", "FR", date(2024, 3, 1), 0),
    ("acc-1", None, "premium", "FR", None, 2),
    ("ghost", "direct", "basic", "DE", None, None),
]


@pytest.fixture
def log(tmp_path):
    events(*day_rows(accounts=2)).write_parquet(tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


def records(log, table):
    return read(log, log.parent / "work", accounts=table).records


def refusal(log, table):
    with pytest.raises(InputError) as refused:
        records(log, table)
    return refused.value


class TestAccepted:
    def test_parquet(self, log, tmp_path):
        TABLE.write_parquet(tmp_path / "accounts.parquet")
        assert records(log, tmp_path / "accounts.parquet").rows() == CLEAN

    def test_parquet_by_any_name(self, log, tmp_path):
        TABLE.write_parquet(tmp_path / "crm-export")
        assert records(log, tmp_path / "crm-export").rows() == CLEAN

    def test_csv(self, log, tmp_path):
        TABLE.write_csv(tmp_path / "accounts.csv", include_bom=True)
        assert records(log, tmp_path / "accounts.csv").rows() == CLEAN

    def test_floats_of_pandas_as_numbers(self, log, tmp_path):
        floats = TABLE.with_columns(pl.Series("extra_members", [0.0, 2.0, float("nan")]))
        floats.write_parquet(tmp_path / "accounts.parquet")
        assert records(log, tmp_path / "accounts.parquet").rows() == CLEAN

    def test_dictionaries_in_several_row_groups(self, log, tmp_path):
        table = TABLE.with_columns(pl.col("partner", "plan").cast(pl.Categorical)).to_arrow()
        pq.write_table(table, tmp_path / "accounts.parquet", row_group_size=1)
        assert records(log, tmp_path / "accounts.parquet").rows() == CLEAN

    @pytest.mark.parametrize("kind", [pl.Int64, pl.UInt32])
    def test_ids_that_are_numbers(self, log, tmp_path, kind):
        table = pl.DataFrame({"account_id": pl.Series([7], dtype=kind), "plan": ["basic"]})
        table.write_parquet(tmp_path / "accounts.parquet")
        assert records(log, tmp_path / "accounts.parquet")["account_id"].to_list() == ["7"]

    def test_no_accounts_at_all(self, log, tmp_path):
        TABLE.clear().write_parquet(tmp_path / "accounts.parquet")
        assert records(log, tmp_path / "accounts.parquet").is_empty()

    def test_accounts_that_are_not_listed_are_read_all_the_same(self, log, tmp_path):
        TABLE.head(1).write_parquet(tmp_path / "accounts.parquet")
        reading = read(log, tmp_path / "work", accounts=tmp_path / "accounts.parquet")
        assert sightings(reading)["account_id"].n_unique() == 2


class TestRefused:
    @pytest.mark.parametrize(
        ("table", "words"),
        [
            (TABLE.drop("account_id"), "lacks the column 'account_id'"),
            (TABLE.select("account_id", "shoe_size"), "says nothing of its accounts"),
            (TABLE.with_columns(account_id=pl.lit(1.5)), "has type double"),
            (TABLE.with_columns(partner=pl.concat_list("plan")), "'partner'"),
            (TABLE.with_columns(extra_members=pl.lit(True)), "'extra_members'"),
            (TABLE.with_columns(extra_members=-1), "no number of households"),
            (TABLE.with_columns(account_id=pl.lit("ada")), "contradict"),
        ],
        ids=["no-ids", "only-ids", "float-ids", "lists", "yes-no", "negative", "contradiction"],
    )
    def test_says_what_is_wrong_and_how_to_mend_it(self, log, tmp_path, table, words):
        table.write_parquet(tmp_path / "accounts.parquet")
        error = refusal(log, tmp_path / "accounts.parquet")
        assert words in error.problem
        assert error.hint
        assert "[columns]" not in error.hint
        assert error.exit_code == 3

    def test_a_plain_list_of_ids_is_for_only(self, log, tmp_path):
        (tmp_path / "list.txt").write_text("acc-0\nacc-1\n")
        error = refusal(log, tmp_path / "list.txt")
        assert "is not Parquet" in error.problem
        assert "--only" in error.hint

    def test_a_damaged_file(self, log, tmp_path):
        path = tmp_path / "accounts.parquet"
        pq.write_table(TABLE.to_arrow(), path, write_page_checksum=True)
        data = bytearray(path.read_bytes())
        data[data.index(b"ghost")] ^= 0xFF
        path.write_bytes(data)
        assert "is damaged" in refusal(log, path).problem

    def test_two_columns_of_one_name(self, log, tmp_path):
        table = pa.Table.from_arrays([pa.array(["a"])] * 3, ["account_id", "plan", "plan"])
        pq.write_table(table, tmp_path / "accounts.parquet")
        assert "several columns 'plan'" in refusal(log, tmp_path / "accounts.parquet").problem

    def test_no_such_file(self, log, tmp_path):
        with pytest.raises(SettingsError, match="There is no file"):
            records(log, tmp_path / "nowhere.parquet")
