"""What a case store refuses, and why."""

from detector.errors import DetectorError


class CaseStoreError(DetectorError):
    """The case store cannot be opened, or cannot be used as asked."""


class UnknownCaseError(CaseStoreError, LookupError):
    """There is no case of this account."""


class RefusedMoveError(CaseStoreError, ValueError):
    """The case may not go where it was told to, or not yet."""


class StaleCaseError(RefusedMoveError):
    """Somebody else decided about the case meanwhile."""


class RefusedDecisionError(CaseStoreError, ValueError):
    """Something was decided against an account that must not be treated."""
