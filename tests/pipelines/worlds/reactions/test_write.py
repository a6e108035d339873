import hashlib

import polars as pl
import pytest

from detector.errors import InputError, SettingsError
from pipelines.jobs.simulate import CourseJob, simulate_months
from pipelines.worlds.settings import WorldSettings

pytestmark = pytest.mark.slow

SMALL = WorldSettings(accounts=60, days=14, seed=9, accounts_per_chunk=25, sharing_prior=0.5)


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def treat(tmp_path):
    path = tmp_path / "waves.csv"
    rows = [f"acc-{number:07},one,2026-01-21,pause_external_devices" for number in range(0, 60, 2)]
    path.write_text("\n".join(["account_id,wave,day,treatment", *rows]))
    return path


class TestSimulateMonths:
    def test_same_seed_same_bytes(self, tmp_path, treat):
        for name in ("once", "again"):
            simulate_months(SMALL, CourseJob(1, treat), tmp_path / name)
        assert digests(tmp_path / "once") == digests(tmp_path / "again")

    def test_months_written_before_stay_as_they_were(self, tmp_path, treat):
        simulate_months(SMALL, CourseJob(1, treat), tmp_path / "one")
        simulate_months(SMALL, CourseJob(2, treat), tmp_path / "two")
        one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
        for month in ("events/month-00.parquet", "events/month-01.parquet"):
            assert one[month] == two[month]
        assert "events/month-02.parquet" in two

    def test_the_log_before_a_treatment_is_the_untouched_ones(self, tmp_path, treat):
        simulate_months(SMALL, CourseJob(1, treat), tmp_path / "treated")
        simulate_months(SMALL, CourseJob(1), tmp_path / "untouched")
        treated, untouched = digests(tmp_path / "treated"), digests(tmp_path / "untouched")
        assert treated["events/month-00.parquet"] == untouched["events/month-00.parquet"]
        assert treated["events/month-01.parquet"] != untouched["events/month-01.parquet"]

    def test_says_what_accounts_did(self, tmp_path, treat):
        done = simulate_months(SMALL, CourseJob(2, treat), tmp_path / "world")
        told = pl.read_parquet(tmp_path / "world" / "truth_reactions.parquet")
        assert sum(done.reactions.values()) == told.height > 0

    def test_counts_are_of_the_contacts(self, tmp_path, treat):
        simulate_months(SMALL, CourseJob(2, treat), tmp_path / "world")
        counted = pl.read_parquet(tmp_path / "world" / "measured.parquet")
        every = pl.read_parquet(tmp_path / "world" / "truth_contacts.parquet")
        assert counted["contacts"].sum() == every.height > 0

    def test_does_not_go_beyond_what_it_is_thought_out_for(self, tmp_path):
        with pytest.raises(SettingsError, match="horizon_months"):
            simulate_months(SMALL, CourseJob(7), tmp_path / "world")

    def test_waves_of_another_world_write_nothing(self, tmp_path, treat):
        other = SMALL.model_copy(update={"accounts": 10})
        with pytest.raises(InputError, match="does not have"):
            simulate_months(other, CourseJob(1, treat), tmp_path / "world")
        assert not (tmp_path / "world").exists()
