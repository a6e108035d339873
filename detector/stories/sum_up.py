"""What an account comes to, in a sentence or two that an agent can read out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from detector.stories.numbers import Parameters
from detector.stories.say import PLAIN, Speaks, Voice, say

MOST_REASONS = 2
"""Reasons that a listener keeps in mind."""
ENOUGH_DAYS = 21
"""Active days from which more of them hardly tell more. No verdict asks."""
UNLIKELY = "below_threshold"
_DOUBTS = {
    "one_group_of_devices": "doubt_of_one_home",
    "no_place_of_its_own": "doubt_on_the_move",
    "may_be_home_line": "doubt_of_the_line",
    UNLIKELY: "doubt",
    "paid_for": "doubt",
}
"""What is said in doubt, by the code that says why it is not flagged; others as they are."""


@dataclass(frozen=True)
class ThemeCode:
    """What is told of one theme: `Accounts.themes`."""

    theme: str
    bits: float
    """What all its evidence weighs: above 0 for another household."""
    code: str
    parameters: str

    @property
    def speaks(self) -> Speaks:
        """What it speaks for."""
        return Speaks.of(self.bits)

    def say(self, voice: Voice) -> str:
        """Say its sentence."""
        return say(self.code, self.parameters, speaks=self.speaks, voice=voice)


@dataclass(frozen=True)
class Upshot:
    """What the verdict on an account says, before it is put into words."""

    verdict: str
    flagged: bool
    probability: float
    external_households: int
    why_not: str
    """The code that says why it is not flagged; empty if it is, or if no code is known."""
    parameters: str
    """Of that code."""
    themes: tuple[ThemeCode, ...]

    @classmethod
    def of(cls, account: Mapping[str, Any]) -> Self:
        """Take it from a row of `Accounts`."""
        codes: Sequence[Mapping[str, str]] = account["reason_codes"] or ()
        first: Mapping[str, str] = codes[0] if codes and not account["flagged"] else {}
        return cls(
            account["verdict"],
            account["flagged"],
            account["probability"],
            account["external_households"],
            first.get("code", ""),
            first.get("parameters", "{}"),
            tuple(ThemeCode(**theme) for theme in account["themes"] or ()),
        )

    def speaking(self, speaks: Speaks) -> list[ThemeCode]:
        """The themes that speak for one thing, the strongest first."""
        return [theme for theme in self.themes if theme.speaks == speaks]


def sum_up(upshot: Upshot, voice: Voice = PLAIN) -> str:
    """Say what an account comes to: the verdict, and the strongest of what makes it.

    Nothing is told twice: each reason is of a theme of its own.

    Examples:
        >>> profiles = ThemeCode("people", 6.0, "profiles", '{"profile_share":0.0}')
        >>> bob = Upshot("shared", True, 0.998, 1, "", "{}", (profiles,))
        >>> print(sum_up(bob))
        This account is also used in 1 other household (99 % sure). \
The people there use none of the profiles used at home.
        >>> from detector.stories.say import Language, SpeechRegister
        >>> print(sum_up(bob, Voice(Language.SPANISH, SpeechRegister.PERSON)))
        Parece que su cuenta se usa fuera de un solo hogar. Los perfiles de su cuenta se usan por \
separado.
    """
    opening = open_summary(upshot, voice)
    reasons = [] if opening.then is None else upshot.speaking(opening.then)[:MOST_REASONS]
    before = opening.before if reasons else ()
    return " ".join(dict.fromkeys([*opening.lines, *before, *(one.say(voice) for one in reasons)]))


class Opening(NamedTuple):
    """How a summary begins, whatever the reasons are."""

    lines: Sequence[str]
    before: Sequence[str] = ()
    """Said before the reasons, if there are any."""
    then: Speaks | None = None
    """The side whose strongest reasons follow, `MOST_REASONS` at most."""


def open_summary(upshot: Upshot, voice: Voice = PLAIN) -> Opening:
    """Say what stands in a summary before the reasons; its themes are not looked at.

    Examples:
        >>> open_summary(Upshot("one_household", False, 0.01, 0, "", "{}", ())).then
        <Speaks.AGAINST: 'against'>
    """
    if upshot.flagged:
        return _open_flagged(upshot, voice)
    if upshot.verdict == "insufficient_evidence":
        doubt = _DOUBTS.get(upshot.why_not, upshot.why_not or "doubt")
        would = [tell_what_would(upshot, voice)] if upshot.why_not == UNLIKELY else []
        return Opening([say(doubt, upshot.parameters, voice=voice), *would])
    if upshot.why_not == "paid_for":
        return Opening([say("paid_for", upshot.parameters, voice=voice)])
    if upshot.why_not == "one_group_of_devices":
        return Opening([say("one_household", speaks=Speaks.AGAINST, voice=voice)])
    explained = say("explained", speaks=Speaks.AGAINST, voice=voice)
    return Opening([explained], then=Speaks.AGAINST)


def _open_flagged(upshot: Upshot, voice: Voice) -> Opening:
    counts = {
        "external_households": upshot.external_households,
        "probability": upshot.probability,
    }
    shared = say("shared" if voice.home_sure else "shared_by_some", counts, voice=voice)
    several = upshot.external_households > 1
    before = [say("of_the_surest", voice=voice)] if several else []
    return Opening([shared], before, Speaks.FOR)


def tell_what_would(upshot: Upshot, voice: Voice = PLAIN) -> str:
    """Say what is missing most to know more of an account in doubt; nothing of any other.

    Examples:
        >>> given = '{"active_days":12,"probability":0.7,"profiles":false,"threshold":0.99}'
        >>> eve = Upshot("insufficient_evidence", False, 0.7, 1, "below_threshold", given, ())
        >>> tell_what_would(eve)
        'More days of use would tell.'
    """
    if upshot.verdict != "insufficient_evidence":
        return ""
    given: Parameters = json.loads(upshot.parameters)
    if upshot.why_not == "too_little_use" or _few(given):
        return say("would_tell_days", voice=voice)
    unknown = upshot.why_not == UNLIKELY and not given.get("profiles", True)
    return say("would_tell_profiles" if unknown else "would_tell_weeks", voice=voice)


def _few(given: Parameters) -> bool:
    days = given.get("active_days")
    return isinstance(days, int) and days < ENOUGH_DAYS
