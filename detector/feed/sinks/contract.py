"""What every sink promises, as a test that third parties can run on theirs.

Examples:
    In a test of your own, with a receiver that takes everything behind the sink::

        from detector.feed.sinks.contract import check_sink

        def test_sink():
            check_sink(my_sink)
"""

from datetime import date

from detector.feed.messages import Message
from detector.feed.sinks.sink import Fate, Reply, Sink

START_US = 1_777_593_600_000_000

EXAMPLES = tuple(
    Message(
        decision_id=f"{number:032x}",
        sequence=number,
        account_id=account,
        household_id="h-1" if device else None,
        device_id=device,
        treatment="pause_external_devices" if device else "notify",
        wave="standing",
        episode=0,
        rule="example",
        reason="Used in two homes at once.",
        as_of=date(2026, 5, 1),
        not_before_us=START_US,
        run="example",
        withdraws=withdraws,
    )
    for number, account, device, withdraws in (
        (1, "ada", None, None),
        (2, "ben", "tv-1", None),
        (3, "Zoë / 'x'", 'tv "2"\n\u2028,;', None),
        (4, "cleo", "tv-3", f"{0:032x}"),
        (5, "d" * 200, None, f"{1:032x}"),
    )
)
"""One message of each kind, with ids as odd as a log may have them; one of each account."""


def check_sink(sink: Sink) -> None:
    """Check that a sink, whose receiver takes everything, keeps to what `Sink` asks for.

    Args:
        sink: An open one; it is left open.

    Raises:
        AssertionError: It does not; the message says how.
    """
    assert sink.batch >= 1, "batch: takes at least one message"
    assert 0 < sink.patience_s <= 24 * 3600, "patience_s: sending has an end"
    examples = EXAMPLES[: sink.batch]
    first = _send(sink, examples)
    assert all(reply.fate == Fate.SENT for reply in first), f"not taken: {_why(first)}"
    again = _send(sink, examples)
    assert all(reply.fate == Fate.SENT for reply in again), f"taken once only: {_why(again)}"
    for message in examples:
        [reply] = _send(sink, (message,))
        assert reply.fate == Fate.SENT, f"not taken on its own: {reply.why}"
    assert list(sink.send((), lambda: START_US)) == [], "an empty batch has no replies"


def _send(sink: Sink, messages: tuple[Message, ...]) -> list[Reply]:
    replies = list(sink.send(messages, lambda: START_US))
    assert len(replies) == len(messages), "one reply a message, in the same order"
    assert all(isinstance(reply, Reply) for reply in replies), "replies are `Reply`"
    return replies


def _why(replies: list[Reply]) -> str:
    return "; ".join(reply.why or reply.fate for reply in replies)
