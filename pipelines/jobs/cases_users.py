"""Job: say who may sign in to the review pages; passwords are hashed here, and nowhere kept."""

import sys
from pathlib import Path

import polars as pl
from rich.console import Console

from detector.cases.users import (
    User,
    add_user,
    disable_user,
    list_users,
    set_password_hash,
    set_role,
)
from detector.errors import InputError, SettingsError
from detector.kinds import Role
from pipelines.clock import now_us
from pipelines.jobs.cases import open_cases
from pipelines.terminal.drawing import plain, quiet_table

SHORTEST, LONGEST = 12, 1000
"""Letters of a password: fewer are guessed, and more only keep the hash busy."""
STANDARD_INPUT = "-"


def add_to_store(url: str, name: str, role: str, by: str, password: str | None) -> User:
    """Let somebody sign in.

    Args:
        url: The case store.
        name: What they are called.
        role: What they may see and do.
        by: Who lets them.
        password: The file that holds it, `-` for standard input; none: by a trusted proxy alone.

    Raises:
        UserError: There is one of this name.
        SettingsError: The name or the password will not do.
    """
    _check_signed(by)
    user = User(name, Role(role), _read_hash(password))
    with open_cases(url) as store:
        return add_user(store, user, by, now_us())


def change_in_store(url: str, name: str, role: str | None, by: str, password: str | None) -> User:
    """Give somebody another role, another password, or both.

    Raises:
        UserError: There is no such user.
        SettingsError: Nothing is to be changed, or the password will not do.
    """
    _check_signed(by)
    hashed = _read_hash(password)
    with open_cases(url) as store:
        if hashed:
            changed = set_password_hash(store, name, hashed, by, now_us())
            return set_role(store, name, Role(role), by, now_us()) if role else changed
        if role:
            return set_role(store, name, Role(role), by, now_us())
    raise SettingsError("Nothing is to be changed.", hint="--role ROLE or --password FILE")


def disable_in_store(url: str, name: str, by: str) -> User:
    """Let somebody sign in no longer.

    Raises:
        UserError: There is no such user.
    """
    _check_signed(by)
    with open_cases(url) as store:
        return disable_user(store, name, by, now_us())


def read_users(url: str) -> pl.DataFrame:
    """All users, without what their passwords hash to."""
    with open_cases(url) as store, store.reading() as reading:
        return list_users(reading)


def render_users(users: pl.DataFrame, console: Console) -> None:
    """Print users as a table."""
    if users.is_empty():
        console.print("Nobody may sign in.")
        return
    table = quiet_table("Name", "Role", "May sign in")
    for user in users.iter_rows(named=True):
        table.add_row(plain(user["name"]), user["role"], "no" if user["disabled"] else "yes")
    console.print(table)


def hash_password(password: str) -> str:
    """What is kept of a password, by argon2id.

    Raises:
        SettingsError: It is too short or too long, or argon2 is not installed.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(
            f"The password has {len(password):,} letters.",
            hint=f"{SHORTEST} to {LONGEST:,}: four words that nobody would put together, for one",
        )
    try:
        from argon2 import PasswordHasher
    except ModuleNotFoundError as error:
        raise SettingsError(
            "To hash a password, a library is needed that is not installed.",
            hint="pip install 'household-detector[review]'",
        ) from error
    return PasswordHasher().hash(password)


def _read_hash(password: str | None) -> str | None:
    """Of the first line of a file: never from the command line, which others see."""
    if password is None:
        return None
    if password == STANDARD_INPUT:
        return hash_password(sys.stdin.readline().rstrip("\r\n"))
    try:
        text = Path(password).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The password cannot be read: {error}.") from error
    return hash_password((text.splitlines() or [""])[0])


def _check_signed(by: str) -> None:
    if not by.strip():
        raise SettingsError("Nobody is named who does this.", hint="--by NAME")
