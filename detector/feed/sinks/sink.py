"""What a place that messages go to must do; third parties write theirs against this."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from detector.feed.messages import Message, Now


class Fate(StrEnum):
    """What became of one message that was sent."""

    SENT = "sent"
    AGAIN = "again"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a sink says of one message.

    Attributes:
        fate: Acknowledged; not acknowledged, so that it is sent again; or refused for good.
        why: What went wrong, or why there was nothing to send, without secrets and addresses.
        after_s: The receiver asks not to be tried again for so many seconds.
    """

    fate: Fate
    why: str = ""
    after_s: float = 0

    @classmethod
    def sent(cls, why: str = "") -> "Reply":
        """The receiver has it; or nothing has to be sent there, and why."""
        return cls(Fate.SENT, why)

    @classmethod
    def again(cls, why: str, after_s: float = 0) -> "Reply":
        """The receiver may or may not have it."""
        return cls(Fate.AGAIN, why, after_s)

    @classmethod
    def never(cls, why: str) -> "Reply":
        """However often it is sent, it will not be taken."""
        return cls(Fate.NEVER, why)


class Sink(Protocol):
    """A place that messages go to.

    A message may come twice (after a crash, or when an acknowledgement was lost): it has the same
    id and the same bytes then, and must count once. No two messages of one batch are of one
    account. `send` raises nothing for a receiver that fails: that is a `Reply`.
    """

    @property
    def batch(self) -> int:
        """How many messages it takes at once."""
        ...

    @property
    def patience_s(self) -> float:
        """The longest that `send` takes: afterwards nothing of the batch is on its way."""
        ...

    def send(self, messages: Sequence[Message], now: Now) -> Sequence[Reply]:
        """Send a batch and say of each message, in the same order, what became of it."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
