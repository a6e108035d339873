import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from detector.cases import open as opening
from detector.cases import sqlite
from detector.cases.failures import CaseStoreError
from detector.cases.migrate import VERSIONS
from detector.cases.open import open_store
from detector.cases.reviewing import claim
from detector.cases.rows import METADATA
from detector.cases.sqlite import filesystem_of
from detector.cases.verify import verify_chain
from detector.errors import SettingsError
from tests.detector.cases.builders import at, decided, open_cases, walk

LATER = {"0001": ("claims", "golden", "reviews", "suspensions", "users", "filters")}
LATER["0002"] = ("filters",)
"""What the steps after each one added."""


def contents(store):
    with store.reading() as reading:
        frames = (reading.read_cases(), reading.read_moves(), reading.read_decisions())
        return [frame.to_dicts() for frame in frames], reading.end_of_chain()


def file_of(store):
    return store.engine.url.database


class TestMigrations:
    def test_make_the_tables_that_the_program_knows(self, store):
        with store.engine.connect() as connection:
            options = {"version_table": VERSIONS, "compare_type": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, METADATA) == []

    def test_are_done_once(self, store_url):
        for _ in range(2):
            with open_store(store_url) as store, store.reading() as reading:
                assert reading.end_of_chain().moves == 0

    def test_are_done_once_by_four_at_once(self, store_url):
        with ThreadPoolExecutor(4) as pool:
            for opened in pool.map(open_store, [store_url] * 4):
                opened.close()
        with open_store(store_url) as store, store.reading() as reading:
            assert reading.end_of_chain().moves == 0

    @pytest.mark.parametrize("version", LATER)
    def test_an_older_store_keeps_all_that_it_held(self, store_url, version):
        with open_store(store_url) as store:
            open_cases(store, "ada", "bob")
            walk(store, "ada", "under_review", "confirmed")
            with store.writing("decide", at()) as writing:
                writing.add_decisions(decided("bob"))
            before = contents(store)
            with store.engine.begin() as connection:
                for table in LATER[version]:
                    connection.execute(text(f"DROP TABLE {table}"))
                connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '{version}'"))
        with open_store(store_url) as store:
            assert contents(store) == before
            assert verify_chain(store).breaks == ()
            walk(store, "ada", "under_review")
            assert claim(store, "bob", "eve", at()).reviewer == "eve"

    def test_a_newer_store_is_refused(self, store_url):
        with open_store(store_url) as store, store.engine.begin() as connection:
            connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '9999'"))
        with pytest.raises(CaseStoreError, match="newer version of this program"):
            open_store(store_url)

    def test_a_failing_one_leaves_nothing_behind(self, store_url, monkeypatch):
        monkeypatch.setattr("alembic.operations.Operations.bulk_insert", fail)
        with pytest.raises(ZeroDivisionError):
            open_store(store_url)
        with pytest.raises(CaseStoreError, match="There is no case store"):
            open_store(store_url, create=False)
        monkeypatch.undo()
        open_store(store_url).close()


def fail(*_arguments, **_options):
    raise ZeroDivisionError


class TestOpenFile:
    def test_is_kept_by_a_rollback_journal_and_synced(self, tmp_path):
        with open_store(str(tmp_path / "cases.db")) as store, store.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2

    def test_a_url_names_the_same_file(self, tmp_path):
        with open_store(f"sqlite:///{tmp_path}/cases.db") as store:
            assert file_of(store) == str(tmp_path / "cases.db")

    def test_only_one_writes(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
        path = str(tmp_path / "cases.db")
        with (
            open_store(path) as store,
            store.writing("decide", 1),
            pytest.raises(CaseStoreError, match="Another program is writing"),
            store.writing("ada", 1),
        ):
            pass

    def test_wal_mode_is_refused_where_it_corrupts(self, tmp_path, monkeypatch):
        path = tmp_path / "cases.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE cases (account_id TEXT)")
        connection.close()
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
        with pytest.raises(CaseStoreError, match="WAL mode"):
            open_store(str(path))

    def test_wal_mode_is_left_behind_where_it_is_mended(self, tmp_path, monkeypatch):
        path = tmp_path / "cases.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
        with open_store(str(path)) as store, store.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"

    @pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
    def test_network_file_systems_are_refused(self, kind, tmp_path, monkeypatch):
        mounts = tmp_path / "mounts"
        mounts.write_text(f"/dev/sda / ext4 rw 0 0\nnas:/v {tmp_path} {kind} rw 0 0\n")
        monkeypatch.setattr(sqlite, "_MOUNTS", mounts)
        with pytest.raises(CaseStoreError, match=f"network file system .{kind}"):
            open_store(str(tmp_path / "cases.db"))

    def test_other_files_and_folders_are_refused(self, tmp_path):
        (tmp_path / "log.csv").write_text("account_id\n" * 50)
        with pytest.raises(CaseStoreError, match="no SQLite file"):
            open_store(str(tmp_path / "log.csv"))
        with pytest.raises(CaseStoreError, match="is a folder"):
            open_store(str(tmp_path))
        with pytest.raises(CaseStoreError, match="no folder"):
            open_store(str(tmp_path / "nowhere" / "cases.db"))

    def test_a_typing_error_makes_no_store(self, tmp_path):
        with pytest.raises(CaseStoreError, match="no case store"):
            open_store(str(tmp_path / "csaes.db"), create=False)
        assert not list(tmp_path.iterdir())


class TestFilesystemOf:
    def test_the_nearest_mount_counts(self, tmp_path):
        mounts = f"a / nfs rw 0 0\nb {tmp_path} ext4 rw 0 0\nc {tmp_path}/deep nfs rw 0 0\n"
        assert filesystem_of(tmp_path / "cases.db", mounts) == "ext4"


class TestServer:
    def test_the_password_is_never_told(self, tmp_path):
        url = f"postgresql://ada:s3cret@/cases?unix_sock={tmp_path}/none"
        with pytest.raises(CaseStoreError) as told:
            open_store(url)
        assert "s3cret" not in str(told.value)
        assert "ada:***@" in str(told.value)

    def test_a_missing_driver_is_told_with_its_extra(self, monkeypatch):
        monkeypatch.setattr(opening, "create_engine", without_driver)
        with pytest.raises(SettingsError, match=r"household-detector\[postgres\]"):
            open_store("postgresql://ada@host/cases")

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://ada:s3cret@host/cases",
            "sqlite://",
            "sqlite:///:memory:",
            "post gres://s3cret",
            "postgresql://ada:s3cret@host/cases?sslmode=prefer",
            "postgresql://ada:s3cret@host/cases?sslroot=x",
        ],
    )
    def test_other_urls_are_refused(self, url):
        with pytest.raises(SettingsError) as told:
            open_store(url)
        assert "s3cret" not in str(told.value)


def without_driver(*_arguments, **_options):
    raise ModuleNotFoundError("No module named 'pg8000'")
