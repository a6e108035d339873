"""The commands `household policy ...`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pipelines.commands.answers import COMMON, Answer, Common
from pipelines.commands.choices import QUIET


def explain(
    file: Path | None = None,
    /,
    *,
    account: Annotated[tuple[str, ...], QUIET] = (),
    common: Common = COMMON,
) -> Answer:
    """Say in words what a policy does; or which of its rules wins for one account, and why.

    Args:
        file: The policy file; without one, the policy that is shipped.
        account: What is known of an account, as FIELD=VALUE; all else as of a third flag in a row.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.policy import explain_policy, render_explanation

    read_config(common.config)
    explained = explain_policy(file, account)
    return Answer(explained.document(), lambda console: render_explanation(explained, console))


def check(file: Path | None = None, /, *, common: Common = COMMON) -> Answer:
    """Check that a policy is sound, and list what it hardly means.

    Args:
        file: The policy file; without one, the policy that is shipped.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.policy import check_policy, render_check

    read_config(common.config)
    found = check_policy(file)
    return Answer(found, lambda console: render_check(found, console))


def test(file: Path, cases: Path, /, *, common: Common = COMMON) -> Answer:
    """Hold a policy against cases: accounts, and what each should be given.

    Exits with 1 if any is not as expected.

    Args:
        file: The policy file.
        cases: A file of cases.
        common: Options of every command.
    """
    from pipelines.config import read_config
    from pipelines.jobs.policy import render_results, try_policy

    read_config(common.config)
    results = try_policy(file, cases)
    failed = sum(not each.passed for each in results)
    told = [{**asdict(each), "passed": each.passed} for each in results]
    return Answer(
        {"cases": told, "failed": failed},
        lambda console: render_results(results, console),
        exit_code=1 if failed else 0,
    )
