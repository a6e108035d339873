"""How far a chain reached at some time, signed, and kept where the store's keeper cannot reach.

A chain alone proves little: whoever can write the store can cut its end off, or write it anew
from the first move. Against a checkpoint both show.
"""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from detector.cases.audit import canonical
from detector.cases.failures import CaseStoreError
from detector.cases.store import CaseStore
from detector.errors import SettingsError

FORMAT = 1
MIN_KEY_BYTES = 16
"""Below, a key could be guessed."""


class CheckpointError(CaseStoreError, ValueError):
    """The checkpoint is none, or was not signed with this key."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a store stood."""

    moves: int
    hash: str
    decisions: int
    at_us: int


def take_checkpoint(store: CaseStore, at_us: int) -> Checkpoint:
    """Note how far the chain reaches now."""
    with store.reading() as reading:
        end = reading.end_of_chain()
        return Checkpoint(end.moves, end.hash, reading.count_decisions(), at_us)


def sign(checkpoint: Checkpoint, key: bytes) -> str:
    """Write a checkpoint as JSON, with its signature.

    Raises:
        SettingsError: The key is too short.

    Examples:
        >>> key = b"0123456789abcdef"
        >>> text = sign(Checkpoint(3, "ab", 1, 0), key)
        >>> read_checkpoint(text, key).moves
        3
        >>> read_checkpoint(text.replace('"moves": 3', '"moves": 2'), key)
        Traceback (most recent call last):
        detector.cases.checkpoint.CheckpointError: The checkpoint was not signed with this key...
    """
    told = {"format": FORMAT, **asdict(checkpoint)}
    return json.dumps({**told, "signature": _signature(told, key)}, indent=2) + "\n"


def read_checkpoint(text: str, key: bytes) -> Checkpoint:
    """Read what `sign` wrote.

    Raises:
        CheckpointError: It is no checkpoint, or was not signed with this key.
    """
    try:
        told = json.loads(text)
        signature = str(told.pop("signature"))
        fields = {name: told[name] for name in Checkpoint.__dataclass_fields__}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CheckpointError(
            "This is no checkpoint.", hint="give what household cases checkpoint wrote"
        ) from error
    if not hmac.compare_digest(signature.encode(), _signature(told, key).encode()):
        raise CheckpointError(
            "The checkpoint was not signed with this key, or was changed.",
            hint="give the key that it was signed with",
        )
    return Checkpoint(**fields)


def _signature(told: object, key: bytes) -> str:
    if len(key) < MIN_KEY_BYTES:
        raise SettingsError(
            f"The key has {len(key)} bytes.", hint=f"it needs {MIN_KEY_BYTES}: openssl rand -hex 32"
        )
    return hmac.new(key, canonical(told).encode(), hashlib.sha256).hexdigest()
