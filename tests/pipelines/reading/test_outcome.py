"""Sign-ins that failed, in whatever way a log tells it, are left out and counted."""

import polars as pl
import pytest

from tests.pipelines.tiny_log import day_rows, event, events, read, sightings

pytestmark = pytest.mark.usefixtures("one_process")

OUTSIDER = {"device_id": "stranger", "ip": "92.40.7.1"}


def reading(tmp_path, *rows):
    events(*day_rows(accounts=2), *rows).write_parquet(tmp_path / "log.parquet")
    return read(tmp_path / "log.parquet", tmp_path)


def devices(found):
    return sightings(found)["device_id"].unique().to_list()


@pytest.mark.parametrize(
    "told",
    [
        {"event_type": "login_failed"},
        {"event_type": "auth_error"},
        {"event_type": "user.session.failure"},
    ],
)
def test_by_the_name_of_the_event(tmp_path, told):
    found = reading(tmp_path, *(event(hour=h, **OUTSIDER, **told) for h in range(30)))
    assert found.counts.rejected == {"failed_sign_in": 30}
    assert "stranger" not in devices(found)


@pytest.mark.parametrize(("bad", "good"), [("FAILURE", "SUCCESS"), (False, True)])
def test_by_a_column_of_its_own(tmp_path, bad, good):
    rows = [{**row, "outcome": good} for row in day_rows(accounts=2)]
    rows += [event(hour=h, **OUTSIDER, outcome=bad) for h in range(30)]
    events(*rows).write_parquet(tmp_path / "log.parquet")
    found = read(tmp_path / "log.parquet", tmp_path)
    assert found.counts.rejected == {"failed_sign_in": 30}


def test_a_struct_of_that_name_is_another_thing(tmp_path):
    rows = events(*day_rows(accounts=2)).with_columns(outcome=pl.struct(result=pl.lit("FAILURE")))
    rows.write_parquet(tmp_path / "log.parquet")
    assert read(tmp_path / "log.parquet", tmp_path).counts.rejected == {}


def test_who_plays_was_let_in(tmp_path):
    rows = [event(hour=h, event_type="playback_start", outcome="error") for h in range(3)]
    rows += [{**row, "outcome": "ok"} for row in day_rows(accounts=2)]
    events(*rows).write_parquet(tmp_path / "log.parquet")
    assert read(tmp_path / "log.parquet", tmp_path).counts.rejected == {}
