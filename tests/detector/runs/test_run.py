import resource
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from detector.errors import (
    DetectorError,
    InputError,
    NothingToDoError,
    PartialRunError,
    SettingsError,
)
from detector.log_settings import WindowSettings
from detector.runs import run as runs
from detector.runs.files import lock_file
from detector.runs.manifest import InputFile, RowCounts, RunPlan
from detector.runs.publish import LOCK, WORK, Outcome, make_run, make_run_plan
from detector.runs.run import MANIFEST, Draft, Run
from detector.schemas import Accounts, Networks, PlaceNetworks, Visits
from detector.settings import Settings

pytestmark = pytest.mark.slow


def plan(sha256="ab", **settings) -> RunPlan:
    july = InputFile(path="july.parquet", bytes=4, sha256=sha256)
    return make_run_plan(Settings(**settings), [july])


def homes(*accounts: str):
    """One home network for each account."""
    return PlaceNetworks.validate(
        pl.DataFrame({"account_id": accounts, "network": "192.0.2.7", "place": 0}), cast=True
    )


def build(draft: Draft) -> Outcome:
    with draft.stage("places") as stage:
        draft.write(PlaceNetworks, homes("ada", "bob"))
        stage.rows_out = 2
    rows = RowCounts(read=3, kept=2, rejected={"null_account_id": 1})
    return Outcome(tables=(PlaceNetworks,), inputs=plan().inputs, rows=rows, window=None)


def never(draft: Draft) -> Outcome:
    raise AssertionError("this must not be built again")


def broken(error: BaseException):
    def build_and_break(draft: Draft) -> Outcome:
        build(draft)
        raise error

    return build_and_break


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestRun:
    def test_schema_names_the_file(self, tmp_path):
        assert Run(tmp_path).path(PlaceNetworks).name == "place_networks.parquet"

    def test_equal_rows_give_equal_bytes(self, tmp_path):
        one, other = Run(tmp_path / "one"), Run(tmp_path / "other")
        one.write(PlaceNetworks, homes("ada", "bob"))
        pieces = pl.concat([homes("bob"), homes("ada")], rechunk=False)
        other.write(PlaceNetworks, PlaceNetworks.validate(pieces))
        assert one.path(PlaceNetworks).read_bytes() == other.path(PlaceNetworks).read_bytes()

    @pytest.mark.parametrize("size", [1, 3, 7, 8, 20])
    def test_portions_give_the_bytes_of_the_whole(self, tmp_path, monkeypatch, size):
        monkeypatch.setattr(runs, "ROWS_PER_GROUP", 7)
        rows = homes(*(f"account-{number:02}" for number in range(20)))
        whole, portions = Run(tmp_path / "whole"), Run(tmp_path / "portions")
        whole.write(PlaceNetworks, rows)
        portions.write_sorted(PlaceNetworks, rows.iter_slices(size))
        paths = [run.path(PlaceNetworks) for run in (whole, portions)]
        assert pq.read_metadata(paths[0]).num_row_groups == 3
        assert paths[0].read_bytes() == paths[1].read_bytes()

    def test_one_flipped_bit_is_noticed(self, tmp_path):
        run = Run(tmp_path)
        run.write(PlaceNetworks, homes(*map(str, range(1000))))
        raw = bytearray(run.path(PlaceNetworks).read_bytes())
        raw[len(raw) // 3] ^= 1
        run.path(PlaceNetworks).write_bytes(raw)
        with pytest.raises(OSError, match=r"CRC|checksum"):
            pq.read_table(run.path(PlaceNetworks), page_checksum_verification=True)

    def test_enums_survive(self, tmp_path):
        networks = Networks.sample(5)
        Run(tmp_path).write(Networks, networks)
        assert Run(tmp_path).scan(Networks).collect().equals(networks.sort("network"))

    def test_lists_and_no_rows_survive(self, tmp_path):
        Run(tmp_path).write(Accounts, Accounts.create_empty())
        assert Run(tmp_path).scan(Accounts).collect().equals(Accounts.create_empty())

    def test_missing_table_is_named(self, tmp_path):
        with pytest.raises(DetectorError, match=r"holds no visits\.parquet"):
            Run(tmp_path).scan(Visits)

    def test_sealed_piece_is_known_again(self, tmp_path):
        Run(tmp_path).part("bucket-0").seal()
        assert Run(tmp_path).part("bucket-0").is_sealed
        assert not Run(tmp_path).part("bucket-1").is_sealed


class TestMakeRun:
    def test_finished_folder_holds_tables_and_manifest_only(self, tmp_path):
        manifest = make_run(tmp_path, plan(), build)
        assert names(tmp_path) == ["place_networks.parquet", MANIFEST]
        assert Run(tmp_path).manifest() == manifest

    def test_manifest_tells_what_went_in_and_came_out(self, tmp_path):
        manifest = make_run(tmp_path, plan(), build)
        assert manifest.rows.rejected == {"null_account_id": 1}
        assert [stage.name for stage in manifest.stages] == ["places"]
        assert manifest.outputs["place_networks.parquet"].rows == 2

    def test_same_work_again_is_nothing_to_do(self, tmp_path):
        make_run(tmp_path, plan(), build)
        with pytest.raises(NothingToDoError):
            make_run(tmp_path, plan(), never)

    def test_force_makes_it_again(self, tmp_path):
        first = make_run(tmp_path, plan(), build)
        assert make_run(tmp_path, plan(), build, force=True).outputs == first.outputs

    def test_lost_table_is_made_again(self, tmp_path):
        make_run(tmp_path, plan(), build)
        Run(tmp_path).path(PlaceNetworks).unlink()
        make_run(tmp_path, plan(), build)
        assert Run(tmp_path).holds(PlaceNetworks)

    @pytest.mark.parametrize(
        ("other", "named"),
        [
            (plan(sha256="cd"), "input files"),
            (plan(window=WindowSettings(days=7)), r"settings \(window\)"),
        ],
    )
    def test_other_work_does_not_overwrite_a_result(self, tmp_path, other, named):
        make_run(tmp_path, plan(), build)
        with pytest.raises(SettingsError, match=named):
            make_run(tmp_path, other, never)
        make_run(tmp_path, other, build, force=True)

    def test_strange_tables_are_not_overwritten(self, tmp_path):
        (tmp_path / "accounts.parquet").write_text("somebody's only copy")
        with pytest.raises(SettingsError, match=r"no run\.json"):
            make_run(tmp_path, plan(), never)

    def test_a_file_is_no_folder(self, tmp_path):
        (tmp_path / "out").touch()
        with pytest.raises(SettingsError, match="cannot be a folder"):
            make_run(tmp_path / "out", plan(), never)

    def test_old_result_stays_until_the_new_one_is_whole(self, tmp_path):
        first = make_run(tmp_path, plan(), build)
        with pytest.raises(KeyboardInterrupt):
            make_run(tmp_path, plan(sha256="cd"), broken(KeyboardInterrupt()), force=True)
        assert Run(tmp_path).manifest() == first

    @pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError()])
    def test_full_disk_can_be_resumed(self, tmp_path, error):
        with pytest.raises(PartialRunError, match="same command again"):
            make_run(tmp_path, plan(), broken(error))
        make_run(tmp_path, plan(), build)

    def test_disk_that_takes_no_more(self, tmp_path):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
        try:
            with pytest.raises(PartialRunError, match="too large"):
                make_run(tmp_path, plan(), build)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert names(tmp_path) == [WORK]
        make_run(tmp_path, plan(), build)

    def test_nothing_is_kept_of_a_log_that_is_refused(self, tmp_path):
        with pytest.raises(InputError):
            make_run(tmp_path, plan(), broken(InputError("no such column")))
        assert names(tmp_path) == []

    def test_later_attempt_finds_earlier_tables(self, tmp_path):
        def resume(draft: Draft) -> Outcome:
            assert draft.holds(PlaceNetworks)
            return build(draft)

        with pytest.raises(PartialRunError):
            make_run(tmp_path, plan(), broken(OSError()))
        make_run(tmp_path, plan(), resume)

    def test_work_of_another_plan_is_removed(self, tmp_path):
        def look(draft: Draft) -> Outcome:
            assert names(tmp_path / WORK) == [draft.folder.name]
            return build(draft)

        with pytest.raises(PartialRunError):
            make_run(tmp_path, plan(sha256="cd"), broken(OSError()))
        make_run(tmp_path, plan(), look)

    def test_killed_while_publishing(self, tmp_path, monkeypatch):
        monkeypatch.setattr("detector.runs.publish.flush_folder", _raise)
        with pytest.raises(KeyboardInterrupt):
            make_run(tmp_path, plan(), build)
        monkeypatch.undo()
        assert make_run(tmp_path, plan(), never) == Run(tmp_path).manifest()

    def test_two_runs_refuse_each_other(self, tmp_path):
        with lock_file(tmp_path / LOCK), pytest.raises(DetectorError, match="Another run"):
            make_run(tmp_path, plan(), never)

    def test_foreign_manifest(self, tmp_path):
        (tmp_path / MANIFEST).write_text('{"speed": 1}')
        with pytest.raises(DetectorError, match="not the manifest"):
            make_run(tmp_path, plan(), never)


def night(log="ab", *, store="lyon", accounts="accounts.csv", content="cd", **settings) -> RunPlan:
    """A night's work over a store, beside which an accounts table is given."""
    window = InputFile(path="2026-07-01.parquet", bytes=4, sha256=log)
    records = InputFile(path=accounts, role="accounts", bytes=4, sha256=content)
    return make_run_plan(Settings(**settings), [window, records], store=store)


def judge(folder: Path, work: RunPlan):
    def build_from(draft: Draft) -> Outcome:
        return replace(build(draft), inputs=work.inputs)

    return make_run(folder, work, build_from)


class TestNextNight:
    @pytest.mark.parametrize(
        "after",
        [
            pytest.param(night(log="ef"), id="another day's log"),
            pytest.param(night(content="ef"), id="accounts written anew"),
        ],
    )
    def test_what_grew_replaces_the_result(self, tmp_path, after):
        judge(tmp_path, night())
        assert judge(tmp_path, after).inputs == after.inputs
        with pytest.raises(NothingToDoError):
            judge(tmp_path, after)

    @pytest.mark.parametrize(
        ("after", "named"),
        [
            (night(log="ef", store="nice"), "store, input files"),
            (night(log="ef", store=""), "store, input files"),
            (night(log="ef", accounts="other.csv"), "input files"),
            (night(log="ef", window=WindowSettings(days=7)), r"input files, settings \(window\)"),
        ],
        ids=["another store", "no store", "another table", "other settings"],
    )
    def test_what_is_other_work_does_not(self, tmp_path, after, named):
        judge(tmp_path, night())
        with pytest.raises(SettingsError, match=f"differs in {named}\\."):
            judge(tmp_path, after)

    def test_last_night_was_killed_while_publishing(self, tmp_path, monkeypatch):
        judge(tmp_path, night())
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("detector.runs.publish.flush_folder", _raise)
            judge(tmp_path, night(log="ef"))
        assert judge(tmp_path, night(log="01")) == Run(tmp_path).manifest()


def _raise(folder: Path) -> None:
    raise KeyboardInterrupt
