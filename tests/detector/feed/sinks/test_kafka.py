"""Kafka, by the client's own cluster of brokers that only pretend; no real broker is asked."""

import json
from collections import defaultdict

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from detector.errors import SettingsError
from detector.feed.publish import Deliverer, Outlet, deliver
from detector.feed.sinks.contract import check_sink
from detector.feed.sinks.kafka import KafkaSettings, _options, open_sink
from detector.feed.sinks.secrets import Secret
from detector.feed.sinks.sink import Fate
from tests.detector.feed.decided import decide, messages, withdraw

pytestmark = pytest.mark.slow

MOCK = {"test.mock.num.brokers": 1}


@pytest.fixture
def sink(tmp_path):
    settings = {"servers": "none", "topic": "decisions", "options": MOCK, "timeout_s": 10}
    return open_sink("tool", settings, "/test")


def brokers(producer: Producer) -> str:
    """The addresses of the brokers that a producer made for itself."""
    found = producer.list_topics(timeout=5).brokers.values()
    return ",".join(f"{broker.host}:{broker.port}" for broker in found)


def read_all(sink) -> list[tuple[str, dict]]:
    """Every message of the topic with its key, partition by partition."""
    consumer = Consumer(
        {"bootstrap.servers": brokers(sink.producer), "group.id": "test", "log_level": 0}
    )
    topic = consumer.list_topics("decisions", timeout=5).topics["decisions"]
    consumer.assign([TopicPartition("decisions", number, 0) for number in topic.partitions])
    sizes = [
        consumer.get_watermark_offsets(TopicPartition("decisions", number), timeout=5)[1]
        for number in topic.partitions
    ]
    told = []
    while len(told) < sum(sizes):
        message = consumer.poll(5)
        assert message is not None
        assert message.error() is None
        told.append((message.key().decode(), json.loads(message.value())))
    consumer.close()
    return told


class TestKafkaSink:
    def test_keeps_the_contract(self, sink):
        check_sink(sink)

    def test_keys_by_account_and_keeps_its_order(self, sink, store, time):
        for number in range(40):
            one = decide(store, f"a{number % 8}")
            if number % 4 == 0:
                withdraw(store, one, not_before_us=time.us)
        deliver(store, [Outlet("tool", sink)], Deliverer("one", time))
        told = read_all(sink)
        of_account = defaultdict(list)
        for key, message in told:
            assert key == message["subject"]
            of_account[key].append(message["data"]["sequence"])
        assert all(numbers == sorted(numbers) for numbers in of_account.values())
        assert len({message["id"] for _, message in told}) == len(told) == 30

    def test_is_tried_again_when_no_broker_answers(self, store, time):
        decide(store, "ada")
        sink = open_sink(
            "tool", {"servers": "127.0.0.1:1", "topic": "decisions", "timeout_s": 1}, "/test"
        )
        [reply] = sink.send(messages(store), time)
        assert (reply.fate, reply.why) == (Fate.AGAIN, "Kafka: _MSG_TIMED_OUT")

    def test_gives_up_on_what_is_too_large(self, store, time):
        decide(store, "ada", reason="x" * 5000)
        decide(store, "ben")
        options = {**MOCK, "message.max.bytes": 1000}
        settings = {"servers": "none", "topic": "decisions", "options": options}
        fates = [each.fate for each in open_sink("t", settings, "/t").send(messages(store), time)]
        assert fates == [Fate.NEVER, Fate.SENT]


class TestSettings:
    @pytest.mark.parametrize("option", ["acks", "enable.idempotence", "sasl.password"])
    def test_leave_guarantees_alone(self, option):
        settings = {"servers": "a", "topic": "b", "options": {option: "s3cret"}}
        with pytest.raises(SettingsError) as caught:
            open_sink("tool", settings, "/test")
        assert "s3cret" not in str(caught.value)

    def test_refuse_what_the_client_does_not_know(self):
        settings = {"servers": "a", "topic": "b", "options": {"no.such.option": 1}}
        with pytest.raises(SettingsError, match=r"no\.such\.option"):
            open_sink("tool", settings, "/test")

    def test_hand_over_the_password(self):
        told = _options(KafkaSettings(servers="a", topic="b"), [Secret("hunter2")])
        assert (told["sasl.password"], told["enable.idempotence"]) == ("hunter2", True)
