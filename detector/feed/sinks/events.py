"""Security events of single devices: Shared Signals Framework 1.0, CAEP 1.0.

In a subject, what is not named is a wildcard: `session-revoked` for a user without a device would
sign out the television at home. So a subject here is always of a user and a device.
"""

from dataclasses import dataclass
from typing import Any

from detector.feed.messages import Message
from detector.kinds import DEVICE_TREATMENTS

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
SESSION_REVOKED = CAEP + "session-revoked"
DEVICE_COMPLIANCE = CAEP + "device-compliance-change"
RISK_LEVEL = CAEP + "risk-level-change"
SECOND = 1_000_000


@dataclass(frozen=True)
class DeviceOfUser:
    """One device of one user, and nothing else.

    Examples:
        >>> DeviceOfUser("ada", "tv-1").claim["device"]
        {'format': 'opaque', 'id': 'tv-1'}
        >>> DeviceOfUser("ada", "")
        Traceback (most recent call last):
        ValueError: a subject needs a user and a device: what is not named is everything
    """

    user: str
    device: str

    def __post_init__(self) -> None:
        if not (self.user and self.device):
            raise ValueError("a subject needs a user and a device: what is not named is everything")

    @property
    def claim(self) -> dict[str, Any]:
        """As RFC 9493 writes it: both members have to match."""
        return {
            "format": "complex",
            "user": {"format": "opaque", "id": self.user},
            "device": {"format": "opaque", "id": self.device},
        }


@dataclass(frozen=True)
class SecurityEvent:
    """What happened to one device of one user.

    Attributes:
        jti: Its own name, the same each time that it is sent.
        txn: What it belongs to: a withdrawal has that of the decision that it takes back.
        subject: Whom it is about.
        kind: The type of event.
        details: What the type asks for, besides the time and the reason.
        at: Since when, in seconds since 1970 UTC.
        reason: In words, for those who administer the receiver.
    """

    jti: str
    txn: str
    subject: DeviceOfUser
    kind: str
    details: dict[str, str]
    at: int
    reason: str

    def claims(self, issuer: str, audience: str, now: int) -> dict[str, Any]:
        """The claims of its token: no `sub` and no `exp`, as the framework asks."""
        told = {
            **self.details,
            "event_timestamp": self.at,
            "initiating_entity": "policy",
            "reason_admin": {"en": self.reason},
        }
        return {
            "iss": issuer,
            "aud": audience,
            "iat": now,
            "jti": self.jti,
            "txn": self.txn,
            "sub_id": self.subject.claim,
            "events": {self.kind: told},
        }


def read_events(message: Message, *, risk: bool = False) -> list[SecurityEvent]:
    """The security events that a message stands for; none, unless it is about one device.

    A device that is paused or limited: its sessions are revoked. One for which this is taken
    back: it complies again. Notices, offers and requests to verify are no security events.

    Args:
        message: A decision.
        risk: Whether to tell the device's risk besides, as a level that changes.
    """
    if message.treatment not in DEVICE_TREATMENTS or not message.device_id:
        return []
    back = message.withdraws is not None
    kinds = [(DEVICE_COMPLIANCE, COMPLIES) if back else (SESSION_REVOKED, REVOKED)]
    if risk:
        kinds.append((RISK_LEVEL, LOW if back else HIGH))
    subject = DeviceOfUser(message.account_id, message.device_id)
    return [
        SecurityEvent(
            jti=f"{message.decision_id}.{kind.removeprefix(CAEP)}",
            txn=message.withdraws or message.decision_id,
            subject=subject,
            kind=kind,
            details=details,
            at=message.not_before_us // SECOND,
            reason=message.reason or message.rule,
        )
        for kind, details in kinds
    ]


REVOKED: dict[str, str] = {}
COMPLIES = {"previous_status": "not-compliant", "current_status": "compliant"}
HIGH = {"principal": "DEVICE", "current_level": "HIGH", "risk_reason": "HOUSEHOLD_SHARED"}
LOW = {"principal": "DEVICE", "current_level": "LOW", "risk_reason": "HOUSEHOLD_WITHDRAWN"}
