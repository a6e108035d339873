"""Security event tokens: of one device of one user, or none at all."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, RSAKey

from detector.errors import SettingsError
from detector.feed.contracts import TREATMENTS
from detector.feed.sinks.contract import EXAMPLES, check_sink
from detector.feed.sinks.events import (
    CAEP,
    DEVICE_COMPLIANCE,
    RISK_LEVEL,
    SESSION_REVOKED,
    DeviceOfUser,
    SecurityEvent,
    read_events,
)
from detector.feed.sinks.sink import Fate
from detector.feed.sinks.ssf import NOTHING_TO_SAY, open_sink
from detector.kinds import DEVICE_TREATMENTS
from tests.detector.feed.decided import START_US, decide, messages, withdraw
from tests.detector.feed.sinks.flaky import receiving

EC = ECKey.generate_key("P-256")
PAUSE = "pause_external_devices"


@pytest.fixture
def stream(tmp_path):
    """Makes sinks that push to a receiver on this machine."""
    key = tmp_path / "key.pem"
    key.write_bytes(EC.as_pem(private=True))
    token = tmp_path / "token"
    token.write_text("b3arer\n")
    made = []

    def make(receiver, **more):
        settings = {
            "url": receiver.url,
            "hosts": ["127.0.0.1"],
            "allow_loopback": True,
            "issuer": "https://household.example/",
            "audience": "https://tool.example/",
            "key_id": "k1",
            "key_file": str(key),
            "token_file": str(token),
        }
        sink = open_sink("idp", settings | more, "/test")
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.close()


def verified(request, key=EC, algorithm="ES256"):
    return jwt.decode(request.body, key, algorithms=[algorithm])


def accepted(_request, _times):
    return "202"


class TestDeviceOfUser:
    @pytest.mark.parametrize(
        ("user", "device"), [("ada", ""), ("", "tv-1"), ("", ""), ("ada", None), (None, "tv-1")]
    )
    def test_cannot_be_said_of_a_user_without_a_device(self, user, device):
        with pytest.raises(ValueError, match="needs a user and a device"):
            DeviceOfUser(user, device)

    def test_cannot_be_made_without_a_device_at_all(self):
        with pytest.raises(TypeError):
            DeviceOfUser("ada")
        with pytest.raises(ValueError, match="needs a user and a device"):
            replace(DeviceOfUser("ada", "tv-1"), device="")

    def test_an_event_needs_one(self):
        with pytest.raises(TypeError):
            SecurityEvent(jti="1", txn="1", kind=SESSION_REVOKED, details={}, at=0, reason="")

    @given(st.text(min_size=1), st.text(min_size=1))
    def test_names_both_and_nothing_else(self, user, device):
        claim = DeviceOfUser(user, device).claim
        assert claim == {
            "format": "complex",
            "user": {"format": "opaque", "id": user},
            "device": {"format": "opaque", "id": device},
        }


class TestReadEvents:
    @pytest.mark.parametrize("risk", [False, True])
    @pytest.mark.parametrize("treatment", TREATMENTS)
    @pytest.mark.parametrize("device", [None, "", "tv-1"])
    def test_speaks_of_stopped_devices_alone(self, treatment, device, risk):
        message = replace(EXAMPLES[0], treatment=treatment, device_id=device)
        events = read_events(message, risk=risk)
        stopped = treatment in DEVICE_TREATMENTS and device
        assert bool(events) == bool(stopped)
        assert all(event.subject.device == device for event in events)

    def test_risk_is_told_only_if_asked(self):
        assert [event.kind for event in read_events(EXAMPLES[1])] == [SESSION_REVOKED]
        kinds = [event.kind for event in read_events(EXAMPLES[1], risk=True)]
        assert kinds == [SESSION_REVOKED, RISK_LEVEL]

    def test_a_withdrawal_belongs_to_what_it_takes_back(self):
        back = replace(EXAMPLES[1], decision_id="b" * 32, withdraws=EXAMPLES[1].decision_id)
        [first], [second] = read_events(EXAMPLES[1]), read_events(back)
        assert first.txn == second.txn == EXAMPLES[1].decision_id
        assert first.jti != second.jti
        assert second.kind == DEVICE_COMPLIANCE
        assert second.details["current_status"] == "compliant"


class TestSsfSink:
    def test_keeps_the_contract(self, stream):
        with receiving(accepted) as receiver:
            check_sink(stream(receiver))

    def test_pushes_a_token_for_each_device(self, stream, store, time):
        first = decide(store, "ada", PAUSE, device_id="tv-1")
        decide(store, "ada", "limit_external_devices", device_id="phone-2")
        with receiving(accepted) as receiver:
            replies = stream(receiver).send(messages(store), time)
        assert [reply.fate for reply in replies] == [Fate.SENT] * 2
        tokens = sorted((verified(r) for r in receiver.took), key=lambda t: t.claims["jti"])
        assert {t.claims["sub_id"]["device"]["id"] for t in tokens} == {"tv-1", "phone-2"}
        [token] = [t for t in tokens if t.claims["txn"] == first]
        assert token.header == {"alg": "ES256", "typ": "secevent+jwt", "kid": "k1"}
        assert token.claims == {
            "iss": "https://household.example/",
            "aud": "https://tool.example/",
            "iat": time() // 1_000_000,
            "jti": f"{first}.session-revoked",
            "txn": first,
            "sub_id": {
                "format": "complex",
                "user": {"format": "opaque", "id": "ada"},
                "device": {"format": "opaque", "id": "tv-1"},
            },
            "events": {
                f"{CAEP}session-revoked": {
                    "event_timestamp": START_US // 1_000_000,
                    "initiating_entity": "policy",
                    "reason_admin": {"en": "Used in two homes at once."},
                }
            },
        }

    def test_pushes_as_the_standard_says(self, stream, store, time):
        decide(store, "ada", PAUSE, device_id="tv-1")
        with receiving(accepted) as receiver:
            stream(receiver).send(messages(store), time)
        headers = receiver.came[0].headers
        assert headers["content-type"] == "application/secevent+jwt"
        assert headers["accept"] == "application/json"
        assert headers["authorization"] == "Bearer b3arer"

    def test_others_cannot_sign_for_us(self, stream, store, time):
        decide(store, "ada", PAUSE, device_id="tv-1")
        with receiving(accepted) as receiver:
            stream(receiver).send(messages(store), time)
        with pytest.raises(BadSignatureError):
            verified(receiver.took[0], ECKey.generate_key("P-256"))

    def test_sends_neither_notices_nor_offers(self, stream, store, time):
        for treatment in ("notify", "verify_device", "offer_extra_member"):
            withdraw(store, decide(store, "ada", treatment))
        with receiving(accepted) as receiver:
            replies = stream(receiver, risk=True).send(messages(store), time)
        assert receiver.came == []
        assert {(reply.fate, reply.why) for reply in replies} == {(Fate.SENT, NOTHING_TO_SAY)}

    def test_a_message_is_sent_when_all_of_its_events_are(self, stream, store, time):
        decide(store, "ada", PAUSE, device_id="tv-1")
        decide(store, "ben", PAUSE, device_id="tv-2")

        def refuses_risk_of_ben(request, _times):
            claims = verified(request).claims
            bad = RISK_LEVEL in claims["events"] and claims["sub_id"]["user"]["id"] == "ben"
            return "500" if bad else "202"

        with receiving(refuses_risk_of_ben) as receiver:
            replies = stream(receiver, risk=True).send(messages(store), time)
        assert [reply.fate for reply in replies] == [Fate.SENT, Fate.AGAIN]

    def test_has_the_same_name_when_sent_again(self, stream, store, time):
        decide(store, "ada", PAUSE, device_id="tv-1")
        with receiving(accepted) as receiver:
            sink = stream(receiver)
            sink.send(messages(store), time)
            time.turn(60)
            sink.send(messages(store), time)
        first, second = (verified(request).claims for request in receiver.took)
        assert (first["jti"], first["txn"]) == (second["jti"], second["txn"])


class TestKeys:
    def test_of_rsa_are_fine(self, stream, store, time, tmp_path):
        key = RSAKey.generate_key(2048)
        (tmp_path / "rsa.jwk").write_text(json.dumps(key.as_dict(private=True)))
        decide(store, "ada", PAUSE, device_id="tv-1")
        with receiving(accepted) as receiver:
            sink = stream(receiver, key_file=str(tmp_path / "rsa.jwk"))
            sink.send(messages(store), time)
        assert verified(receiver.took[0], key, "RS256").claims["txn"]

    @pytest.mark.parametrize(
        "text",
        [
            "s3cret",
            "{}",
            "[]",
            "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----",
            json.dumps({"kty": "oct", "k": "s3cret"}),
            json.dumps(EC.as_dict(private=False)),
            EC.as_pem(private=False).decode(),
            json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
        ],
    )
    def test_that_are_none_are_refused_and_not_shown(self, stream, tmp_path, text):
        (tmp_path / "bad").write_text(text)
        with receiving() as receiver, pytest.raises(SettingsError) as caught:
            stream(receiver, key_file=str(tmp_path / "bad"))
        assert text not in str(caught.value)
        assert "s3cret" not in str(caught.value)

    def test_one_is_needed(self, stream):
        with receiving() as receiver, pytest.raises(SettingsError, match="no key"):
            stream(receiver, key_file=None)
