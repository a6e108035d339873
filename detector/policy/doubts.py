"""What is allowed in a policy, and hardly meant: said when it is checked."""

from collections.abc import Iterator

from detector.kinds import DEVICE_TREATMENTS, Treatment
from detector.plain_text import plain_text
from detector.policy.conditions import conditions_of
from detector.policy.rules import Policy
from detector.verdicts.patterns import SHARED

FLAGGED_PATTERNS = frozenset({*(name for name, _ in SHARED), "resold"})
"""What a flagged account can be called."""


def list_doubts(policy: Policy) -> list[str]:
    """List what will not do what it seems to.

    Examples:
        >>> from detector.policy.rules import PolicyRule
        >>> tell, say = (PolicyRule(name=name, reason="Used elsewhere.", treatment=Treatment.NOTIFY)
        ...     for name in ("tell", "say"))
        >>> list_doubts(Policy(name="mild", version="1", rules=(tell, say)))
        ['say is never asked: tell above it matches every account']
    """
    return [*_never_asked(policy), *_unknown_patterns(policy), *_without_notice(policy)]


def _never_asked(policy: Policy) -> Iterator[str]:
    """Rules below one that asks nothing and cannot be passed over."""
    for number, rule in enumerate(policy.rules):
        at_once = rule.treatment in (Treatment.NONE, Treatment.NOTIFY)
        if at_once and not conditions_of(rule):
            for below in policy.rules[number + 1 :]:
                yield f"{below.name} is never asked: {rule.name} above it matches every account"
            return


def _unknown_patterns(policy: Policy) -> Iterator[str]:
    for rule in policy.rules:
        for pattern in sorted({*(rule.patterns or ())} - FLAGGED_PATTERNS):
            yield (
                f"{rule.name}: no flagged account has the pattern {plain_text(pattern)}; "
                f"they are {', '.join(sorted(FLAGGED_PATTERNS))}"
            )


def _without_notice(policy: Policy) -> Iterator[str]:
    """Rules that wait for a notice which none gives."""
    given = {rule.treatment for rule in policy.rules}
    if Treatment.NOTIFY in given:
        return
    for treatment in Treatment:
        needs = policy.terms(treatment).notice_days > 0 or treatment in DEVICE_TREATMENTS
        if treatment in given and needs:
            yield f"{treatment} is given only after notice, and no rule gives notify"
