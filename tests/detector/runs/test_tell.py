"""The lines about a run of a few accounts, each with a flag that came, stayed or went."""

import json

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from detector.runs import tell
from detector.runs.manifest import JudgedDays
from detector.runs.messages import CHANGES, FLAGS, MESSAGES, NOT_SEEN, Changes, Flags
from detector.runs.run import Run
from detector.runs.tell import ToldRun, write_messages
from detector.schemas import Accounts
from pipelines.jobs.schema import read_schema
from tests.pipelines.tiny_run import BOB, EVIL, FIRST, TinyRun, account, household, write_run

pytestmark = pytest.mark.slow

DAYS = JudgedDays(first_day=FIRST, last_day=FIRST)
UNLIKELY = {"code": "below_threshold", "parameters": '{"probability":0.5,"threshold":0.9}'}
LATE = TinyRun("late")


class Faded(TinyRun):
    """A lender about whom less is known than last time."""

    def accounts(self):
        return [row | {"probability": 0.85} for row in super().accounts()]


class PaysForOne(TinyRun):
    """A lender whose first household is paid for, so that the second one decides."""

    def accounts(self):
        paid = {"extra_members": 1, "external_households": 2}
        return [row | paid for row in super().accounts()]

    def households(self):
        return [*super().households(), household(self.account_id, 2, probability=0.8)]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    lenders = (BOB, Faded("faded"), EVIL, PaysForOne("pays"), LATE)
    calm = account("ada", probability=0.5, reason_codes=[UNLIKELY])
    folder = write_run(tmp_path_factory.mktemp("run"), *lenders, honest=[calm, account("zoe")])
    return Run(folder)


BEFORE = pl.Series(["aaron", "ada", "bob", "faded", "pays", "zz-top"])


def told(run: Run, before: pl.Series | None = None) -> dict[str, list[dict]]:
    """Both files, line by line."""
    about = ToldRun("c0ffee", DAYS)
    if before is not None:
        about = ToldRun("c0ffee", DAYS, "decaf", before)
    write_messages(run, about)
    return {name: lines(run, name) for name in MESSAGES}


def lines(run: Run, name: str) -> list[dict]:
    """None of them ends earlier, wherever a reader takes a line to end."""
    return [json.loads(line) for line in (run.folder / name).read_text("utf-8").splitlines()]


class TestFlags:
    def test_there_is_one_for_each_flagged_account(self, run):
        flagged = run.scan(Accounts).filter(Accounts.flagged.col).collect()["account_id"]
        assert [line["account_id"] for line in told(run)[FLAGS]] == flagged.to_list()

    def test_households_come_with_their_devices(self, run):
        flag = told(run)[FLAGS][0]
        assert flag["households"] == [
            {
                "household": number,
                "household_id": f"bob-{number}",
                "probability": probability,
                "devices": devices,
            }
            for number, probability, devices in [
                (0, 0.0, ["bob-phone", "bob-tv"]),
                (1, 0.97, ["guest-tv"]),
            ]
        ]

    def test_what_counts_as_no_household_is_left_out(self, tmp_path):
        class Doubted(TinyRun):
            def households(self):
                return [*super().households(), household(self.account_id, 2, probability=0.1)]

        [flag] = told(Run(write_run(tmp_path, Doubted())))[FLAGS]
        assert [each["household"] for each in flag["households"]] == [0, 1]

    def test_parameters_are_objects(self, tmp_path):
        class Reasoned(TinyRun):
            def accounts(self):
                codes = [{"code": "company", "parameters": '{"company_days":3,"own_days":12}'}]
                return [row | {"reason_codes": codes} for row in super().accounts()]

        [flag] = told(Run(write_run(tmp_path, Reasoned())))[FLAGS]
        parameters = {"company_days": 3, "own_days": 12}
        assert flag["reason_codes"] == [{"code": "company", "parameters": parameters}]

    def test_nobody_is_flagged(self, tmp_path):
        run = Run(write_run(tmp_path, honest=[account("ada")]))
        assert told(run) == {FLAGS: [], CHANGES: []}

    def test_nobody_was_judged(self, tmp_path):
        assert told(Run(write_run(tmp_path))) == {FLAGS: [], CHANGES: []}


class TestChanges:
    def test_each_kind(self, run):
        found = {line["account_id"]: line for line in told(run, BEFORE)[CHANGES]}
        assert {name: line["change"] for name, line in found.items()} == {
            "aaron": "released",
            "ada": "released",
            "bob": "held",
            EVIL.account_id: "new",
            "faded": "held",
            "late": "new",
            "pays": "held",
            "zz-top": "released",
        }

    def test_who_is_only_held_is_below_the_threshold(self, run):
        found = told(run, BEFORE)[CHANGES]
        assert [line["account_id"] for line in found if line["below_threshold"]] == [
            "faded",
            "pays",
        ]

    def test_who_is_released_is_told_why(self, run):
        why = {line["account_id"]: line["why_not"] for line in told(run, BEFORE)[CHANGES]}
        assert why["ada"] == {
            "code": "below_threshold",
            "parameters": {"probability": 0.5, "threshold": 0.9},
        }
        assert why["bob"] is None

    def test_who_was_not_seen_has_no_probability(self, run):
        [first, *_, last] = told(run, BEFORE)[CHANGES]
        for line in (first, last):
            assert line["why_not"] == {"code": NOT_SEEN, "parameters": {}}
            assert line["probability"] is line["threshold"] is line["verdict"] is None

    def test_the_run_before_is_named(self, run):
        assert {line["previous_run"] for line in told(run, BEFORE)[CHANGES]} == {"decaf"}

    def test_without_a_run_before_every_flag_is_new(self, run):
        found = told(run)
        ids = [line["account_id"] for line in found[FLAGS]]
        assert [line["account_id"] for line in found[CHANGES]] == ids
        assert {line["change"] for line in found[CHANGES]} == {"new"}
        assert {line["previous_run"] for line in found[CHANGES]} == {None}


class TestLines:
    @pytest.mark.parametrize(("file", "table"), [(FLAGS, Flags), (CHANGES, Changes)])
    def test_keep_to_their_schema_and_hold_nothing_else(self, run, file, table):
        check = Draft202012Validator(read_schema(MESSAGES[file]))
        for line in told(run, BEFORE)[file]:
            check.validate(line)
            assert set(line) == set(table.column_names())

    @pytest.mark.parametrize("name", MESSAGES)
    def test_are_canonical_and_sorted(self, run, name):
        found = told(run, BEFORE)[name]
        canonical = [json.dumps(line, sort_keys=True, separators=(",", ":")) for line in found]
        assert (run.folder / name).read_bytes() == "".join(f"{c}\n" for c in canonical).encode()
        assert found == sorted(found, key=lambda line: line["account_id"])

    @pytest.mark.parametrize("few", [1, 2, 3, 100])
    def test_are_the_same_in_portions_of_any_size(self, run, monkeypatch, few):
        whole = told(run, BEFORE)
        monkeypatch.setattr(tell, "ACCOUNTS_AT_ONCE", few)
        assert told(run, BEFORE) == whole

    def test_name_no_place_and_no_address(self, run):
        told(run, BEFORE)
        text = "".join((run.folder / name).read_text("utf-8") for name in MESSAGES)
        assert "guest-tv" in text
        assert not [word for word in ("Lille", "Paris", "48.9", "192.0.2") if word in text]
