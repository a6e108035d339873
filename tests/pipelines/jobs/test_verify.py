import json

import polars as pl
import pytest

from detector.errors import DetectorError
from detector.runs.manifest import RowCounts
from detector.runs.publish import Outcome, make_run, make_run_plan
from detector.runs.run import MANIFEST, Draft, Run
from detector.schemas import PlaceNetworks, Visits
from detector.settings import Settings
from pipelines.jobs.verify import verify_run


def build(draft: Draft) -> Outcome:
    home = pl.DataFrame({"account_id": ["ada"], "network": ["192.0.2.7"], "place": [0]})
    draft.write(PlaceNetworks, PlaceNetworks.validate(home, cast=True))
    draft.write(Visits, Visits.create_empty())
    (draft.folder / "flags.ndjson").write_text("{}\n")
    rows = RowCounts(read=1, kept=1)
    told = {"flags.ndjson": "household.run.flag.v1"}
    return Outcome((PlaceNetworks, Visits), (), rows, window=None, messages=told)


@pytest.fixture
def run(tmp_path) -> Run:
    make_run(tmp_path, make_run_plan(Settings(), []), build)
    return Run(tmp_path)


class TestVerifyRun:
    def test_sound_run(self, run):
        found = verify_run(run.folder)
        assert found.is_sound
        assert found.checked == 3

    def test_missing_table(self, run):
        run.path(Visits).unlink()
        assert verify_run(run.folder).missing == ("visits.parquet",)

    def test_flipped_bit(self, run):
        raw = bytearray(run.path(PlaceNetworks).read_bytes())
        raw[100] ^= 1
        run.path(PlaceNetworks).write_bytes(raw)
        assert verify_run(run.folder).changed == ("place_networks.parquet",)

    def test_edited_message(self, run):
        (run.folder / "flags.ndjson").write_text("[]\n")
        assert verify_run(run.folder).changed == ("flags.ndjson",)

    def test_missing_message(self, run):
        (run.folder / "flags.ndjson").unlink()
        assert verify_run(run.folder).missing == ("flags.ndjson",)

    def test_run_of_a_version_without_messages(self, run):
        manifest = json.loads((run.folder / MANIFEST).read_text())
        del manifest["outputs"]["flags.ndjson"], manifest["previous"]
        for output in manifest["outputs"].values():
            del output["schema_id"]
        (run.folder / MANIFEST).write_text(json.dumps(manifest))
        (run.folder / "flags.ndjson").unlink()
        assert verify_run(run.folder).is_sound

    def test_edited_settings(self, run):
        manifest = json.loads((run.folder / MANIFEST).read_text())
        manifest["settings"]["window"]["days"] = 1
        (run.folder / MANIFEST).write_text(json.dumps(manifest))
        assert verify_run(run.folder).changed == (MANIFEST,)

    def test_unexpected_file(self, run):
        (run.folder / "more.parquet").touch()
        assert verify_run(run.folder).unexpected == ("more.parquet",)

    def test_report_belongs_to_the_folder(self, run):
        (run.folder / "report.html").touch()
        assert verify_run(run.folder).is_sound

    def test_unfinished_run(self, tmp_path):
        with pytest.raises(DetectorError, match="no finished run"):
            verify_run(tmp_path)
