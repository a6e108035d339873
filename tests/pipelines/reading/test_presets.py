import csv
import json
from datetime import UTC, date, datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import SettingsError
from detector.geo import from_spot
from detector.log_settings import ColumnSettings
from detector.settings import Settings
from pipelines.config import replace_settings
from pipelines.reading.presets import preset_names, read_preset
from pipelines.reading.shared.mapping import CONTRACT
from tests.pipelines.tiny_log import NOON, event, events, read, sightings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_process")]

MS = int(NOON.timestamp() * 1000)
AT_HOME = {"network": "81.2.69.142", "country": "GB", "city": "Boxford", "asn": 20712}

NESTED = {
    "ocsf": {
        "time": MS,
        "activity_name": "Logon",
        "user": {"uid": "ada"},
        "device": {"uid": "tv", "type": "IOT"},
        "src_endpoint": {
            "ip": "81.2.69.142",
            "location": {"country": "GB", "city": "Boxford", "coordinates": [-1.25, 51.75]},
            "autonomous_system": {"number": 20712, "name": "A&A"},
        },
        "metadata": {"uid": "e1"},
    },
    "ecs": {
        "@timestamp": "2026-05-01T12:00:00.000Z",
        "user": {"id": "ada"},
        "device": {"id": "tv"},
        "source": {
            "ip": "81.2.69.142",
            "geo": {
                "country_iso_code": "GB",
                "city_name": "Boxford",
                "location": {"lat": 51.75, "lon": -1.25},
            },
            "as": {"number": 20712, "organization": {"name": "A&A"}},
        },
        "event": {"action": "user-login", "id": "e1", "duration": 10**9},
    },
    "okta": {
        "published": "2026-05-01T12:00:00.000Z",
        "eventType": "user.session.start",
        "uuid": "e1",
        "actor": {"id": "ada"},
        "client": {
            "ipAddress": "81.2.69.142",
            "device": "Computer",
            "geographicalContext": {
                "city": "Boxford",
                "country": "GB",
                "geolocation": {"lat": 51.75, "lon": -1.25},
            },
        },
        "securityContext": {"asNumber": 20712, "asOrg": "A&A"},
        "debugContext": {"debugData": {"deviceFingerprint": "tv"}},
    },
}
FLAT = {
    "snowplow": {
        "collector_tstamp": NOON,
        "user_id": "ada",
        "domain_userid": "tv",
        "user_ipaddress": "81.2.69.142",
        "event": "page_view",
        "dvce_type": "Computer",
        "geo_country": "GB",
        "geo_city": "Boxford",
        "geo_latitude": 51.75,
        "geo_longitude": -1.25,
        "ip_isp": "A&A",
    },
}


def read_one(preset, table, tmp_path):
    pq.write_table(table, tmp_path / "log.parquet")
    found = sightings(read(tmp_path / "log.parquet", tmp_path / "work", preset=preset))
    return found.with_columns(from_spot(pl.col("spot"))).row(0, named=True)


def flattened(record, prefix=""):
    flat = {}
    for name, value in record.items():
        inner = isinstance(value, dict)
        flat |= flattened(value, f"{prefix}{name}.") if inner else {f"{prefix}{name}": value}
    return flat


class TestPresets:
    @pytest.mark.parametrize("name", preset_names())
    def test_is_documented_and_maps_only_the_contract(self, name):
        preset = read_preset(name)
        assert preset.about
        assert preset.link.startswith("https://")
        assert all(set(source.constants) <= set(CONTRACT) for source in preset.sources)

    def test_are_those_promised(self):
        identity = {"ocsf", "ecs", "okta", "snowplow", "entra"}
        players = {"tautulli", "netflix-export", "spotify", "jellyfin"}
        assert set(preset_names()) == identity | players

    @pytest.mark.parametrize("preset", NESTED)
    def test_of_nested_columns(self, preset, tmp_path):
        row = read_one(preset, pa.Table.from_pylist([NESTED[preset]]), tmp_path)
        assert {name: row[name] for name in AT_HOME} == AT_HOME
        assert (row["account_id"], row["device_id"], row["latitude"]) == ("ada", "tv", 51.75)

    @pytest.mark.parametrize("preset", NESTED)
    def test_of_the_same_columns_flattened(self, preset, tmp_path):
        flat = flattened(NESTED[preset])
        row = read_one(preset, pa.Table.from_pylist([flat]), tmp_path)
        assert {name: row[name] for name in AT_HOME} == AT_HOME

    def test_of_flat_columns(self, tmp_path):
        row = read_one("snowplow", pa.Table.from_pylist([FLAT["snowplow"]]), tmp_path)
        assert (row["network"], row["as_org"], row["device_type"]) == (
            "81.2.69.142",
            "A&A",
            "laptop",
        )

    def test_the_users_own_columns_go_before(self, tmp_path):
        (tmp_path / "mine.toml").write_text(
            'about = "mine"\nlink = "https://example.org"\n'
            '[[sources]]\n[sources.columns]\nts = "t"\nts_unit = "ms"\nip = "a"\n'
        )
        frame = pl.DataFrame({"t": [MS], "a": ["81.2.69.142"], "account_id": "a", "device_id": "d"})
        row = read_one(str(tmp_path / "mine.toml"), frame.to_arrow(), tmp_path)
        assert row["day"] == date(2026, 5, 1)


def write_csv(path, names, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])


class TestTautulli:
    NAMES = ("id", "started", "stopped", "user_id", "machine_id", "ip_address", "platform")

    def test_plays_from_started_to_stopped(self, tmp_path):
        start = int(NOON.timestamp())
        row = (1, start, start + 3600, 42, "abc", "81.2.69.142", "Roku")
        write_csv(tmp_path / "history.csv", self.NAMES, row)
        found = sightings(read(tmp_path / "history.csv", tmp_path / "work", preset="tautulli"))
        assert found.select("account_id", "device_type", "playing").row(0) == (
            "42",
            "stick",
            (1 << 24) + (1 << 25),
        )

    def test_is_read_from_parquet_too(self, tmp_path):
        start = int(NOON.timestamp())
        row = dict(
            zip(self.NAMES, (1, start, start + 60, 42, "abc", "81.2.69.142", "Roku"), strict=True)
        )
        found = read_one("tautulli", pa.Table.from_pylist([row]), tmp_path)
        assert found["account_id"] == "42"


class TestNetflixExport:
    @pytest.fixture
    def export(self, tmp_path):
        folder = tmp_path / "our-account"
        write_csv(
            folder / "IP_ADDRESSES" / "IpAddressesStreaming.csv",
            (
                *("Esn", "Country", "Localized Device Description", "Device Description"),
                *("Ip", "Region Code Display Name", "Near Location", "Ts"),
            ),
            (
                *("NFCDCH-1", "GB", "Chrome PC", "Chrome PC (Cadmium)"),
                *("81.2.69.142", "England", "BOXFORD", "2026-05-01 12:00:00"),
            ),
        )
        write_csv(
            folder / "CONTENT_INTERACTION" / "ViewingActivity.csv",
            (
                *("Profile Name", "Start Time", "Duration", "Attributes", "Title"),
                *(
                    "Supplemental Video Type",
                    "Device Type",
                    "Bookmark",
                    "Latest Bookmark",
                    "Country",
                ),
            ),
            (
                *("Ada", "2026-05-01 20:00:00", "01:00:00", "", 'A film, "quoted"\nin two lines'),
                *("", "Samsung Smart TV", "01:00:00", "01:00:00", "GB (United Kingdom)"),
            ),
        )
        write_csv(folder / "PAYMENT" / "BillingHistory.csv", ("Anything",), ("1",))
        return folder

    def test_the_account_is_the_folder(self, export, tmp_path):
        reading = read(export, tmp_path / "work", preset="netflix-export")
        assert set(sightings(reading)["account_id"]) == {"our-account"}

    def test_addresses_and_viewing_are_both_read(self, export, tmp_path):
        found = sightings(read(export, tmp_path / "work", preset="netflix-export"))
        assert found.select("device_id", "network", "device_type").rows() == [
            ("NFCDCH-1", "81.2.69.142", "laptop"),
            ("our-account: Samsung Smart TV", "country:GB", "tv"),
        ]

    def test_other_files_of_the_export_are_left_alone(self, export, tmp_path):
        reading = read(export, tmp_path / "work", preset="netflix-export")
        assert [file.path for file in reading.files] == [
            "CONTENT_INTERACTION/ViewingActivity.csv",
            "IP_ADDRESSES/IpAddressesStreaming.csv",
        ]

    def test_a_reject_shows_its_values(self, export, tmp_path):
        path = export / "IP_ADDRESSES" / "IpAddressesStreaming.csv"
        rest = "England,BOXFORD,2026-05-01 13:00:00\n"
        more = f"X,GB,TV,TV,10.0.0.1,{rest}" + f"Y,GB,TV,TV,81.2.69.1,{rest}" * 9
        path.write_text(path.read_text() + more)
        rejects = pl.read_parquet(read(export, tmp_path / "work", preset="netflix-export").rejects)
        assert rejects["reason"].to_list() == ["private_address"]
        assert json.loads(rejects["values"][0])["ts"].startswith("2026-05-01 13:00")


PLAYS = ("Profile Name", "Start Time", "Duration", "Device Type", "Country")
STREAMS = ("Esn", "Country", "Device Description", "Ip", "Ts")
DEVICES = ("Profile Name", "Esn", "Device Type")
IPHONE = "Apple iPhone 11"


class TestNetflixJoins:
    """A play names a model; which device that is, and where, the other files know."""

    def found(self, folder, tmp_path, *, plays=(), streams=(), devices=()):
        write_csv(folder / "CONTENT_INTERACTION" / "ViewingActivity.csv", PLAYS, *plays)
        if streams:
            write_csv(folder / "IP_ADDRESSES" / "IpAddressesStreaming.csv", STREAMS, *streams)
        if devices:
            write_csv(folder / "DEVICES" / "Devices.csv", DEVICES, *devices)
        reading = read(folder, tmp_path / "work", preset="netflix-export")
        return sightings(reading).select("device_id", "network").rows()

    def test_a_play_beside_its_stream_is_one_device_in_one_place(self, tmp_path):
        plays = [("Ada", "2026-05-01 20:00:00", "01:00:00", IPHONE, "GB (United Kingdom)")]
        streams = [("NF-1", "GB", IPHONE, "81.2.69.142", "2026-05-01T20:00:03.000Z")]
        found = self.found(tmp_path / "ada", tmp_path, plays=plays, streams=streams)
        assert found == [("NF-1", "81.2.69.142")]

    def test_of_two_devices_of_a_model_the_one_that_streamed_then(self, tmp_path):
        plays = [
            ("Ada", "2026-05-01 20:00:00", "00:10:00", IPHONE, "GB"),
            ("Bob", "2026-05-01 22:00:00", "00:10:00", IPHONE, "GB"),
        ]
        streams = [
            ("NF-1", "GB", IPHONE, "81.2.69.142", "2026-05-01 20:00:00"),
            ("NF-2", "GB", IPHONE, "81.2.69.143", "2026-05-01 22:00:00"),
        ]
        found = self.found(tmp_path / "ada", tmp_path, plays=plays, streams=streams)
        assert found == [("NF-1", "81.2.69.142"), ("NF-2", "81.2.69.143")]

    def test_a_stream_of_another_day_says_nothing_of_the_place(self, tmp_path):
        plays = [("Ada", "2026-05-01 20:00:00", "00:10:00", IPHONE, "GB")]
        streams = [("NF-1", "GB", IPHONE, "81.2.69.142", "2026-05-02 20:00:00")]
        devices = [("Ada", "NF-1", IPHONE), ("Bob", "NF-1", IPHONE)]
        found = self.found(
            tmp_path / "ada", tmp_path, plays=plays, streams=streams, devices=devices
        )
        assert set(found) == {("NF-1", "country:GB"), ("NF-1", "81.2.69.142")}

    def test_of_a_model_of_which_there_are_two_none_is_guessed(self, tmp_path):
        plays = [("Ada", "2026-05-01 20:00:00", "00:10:00", IPHONE, "GB")]
        devices = [("Ada", "NF-1", IPHONE), ("Bob", "NF-2", IPHONE)]
        found = self.found(tmp_path / "ada", tmp_path, plays=plays, devices=devices)
        assert found == [("ada: Apple iPhone 11", "country:GB")]

    def test_each_folder_of_a_folder_of_exports_is_an_account(self, tmp_path):
        play = ("Ada", "2026-05-01 20:00:00", "00:10:00", IPHONE, "GB")
        for name in ("ada", "bob"):
            write_csv(tmp_path / "all" / name / "ViewingActivity.csv", PLAYS, play)
        reading = read(tmp_path / "all", tmp_path / "work", preset="netflix-export")
        assert sightings(reading).select("account_id", "device_id").rows() == [
            ("ada", "ada: Apple iPhone 11"),
            ("bob", "bob: Apple iPhone 11"),
        ]

    def test_an_older_name_of_the_file_of_addresses(self, tmp_path):
        stream = ("NF-1", "GB", IPHONE, "81.2.69.142", "2026-05-01 20:00:00")
        write_csv(tmp_path / "ada" / "IP_ADDRESSES" / "IpAddresses.csv", STREAMS, stream)
        reading = read(tmp_path / "ada", tmp_path / "work", preset="netflix-export")
        assert sightings(reading)["device_id"].to_list() == ["NF-1"]

    def test_files_that_are_not_read_are_named(self, tmp_path):
        play = ("Ada", "2026-05-01 20:00:00", "00:10:00", IPHONE, "GB")
        write_csv(tmp_path / "ada" / "ViewingActivity.csv", PLAYS, play)
        write_csv(tmp_path / "ada" / "PAYMENT" / "BillingHistory.csv", ("Anything",), ("1",))
        reading = read(tmp_path / "ada", tmp_path / "work", preset="netflix-export")
        assert any("'PAYMENT/BillingHistory.csv'" in note for note in reading.notes)


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


class TestOktaJson:
    def event(self, actor="User", device="tv"):
        event = json.loads(json.dumps(NESTED["okta"]))
        event["actor"]["type"] = actor
        event["debugContext"]["debugData"]["deviceFingerprint"] = device
        return event

    def test_is_read_as_the_api_answers(self, tmp_path):
        path = write_json(tmp_path / "log.json", [self.event()])
        row = sightings(read(path, tmp_path / "work", preset="okta")).row(0, named=True)
        assert {name: row[name] for name in AT_HOME} == AT_HOME

    def test_what_nobody_did_is_left_out_and_counted(self, tmp_path):
        events = [self.event(), self.event("SystemPrincipal"), self.event(device=None)]
        path = write_json(tmp_path / "log.json", events)
        reading = read(path, tmp_path / "work", preset="okta")
        assert reading.counts.read == 1
        assert "2 rows were left out by the preset's filters." in reading.notes


class TestSpotify:
    def stream(self, **fields):
        return {
            "ts": "2026-05-01T12:30:00Z",
            "username": "ada",
            "platform": "iOS 13.4 (iPhone11,8)",
            "ms_played": 1_800_000,
            "conn_country": "GB",
            "ip_addr_decrypted": "81.2.69.142",
            "master_metadata_track_name": "A song",
            "offline": False,
        } | fields

    def found(self, tmp_path, *streams, name="endsong_0.json"):
        write_json(tmp_path / "ada" / "MyData" / name, list(streams))
        return sightings(read(tmp_path / "ada", tmp_path / "work", preset="spotify"))

    def test_a_stream_lasts_until_its_time(self, tmp_path):
        found = self.found(tmp_path, self.stream())
        assert found.select("account_id", "network", "playing").row(0) == (
            "ada",
            "81.2.69.142",
            1 << 24,
        )

    @pytest.mark.parametrize(
        ("platform", "device"),
        [
            ("Android OS 4.2.2 API 17 (samsung, GT-I9195)", "samsung, GT-I9195"),
            ("Partner google cast_tv;Chromecast;;", "google cast_tv;Chromecast;;"),
            ("Windows 10 (10.0.19041; x64; AppX)", "Windows"),
            ("OS X 12.0.1 [arm 2]", "OS X"),
            ("ios", "ios"),
        ],
    )
    def test_the_device_is_the_platform_without_its_version(self, tmp_path, platform, device):
        found = self.found(tmp_path, self.stream(platform=platform))
        assert found["device_id"].to_list() == [f"ada: {device}"]

    def test_newer_exports_name_no_user(self, tmp_path):
        stream = self.stream(ip_addr="203.0.113.x") | {"ip_addr_decrypted": None}
        del stream["username"]
        found = self.found(tmp_path, stream, name="Streaming_History_Audio_2026_1.json")
        assert found.select("account_id", "network").row(0) == ("ada", "country:GB")

    def test_what_was_played_without_a_connection_is_left_out(self, tmp_path):
        found = self.found(tmp_path, self.stream(), self.stream(offline=True, username="bob"))
        assert found["account_id"].to_list() == ["ada"]


class TestJellyfin:
    def write(self, tmp_path, address):
        session = {
            "Id": 7,
            "Name": "ada is online from Living Room TV",
            "ShortOverview": f"IP address: {address}",
            "Type": "SessionStarted",
            "Date": "2026-05-01T11:58:00.1234567Z",
            "UserId": "d0f1",
        }
        other = session | {"Id": 8, "Type": "VideoPlayback", "Name": "ada is playing A film"}
        write_json(tmp_path / "log" / "activity.json", {"Items": [session, other], "StartIndex": 0})
        names = ("DateCreated", "UserId", "ItemName", "ClientName", "DeviceName", "PlayDuration")
        play = ("2026-05-01 12:00:00.1234567", "d0f1", "A film", "Jellyfin", "Living Room TV", 600)
        write_csv(tmp_path / "log" / "PlaybackActivity.csv", names, play)

    def test_a_play_is_where_its_session_is(self, tmp_path):
        self.write(tmp_path, "81.2.69.142")
        [row] = sightings(read(tmp_path / "log", tmp_path / "work", preset="jellyfin")).rows(
            named=True
        )
        assert (row["account_id"], row["device_id"], row["network"], row["playing"]) == (
            "d0f1",
            "d0f1: Living Room TV",
            "81.2.69.142",
            1 << 24,
        )


class TestEntra:
    def sign_in(self, **fields):
        return {
            "id": "e1",
            "createdDateTime": "2026-05-01T12:00:00Z",
            "userId": "ada",
            "ipAddress": "81.2.69.142",
            "status": {"errorCode": 0, "failureReason": "Other."},
            "deviceDetail": {"deviceId": "", "operatingSystem": "Windows 10"},
            "location": {"city": "Boxford", "countryOrRegion": "GB", "geoCoordinates": {}},
            "autonomousSystemNumber": 20712,
        } | fields

    def found(self, tmp_path, content, name="signins.json"):
        path = write_json(tmp_path / name, content)
        return sightings(read(path, tmp_path / "work", preset="entra"))

    def test_is_read_as_the_api_answers(self, tmp_path):
        answer = {"@odata.context": "https://graph.microsoft.com/v1.0", "value": [self.sign_in()]}
        row = self.found(tmp_path, answer).row(0, named=True)
        assert {name: row[name] for name in AT_HOME} == AT_HOME
        assert (row["account_id"], row["device_id"]) == ("ada", "ada: Windows")

    def test_as_exported_below_properties(self, tmp_path):
        found = self.found(tmp_path, {"category": "SignInLogs", "properties": self.sign_in()})
        assert found["account_id"].to_list() == ["ada"]

    def test_a_sign_in_that_failed_is_left_out(self, tmp_path):
        failed = self.sign_in(userId="bob", status={"errorCode": 50126})
        found = self.found(tmp_path, [self.sign_in(), failed])
        assert found["account_id"].to_list() == ["ada"]

    def test_a_registered_device_has_an_id(self, tmp_path):
        device = {"deviceId": "7f0c", "operatingSystem": "Windows 10"}
        assert self.found(tmp_path, [self.sign_in(deviceDetail=device)])["device_id"][0] == "7f0c"


class TestTemplates:
    def test_a_pattern_that_is_none_is_named_before_anything_is_read(self, tmp_path):
        (tmp_path / "mine.toml").write_text(
            'about = "mine"\nlink = "https://example.org"\n[[sources]]\n'
            '[sources.derived]\n"@ip" = ["{address~([0-9}"]\n'
        )
        with pytest.raises(SettingsError, match=r"mine\.toml"):
            read_preset(str(tmp_path / "mine.toml"))


class TestUnitsOfPresets:
    @pytest.mark.parametrize("where", ["preset", "settings"])
    def test_count_as_those_of_settings(self, where, tmp_path):
        frame = events(event(event_type="playback_start")).with_columns(duration_s=1_800_000)
        frame.write_parquet(tmp_path / "log.parquet")
        (tmp_path / "mine.toml").write_text(
            'about = "mine"\nlink = "https://example.org"\n[[sources]]\n'
            + ('[sources.columns]\nduration_unit = "ms"\n' if where == "preset" else "")
        )
        unit = {"duration_unit": "ms"} if where == "settings" else {}
        settings = Settings(columns=ColumnSettings(**unit))
        settings = replace_settings(settings, {}, source="the command line")
        found = sightings(
            read(
                tmp_path / "log.parquet",
                tmp_path / "work",
                settings=settings,
                preset=str(tmp_path / "mine.toml"),
            )
        )
        assert found["playing"].to_list() == [1 << 24]


def test_noon_is_noon():
    assert datetime.fromtimestamp(MS / 1000, UTC) == NOON
