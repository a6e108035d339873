"""A deliverer that was killed is known to be gone; one that lives, or lives elsewhere, is not."""

import subprocess

import pytest

from pipelines.jobs import holders
from pipelines.jobs.holders import holder_name, is_gone


@pytest.fixture
def child():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


class TestIsGone:
    def test_we_are_not(self):
        assert not is_gone(holder_name())
        assert not is_gone(holder_name("a b:c"))

    def test_nor_is_who_runs_yet(self, child):
        assert not is_gone(holder_name("night", child.pid))

    def test_a_killed_one_is_even_before_anybody_noticed(self, child):
        name = holder_name("night", child.pid)
        child.kill()
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(["sleep", "9"], timeout=0.2, check=True)
        assert is_gone(name)
        child.wait()
        assert is_gone(name)

    def test_another_process_of_the_same_number_is_another_one(self):
        name, _, began = holder_name().rpartition(":")
        assert is_gone(f"{name}:{int(began) + 1}")

    @pytest.mark.parametrize("name", ["", "night", "host:12", "host a/1:12:5", "host :12:5", ": :"])
    def test_of_others_nothing_is_known(self, name):
        assert not is_gone(name)

    def test_without_a_system_that_tells_nobody_is(self, tmp_path, monkeypatch):
        name = holder_name("night", 2**22 + 1)
        monkeypatch.setattr(holders, "PROCESSES", tmp_path)
        assert not is_gone(name)
        assert not is_gone(holder_name())
