"""Children read a log to the same bytes, however many of them there are."""

import pytest
from polars.testing import assert_frame_equal

from tests.pipelines.own_pool import stay_in_this_process
from tests.pipelines.tiny_log import day_rows, digest, event, events, read, sightings

pytestmark = pytest.mark.slow


def test_same_bytes_whatever_the_order_of_rows_and_the_number_of_children(tmp_path, monkeypatch):
    """And without any, as most tests read their logs; how many buckets there are is theirs."""
    rows = [*day_rows(accounts=40, days=6), event(account_id=None), event(ip="10.0.0.1")]
    frame = events(*rows)
    frame[:100].write_parquet(tmp_path / "a.parquet", row_group_size=30)
    frame[100:].write_parquet(tmp_path / "b.parquet", row_group_size=30)
    a, b = tmp_path / "a.parquet", tmp_path / "b.parquet"
    small = {"bucket_rows": 60, "chunk_rows": 50}
    one = read(a, tmp_path / "1", b, threads=1, **small)
    two = read(b, tmp_path / "2", a, threads=2, **small)
    stay_in_this_process(monkeypatch)
    assert digest(two) == digest(read(a, tmp_path / "0", b, threads=2, **small))
    assert one.rejects.read_bytes() == two.rejects.read_bytes()
    keys = ["account_id", "device_id", "network", "day"]
    assert_frame_equal(sightings(one).sort(keys), sightings(two).sort(keys))
