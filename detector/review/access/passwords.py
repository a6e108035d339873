"""Passwords, of which only argon2 hashes are kept."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 1024


def hash_password(password: str) -> str:
    """Hash a password for the case store.

    Examples:
        >>> is_right("correct horse", hash_password("correct horse"))
        True
    """
    return PasswordHasher().hash(password)


def is_right(password: str, known: str | None) -> bool:
    """Whether a password is the one that was hashed; takes as long where there is none.

    Examples:
        >>> is_right("anything", None)
        False
    """
    if len(password) > LONGEST:
        return False
    try:
        PasswordHasher().verify(known or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


@cache
def _nobodys() -> str:
    return hash_password("the password of nobody")
