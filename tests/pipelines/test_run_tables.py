import polars as pl
import pytest

from detector.errors import MissingColumnsError
from detector.runs.run import Run
from detector.schemas import Evidence
from pipelines.run_tables import read_table
from tests.pipelines.tiny_run import write_tiny_run


def rewrite(folder, change):
    path = Run(folder).path(Evidence)
    change(pl.read_parquet(path)).write_parquet(path)


class TestReadTable:
    def test_a_version_that_named_no_themes(self, tmp_path):
        now = read_table(write_tiny_run(tmp_path), Evidence)
        rewrite(tmp_path, lambda rows: rows.drop("theme"))
        assert read_table(tmp_path, Evidence).equals(now)

    def test_what_other_columns_do_not_tell_is_missed(self, tmp_path):
        rewrite(write_tiny_run(tmp_path), lambda rows: rows.drop("theme", "bits"))
        with pytest.raises(MissingColumnsError, match=r"lacks the columns \['bits'\]"):
            read_table(tmp_path, Evidence)
