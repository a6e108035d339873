"""Sinks by a file: the right kind, clear errors, and no secret in sight."""

import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.feed.marks import Retries
from detector.feed.sinks import configured
from detector.feed.sinks.configured import GROUP, OWN, close_all, find_kind, read_sinks
from detector.feed.sinks.file import FileSink
from detector.feed.sinks.secrets import Secret, read_secrets
from tests.detector.feed.decided import Receiver

ROOT = Path(__file__).parents[4]


def sinks_file(tmp_path, text):
    path = tmp_path / "sinks.toml"
    path.write_text(text, encoding="utf-8")
    return path


def open_third_party(name, settings, source):
    return Receiver(batch=settings["size"])


class TestReadSinks:
    def test_opens_what_it_names(self, tmp_path):
        path = sinks_file(
            tmp_path,
            f'source = "https://a.example/"\n[sinks.tool]\nkind = "file"\nfolder = "{tmp_path}/o"\n'
            "attempts = 3\nfirst_wait_s = 1\nlongest_wait_s = 2\n",
        )
        [outlet] = read_sinks(path).open()
        assert isinstance(outlet.sink, FileSink)
        assert (outlet.name, outlet.retries) == ("tool", Retries(3, 1, 2))
        assert outlet.sink.source == "https://a.example/"
        close_all([outlet])

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[sinks", "not TOML"),
            ("", "sinks: field required"),
            ("[sinks.x]\n", "sinks.x.kind"),
            ('[sinks.x]\nkind = "fax"\n', "no kind 'fax'"),
            ('[sinks.x]\nkind = "file"\n', "folder"),
            ('[sinks.x]\nkind = "file"\nfolder = "o"\nkey = "s3cret"\n', "key: extra"),
            ('[sinks.x]\nkind = "file"\nfolder = "o"\nattempts = 0\n', "attempts"),
            ('colour = 1\n[sinks.x]\nkind = "file"\n', "colour"),
            (
                '[sinks.x]\nkind = "webhook"\nurl = "https://a.b/"\nhosts = ["a.b"]\n'
                'key_env = "NO_SUCH_KEY"\n',
                "NO_SUCH_KEY",
            ),
            (
                '[sinks.x]\nkind = "webhook"\nurl = "https://a.b/"\nhosts = ["a.b"]\n'
                'key_file = "no/such/file"\n',
                "no/such/file",
            ),
            (
                '[sinks.x]\nkind = "webhook"\nurl = "https://a.b/"\nhosts = ["a.b"]\n'
                'key = "whsec_s3cret"\n',
                "key: extra",
            ),
        ],
    )
    def test_says_what_is_wrong_and_shows_no_value(self, tmp_path, text, says):
        with pytest.raises(SettingsError) as caught:
            close_all(read_sinks(sinks_file(tmp_path, text)).open())
        assert says in str(caught.value)
        assert "s3cret" not in str(caught.value)

    def test_closes_what_was_open_if_another_cannot_be(self, tmp_path, monkeypatch):
        closed = []
        monkeypatch.setattr(FileSink, "close", lambda self: closed.append(self))
        text = '[sinks.a]\nkind = "file"\nfolder = "o"\n[sinks.b]\nkind = "fax"\n'
        with pytest.raises(SettingsError):
            read_sinks(sinks_file(tmp_path, text)).open()
        assert len(closed) == 1

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(SettingsError, match="nowhere"):
            read_sinks(tmp_path / "nowhere.toml")


class TestFindKind:
    @pytest.mark.parametrize("kind", sorted(OWN.keys() - {"file"}))
    def test_names_the_extra_that_is_missing(self, kind, monkeypatch):
        needs = {"webhook": "standardwebhooks", "kafka": "confluent_kafka", "postgres": "pg8000"}
        monkeypatch.delitem(sys.modules, f"detector.feed.sinks.{kind}", raising=False)
        monkeypatch.setitem(sys.modules, needs.get(kind, "joserfc"), None)
        with pytest.raises(SettingsError) as caught:
            find_kind("x", kind)
        assert f"pip install 'household-detector[{kind}]'" in str(caught.value)

    def test_takes_what_other_packages_bring(self, tmp_path, monkeypatch):
        brought = EntryPoint("pigeon", f"{__name__}:open_third_party", GROUP)
        monkeypatch.setattr(configured, "entry_points", lambda **_: [brought])
        monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or configured)
        monkeypatch.setattr(EntryPoint, "load", lambda _self: open_third_party)
        [outlet] = read_sinks(sinks_file(tmp_path, '[sinks.x]\nkind = "pigeon"\nsize = 7\n')).open()
        assert outlet.sink.batch == 7

    def test_our_own_are_entry_points_too(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert project["entry-points"][GROUP] == OWN


class TestSecrets:
    def test_are_read_from_files_and_the_environment(self, tmp_path, monkeypatch):
        (tmp_path / "a").write_text("one\n")
        monkeypatch.setenv("B", "two")
        found = read_secrets("x", str(tmp_path / "a"), ["B"])
        assert [each.reveal() for each in found] == ["one", "two"]

    def test_are_never_shown(self):
        secret = Secret("hunter2")
        shown = [repr(secret), str(secret), f"{secret!r:>20}", str([secret]), str({"key": secret})]
        assert "hunter2" not in "".join(shown)

    def test_that_are_empty_are_refused(self, tmp_path):
        (tmp_path / "a").write_text("\n")
        with pytest.raises(SettingsError, match="empty"):
            read_secrets("x", str(tmp_path / "a"), None)
