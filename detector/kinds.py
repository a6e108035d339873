"""What columns of a few values may hold: kinds of devices and networks, verdicts, states."""

from enum import StrEnum

import polars as pl

DEVICE_TYPES = ("tv", "console", "stick", "phone", "tablet", "laptop", "desktop", "unknown")
STATIONARY_TYPES = ("tv", "console", "desktop")
"""Devices that stay where they stand: what anchors a place while addresses change."""

TELEVISION_TYPES = ("tv", "console", "stick")
CARRIED_TYPES = ("phone", "tablet", "laptop")

OWN_LINE = "lan:"
"""Begins the network of an account whose private addresses are said to be its own line."""

NETWORK_KINDS = (
    "home_line",
    "carrier_nat",
    "cellular",
    "workplace",
    "campus",
    "venue",
    "anonymizer",
    "unknown",
)
BLOCK_KINDS = (
    "hosting",
    "datacenter",
    "cloud",
    "vpn",
    "proxy",
    "relay",
    "tor",
    "mobile",
    "cellular",
)
"""What lists of address blocks may be lists of: words that tell what a network is."""

VERDICTS = ("one_household", "shared", "resold", "insufficient_evidence")


class Theme(StrEnum):
    """What a factor bears witness to; a reader is told one sentence per theme."""

    PEOPLE = "people"
    TELEVISIONS = "televisions"
    PLACE = "place"
    PRESENCE = "presence"
    BESIDE_HOME = "beside home"
    CALENDAR = "calendar"
    MOVING = "moving"
    ACCOUNT = "account"


class Treatment(StrEnum):
    """What a policy does about an account, the mildest first."""

    NONE = "none"
    NOTIFY = "notify"
    VERIFY_DEVICE = "verify_device"
    OFFER_EXTRA_MEMBER = "offer_extra_member"
    OFFER_PROFILE_TRANSFER = "offer_profile_transfer"
    LIMIT_EXTERNAL_DEVICES = "limit_external_devices"
    PAUSE_EXTERNAL_DEVICES = "pause_external_devices"


DEVICE_TREATMENTS = (Treatment.LIMIT_EXTERNAL_DEVICES, Treatment.PAUSE_EXTERNAL_DEVICES)
"""What is done to single devices; all else is done to the account as a whole."""

SURE_OF_HOME = 0.98
"""What a policy asks of `home_confidence`, by default, before devices are treated."""


class CaseState(StrEnum):
    """Where an account under review stands."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    EXEMPT = "exempt"
    WARNED = "warned"
    GRACE = "grace"
    TREATED = "treated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class ReviewAnswer(StrEnum):
    """What a reviewer says of an account."""

    CONFIRM = "confirm"
    CLEAR = "clear"
    UNSURE = "unsure"
    SWAP = "swap"
    EXEMPT = "exempt"
    SKIP = "skip"


class DrawnBy(StrEnum):
    """How an account came before a reviewer, without which no rate can be told from reviews."""

    FLAGGED = "flagged"
    RANDOM = "random"
    CHOSEN = "chosen"


class Role(StrEnum):
    """What somebody who signs in may see and do."""

    VIEWER = "viewer"
    AGENT = "agent"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"


def is_stationary(device_type: pl.Expr) -> pl.Expr:
    """Tell devices that stay where they stand from those people carry.

    Examples:
        >>> types = pl.Series(["console", "phone"])
        >>> pl.select(is_stationary(pl.lit(types))).to_series().to_list()
        [True, False]
    """
    return device_type.cast(pl.String).is_in(STATIONARY_TYPES)


def is_by_coordinates(kind: pl.Expr, ipv6_days: pl.Expr, latitude: pl.Expr) -> pl.Expr:
    """Tell places that were found by the coordinates of a log without addresses.

    Examples:
        >>> spots = pl.DataFrame({"kind": "unknown", "ipv6": None, "latitude": [45.8, None]})
        >>> found = is_by_coordinates(pl.col("kind"), pl.col("ipv6"), pl.col("latitude"))
        >>> spots.select(found).to_series().to_list()
        [True, False]
    """
    return (kind.cast(pl.String) == "unknown") & ipv6_days.is_null() & latitude.is_not_null()
