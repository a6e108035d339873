"""What customers will say, by what their use looks like, and the way out of each situation."""

import csv
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("scripts.csv")
GLOSSARY = (
    "household",
    "home",
    "notice",
    "grace",
    "code",
    "extra_member",
    "objection",
    "band",
)
OFFER, THROUGH_PARTNER = "offer", "offer_partner"


class Script(NamedTuple):
    """One row of the table."""

    reason: str
    path: str
    patterns: frozenset[str]
    """Of whose accounts somebody will say so; empty: of any."""


@cache
def read_scripts() -> tuple[Script, ...]:
    """All of them, the most frequent to be expected first."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(Script(r["reason"], r["path"], frozenset(r["patterns"].split())) for r in rows)


def find_scripts(patterns: Collection[str], *, through_partner: bool) -> Sequence[tuple[str, str]]:
    """What customers with some patterns will say, and the path of each.

    Args:
        patterns: As in accounts.parquet.
        through_partner: A partner bills them, so that no extra member is sold to them.

    Examples:
        >>> find_scripts(["same_line_pool"], through_partner=True)[:2]
        [('gave_password', 'offer_partner'), ('same_roof', 'appeal')]
    """
    asked = set(patterns)
    return [
        (each.reason, THROUGH_PARTNER if through_partner and each.path == OFFER else each.path)
        for each in read_scripts()
        if not each.patterns or each.patterns & asked
    ]
