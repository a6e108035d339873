"""What is odd about a log is said once, and too much of it refused."""

import json
from datetime import timedelta

import polars as pl
import pytest

from detector.errors import InputError
from detector.events.accounts import AccountRecords
from detector.events.rows import Rejects
from detector.runs.manifest import RowCounts
from detector.runs.run import Run
from detector.schemas import Accounts, Devices, Networks
from detector.settings import Settings
from pipelines.reading.oddities import describe_oddities
from pipelines.reading.options import FileRecord, LogReading, ReadOptions
from tests.detector.builders import MONDAY, day_of, networks_of, sighting, sightings_of, table

HOMES = [f"81.2.69.{n}" for n in range(30)]
WINDOW = 14


def reject(reason, **values):
    return {"file": "log", "reason": reason, "values": json.dumps(values)}


def file_of(path, rows, **rejected):
    return FileRecord(path, 1, "", rows, rows - sum(rejected.values()), rejected, None)


class Judged:
    """A run and its reading: accounts with a television each at home, but for what is odd."""

    def __init__(self, folder):
        self.folder = folder
        self.accounts = [f"acc-{n}" for n in range(30)]
        self.devices = [{"account_id": a, "device_id": "tv"} for a in self.accounts]
        self.sightings = [
            sighting(account, "tv", home, day)
            for account, home in zip(self.accounts, HOMES, strict=True)
            for day in range(WINDOW)
        ]
        self.rejects = []
        self.patterns = {}
        self.files = (file_of("may.parquet", 400),)
        self.counts = RowCounts(read=400, kept=400)

    def tell(self, *, skip=False, only=None, **quality):
        run = Run(self.folder)
        names = sorted(self.accounts)
        known = [self.patterns.get(name, "one_home") for name in names]
        run.write(Accounts, Accounts.sample(overrides={"account_id": names, "pattern": known}))
        run.write(Devices, self._devices())
        run.write(Networks, self._networks())
        rows = [row | {"row": n} for n, row in enumerate(self.rejects)]
        run.write(Rejects, table(Rejects, rows) if rows else Rejects.create_empty())
        settings = Settings.model_validate({"quality": quality})
        options = ReadOptions(skip_bad_files=skip, only=only)
        return describe_oddities(run, self._reading(), settings, options)

    def _devices(self):
        rows = sorted(self.devices, key=lambda row: (row["account_id"], row["device_id"]))
        whole = [{"accounts": 1} | row for row in rows]
        names = {name: [row[name] for row in whole] for name in whole[0]}
        return Devices.sample(overrides=names)

    def _networks(self):
        seen = pl.DataFrame(self.sightings).group_by("network").agg(pl.col("account_id").n_unique())
        return networks_of(
            [
                {"network": name, "kind": "home_line", "confidence": 1, "accounts": accounts}
                | {"devices": 1, "stationary_accounts": 1, "days": 1}
                for name, accounts in seen.sort("network").iter_rows()
            ]
        )

    def _reading(self):
        path = self.folder / "sightings-0.parquet"
        sightings_of(self.sightings).write_parquet(path)
        last = MONDAY + timedelta(days=WINDOW - 1)
        records = AccountRecords.create_empty()
        bucket = (path,)
        rejects = self.folder / "rejects.parquet"
        return LogReading(bucket, rejects, records, self.files, MONDAY, last, (), self.counts)

    def move(self, network, *, first_day=0, accounts=30):
        """Some accounts are seen on another network from a day on."""
        moved = set(self.accounts[:accounts])
        self.sightings = [
            row | {"network": network}
            if row["account_id"] in moved and row["day"] >= day_of(first_day)
            else row
            for row in self.sightings
        ]


@pytest.fixture
def judged(tmp_path):
    return Judged(tmp_path)


def test_nothing_is_said_of_a_log_in_order(judged):
    assert judged.tell() == []


class TestFiles:
    def test_without_any_usable_row_are_named_and_stop_the_run(self, judged):
        judged.files += (file_of("partner.parquet", 300, null_account=280, null_time=20),)
        with pytest.raises(InputError, match=r"'partner.parquet' \(300 rows, null_account\)"):
            judged.tell()

    def test_may_be_set_aside(self, judged):
        judged.files += (file_of("partner.parquet", 300, null_account=300),)
        assert "'partner.parquet'" in judged.tell(skip=True)[0]

    def test_of_a_quiet_hour_are_only_told(self, judged):
        judged.files += (file_of("night.parquet", 3, null_account=3),)
        assert "'night.parquet'" in judged.tell()[0]

    @pytest.mark.parametrize(
        "rejected",
        [{"failed_sign_in": 300}, {"null_account": 100, "failed_sign_in": 200}, {}],
        ids=["only failed sign-ins", "with failed sign-ins", "outside the window"],
    )
    def test_with_rows_in_order_are_not_told(self, judged, rejected):
        judged.files += (file_of("partner.parquet", 300, **rejected),)
        assert judged.tell() == []


class TestRefusedRows:
    def test_after_the_last_day_are_told(self, judged):
        judged.counts = RowCounts(read=400, kept=390, rejected={"future_date": 10})
        assert judged.tell()[0].startswith("10 rows are dated after the log's last day")

    def test_are_all_that_is_known_of_an_account(self, judged):
        judged.rejects = [
            reject("future_date", account_id="lost"),
            reject("null_time", account_id="lost"),
            reject("null_time", account_id="acc-1"),
            reject("failed_sign_in", account_id="stranger"),
            reject("null_account", account_id=None),
        ]
        assert judged.tell()[0].startswith("1 accounts appear in refused rows only")


class TestAccountsAskedFor:
    def test_that_the_log_does_not_hold_are_named(self, judged, tmp_path):
        only = tmp_path / "ids.txt"
        only.write_text("\n".join(["acc-1", "gone", "away", ""]))
        assert judged.tell(only=only) == [
            "2 of 3 accounts of --only have no usable row in the window: 'away', 'gone'."
        ]


class TestDevicesOfManyAccounts:
    def test_are_counted_with_the_accounts_they_are_on(self, judged):
        judged.devices += [
            {"account_id": a, "device_id": "box", "accounts": 30} for a in judged.accounts
        ]
        (told,) = judged.tell()
        assert "1 device ids are each on more than 20 accounts" in told
        assert "left out of 30 accounts" in told

    def test_stop_the_run_only_where_a_limit_is_set(self, judged):
        judged.devices += [{"account_id": "acc-1", "device_id": "box", "accounts": 21}]
        with pytest.raises(InputError, match="1 device ids"):
            judged.tell(max_common_device_share=0)


class TestCopiedIds:
    def test_are_counted_by_accounts(self, judged):
        judged.patterns = {"acc-1": "one_id_at_two_places"}
        assert judged.tell()[0].startswith("In 1 accounts a device that does not move was at two")


class TestOneAddressBehindEverybody:
    def test_stops_the_run(self, judged):
        judged.move("104.16.7.9")
        with pytest.raises(InputError, match="behind more than half of all accounts, with 100%"):
            judged.tell()

    def test_is_told_where_there_is_a_life_beside_it(self, judged):
        judged.move("104.16.7.9", first_day=7)
        (told,) = judged.tell()
        assert "50%" in told
        assert "104.16" not in told

    def test_is_none_of_a_few_friends(self, judged):
        judged.accounts = judged.accounts[:3]
        judged.sightings = [r for r in judged.sightings if r["account_id"] in judged.accounts]
        judged.move("104.16.7.9")
        assert judged.tell() == []

    @pytest.mark.parametrize("network", ["country:ES", "cell:41.65,-0.88"])
    def test_is_no_address_at_all_where_none_is_logged(self, judged, network):
        judged.move(network)
        assert judged.tell() == []


class TestAddressesThatEnd:
    def test_are_told_with_their_day(self, judged):
        judged.move("country:ES", first_day=10)
        (told,) = judged.tell()
        assert told.startswith("From 2026-05-14 on 100% of the log carries no address, against 0%")

    def test_are_told_where_the_rows_were_refused(self, judged):
        judged.sightings = [r for r in judged.sightings if (r["day"] - MONDAY).days < 10]
        judged.rejects = [
            reject("no_location", ts=f"2026-05-{day}T20:00:00Z", account_id=a, device_id="tv")
            for day in (14, 15, 16, 17)
            for a in judged.accounts
        ]
        assert judged.tell()[0].startswith("From 2026-05-14 on 100%")

    def test_stop_the_run_when_most_of_the_window_is_blind(self, judged):
        judged.move("country:ES", first_day=4)
        with pytest.raises(InputError, match="From 2026-05-08 on"):
            judged.tell()

    def test_are_not_those_of_some_clients_that_never_had_any(self, judged):
        judged.move("country:ES", accounts=12)
        assert judged.tell() == []


class TestIds:
    def test_that_differ_by_blanks_are_counted_by_their_column(self, judged):
        judged.accounts += ["acc-1 "]
        (told,) = judged.tell()
        assert "account_id" in told
        assert "2 by nothing but blanks" in told
        assert "acc-1" not in told

    def test_that_differ_by_case_are_counted_beside_them(self, judged):
        judged.accounts += ["Acc-1", "ACC-1", "acc-2 "]
        assert "2 by nothing but blanks, 3 by nothing but upper and lower" in judged.tell()[0]

    def test_are_the_same_when_few_are_looked_at_at_once(self, judged, monkeypatch):
        monkeypatch.setattr("pipelines.reading.oddities.IDS_AT_ONCE", 3)
        judged.accounts += ["Acc-1", "ACC-1", "acc-2 "]
        assert "2 by nothing but blanks, 3 by nothing but upper and lower" in judged.tell()[0]

    def test_stop_the_run_when_a_quarter_of_them_are_padded(self, judged):
        judged.accounts += [f"{account} " for account in judged.accounts[:10]]
        with pytest.raises(InputError, match="account_id"):
            judged.tell()

    def test_of_devices_are_held_against_those_of_their_account(self, judged):
        judged.devices += [{"account_id": "acc-1", "device_id": "TV"}]
        (told,) = judged.tell()
        assert "device_id" in told
        assert "2 by nothing but upper and lower case" in told
