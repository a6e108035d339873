import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from detector.detect import judge_log
from detector.errors import NothingToDoError, PartialRunError, SettingsError
from detector.runs.contract import table_name
from detector.runs.files import hash_file
from detector.runs.manifest import Manifest
from detector.runs.messages import MESSAGES
from detector.runs.run import MANIFEST
from detector.settings import Settings, VerdictSettings
from pipelines.jobs.detect import TABLES, DetectJob, detect
from pipelines.jobs.schema import find_schemas
from pipelines.jobs.verify import verify_run
from pipelines.local.judge import PER_ACCOUNT
from pipelines.reading.options import ReadOptions
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import WorldSettings
from tests.detector.runs.test_contract import checker, rows_as_json
from tests.pipelines.own_pool import stay_in_this_process
from tests.pipelines.tiny_log import day_rows
from tests.pipelines.tiny_log import events as events_of

pytestmark = pytest.mark.slow

NAMES = {table: f"{table.__name__.lower()}.parquet" for table in TABLES}
VERDICT = ["account_id", "verdict", "flagged", "probability", "external_households", "pattern"]
START = datetime(2026, 1, 5, 20, tzinfo=UTC)


def run(log, out, **options):
    force = options.pop("force", False)
    read = ReadOptions(**options)
    job = DetectJob((str(log),), out, Settings(), read, force=force)
    return detect(job, lambda progress: None)


@pytest.fixture(scope="module", autouse=True)
def one_process():
    with pytest.MonkeyPatch.context() as patch:
        stay_in_this_process(patch)
        yield


def tables(folder):
    return {path.name: hash_file(path) for path in sorted(folder.glob("*.parquet"))}


def outputs(folder):
    """The tables, and the messages, which name the run."""
    return tables(folder) | {name: hash_file(folder / name) for name in MESSAGES}


def table(folder, name):
    return pl.read_parquet(folder / f"{name}.parquet")


def write(events, folder, *, files=3):
    folder.mkdir()
    size = -(-events.height // files)
    for n in range(files):
        events[n * size : (n + 1) * size].write_parquet(folder / f"part-{n}.parquet")
    return folder


@pytest.fixture(scope="module")
def events():
    """A small world with the dirt of real logs."""
    return build_world(WorldSettings(accounts=150, seed=5)).events


@pytest.fixture(scope="module")
def log(events, tmp_path_factory):
    return write(events, tmp_path_factory.mktemp("world") / "events")


@pytest.fixture(scope="module")
def made(log, tmp_path_factory):
    """The run folder of the small world."""
    out = tmp_path_factory.mktemp("made") / "run"
    run(log, out)
    return out


@pytest.fixture(scope="module")
def judged(events):
    """The same world, judged in memory."""
    return judge_log(events)


@pytest.fixture(scope="module")
def others(made):
    """What each account is told where nothing is out of proportion."""
    return table(made, "accounts").select(VERDICT)


class TestInMemory:
    """A frame of the same events, judged by the library alone, comes to the same tables."""

    @pytest.mark.parametrize("name", PER_ACCOUNT)
    def test_of_accounts(self, judged, made, name):
        told = ["cleared_by_devices", "cleared_by_places", "clearing"]
        found, expected = getattr(judged.detection, name), pl.read_parquet(made / f"{name}.parquet")
        assert expected.height
        assert expected.drop(told, strict=False).equals(found.drop(told, strict=False))

    def test_of_networks(self, judged, made):
        assert judged.networks.equals(table(made, "networks"))

    def test_of_refused_rows(self, judged, made):
        found, expected = judged.rejects["reason"], table(made, "rejects")["reason"]
        assert found.sort().equals(expected.sort())


class TestOutputs:
    @pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.__name__)
    def test_every_table_has_its_columns(self, made, schema):
        found = pl.read_parquet(made / NAMES[schema])
        assert found.columns == schema.column_names()
        schema.validate(found, cast=True)

    @pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.__name__)
    def test_every_table_is_sorted_by_its_key(self, made, schema):
        found = pl.read_parquet(made / NAMES[schema])
        assert found.equals(found.sort(schema.primary_key()))

    def test_nothing_else_is_left_behind(self, made):
        names = {path.name for path in made.iterdir() if not path.name.startswith(".")}
        assert names == {MANIFEST, *NAMES.values(), *MESSAGES}

    def test_every_account_with_a_good_event_has_a_verdict(self, made, events):
        refused = pl.col("account_id").is_in(["", "null"]) | pl.col("account_id").is_null()
        judged = set(table(made, "accounts")["account_id"])
        assert judged <= set(events.filter(~refused)["account_id"])
        assert set(table(made, "devices")["account_id"]) == judged
        assert len(judged) >= 150

    def test_the_manifest_counts_every_row(self, made, events):
        rows = Manifest.model_validate_json((made / MANIFEST).read_text()).rows
        assert rows.read == events.height
        told = rows.kept + rows.duplicates + rows.outside_window + rows.not_listed
        assert told + sum(rows.rejected.values()) == rows.read

    def test_the_manifest_names_every_file_with_its_hash(self, made):
        told = json.loads((made / MANIFEST).read_text())["outputs"]
        assert {name: entry["sha256"] for name, entry in told.items()} == outputs(made)
        assert [told[name]["rows"] for name in MESSAGES] == [
            table(made, "accounts")["flagged"].sum()
        ] * 2

    def test_some_are_flagged_and_most_are_not(self, made):
        assert 0 < table(made, "accounts")["flagged"].mean() < 0.5

    def test_who_is_flagged_is_told_what_would_clear_it(self, made):
        told = table(made, "accounts").select("flagged", told=pl.col("clearing") != "")
        assert told["flagged"].equals(told["told"], check_names=False)

    def test_no_address_is_in_what_people_read(self, made):
        words = " ".join(
            [
                *table(made, "accounts")["summary"],
                *table(made, "accounts")["clearing"],
                *table(made, "evidence")["text"].unique(),
            ]
        )
        networks = table(made, "networks")["network"]
        assert not [name for name in networks if name in words]


FEW = 40
"""Rows of each table that are held against its schema: enough to meet every column's values."""


class TestSchemas:
    @pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.__name__)
    def test_rows_keep_to_theirs(self, made, schema):
        rows = pl.read_parquet(made / NAMES[schema])
        told = checker(table_name(schema))
        for row in rows_as_json(schema.cast(rows.sample(min(FEW, rows.height), seed=1))):
            told.validate(row)

    @pytest.mark.parametrize("name", MESSAGES)
    def test_lines_keep_to_theirs(self, made, name):
        told, lines = checker(MESSAGES[name]), (made / name).read_text("utf-8").splitlines()
        assert lines
        for line in lines:
            told.validate(json.loads(line))

    def test_the_manifest_keeps_to_its_own_and_names_the_others(self, made):
        manifest = json.loads((made / MANIFEST).read_text())
        checker("household.run.v1").validate(manifest)
        named = {entry["schema_id"].rpartition(":")[2] for entry in manifest["outputs"].values()}
        assert named < set(find_schemas())


class TestFlags:
    def test_say_what_the_tables_say(self, made):
        lines = pl.read_ndjson(made / "flags.ndjson")
        accounts = table(made, "accounts").filter("flagged")
        same = ["account_id", "verdict", "probability", "threshold", "summary"]
        assert lines.select(same).equals(accounts.select(same))
        told = lines.select("households").explode("households").unnest("households")
        assert told.filter(pl.col("household") > 0).height == accounts["external_households"].sum()

    def test_name_each_device_of_their_households(self, made):
        devices = table(made, "devices").filter(pl.col("household").is_not_null())
        lines = pl.read_ndjson(made / "flags.ndjson")
        told = lines.select("households").explode("households").unnest("households")["devices"]
        owners = devices.join(lines, on="account_id", how="semi", maintain_order="left")
        assert sorted(told.explode()) == sorted(owners["device_id"])


@pytest.mark.usefixtures("children")
class TestSameBytes:
    """Whoever reads: here two children do, elsewhere none."""

    def test_with_two_threads_and_shuffled_rows_in_renamed_files(self, made, events, tmp_path):
        shuffled = events.sample(fraction=1, shuffle=True, seed=6)
        other = write(shuffled, tmp_path / "other", files=5)
        (other / "part-0.parquet").rename(other / "zz.parquet")
        run(other, tmp_path / "run", threads=2)
        theirs, ours = tables(tmp_path / "run"), tables(made)
        # Rejects name the file and row that they came from.
        rejects = NAMES[TABLES[-1]]
        assert {**theirs, rejects: ""} == {**ours, rejects: ""}
        reasons = [table(f, "rejects")["reason"].sort() for f in (tmp_path / "run", made)]
        assert reasons[0].equals(reasons[1])

    def test_with_two_threads_rejects_too(self, made, log, tmp_path):
        run(log, tmp_path / "run", threads=2)
        assert outputs(tmp_path / "run") == outputs(made)

    def test_in_small_buckets(self, made, log, tmp_path):
        run(log, tmp_path / "run", bucket_rows=8_000, chunk_rows=20_000)
        assert outputs(tmp_path / "run") == outputs(made)

    def test_with_the_flagged_accounts_shared_among_many(self, made, log, tmp_path, monkeypatch):
        monkeypatch.setattr("pipelines.local.judge.SHARE", 1)
        monkeypatch.setattr("pipelines.local.judge.AT_ONCE", 500)
        run(log, tmp_path / "run", bucket_rows=8_000)
        assert outputs(tmp_path / "run") == outputs(made)


class TestStoppedWhileTelling:
    def test_the_same_command_goes_on(self, tmp_path, monkeypatch):
        write(events_of(*day_rows()), tmp_path / "log", files=1)
        run(tmp_path / "log", tmp_path / "undisturbed")
        with monkeypatch.context() as patch, pytest.raises(PartialRunError):
            patch.setattr("detector.runs.tell.schema_id", full_disk)
            run(tmp_path / "log", tmp_path / "run")
        run(tmp_path / "log", tmp_path / "run")
        assert outputs(tmp_path / "run") == outputs(tmp_path / "undisturbed")
        assert verify_run(tmp_path / "run").is_sound


def full_disk(_: str) -> str:
    raise OSError(28, "No space left on device")


class TestAgain:
    def test_there_is_nothing_to_do(self, made, log):
        before = tables(made)
        with pytest.raises(NothingToDoError) as refusal:
            run(log, made)
        assert refusal.value.exit_code == 99
        assert tables(made) == before

    def test_by_force_gives_the_same_bytes(self, log, made):
        before = outputs(made)
        run(log, made, force=True)
        assert outputs(made) == before


RECORDS = pl.DataFrame(
    {
        "account_id": [f"acc-{n:07}" for n in range(200)],
        "partner": ["direct", "Orbex"] * 100,
        "plan": "basic",
        "country": "FR",
        "extra_members": 9,
        "status": "cancelled",
    }
)


@pytest.fixture(scope="module")
def told(log, tmp_path_factory):
    """A run with an accounts table in which everybody has cancelled and paid for nine."""
    folder = tmp_path_factory.mktemp("told")
    RECORDS.write_parquet(folder / "accounts.parquet")
    run(log, folder / "run", accounts=folder / "accounts.parquet")
    return folder / "run"


class TestLayouts:
    """A result hangs on the preset's file and on what completes the log, too."""

    @pytest.fixture
    def export(self, tmp_path):
        folder = tmp_path / "ada"
        folder.mkdir()
        plays = "".join(f"Ada,2026-05-{day:02d} 20:00:00,00:45:00,TV,GB\n" for day in range(1, 31))
        head = "Profile Name,Start Time,Duration,Device Type,Country\n"
        (folder / "ViewingActivity.csv").write_text(head + plays)
        (folder / "Devices.csv").write_text("Esn,Device Type\nNF-1,TV\n")
        return folder

    def test_another_list_of_devices_is_another_result(self, export, tmp_path):
        run(export, tmp_path / "out", preset="netflix-export")
        with pytest.raises(NothingToDoError):
            run(export, tmp_path / "out", preset="netflix-export")
        (export / "Devices.csv").write_text("Esn,Device Type\nNF-2,TV\n")
        with pytest.raises(SettingsError):
            run(export, tmp_path / "out", preset="netflix-export")

    def test_run_json_tells_what_the_files_were(self, export, tmp_path):
        run(export, tmp_path / "out", preset="netflix-export")
        manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
        assert [file["role"] for file in manifest["inputs"]] == ["log", "beside"]


class TestAccountsTable:
    def test_its_facts_reach_every_account(self, told):
        found = table(told, "accounts").select("account_id", "partner", "plan", "country_of_record")
        wanted = RECORDS.rename({"country": "country_of_record"}).select(found.columns)
        assert found.join(wanted, on=found.columns).height == found.height == 150

    def test_without_it_they_are_unknown(self, made):
        facts = table(made, "accounts").select("partner", "plan", "country_of_record")
        assert set(facts.unique().rows()) == {(None, None, None)}

    def test_what_is_paid_for_is_not_flagged(self, told, made):
        assert table(made, "accounts")["flagged"].any()
        flagged = table(told, "accounts").filter("flagged")
        assert (flagged["external_households"] > 9).all()

    def test_evidence_hangs_on_it_only_by_which_side_is_home(self, told, made):
        groups = ["account_id", "device_id", "household"]
        living = [table(run, "devices").select(groups) for run in (told, made)]
        moved = living[0].join(living[1], on=groups, how="anti", nulls_equal=True)
        same = [
            table(run, "evidence").join(moved, on="account_id", how="anti") for run in (told, made)
        ]
        assert same[0].height > 1000
        assert same[0].equals(same[1])

    def test_accounts_never_seen_are_noted(self, told):
        notes = Manifest.model_validate_json((told / MANIFEST).read_text()).notes
        assert "50 of 200 accounts of the accounts table were not seen in the log." in notes

    def test_another_table_is_another_run(self, told, log, tmp_path):
        RECORDS.head(10).write_parquet(tmp_path / "accounts.parquet")
        with pytest.raises(SettingsError, match="input files"):
            run(log, told, accounts=tmp_path / "accounts.parquet")

    def test_the_same_table_elsewhere_is_the_same_run(self, told, log, tmp_path):
        RECORDS.write_parquet(tmp_path / "copy.parquet")
        with pytest.raises(NothingToDoError):
            run(log, told, accounts=tmp_path / "copy.parquet")


class TestPoorLogs:
    def test_a_log_of_coordinates_only(self, events, tmp_path):
        place = ["ts", "account_id", "device_id", "latitude", "longitude"]
        write(events.select(place), tmp_path / "log")
        run(tmp_path / "log", tmp_path / "run")
        accounts = table(tmp_path / "run", "accounts")
        assert accounts.height >= 150
        assert accounts["flagged"].mean() < 0.3

    def test_a_log_of_countries_only(self, events, tmp_path):
        write(events.select("ts", "account_id", "device_id", "country"), tmp_path / "log")
        run(tmp_path / "log", tmp_path / "run")
        accounts = table(tmp_path / "run", "accounts")
        assert accounts.height >= 150
        assert accounts["flagged"].mean() < 0.1

    def test_a_log_of_addresses_only(self, events, tmp_path):
        write(events.select("ts", "account_id", "device_id", "ip"), tmp_path / "log")
        run(tmp_path / "log", tmp_path / "run")
        accounts = table(tmp_path / "run", "accounts")
        assert accounts["flagged"].mean() < 0.3

    def test_a_log_of_one_event(self, events, tmp_path):
        one = pl.DataFrame(
            [{"ts": START, "account_id": "ada", "device_id": "tv", "ip": "81.2.69.142"}]
        )
        write(one, tmp_path / "log", files=1)
        run(tmp_path / "log", tmp_path / "run")
        accounts = table(tmp_path / "run", "accounts")
        assert accounts["verdict"].to_list() == ["insufficient_evidence"]


def busy(account, device, count):
    """An account that a program uses without pause."""
    step = timedelta(days=40) / count
    return pl.DataFrame(
        {
            "ts": [START + n * step for n in range(count)],
            "account_id": account,
            "device_id": device,
            "ip": [f"203.0.{n % 100}.{n % 250 + 1}" for n in range(count)],
            "event_id": [f"busy-{n}" for n in range(count)],
        }
    ).with_columns(pl.col("ip").str.replace("203.0.", "81.7.", literal=True))


class TestOutsized:
    """What is far out of proportion is judged by itself and leaves the others as they were."""

    def test_an_account_of_a_hundred_thousand_events(self, events, others, tmp_path):
        whole = pl.concat([events, busy("busy", "robot", 100_000)], how="diagonal_relaxed")
        write(whole, tmp_path / "log")
        run(tmp_path / "log", tmp_path / "run")
        found = table(tmp_path / "run", "accounts").select(VERDICT)
        assert found.filter(pl.col("account_id") != "busy").equals(others)
        assert found.height == others.height + 1

    def test_a_device_on_every_account(self, events, others, tmp_path):
        ids = events["account_id"].drop_nulls().unique().sort()[:140]
        extra = pl.DataFrame(
            {
                "ts": [START + timedelta(minutes=n) for n in range(len(ids))],
                "account_id": ids,
                "device_id": "default-device",
                "ip": "81.7.1.1",
            }
        )
        write(pl.concat([events, extra], how="diagonal_relaxed"), tmp_path / "log")
        run(tmp_path / "log", tmp_path / "run")
        found = table(tmp_path / "run", "accounts")
        # It is a day of use, which a hardly used account may lack to be known at all.
        told = found.filter(pl.col("active_days") > VerdictSettings().min_active_days)
        verdicts = told.select("account_id", "verdict", "flagged")
        assert verdicts.height > 100
        assert verdicts.join(others, on=verdicts.columns, how="anti").is_empty()
        devices = table(tmp_path / "run", "devices")
        shared = devices.filter(pl.col("device_id") == "default-device")
        assert shared["household"].null_count() == shared.height > 100
