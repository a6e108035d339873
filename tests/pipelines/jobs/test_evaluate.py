import io
import json

import polars as pl
import pytest
from rich.console import Console

from detector.errors import InputError, MissingColumnsError
from detector.measuring.figures import Evaluation
from pipelines.jobs.evaluate import EVALUATION, evaluate_run, render_evaluation
from tests.pipelines.tiny_run import write_tiny_run, write_truth

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path):
    return write_tiny_run(tmp_path / "run")


@pytest.fixture
def world(tmp_path):
    return write_truth(tmp_path / "world")


def printed(evaluation):
    text = io.StringIO()
    render_evaluation(evaluation, Console(file=text, width=110))
    return text.getvalue()


class TestEvaluateRun:
    def test_figures_reach_the_run_folder(self, run, world):
        evaluation = evaluate_run(run, world)
        written = (run / EVALUATION).read_text(encoding="utf-8")
        assert Evaluation.from_json(written) == evaluation
        assert json.loads(written)["flags"]["precision"]["share"] == 1.0

    def test_bob_is_found_and_his_borrower_too(self, run, world):
        evaluation = evaluate_run(run, world)
        assert evaluation.flags.recall.share == 1.0
        assert evaluation.borrower_devices.flagged.precision.hits == 1

    def test_network_kinds_are_compared(self, run, world):
        cells = evaluate_run(run, world).network_kinds
        assert [(c.truth, c.predicted, c.cases) for c in cells] == [("carrier_nat", "home_line", 1)]

    def test_a_world_without_network_kinds(self, run, world):
        (world / "truth_networks.parquet").unlink()
        assert evaluate_run(run, world).network_kinds == ()

    def test_same_bytes_twice(self, run, world):
        evaluate_run(run, world)
        first = (run / EVALUATION).read_bytes()
        evaluate_run(run, world)
        assert (run / EVALUATION).read_bytes() == first

    def test_no_run_folder(self, tmp_path, world):
        with pytest.raises(InputError, match="There is no folder"):
            evaluate_run(tmp_path / "nowhere", world)

    def test_no_truth_in_the_folder(self, run):
        with pytest.raises(InputError, match=r"truth_accounts\.parquet"):
            evaluate_run(run, run)

    def test_an_unknown_label(self, run, world):
        path = world / "truth_accounts.parquet"
        pl.read_parquet(path).with_columns(label=pl.lit("guilty")).write_parquet(path)
        with pytest.raises(InputError):
            evaluate_run(run, world)

    def test_a_truncated_table(self, run, world):
        path = run / "accounts.parquet"
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(InputError, match="cannot be read"):
            evaluate_run(run, world)

    def test_a_run_without_columns_that_may_be_unknown(self, run, world):
        whole = evaluate_run(run, world)
        for name in ("accounts", "places"):
            path = run / f"{name}.parquet"
            newer = ["partner", "plan", "extra_members", "ipv6_days", "as_org"]
            pl.read_parquet(path).drop(newer, strict=False).write_parquet(path)
        assert evaluate_run(run, world) == whole

    def test_another_kind_of_table(self, run, world):
        (run / "devices.parquet").rename(run / "accounts.parquet")
        with pytest.raises(MissingColumnsError, match="flagged"):
            evaluate_run(run, world)


class TestRenderEvaluation:
    def test_figures_of_an_earlier_release_tell_nothing_of_homes(self, run, world):
        older = json.loads(evaluate_run(run, world).to_json())
        del older["homes"]
        text = printed(Evaluation.from_json(json.dumps(older)))
        assert "home is right" not in text
        assert "precision of flags" in text

    def test_totals_and_situations(self, run, world):
        text = printed(evaluate_run(run, world))
        assert "precision of flags" in text
        assert "home is right" in text
        assert "other city" in text

    def test_situations_cannot_steer_the_terminal(self, run, world):
        path = world / "truth_accounts.parquet"
        hostile = pl.lit("calm\x1b[2J[red]")
        pl.read_parquet(path).with_columns(situation=hostile).write_parquet(path)
        text = printed(evaluate_run(run, world))
        assert "\x1b" not in text
        assert "[red]" in text
