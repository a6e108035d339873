from pathlib import Path

import pytest

from pipelines.reading.files import find_files, name_left_out
from pipelines.reading.shared.layouts import LogSource
from tests.pipelines.tiny_log import event, events

ANY = [LogSource()]


@pytest.fixture
def folder(tmp_path):
    events(event()).write_parquet(tmp_path / "a.parquet")
    return tmp_path


def left_out(folder):
    return name_left_out([str(folder)], ANY, find_files([str(folder)], ANY))


class TestFindFiles:
    def test_a_file_without_a_suffix_is_known_by_its_first_bytes(self, folder):
        (folder / "a.parquet").rename(folder / "part-00001")
        (folder / "README").write_text("what this is")
        assert [file.name for file in find_files([str(folder)], ANY)] == ["part-00001"]

    @pytest.mark.parametrize("name", ["b.csv", "b.json.gz", "b.NDJSON", "b.jsonl.zst", "b.tsv"])
    def test_files_of_texts_count(self, folder, name):
        (folder / name).touch()
        assert name in [file.name for file in find_files([str(folder)], ANY)]


class TestExports:
    """Whose export a file belongs to is told by the folders it lies in."""

    def exports(self, *logs):
        source = LogSource(folders=("DEVICES",))
        return [
            file.constants["@export"] for file in find_files([str(log) for log in logs], [source])
        ]

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return path

    def test_the_folder_given(self, tmp_path):
        self.write(tmp_path / "ada" / "DEVICES" / "a.csv")
        assert self.exports(tmp_path / "ada") == ["ada"]

    def test_the_folders_in_it(self, tmp_path):
        for name in ("ada", "bob"):
            self.write(tmp_path / "all" / name / "DEVICES" / "a.csv")
        assert self.exports(tmp_path / "all") == ["ada", "bob"]

    def test_of_a_file_the_folder_around_it(self, tmp_path):
        assert self.exports(self.write(tmp_path / "ada" / "DEVICES" / "a.csv")) == ["ada"]

    def test_folders_of_one_name_are_two(self, tmp_path):
        for name in ("ada", "bob"):
            self.write(tmp_path / name / "export" / "a.csv")
        found = self.exports(tmp_path / "ada" / "export", tmp_path / "bob" / "export")
        assert len(set(found)) == 2


class TestNameLeftOut:
    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("x.txt", "neither Parquet nor CSV nor JSON"),
            ("x.parquet.gz", "unpack it first"),
            ("_x.parquet", "a dot or an underscore"),
            (".x.parquet", "a dot or an underscore"),
            ("part-00001", "neither Parquet nor CSV nor JSON"),
        ],
    )
    def test_says_why(self, folder, name, why):
        (folder / name).write_bytes(b"x")
        [note] = left_out(folder)
        assert repr(name) in note
        assert why in note

    def test_links_to_folders(self, folder):
        (folder / "link").symlink_to(Path(folder).parent)
        assert left_out(folder) == ("Left out: 'link' (links to folders are not followed).",)

    def test_digests_are_no_log_and_not_left_out(self, folder):
        for name in ("a.parquet.sha256", "SHA256SUMS"):
            (folder / name).touch()
        assert left_out(folder) == ()

    def test_names_only_some(self, folder):
        for number in range(9):
            (folder / f"{number}.txt").touch()
        [note] = left_out(folder)
        assert "and 4 more" in note
