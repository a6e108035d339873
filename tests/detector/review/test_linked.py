from datetime import timedelta

import polars as pl
import pytest

from detector.review.files import RunFiles
from detector.review.linked import find_common_places
from detector.runs.run import Run
from detector.schemas import Places
from tests.pipelines.tiny_run import BOB, FIRST, TinyRun, place, table, write_run

LINE, WEEK = 12345, timedelta(days=7)


@pytest.fixture
def linked(tmp_path):
    """Who is linked with Bob, by the line of one of Meg's places and its days."""

    def find(line=LINE, since=FIRST, until=FIRST + WEEK):
        meg = TinyRun("meg", "meg-tv", "meg-phone", "meg-guest-tv")
        write_run(tmp_path, BOB, meg)
        days = {"line_first_day": since, "line_last_day": until}
        rows = [
            place("bob", 0),
            place("bob", 1, common_line=LINE, line_first_day=FIRST, line_last_day=FIRST + WEEK),
            place("meg", 0, common_line=line, **days),
        ]
        Run(tmp_path).write(Places, table(Places, rows))
        return [
            (each.place, each.account_id, each.first_day, each.last_day)
            for each in find_common_places(RunFiles(tmp_path), "bob")
        ]

    return find


def test_another_behind_the_same_line_in_the_same_days(linked):
    assert linked(since=FIRST + WEEK / 7) == [(1, "meg", FIRST + WEEK / 7, FIRST + WEEK)]


def test_an_address_that_went_to_another_family_links_nobody(linked):
    assert linked(since=FIRST + 2 * WEEK, until=FIRST + 3 * WEEK) == []


@pytest.mark.parametrize("line", [LINE + 1, None])
def test_another_line_links_nobody(linked, line):
    assert linked(line=line) == []


def test_runs_of_versions_that_kept_no_lines_link_nobody(tmp_path):
    write_run(tmp_path, BOB)
    run = Run(tmp_path)
    old = pl.read_parquet(run.path(Places)).drop("common_line", "line_first_day", "line_last_day")
    old.write_parquet(run.path(Places))
    files = RunFiles(tmp_path)
    assert find_common_places(files, "bob") == []
    assert files.find_place("LILLE", 9) == ["bob"]
