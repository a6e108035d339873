"""The people who use the pages, and what each role may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """What a page asks of whoever opens it; nobody may what is not named here."""

    NOTHING = "nothing"
    """Anybody: the way in."""
    LOOK = "look"
    """See accounts, the queue, the figures."""
    EXPORT = "export"
    """Take a whole list home."""
    DECIDE = "decide"
    """Claim cases and answer them."""
    HELP = "help"
    """Find one account by its id, read what may be read out, note an appeal."""
    LEAD = "lead"
    """See how reviewers agree, and what hangs on their work."""


MAY: Mapping[str, frozenset[Need]] = {
    "viewer": frozenset({Need.LOOK}),
    "agent": frozenset({Need.HELP}),
    "reviewer": frozenset({Need.LOOK, Need.DECIDE, Need.EXPORT}),
    "lead": frozenset({Need.LOOK, Need.DECIDE, Need.EXPORT, Need.HELP, Need.LEAD}),
    "admin": frozenset({Need.LOOK, Need.DECIDE, Need.EXPORT, Need.HELP, Need.LEAD}),
}
"""By role; what is not granted is refused."""


@dataclass(frozen=True)
class Visitor:
    """Somebody at the pages."""

    name: str
    role: str

    def may(self, need: Need) -> bool:
        """Whether the role grants something.

        Examples:
            >>> Visitor("eve", "agent").may(Need.LOOK), Visitor("eve", "lead").may(Need.LEAD)
            (False, True)
        """
        return need is Need.NOTHING or need in MAY.get(self.role, frozenset())
