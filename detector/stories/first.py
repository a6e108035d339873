"""What to know first of an account: the verdict, why, why not, and what would tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.settings import VerdictSettings
from detector.stories.labels import Removed, tell_removed
from detector.stories.say import THEME, VERDICT, Speaks, SpeechRegister, Voice, say
from detector.stories.sum_up import ThemeCode, Upshot, sum_up, tell_what_would
from detector.stories.templates import Language

MOST_THEMES = 3
"""Told for another household, and as many against it."""


@dataclass(frozen=True)
class ThemeTold:
    """What is told of one theme."""

    theme: str
    name: str
    """The theme, in the language asked for."""
    bits: float
    """What all its evidence weighs: above 0 for another household."""
    sentence: str


@dataclass(frozen=True)
class First:
    """What to know first of an account, in one language, for one reader.

    Built by `tell_first`; holds no address and no id but the account's.
    """

    account_id: str
    verdict: str
    verdict_words: str
    flagged: bool
    probability: float
    sentence: str
    """What an agent reads out: the verdict, and the strongest of what makes it."""
    speaks_for: tuple[ThemeTold, ...]
    """For another household, the strongest first; at most three."""
    speaks_against: tuple[ThemeTold, ...]
    would_tell: str
    """What would clear it, or what is missing to know; empty if nothing is asked."""


def tell_first(
    account: Mapping[str, Any],
    language: Language = Language.ENGLISH,
    register: SpeechRegister = SpeechRegister.ANALYST,
    min_home_confidence: float | None = None,
    cleared_by: Sequence[Removed] = (),
) -> First:
    """Tell what to know first of an account.

    Args:
        account: A row of `Accounts`. Of a run of an older version, which names no themes, the
            summary is all that is told.
        language: What to tell it in.
        register: To whom: an analyst, or the person concerned.
        min_home_confidence: How surely a side must be home to be called so; by default that of
            the default settings.
        cleared_by: What the devices of `cleared_by_devices` are, where that is known: else other
            languages than English tell an analyst how many they are.

    Examples:
        >>> from detector.schemas import Accounts
        >>> theme = {"theme": "people", "bits": 6.5, "code": "profiles",
        ...     "parameters": '{"profile_share":0.0}'}
        >>> bob = Accounts.sample(overrides={
        ...     "account_id": ["bob"], "verdict": "shared", "flagged": True, "probability": 0.998,
        ...     "external_households": 1, "home_confidence": 1.0, "themes": [[theme]],
        ...     "clearing": "Without the television of household 1 it would fall below."})
        >>> first = tell_first(bob.row(0, named=True))
        >>> [(one.theme, one.bits, one.sentence) for one in first.speaks_for]
        [('people', 6.5, 'The people there use none of the profiles used at home.')]
        >>> first.would_tell
        'Without the television of household 1 it would fall below.'
    """
    if min_home_confidence is None:
        min_home_confidence = VerdictSettings().min_home_confidence
    sure: bool = account["home_confidence"] >= min_home_confidence
    voice, upshot = Voice(language, register, sure), Upshot.of(account)
    return First(
        account_id=account["account_id"],
        verdict=upshot.verdict,
        verdict_words=_word(f"{VERDICT}{upshot.verdict}", voice),
        flagged=upshot.flagged,
        probability=upshot.probability,
        sentence=account["summary"] if account["themes"] is None else sum_up(upshot, voice),
        speaks_for=_told(upshot, Speaks.FOR, voice),
        speaks_against=_told(upshot, Speaks.AGAINST, voice),
        would_tell=_would_tell(account, upshot, voice, cleared_by),
    )


def _told(upshot: Upshot, speaks: Speaks, voice: Voice) -> tuple[ThemeTold, ...]:
    return tuple(_tell(one, voice) for one in upshot.speaking(speaks)[:MOST_THEMES])


def _tell(one: ThemeCode, voice: Voice) -> ThemeTold:
    name = _word(f"{THEME}{one.theme.replace(' ', '_')}", voice)
    return ThemeTold(one.theme, name, one.bits, one.say(voice))


def _word(code: str, voice: Voice) -> str:
    """The name of a theme or of a verdict, which is the same to everybody."""
    return say(code, speaks=Speaks.DOUBT, voice=Voice(voice.language, home_sure=voice.home_sure))


def _would_tell(
    account: Mapping[str, Any], upshot: Upshot, voice: Voice, named: Sequence[Removed]
) -> str:
    if not upshot.flagged:
        return tell_what_would(upshot, voice)
    if (voice.language, voice.register) == (Language.ENGLISH, SpeechRegister.ANALYST):
        return account["clearing"]
    devices, places = len(account["cleared_by_devices"]), len(account["cleared_by_places"])
    if voice.register == SpeechRegister.ANALYST and (len(named) == devices > 0 or places):
        return tell_removed(named, account["cleared_by_places"], voice.language)
    if devices or places:
        code = "clear_devices" if devices else "clear_places"
        return say(code, {"things": devices or places}, speaks=Speaks.DOUBT, voice=voice)
    held = upshot.probability < account["threshold"]
    return say("clear_held" if held else "clear_nothing", speaks=Speaks.DOUBT, voice=voice)
