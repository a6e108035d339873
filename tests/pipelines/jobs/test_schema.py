import json

import pytest

from detector.errors import SettingsError
from pipelines.cli import run
from pipelines.jobs.schema import find_schemas, list_schemas, read_schema


@pytest.fixture
def library(tmp_path):
    """Two versions of a flag, and two tables of one last word."""
    folder = tmp_path / "post" / "schemas"
    folder.mkdir(parents=True)
    names = ("post.flag.v2", "post.flag.v10", "post.letters.line.v1", "post.parcels.line.v1")
    for name in names:
        (folder / f"{name}.json").write_text(json.dumps({"$id": f"urn:{name}"}), "utf-8")
    return tmp_path


class TestReadSchema:
    @pytest.mark.parametrize(
        "asked", ["accounts", "table.accounts", "accounts.v1", "household.table.accounts.v1"]
    )
    def test_a_name_may_be_cut_short(self, asked):
        assert read_schema(asked)["title"] == "household.table.accounts.v1"

    def test_the_newest_version_is_meant(self, library):
        assert read_schema("flag", library)["$id"] == "urn:post.flag.v10"

    def test_an_older_one_can_be_asked_for(self, library):
        assert read_schema("flag.v2", library)["$id"] == "urn:post.flag.v2"

    def test_a_word_of_several_is_refused(self, library):
        with pytest.raises(SettingsError, match=r"post\.letters\.line\.v1, post\.parcels"):
            read_schema("line", library)


class TestListSchemas:
    def test_whatever_lies_there_is_listed(self, library):
        assert {each["name"] for each in list_schemas(library)} == set(find_schemas(library))

    def test_each_that_is_shipped_says_what_it_is_of(self):
        assert all(each["says"] for each in list_schemas())


class TestCommand:
    @pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["plain", "json"])
    def test_prints_nothing_but_the_schema(self, as_json, capsys):
        assert run(["schema", "flag", *as_json]) == 0
        assert json.loads(capsys.readouterr().out) == read_schema("household.run.flag.v1")

    def test_lists_them_without_a_name(self, capsys):
        assert run(["schema"]) == 0
        printed = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in printed] == list(find_schemas())

    def test_lists_them_for_a_program(self, capsys):
        assert run(["schema", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"schemas": list_schemas()}

    def test_ends_with_2_where_there_is_none(self, capsys):
        assert run(["schema", "acounts"]) == 2
        assert "did you mean accounts?" in capsys.readouterr().err
