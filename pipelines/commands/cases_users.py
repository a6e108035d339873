"""The commands `household cases users ...`."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from detector.plain_text import plain_text
from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import STORE

RoleName = Literal["viewer", "agent", "reviewer", "lead", "admin"]
By = Annotated[str, Parameter(help="Who does this; it stays in the history.")]
Password = Annotated[
    str | None,
    Parameter(
        help="A file that holds the password; - reads it from standard input.",
        allow_leading_hyphen=True,
    ),
]


def add(  # noqa: PLR0913 - named as it is called
    name: str,
    /,
    *,
    role: RoleName,
    by: By,
    cases: Annotated[str, STORE],
    password: Password = None,
    common: Common = COMMON,
) -> Answer:
    """Let somebody sign in to the review pages.

    Args:
        name: What they are called; it is never given to anybody else.
        role: What they may see and do.
        by: Who lets them.
        cases: The case store.
        password: Where their password is; without one, only a trusted proxy can say who it is.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_users import add_to_store

    read_config(common.config)
    return _told(add_to_store(cases, name, role, by, password))


def list(*, cases: Annotated[str, STORE], common: Common = COMMON) -> Answer:
    """List who may sign in, as what, and who may no longer.

    Args:
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_users import read_users, render_users

    read_config(common.config)
    found = read_users(cases)
    return Answer({"users": found.to_dicts()}, lambda console: render_users(found, console))


def change(  # noqa: PLR0913 - named as it is called
    name: str,
    /,
    *,
    by: By,
    cases: Annotated[str, STORE],
    role: RoleName | None = None,
    password: Password = None,
    common: Common = COMMON,
) -> Answer:
    """Give somebody another role or another password.

    Args:
        name: What they are called.
        by: Who does it.
        cases: The case store.
        role: What they may see and do from now on.
        password: Where their new password is.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_users import change_in_store

    read_config(common.config)
    return _told(change_in_store(cases, name, role, by, password))


def disable(
    name: str, /, *, by: By, cases: Annotated[str, STORE], common: Common = COMMON
) -> Answer:
    """Let somebody sign in no longer; what they did stays.

    Args:
        name: What they are called.
        by: Who does it.
        cases: The case store.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.cases_users import disable_in_store

    read_config(common.config)
    return _told(disable_in_store(cases, name, by))


def _told(user: Any) -> Answer:  # noqa: ANN401 - its class is loaded only where it is needed
    """Who somebody is now; never what their password hashes to."""
    told = {"name": user.name, "role": str(user.role), "disabled": user.disabled}
    may = "may sign in no longer" if user.disabled else f"may sign in as {user.role}"
    return Answer(
        told, lambda console: console.print(plain_text(f"{user.name} {may}."), markup=False)
    )
