"""The words that logs use for devices and events, read as the contract's words."""

import re
from collections.abc import Callable

import polars as pl

from detector.kinds import DEVICE_TYPES

PLAYBACK_START = "playback_start"
PLAYBACK_STOP = "playback_stop"
LOGIN = "login"

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
    """
    return _read_words(texts, _event_type)


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
