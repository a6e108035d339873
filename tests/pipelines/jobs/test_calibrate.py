import json

import numpy as np
import polars as pl
import pytest

from detector.errors import InputError, MissingColumnsError, SettingsError
from detector.evidence.scorecard import PACKAGED, load_scorecard
from detector.learning.labels import LeakedLabelsError
from detector.runs.run import Run
from detector.schemas import Accounts, Evidence
from pipelines.cli import run
from pipelines.jobs.calibrate import CalibrateJob, calibrate, read_labels
from pipelines.jobs.models import read_model, write_model
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import WorldSettings
from tests.detector.labelled import MODEL, crowd
from tests.pipelines.tiny_run import write_manifest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]


@pytest.fixture
def crowded(tmp_path):
    """A run over accounts that a toy model judged, that model, and what is true."""
    judged, shared = crowd(400)
    folder = tmp_path / "run"
    folder.mkdir()
    Run(folder).write(Accounts, judged.accounts)
    Run(folder).write(Evidence, judged.evidence)
    write_manifest(folder)
    write_model(MODEL, tmp_path / "toy.json")
    words = ["shared" if one else "single" for one in shared]
    truth = pl.DataFrame({"account_id": judged.accounts["account_id"], "label": words})
    truth.write_csv(tmp_path / "labels.csv")
    return tmp_path


def job(folder, **fields):
    paths = {"folder": "run", "labels": "labels.csv", "out": "mine.json", "model": "toy.json"}
    return CalibrateJob(**{name: folder / path for name, path in (paths | fields).items()})


class TestCalibrate:
    def test_writes_a_model_that_can_be_read(self, crowded):
        summary = calibrate(job(crowded))
        model = load_scorecard(crowded / "mine.json")
        assert model.version == summary.version
        assert model.training["window"] == "2026-05-01 to 2026-06-11"
        assert summary.ece_after < summary.ece_before

    def test_the_same_labels_in_any_form_and_order_give_the_same_bytes(self, crowded):
        calibrate(job(crowded))
        labels = pl.read_csv(crowded / "labels.csv")
        labels.reverse().write_parquet(crowded / "labels.parquet")
        calibrate(job(crowded, labels="labels.parquet", out="again.json"))
        assert (crowded / "mine.json").read_bytes() == (crowded / "again.json").read_bytes()

    def test_replaces_an_older_model(self, crowded):
        write_model(MODEL, crowded / "mine.json")
        assert calibrate(job(crowded)).version == load_scorecard(crowded / "mine.json").version

    def test_never_replaces_anything_else(self, crowded):
        with pytest.raises(SettingsError, match="no model"):
            calibrate(job(crowded, out="labels.csv"))
        assert (crowded / "labels.csv").read_text().startswith("account_id")

    def test_refused_labels_leave_no_model(self, crowded):
        flags = pl.read_parquet(crowded / "run" / "accounts.parquet")
        word = pl.when("flagged").then(pl.lit("shared")).otherwise(pl.lit("single"))
        flags.select("account_id", label=word).write_csv(crowded / "labels.csv")
        with pytest.raises(LeakedLabelsError):
            calibrate(job(crowded))
        assert not (crowded / "mine.json").exists()


class TestReadLabels:
    def write(self, folder, text):
        path = folder / "labels.csv"
        path.write_bytes(text.encode("utf-8"))
        return path

    def test_ids_stay_text_and_other_columns_are_left_out(self, tmp_path):
        path = self.write(tmp_path, "note,label,account_id\nx,single,007\n")
        assert read_labels(path).rows() == [("007", "single")]

    def test_a_byte_order_mark(self, tmp_path):
        assert read_labels(self.write(tmp_path, "\ufeffaccount_id,label\n1,single\n")).height == 1

    def test_whole_numbers_as_ids(self, tmp_path):
        table = pl.DataFrame({"account_id": [7], "label": ["single"]})
        table.write_parquet(tmp_path / "labels.parquet")
        assert read_labels(tmp_path / "labels.parquet").rows() == [("7", "single")]

    def test_a_missing_column_is_named(self, tmp_path):
        with pytest.raises(MissingColumnsError, match="account_id"):
            read_labels(self.write(tmp_path, "account,label\n1,single\n"))

    @pytest.mark.parametrize("text", ["", "account_id,label\n1,single,x,y,z\n", "PAR1 not so"])
    def test_a_broken_file(self, tmp_path, text):
        with pytest.raises(InputError):
            read_labels(self.write(tmp_path, text))

    def test_no_file(self, tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_labels(tmp_path / "labels.csv")


class TestReadModel:
    def test_the_packaged_one(self):
        assert read_model(PACKAGED) == load_scorecard()

    def test_factors_of_another_release(self, tmp_path):
        text = MODEL.model_dump_json().replace('"weeks"', '"moon"')
        (tmp_path / "model.json").write_text(text)
        with pytest.raises(SettingsError, match="moon"):
            read_model(tmp_path / "model.json")


KINDS = ("new", "held", "released")


class TestCommands:
    def test_answer_is_one_document(self, crowded, capsys):
        paths = [str(crowded / name) for name in ("run", "labels.csv", "mine.json", "toy.json")]
        options = ["--labels", paths[1], "--out", paths[2], "--model", paths[3]]
        assert run(["calibrate", paths[0], *options, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["model"] == paths[2]
        assert answer["version"].startswith("toy+")

    def test_refusals_have_their_exit_code_and_hint(self, crowded, capsys):
        (crowded / "labels.csv").write_text("account_id,label\nacc-00001,single\n")
        paths = [str(crowded / name) for name in ("run", "labels.csv", "mine.json", "toy.json")]
        options = ["--labels", paths[1], "--out", paths[2], "--model", paths[3]]
        assert run(["calibrate", paths[0], *options]) == 3
        assert "Hint: at least 50" in capsys.readouterr().err

    def test_no_finished_run(self, tmp_path):
        options = ["--labels", str(tmp_path / "no.csv"), "--out", str(tmp_path / "mine.json")]
        assert run(["calibrate", str(tmp_path), *options]) == 1


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    events = build_world(WorldSettings(accounts=40, seed=5, days=28)).events
    events.write_parquet(folder / "log.parquet")
    return folder


class TestDetect:
    """The main job with a model of one's own and with a run before."""

    def test_a_model_and_a_previous_run_decide(self, log, capsys):
        events, first, second = (str(log / name) for name in ("log.parquet", "one", "two"))
        packaged = load_scorecard()
        lax = packaged.model_copy(update={"version": "lax", "threshold": 0.5, "regimes": {}})
        strict = packaged.model_copy(
            update={"version": "strict", "threshold": 0.999999, "regimes": {}}
        )
        write_model(lax, log / "lax.json")
        write_model(strict, log / "strict.json")
        assert run(["detect", events, "--out", first, "--model", str(log / "lax.json")]) == 0
        again = ["detect", events, "--out", second, "--model", str(log / "strict.json")]
        assert run([*again, "--previous", first]) == 0
        capsys.readouterr()
        assert run([*again, "--previous", first]) == 99
        assert run(again) == 2
        assert "input files" in capsys.readouterr().err
        flags = [pl.read_parquet(f"{path}/accounts.parquet")["flagged"] for path in (first, second)]
        assert flags[0].sum() > flags[1].sum()
        manifest = json.loads((log / "two" / "run.json").read_text())
        assert [i["role"] for i in manifest["inputs"]] == ["log", "previous", "previous"]
        before = json.loads((log / "one" / "run.json").read_text())
        assert manifest["previous"] == before["fingerprint"]
        self.look_at_changes(log)

    def look_at_changes(self, log):
        flagged = [
            set(pl.read_parquet(log / name / "accounts.parquet").filter("flagged")["account_id"])
            for name in ("one", "two")
        ]
        changes = pl.read_ndjson(log / "two" / "changes.ndjson")
        kinds = {name: set(changes.filter(change=name)["account_id"]) for name in KINDS}
        assert kinds["held"] | kinds["released"] == flagged[0]
        assert kinds["held"] | kinds["new"] == flagged[1]
        released = changes.filter(change="released")
        assert {why["code"] for why in released["why_not"]} == {"below_threshold"}
        below = (pl.col("probability") < pl.col("threshold")) & (pl.col("change") == "held")
        assert changes.select(pl.col("below_threshold") == below).to_series().all()

    @pytest.mark.parametrize("option", ["--model", "--previous"])
    def test_what_is_not_there(self, log, option):
        arguments = ["detect", str(log / "log.parquet"), "--out", str(log / "three")]
        expected = {"--model": 2, "--previous": 1}[option]
        assert run([*arguments, option, str(log / "nothing")]) == expected
        assert not (log / "three").exists()

    def test_a_model_that_is_none(self, log, capsys):
        (log / "bad.json").write_text("{}")
        arguments = ["detect", str(log / "log.parquet"), "--out", str(log / "three")]
        assert run([*arguments, "--model", str(log / "bad.json")]) == 2
        assert "no model" in capsys.readouterr().err


def test_the_crowd_has_both_kinds():
    assert 50 < np.sum(crowd(400)[1]) < 350
