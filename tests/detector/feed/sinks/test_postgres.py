"""A PostgreSQL that messages are written to: what is in force, touched only where it changed."""

import random
from contextlib import closing

import pg8000.native
import pytest

from detector.errors import SettingsError
from detector.feed.sinks.contract import EXAMPLES, check_sink
from detector.feed.sinks.postgres import PostgresSettings, open_sink
from detector.feed.sinks.sink import Fate
from tests.detector.feed.decided import START_US, Time, decide, in_force, messages, withdraw

pytestmark = pytest.mark.slow

PAUSE = "pause_external_devices"


@pytest.fixture(scope="module")
def url(postgres):
    return postgres.empty_database("tool")


@pytest.fixture
def sink(url):
    with closing(open_sink("tool", {"url": url}, "/test")) as sink:
        sink.send((), Time())
        yield sink


@pytest.fixture
def query(postgres, url):
    with closing(
        pg8000.native.Connection("postgres", unix_sock=str(postgres.socket), database="tool")
    ) as db:
        yield db.run
        db.run("DROP TABLE IF EXISTS treatments_received, treatments_current")


def current(query) -> dict[tuple, tuple]:
    rows = query("SELECT account_id, device_id, treatment, decision_id FROM treatments_current")
    return {
        (account, device): (treatment, decision) for account, device, treatment, decision in rows
    }


def touched(query) -> dict[tuple, float]:
    rows = query(
        "SELECT account_id, device_id, extract(epoch FROM updated_at) FROM treatments_current"
    )
    return {(account, device): float(at) for account, device, at in rows}


class TestPostgresSink:
    def test_keeps_the_contract(self, sink, query):
        check_sink(sink)
        assert query("SELECT count(*) FROM treatments_received") == [[len(EXAMPLES)]]
        odd = EXAMPLES[2]
        assert (odd.account_id, odd.device_id) in current(query)

    def test_has_a_row_for_the_account_and_each_device(self, sink, query, store, time):
        notice = decide(store, "ada")
        first = decide(store, "ada", PAUSE, device_id="tv-1")
        second = decide(store, "ada", PAUSE, device_id="tv-2")
        sink.send(messages(store), time)
        assert current(query) == {
            ("ada", ""): ("notify", notice),
            ("ada", "tv-1"): (PAUSE, first),
            ("ada", "tv-2"): (PAUSE, second),
        }

    def test_goes_back_to_what_is_still_in_force(self, sink, query, store, time):
        notice = decide(store, "ada")
        offer = decide(store, "ada", "offer_extra_member")
        sink.send(messages(store), time)
        assert current(query)[("ada", "")] == ("offer_extra_member", offer)
        withdraw(store, offer)
        sink.send(messages(store)[-1:], time)
        assert current(query)[("ada", "")] == ("notify", notice)
        withdraw(store, notice)
        sink.send(messages(store)[-1:], time)
        assert current(query)[("ada", "")] == ("none", None)

    def test_touches_only_what_changed(self, sink, query, store, time):
        decide(store, "ada")
        decide(store, "ben")
        sink.send(messages(store), time)
        before = touched(query)
        time.turn(60)
        sink.send(messages(store), time)
        assert touched(query) == before, "nothing was new"
        decide(store, "ben", "offer_extra_member")
        sink.send(messages(store)[-1:], time)
        moved = {key for key, at in touched(query).items() if at != before[key]}
        assert moved == {("ben", "")}
        assert touched(query)[("ben", "")] == START_US / 1e6 + 60

    def test_takes_a_withdrawal_before_or_instead_of_its_treatment(self, sink, query, store, time):
        withdraw(store, decide(store, "ada", PAUSE, device_id="tv-1"))
        first, back = messages(store)
        sink.send([back], time)
        assert current(query) == {}
        sink.send([first], time)
        assert current(query) == {}

    @pytest.mark.parametrize("seed", range(3))
    def test_ends_with_what_is_in_force_in_any_order(self, sink, query, store, time, seed):
        for number in range(30):
            decide(store, f"a{number % 5}", PAUSE, device_id=f"tv-{number % 10}")
        for message in messages(store)[::3]:
            withdraw(store, message.decision_id)
        told = messages(store)
        random.Random(seed).shuffle(told)
        for at in range(0, len(told), 7):
            sink.send(told[at : at + 9], time)
        force = in_force(told)
        latest = {}
        for message in sorted(told, key=lambda m: m.sequence):
            if message.decision_id in force:
                latest[message.account_id, message.device_id] = (PAUSE, message.decision_id)
        found = {key: row for key, row in current(query).items() if row[0] != "none"}
        assert found == latest

    def test_refuses_what_it_cannot_keep_and_takes_the_rest(self, sink, query, store, time):
        decide(store, "a\0da")
        decide(store, "ben")
        fates = [reply.fate for reply in sink.send(messages(store), time)]
        assert fates == [Fate.NEVER, Fate.SENT]
        assert set(current(query)) == {("ben", "")}

    def test_is_tried_again_when_the_server_ends_the_connection(self, sink, query, store, time):
        decide(store, "ada")
        sink.send(messages(store), time)
        query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'household deliver'"
        )
        assert sink.send(messages(store), time)[0].fate == Fate.AGAIN
        assert sink.send(messages(store), time)[0].fate == Fate.SENT

    def test_says_what_the_server_refused_without_values(self, sink, query, store, time):
        decide(store, "ada-s3cret")
        sink.send(messages(store), time)
        query(
            "ALTER TABLE treatments_received ADD CONSTRAINT few CHECK (account_id <> 'ben-s3cret')"
        )
        decide(store, "ben-s3cret")
        [reply] = sink.send(messages(store)[-1:], time)
        assert (reply.fate, reply.why) == (Fate.AGAIN, "PostgreSQL: 23514")

    def test_nobody_is_there(self, store, time, tmp_path):
        decide(store, "ada")
        nowhere = f"postgresql://ann@/x?unix_sock={tmp_path}/none"
        with closing(open_sink("tool", {"url": nowhere}, "/test")) as sink:
            assert sink.send(messages(store), time)[0].fate == Fate.AGAIN


class TestSettings:
    @pytest.mark.parametrize(
        "url",
        ["mysql://a@b/c", "postgresql://host/db", "postgresql://a:s3cret@host/db", "nothing"],
    )
    def test_refuse(self, url):
        with pytest.raises(SettingsError) as caught:
            open_sink("tool", {"url": url}, "/test")
        assert "s3cret" not in str(caught.value)

    def test_encrypt_unless_told_not_to(self):
        assert PostgresSettings(url="postgresql://a@b/c").tls
        encrypted = open_sink("tool", {"url": "postgresql://a@b/c"}, "/test")
        plain = open_sink("tool", {"url": "postgresql://a@b/c", "tls": False}, "/test")
        assert encrypted._connecting["ssl_context"].check_hostname
        assert plain._connecting["ssl_context"] is None
