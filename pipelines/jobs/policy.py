"""Job: a policy file -> what it does in words, whether it is sound, whether its cases hold."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from detector.errors import SettingsError
from detector.policy.doubts import list_doubts
from detector.policy.explain import explain, why
from detector.policy.read import DEFAULT, fingerprint, read_policy
from detector.policy.rules import Policy
from detector.policy.trials import (
    CaseResult,
    PolicyCase,
    case_from,
    read_cases,
    run_cases,
    tables_of,
)
from pipelines.terminal.drawing import counted, plain


@dataclass(frozen=True)
class Explained:
    """A policy in words, and what it says about an account if one was asked about."""

    policy: Policy
    text: str
    account: PolicyCase | None
    answers: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        account = self.account.model_dump(mode="json") if self.account else None
        return {
            "policy": self.policy.model_dump(mode="json", exclude_none=True),
            "fingerprint": fingerprint(self.policy),
            "text": self.text,
            "account": account,
            "answers": self.answers,
        }


def load_policy(path: Path | None) -> Policy:
    """Read a policy file; without one, the policy that is shipped.

    Raises:
        SettingsError: No such file, or something in it has to be mended.
    """
    return read_policy(_text(path or DEFAULT), source=str(path or DEFAULT.name))


def explain_policy(path: Path | None, account: Sequence[str]) -> Explained:
    """Tell a policy in words; of an account, which rule wins, which were passed over, and why.

    Args:
        path: The policy file; none: the policy that is shipped.
        account: What is known of the account, as FIELD=VALUE; all else as of a first flag.
    """
    policy = load_policy(path)
    if not account:
        return Explained(policy, explain(policy), None, ())
    case = case_from(dict(map(_field, account)), date.today())
    answers = why(policy, *tables_of(case), case.day)
    return Explained(policy, explain(policy), case, tuple(answers.splitlines()))


def render_explanation(explained: Explained, console: Console) -> None:
    """Print the answers about the account if one was asked about, else the policy in words."""
    lines = explained.answers or explained.text.splitlines()
    for line in lines:
        console.print(plain(line), soft_wrap=True)


def check_policy(path: Path | None) -> dict[str, Any]:
    """Read a policy and list what it allows and hardly means.

    Raises:
        SettingsError: Something in it has to be mended.
    """
    policy = load_policy(path)
    return {
        "name": policy.name,
        "version": policy.version,
        "fingerprint": fingerprint(policy),
        "rules": len(policy.rules),
        "treatments": sorted({rule.treatment.value for rule in policy.rules}),
        "doubts": list_doubts(policy),
    }


def render_check(found: dict[str, Any], console: Console) -> None:
    """Print what the policy is, and one line for each doubt."""
    rules = counted(found["rules"], "rule")
    console.print(plain(f"{found['name']}, version {found['version']}: {rules}, sound."))
    for doubt in found["doubts"]:
        console.print(plain(f"Meant? {doubt}"), soft_wrap=True)


def try_policy(path: Path, cases: Path) -> list[CaseResult]:
    """Decide about each case of a file.

    Raises:
        SettingsError: Something in one of the files has to be mended.
    """
    policy = load_policy(path)
    return run_cases(policy, read_cases(_text(cases), source=str(cases)))


def render_results(results: Sequence[CaseResult], console: Console) -> None:
    """Print one line for each case that is not as expected, and how many are."""
    failed = [each for each in results if not each.passed]
    for each in failed:
        console.print(plain(each.text), soft_wrap=True)
    console.print(f"{counted(len(results), 'case')}, {len(failed)} not as expected.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not TOML: it is no text in UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _field(given: str) -> tuple[str, Any]:
    """A field of an account as it is typed: ``probability=0.9``, ``given=["notify"]``.

    Examples:
        >>> _field("probability=0.9"), _field("partner=Orbex")
        (('probability', 0.9), ('partner', 'Orbex'))
    """
    name, equals, value = given.partition("=")
    if not equals:
        raise SettingsError(
            f"--account {given} is not FIELD=VALUE.", hint="--account probability=0.97"
        )
    try:
        return name, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name, value
