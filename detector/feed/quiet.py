"""Quiet hours and the kill switch at the moment of sending, not only at that of deciding.

A decision says from when on it may be sent. If its receiver was down until the evening, or the
delivery was started late, that moment lies in the past, and nobody wants to be told at night.
Withdrawals are never put off.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, select, update

from detector.cases.rows import CASES, DECISIONS, DELIVERIES
from detector.feed.messages import EPOCH
from detector.feed.queueing import DUE, not_in_flight
from detector.policy.calendar import find_openings
from detector.policy.rules import Policy

Openings = Callable[[Sequence[str | None], int], Mapping[str | None, int]]
"""From countries and the time to the moment from which on their accounts may be told; both as
microseconds since 1970 UTC."""

CHECKED_EVERY_US = 60_000_000
"""A minute into the night is no night's disturbance, and looking costs a pass over what is due."""

STOPPED_US = 3_600_000_000
"""While the kill switch is on, what is due is looked at again every hour."""


def openings_of(policy: Policy) -> Openings:
    """When accounts may be told, by a policy.

    Examples:
        >>> from detector.policy.opening_hours import CalendarSettings
        >>> from detector.policy.read import DEFAULT, read_policy
        >>> policy = read_policy(DEFAULT.read_text(encoding="utf-8"), source="default.toml")
        >>> monday_at_noon = 1_782_129_600_000_000
        >>> openings_of(policy)(["GB"], monday_at_noon)["GB"] == monday_at_noon
        True
    """

    def openings(countries: Sequence[str | None], now_us: int) -> Mapping[str | None, int]:
        if policy.kill_switch:
            return dict.fromkeys(countries, now_us + STOPPED_US)
        now = EPOCH + timedelta(microseconds=now_us)
        found = find_openings(countries, now, policy.calendar)
        return {country: _microseconds(opening) for country, opening in found.items()}

    return openings


def put_off(connection: Connection, sink: str, now_us: int, openings: Openings) -> int:
    """Put off the treatments that are due, of accounts for which it is quiet now.

    Args:
        connection: To the case store, in a transaction that writes.
        sink: Of this one.
        now_us: The time.
        openings: When accounts of a country may be told.

    Returns:
        How many messages wait for another hour.
    """
    due = _due(sink, now_us)
    places = select(CASES.c.country).distinct().select_from(DELIVERIES)
    places = places.join(DECISIONS, DECISIONS.c.seq == DELIVERIES.c.seq)
    places = places.outerjoin(CASES, CASES.c.account_id == DELIVERIES.c.account_id)
    countries = connection.execute(places.where(due)).scalars().all()
    quiet = {c: us for c, us in openings(countries, now_us).items() if us > now_us}
    return sum(
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.sink == sink, DELIVERIES.c.seq.in_(_numbers(due, country)))
            .values(next_us=opening)
        ).rowcount
        for country, opening in sorted(quiet.items(), key=lambda pair: pair[0] or "")
    )


def _due(sink: str, now_us: int) -> ColumnElement[bool]:
    row = DELIVERIES.c
    can_be_sent = and_(row.sink == sink, row.state == DUE, row.next_us <= now_us)
    return and_(can_be_sent, not_in_flight(now_us), DECISIONS.c.withdraws.is_(None))


def _numbers(due: ColumnElement[bool], country: str | None) -> Select[tuple[int]]:
    """The numbers of what is due in a country."""
    mine = CASES.c.country.is_(None) if country is None else CASES.c.country == country
    return (
        select(DECISIONS.c.seq)
        .join_from(DELIVERIES, DECISIONS, DECISIONS.c.seq == DELIVERIES.c.seq)
        .outerjoin(CASES, CASES.c.account_id == DECISIONS.c.account_id)
        .where(due, mine)
    )


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
