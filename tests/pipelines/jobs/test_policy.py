import json

import pytest

from detector.policy.read import GRADUATED
from pipelines.cli import run
from pipelines.jobs.policy import load_policy

RULE = '[[rules]]\nname = "tell"\nreason = "Because."\ntreatment = "notify"\n'
POLICY = f'name = "mild"\nversion = "1"\n{RULE}'
CASES = '[[cases]]\nname = "a flag"\nday = 2026-06-01\nexpect = "{}"\n'


@pytest.fixture
def files(tmp_path):
    policy, cases = tmp_path / "policy.toml", tmp_path / "cases.toml"
    policy.write_text(POLICY, encoding="utf-8")
    cases.write_text(CASES.format("notify"), encoding="utf-8")
    return policy, cases


def ends(*words):
    return run(["policy", *map(str, words)])


class TestPolicyTest:
    def test_ends_well_when_all_is_as_expected(self, files, capsys):
        assert ends("test", *files) == 0
        assert capsys.readouterr().out == "1 case, 0 not as expected.\n"

    def test_ends_with_1_and_a_line_for_each_that_is_not(self, files, capsys):
        files[1].write_text(CASES.format("none") + CASES.format("notify"), encoding="utf-8")
        assert ends("test", *files) == 1
        assert capsys.readouterr().out.splitlines() == [
            "a flag: expected none, got notify: tell: matches, so that the account is given notify",
            "2 cases, 1 not as expected.",
        ]

    def test_tells_a_program_the_same(self, files, capsys):
        assert ends("test", *files, "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["failed"] == 0
        assert told["cases"][0]["got"] == "notify"


class TestPolicyCheck:
    def test_ends_with_2_and_the_line_to_mend(self, files, capsys):
        files[0].write_text(POLICY.replace("notify", "warn"), encoding="utf-8")
        assert ends("check", files[0]) == 2
        assert f"{files[0]}: line 6: rules[1].treatment" in capsys.readouterr().err

    def test_says_what_is_hardly_meant(self, files, capsys):
        files[0].write_text(POLICY + RULE.replace("tell", "say"), encoding="utf-8")
        assert ends("check", files[0]) == 0
        assert capsys.readouterr().out.splitlines()[1] == (
            "Meant? say is never asked: tell above it matches every account"
        )

    @pytest.mark.parametrize("text", [b"\xff", b"name ="], ids=repr)
    def test_ends_with_2_where_there_is_no_toml(self, files, capsys, text):
        files[0].write_bytes(text)
        assert ends("check", files[0]) == 2
        assert "is not TOML" in capsys.readouterr().err

    def test_ends_with_2_where_there_is_no_file(self, tmp_path, capsys):
        assert ends("check", tmp_path / "none.toml") == 2
        assert "cannot be read" in capsys.readouterr().err


class TestPolicyExplain:
    def test_tells_the_shipped_policy_where_none_is_named(self, capsys):
        assert ends("explain") == 0
        assert capsys.readouterr().out.startswith("Policy notify-only, version 1\n")

    def test_tells_which_rule_wins_for_an_account(self, capsys):
        known = ("partner=Orbex", 'given=["notify"]', "case_state=confirmed")
        options = [word for each in known for word in ("--account", each)]
        assert ends("explain", GRADUATED, *options) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last.startswith("transfer-through-partner: matches, so that the account is given")

    @pytest.mark.parametrize("field", ["partnr=Orbex", "probability", "probability=high"])
    def test_ends_with_2_where_a_field_is_none(self, field, capsys):
        assert ends("explain", "--account", field) == 2
        assert "--account" in capsys.readouterr().err

    def test_tells_a_program_all_there_is(self, files, capsys):
        assert ends("explain", files[0], "--account", "flagged=false", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["policy"]["rules"][0]["name"] == "tell"
        assert told["answers"][0].startswith("never treated")
        assert len(told["fingerprint"]) == 64


class TestLoadPolicy:
    def test_reads_the_shipped_policy_where_none_is_named(self):
        assert load_policy(None).name == "notify-only"
