"""The words that logs use for devices and events, read as the contract's words."""

import re
from collections.abc import Callable

import polars as pl

from detector.kinds import DEVICE_TYPES

PLAYBACK_START = "playback_start"
PLAYBACK_STOP = "playback_stop"
LOGIN = "login"
FAILED = "failed_sign_in"
"""Somebody was refused: no use of the account, whoever it was."""

_REFUSED = (
    r"fail|denied|\bdeny|reject|refus|invalid|incorrect|wrong|error|unsuccess|block|locked|"
    r"forbidden|unauthori[sz]ed"
)
_SIGN_IN = (
    r"log[ _.-]?(on|in)|(?<![a-z])sign[ _.-]?(on|in|up)|auth(?!or(?!i))|credential|password|"
    r"(?<![a-z])(mfa|otp|2fa)(?![a-z])"
)
_ELSE = r"play|stream|video|media|watch|download|upload|pay|bill|charge"
"""What a device does, or fails to do, once it is signed in."""

# The first pattern that is found decides: "Apple TV" and "Fire TV" are boxes that travel.
# A bare "PC" or "browser" is read as a laptop: only what surely stays put may anchor a place.
_DEVICE_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("stick", r"apple ?tv|fire ?tv|fire ?stick|chromecast|roku|stick|dongle|\bshield\b"),
        ("console", r"play ?station|\bps[2345]\b|xbox|nintendo|\bwii|game|console"),
        ("tv", r"tv|television|set[ _-]?top|\bstb\b|decoder|blu-?ray|tizen|web ?os|bravia"),
        ("tablet", r"ipad|tablet|\btab\b|kindle|fire hd"),
        ("phone", r"phone|mobile|\bmob\b|android|\bios\b|handset|pixel|galaxy"),
        ("desktop", r"desktop|imac|mac ?mini|workstation|mac ?pro"),
        ("laptop", r"laptop|notebook|macbook|chromebook|\bpc\b|computer|windows|mac|linux"),
        ("laptop", r"browser|\bweb\b|chrome|firefox|safari|edge|opera"),
    )
)
_EVENT_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (FAILED, rf"^(?!.*({_ELSE}))(?=.*({_SIGN_IN})).*({_REFUSED})"),
        (FAILED, rf"^(?!.*({_ELSE}))(.*[ _.:-])?(failure|failed|denied|rejected)$"),
        (PLAYBACK_STOP, r"(play|stream|video|media|watch).*(stop|end|complete|finish)"),
        (PLAYBACK_STOP, r"^(stop|stopped|ended|complete|completed|finished)$"),
        (PLAYBACK_START, r"(play|stream|video|media|watch).*(start|begin|began|open|init)"),
        (PLAYBACK_START, r"^(play|start|started|playing|playback|stream|watch|view|video)$"),
        (LOGIN, r"log[ _-]?on|log[ _-]?in|sign[ _-]?(in|on)|auth|session[ ._]start"),
    )
)


def read_device_types(texts: pl.Series) -> pl.Series:
    """Read what a log calls its devices as `DEVICE_TYPES`; what is not understood is unknown.

    Examples:
        >>> words = ["Samsung Smart TV", "iPad Air", "Apple TV 4K", "PS5", "toaster", None]
        >>> read_device_types(pl.Series(words)).to_list()
        ['tv', 'tablet', 'stick', 'console', 'unknown', 'unknown']
    """
    kinds = pl.Enum(DEVICE_TYPES)
    return _read_words(texts, _device_type).cast(kinds).fill_null("unknown")


def read_event_types(texts: pl.Series) -> pl.Series:
    """Read what a log calls its events; a word that is not understood stays, in lower case.

    Examples:
        >>> read_event_types(pl.Series(["Logon", "video.play.start", "heartbeat"])).to_list()
        ['login', 'playback_start', 'heartbeat']
        >>> read_event_types(pl.Series(["login_failed", "auth_error", "playback_error"])).to_list()
        ['failed_sign_in', 'failed_sign_in', 'playback_error']
    """
    return _read_words(texts, _event_type)


def is_refusal(outcomes: pl.Series) -> pl.Series:
    """Tell the outcomes of an event that say it came to nothing.

    Examples:
        >>> is_refusal(pl.Series(["SUCCESS", "FAILURE", "false", None])).to_list()
        [False, True, True, False]
    """
    words = outcomes.cast(pl.String).str.strip_chars().str.to_lowercase()
    refused = words.is_in(("false", "no")) | words.str.contains(_REFUSED)
    return refused.fill_null(value=False)


def is_playing(words: pl.Series) -> pl.Series:
    """Tell the words of the contract that speak of playing, which only who is signed in does.

    Examples:
        >>> is_playing(pl.Series(["playback_start", "login", None])).to_list()
        [True, False, False]
    """
    return words.str.starts_with("play").fill_null(value=False)


def _read_words(texts: pl.Series, read: Callable[[str], str]) -> pl.Series:
    distinct = texts.cast(pl.String).drop_nulls().unique()
    words = pl.Series([read(text) for text in distinct], dtype=pl.String)
    return texts.cast(pl.String).replace_strict(
        distinct, words, default=None, return_dtype=pl.String
    )


def _device_type(text: str) -> str:
    word = text.strip().lower()
    if word in DEVICE_TYPES:
        return word
    return next((kind for kind, pattern in _DEVICE_PATTERNS if pattern.search(word)), "unknown")


def _event_type(text: str) -> str:
    word = text.strip().lower()
    return next((kind for kind, pattern in _EVENT_PATTERNS if pattern.search(word)), word)
