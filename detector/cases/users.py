"""Who may sign in to look at cases, and as what; who did what stays when somebody leaves."""

from dataclasses import asdict, dataclass, replace

import polars as pl
from sqlalchemy import delete, select

from detector.cases.bulk import select_frame
from detector.cases.failures import CaseStoreError
from detector.cases.reading import Reading
from detector.cases.rows import CLAIMS, USERS
from detector.cases.sealing import ChainLine, write_sealed
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.errors import SettingsError
from detector.kinds import Role
from detector.plain_text import plain_text

LONGEST_NAME = 100


class UserError(CaseStoreError, ValueError):
    """There is no such user, or there is one already."""


@dataclass(frozen=True)
class User:
    """Somebody who may sign in."""

    name: str
    role: Role
    password_hash: str | None = None
    """By argon2; none: signs in elsewhere, and a trusted proxy says who it is."""
    disabled: bool = False


def add_user(store: CaseStore, user: User, by: str, at_us: int) -> User:
    """Let somebody sign in.

    Args:
        store: An open store.
        user: Who, as what.
        by: Who lets them.
        at_us: When.

    Raises:
        SettingsError: The name is empty, too long, or not to be shown.
        UserError: There is a user of this name, or of one that differs only in its case.
    """
    _check_name(user.name)
    with store.writing(by, at_us, person=True) as writing:
        names = {name.casefold() for name in list_users(writing)["name"]}
        if user.name.casefold() in names:
            raise UserError(
                f"There is a user {plain_text(user.name)!r} already.",
                hint="household cases users list; a name is never given to somebody else",
            )
        _write(writing, user, at_us, "added")
        return user


def find_user(reading: Reading, name: str, *, disabled: bool = False) -> User | None:
    """Who signs in under a name; nobody, once they were disabled.

    Args:
        reading: A look at the store.
        name: Exactly as it was given.
        disabled: Whether those are found who may no longer sign in.
    """
    row = reading.connection.execute(select(USERS).where(USERS.c.name == name)).first()
    if row is None or (row.disabled and not disabled):
        return None
    return User(row.name, Role(row.role), row.password_hash, row.disabled)


def list_users(reading: Reading) -> pl.DataFrame:
    """All users, sorted by name, without what their passwords hash to."""
    wanted = select(USERS.c.name, USERS.c.role, USERS.c.disabled, USERS.c.added_us)
    return select_frame(reading.connection.execute(wanted.order_by(USERS.c.name)), USERS)


def disable_user(store: CaseStore, name: str, by: str, at_us: int) -> User:
    """Let somebody sign in no longer; what they held is free at once, what they did stays.

    Raises:
        UserError: There is no such user.
    """
    with store.writing(by, at_us, person=True) as writing:
        writing.connection.execute(delete(CLAIMS).where(CLAIMS.c.reviewer == name))
        return _change(writing, replace(_known(writing, name), disabled=True), "disabled")


def set_role(store: CaseStore, name: str, role: Role, by: str, at_us: int) -> User:
    """Change what somebody may do.

    Raises:
        UserError: There is no such user.
    """
    with store.writing(by, at_us, person=True) as writing:
        return _change(writing, replace(_known(writing, name), role=role), f"made {role}")


def set_password_hash(store: CaseStore, name: str, password_hash: str, by: str, at_us: int) -> User:
    """Change what somebody's password hashes to.

    Raises:
        UserError: There is no such user.
    """
    with store.writing(by, at_us, person=True) as writing:
        changed = replace(_known(writing, name), password_hash=password_hash)
        return _change(writing, changed, "password changed")


def record_login(store: CaseStore, name: str, at_us: int, *, succeeded: bool) -> None:
    """Keep in the history that somebody signed in, or tried to."""
    with store.writing(name, at_us, person=True) as writing:
        writing.record("login", {"succeeded": succeeded}, "")


def _known(writing: Writing, name: str) -> User:
    user = find_user(writing, name, disabled=True)
    if user is None:
        raise UserError(
            f"There is no user {plain_text(name)!r}.", hint="household cases users list"
        )
    return user


def _change(writing: Writing, user: User, what: str) -> User:
    added = select(USERS.c.added_us).where(USERS.c.name == user.name)
    _write(writing, user, writing.connection.execute(added).scalar_one(), what)
    return user


def _write(writing: Writing, user: User, added_us: int, what: str) -> None:
    told = {"user": user.name, "role": str(user.role), "disabled": user.disabled}
    row = {**asdict(user), "role": str(user.role), "added_us": added_us}
    write_sealed(writing, USERS, row, ChainLine("user", what, told=told))


def _check_name(name: str) -> None:
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME:
        raise SettingsError(
            f"A user's name has 1 to {LONGEST_NAME} letters, and no space at its ends.",
            hint="ada, or ada@example.org",
        )
    if plain_text(name) != name:
        raise SettingsError(
            f"{plain_text(name)!r} holds letters that cannot be shown.", hint="ada, for one"
        )
