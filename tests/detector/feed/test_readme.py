"""What the page about the feed says is so: sinks, commands, the message."""

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator

from detector.cases.open import open_store
from detector.feed.contracts import read_schema
from detector.feed.sinks.configured import SinksFile
from detector.feed.sinks.file import FileSettings
from detector.feed.sinks.kafka import KafkaSettings
from detector.feed.sinks.postgres import PostgresSettings
from detector.feed.sinks.ssf import SsfSettings
from detector.feed.sinks.targets import read_target
from detector.feed.sinks.webhook import WebhookSettings
from pipelines.cli import run
from tests.detector.feed.decided import decide
from tests.pages import blocks, commands, read

PAGE = "detector/feed/README.md"
SETTINGS = {
    "file": FileSettings,
    "kafka": KafkaSettings,
    "postgres": PostgresSettings,
    "ssf": SsfSettings,
    "webhook": WebhookSettings,
}
TABLES = [
    (name, table)
    for text in blocks(read(PAGE), "ini")
    for name, table in SinksFile(**tomllib.loads(text)).sinks.items()
]


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_sinks_have_settings_that_are_known(name, table):
    settings = SETTINGS[table.kind](**table.own)
    if isinstance(settings, WebhookSettings | SsfSettings):
        assert read_target(name, settings).host in settings.hosts


def test_every_kind_of_sink_is_shown():
    assert {table.kind for _, table in TABLES} == set(SETTINGS)


def test_the_message_fits_its_schema():
    [shown] = blocks(read(PAGE), "json")
    told = json.loads(shown)
    Draft202012Validator(read_schema(told["type"])).validate(told)


def test_commands_end_as_they_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sinks.toml").write_text('[sinks.archive]\nkind = "file"\nfolder = "out"\n')
    with open_store("cases.db") as store:
        decide(store, "ada")
    for block in blocks(read(PAGE), "console"):
        for command in commands(block):
            program, *arguments = command.words
            assert program == "household"
            ended = run(arguments)
            assert ended == command.exit_code, f"{command.text}\n{capsys.readouterr().err}"
            for lines in tmp_path.glob("snapshot/treatments.ndjson"):
                (tmp_path / "theirs.ndjson").write_bytes(lines.read_bytes())
