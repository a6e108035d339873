import polars as pl
import pytest

from detector.errors import SettingsError
from detector.geo import from_spot
from pipelines.reading.options import CidrList
from pipelines.reading.shared.enrichment import read_record
from tests.pipelines.tiny_log import event, events, read, sightings
from tests.pipelines.tiny_mmdb import write_mmdb

pytestmark = pytest.mark.usefixtures("one_process")

CITY = {
    "country": {"iso_code": "GB"},
    "city": {"names": {"en": "Boxford"}},
    "location": {"latitude": 51.75, "longitude": -1.25},
}
FILLED = ("country", "city", "asn", "as_org", "connection_type")


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.parquet"
    events(event(), event(account="bob", ip="2a02:c7f::9")).write_parquet(path)
    return path


def found(log, tmp_path, **options):
    read_in = sightings(read(log, tmp_path / "work", **options)).sort("account_id")
    return read_in.select(*FILLED, from_spot(pl.col("spot"))[0]).rows()


class TestDatabases:
    def test_each_fills_what_it_knows(self, log, tmp_path):
        city = write_mmdb(tmp_path / "city.mmdb", {"81.2.69.0/24": CITY})
        provider = {"autonomous_system_number": 20712, "autonomous_system_organization": "A&A"}
        asn = write_mmdb(
            tmp_path / "asn.mmdb", {"81.2.64.0/18": provider, "2a02:c7f::/32": provider}
        )
        assert found(log, tmp_path, mmdb=(city, asn)) == [
            ("GB", "Boxford", 20712, "A&A", None, 51.75),
            (None, None, 20712, "A&A", None, None),
        ]

    def test_what_the_log_says_is_not_overruled(self, tmp_path):
        frame = events(event()).with_columns(country=pl.lit("FR"), latitude=48.85, longitude=2.35)
        frame.write_parquet(tmp_path / "log.parquet")
        city = write_mmdb(tmp_path / "city.mmdb", {"81.2.69.0/24": CITY})
        row = found(tmp_path / "log.parquet", tmp_path, mmdb=(city,))[0]
        assert (row[0], row[1], row[5]) == ("FR", "Boxford", 48.85)

    def test_something_else_is_a_wrong_setting(self, log, tmp_path):
        (tmp_path / "x.mmdb").write_bytes(b"no database")
        with pytest.raises(SettingsError, match="no address database"):
            read(log, tmp_path / "work", mmdb=(tmp_path / "x.mmdb",))

    def test_a_path_to_nothing_is_a_wrong_setting(self, log, tmp_path):
        with pytest.raises(SettingsError, match="no file"):
            read(log, tmp_path / "work", mmdb=(tmp_path / "x.mmdb",))

    @pytest.mark.parametrize(
        ("record", "said"),
        [
            pytest.param({"connection_type": "Cellular"}, "Cellular", id="Connection-Type"),
            pytest.param({"is_hosting_provider": True}, "hosting", id="Anonymous-IP"),
            pytest.param({"is_anonymous_vpn": False}, None, id="not anonymous"),
        ],
    )
    def test_connections(self, record, said):
        assert read_record(record).get("connection_type") == said

    def test_flat_layouts(self):
        record = {"country_code": "US", "asn": "AS15169", "as_name": "Google LLC"}
        assert read_record(record) == {"country": "US", "asn": 15169, "as_org": "Google LLC"}

    @pytest.mark.parametrize(
        "record", [{}, {"country": None}, {"city": {"names": []}}, {"asn": "?"}]
    )
    def test_odd_layouts_say_nothing(self, record):
        assert read_record(record) == {}


class TestLists:
    def test_say_the_kind_of_connection(self, log, tmp_path):
        blocks = tmp_path / "hosting.txt"
        blocks.write_text("# relays\n\n2a02:c7f::/32  # all of it\n1.2.3.4\n")
        listed = CidrList(connection_type="hosting", path=blocks)
        assert [row[4] for row in found(log, tmp_path, cidr=(listed,))] == [None, "hosting"]

    def test_without_any_block_are_refused(self, log, tmp_path):
        (tmp_path / "x.txt").write_text("# none yet\n")
        listed = CidrList(connection_type="vpn", path=tmp_path / "x.txt")
        with pytest.raises(SettingsError, match="no address block in"):
            read(log, tmp_path / "work", cidr=(listed,))

    def test_a_line_that_is_no_block_is_named(self, log, tmp_path):
        (tmp_path / "x.txt").write_text("1.2.3.4\nfoo\n")
        listed = CidrList(connection_type="vpn", path=tmp_path / "x.txt")
        with pytest.raises(SettingsError, match="line 2"):
            read(log, tmp_path / "work", cidr=(listed,))
