from datetime import UTC, date, datetime

import polars as pl
import pytest

from detector.errors import InputError, MissingColumnsError
from detector.events.rows import LogRows, rows_of

EIGHT = datetime(2026, 5, 1, 20)
LOG = pl.DataFrame(
    {"ts": [EIGHT], "account_id": ["ada"], "device_id": ["tv"], "ip": ["81.2.69.142"]}
)


class TestRowsOf:
    def test_all_columns_of_the_contract_are_there(self):
        assert rows_of(LOG).schema == LogRows.create_empty().schema

    @pytest.mark.parametrize(
        "times",
        [
            pytest.param(pl.lit(EIGHT), id="without a zone"),
            pytest.param(pl.lit(EIGHT).dt.cast_time_unit("ms"), id="of milliseconds"),
            pytest.param(
                pl.lit(EIGHT).dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"),
                id="of Tokyo",
            ),
        ],
    )
    def test_times(self, times):
        assert rows_of(LOG.with_columns(ts=times))["ts"].to_list() == [EIGHT.replace(tzinfo=UTC)]

    def test_a_column_that_nobody_asks_for_is_left_out(self):
        assert rows_of(LOG.with_columns(mood=1)).equals(rows_of(LOG))

    @pytest.mark.parametrize("column", ["ts", "account_id", "device_id", "ip"])
    def test_a_column_that_is_missing(self, column):
        with pytest.raises(MissingColumnsError, match=column):
            rows_of(LOG.drop(column))

    def test_coordinates_do_for_an_address(self):
        place = LOG.drop("ip").with_columns(latitude=40.7, longitude=-74.0)
        assert rows_of(place)["latitude"].to_list() == [40.7]

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"ts": "2026-05-01"}, id="text for times"),
            pytest.param({"ts": 1_777_000_000}, id="numbers for times"),
            pytest.param({"ts": date(2026, 5, 1)}, id="days for times"),
            pytest.param({"account_id": 7.0}, id="floats for ids"),
        ],
    )
    def test_types_that_would_lose_something(self, change):
        wrong = LOG.with_columns(**{name: pl.lit(value) for name, value in change.items()})
        with pytest.raises(InputError, match=next(iter(change))):
            rows_of(wrong)
