import csv
import json
from datetime import UTC, date, datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.geo import from_spot
from pipelines.reading.presets import preset_names, read_preset
from pipelines.reading.shared.mapping import CONTRACT
from tests.pipelines.tiny_log import NOON, read, sightings

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
        promised = {"ocsf", "ecs", "okta", "snowplow", "tautulli", "netflix-export"}
        assert set(preset_names()) == promised

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
            ("Samsung Smart TV", "country:GB", "tv"),
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


def test_noon_is_noon():
    assert datetime.fromtimestamp(MS / 1000, UTC) == NOON
