"""Passwords, of which only argon2 hashes are kept."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 1024
AT_ONCE = BoundedSemaphore(1)
"""A check takes 64 MiB on purpose: a crowd that signs in together waits its turn."""


def is_right(password: str, known: str | None) -> bool:
    """Whether a password is the one that was hashed; takes as long where there is none.

    Examples:
        >>> kept = PasswordHasher().hash("correct horse")
        >>> is_right("correct horse", kept), is_right("a guess", kept), is_right("any", None)
        (True, False, False)
    """
    if len(password) > LONGEST:
        return False
    try:
        with AT_ONCE:
            PasswordHasher().verify(known or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


@cache
def _nobodys() -> str:
    return PasswordHasher().hash("the password of nobody")
