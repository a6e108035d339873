"""Numbers that shape the lines of a simulated world and where databases place them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LeaseModel = Literal[
    "static",
    "months",
    "days",
    "weekly",
    "daily",
    "per_session",
    "wandering",
    "nat_sticky",
    "nat_draw",
]
Share = float


class WorldPart(BaseModel):
    """Base of all world settings: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AddressSettings(WorldPart):
    """Lines, gateways, offices, venues and how long each keeps an address."""

    lease_mix: dict[LeaseModel, Share] = {
        "static": 0.17,
        "months": 0.20,
        "days": 0.35,
        "weekly": 0.07,
        "daily": 0.04,
        "per_session": 0.015,
        "wandering": 0.01,
        "nat_sticky": 0.13,
        "nat_draw": 0.015,
    }
    """Share of fixed lines by lease. A television shows a new address every 4 to 24 days of play
    (6 of 8 accounts, FACTS as corrected); `days` lasts 4 to 24 days, `months` 25 to 150, each
    line its own, and some keep theirs for good. One account of eight changed at most sessions,
    on mobile networks alone: such lines are few, and those of small providers."""

    provider_spread: float = Field(default=6.0, gt=0)
    """Dirichlet weight of the mix at one provider: low = each has its own favourite lease."""

    homes_per_prefix: int = Field(default=24, ge=1, le=256)
    """Subscribed homes in a /24 of 256 addresses: about a tenth of its lines."""

    homes_per_nat_address: int = Field(default=12, ge=2)
    """Subscribed homes behind one carrier address; carriers put 30-100 lines on one."""

    session_lease_minutes: int = Field(default=35, gt=0)
    """A line that changes at most sessions: about one play (FACTS: 21 minutes at the median)."""

    prefixes_per_session_pool: int = Field(default=40, ge=1)
    """/24s such a line hops over: one television was seen in 55 (FACTS)."""

    gateways_per_operator: int = Field(default=320, ge=8)
    """Public addresses of a mobile operator: a phone met 1,130 in 19 months (FACTS)."""

    ipv6_lines: Share = Field(default=0.37, ge=0, le=1)
    """Fixed lines with an IPv6 delegation; tuned to 17 % IPv6 events (FACTS)."""

    ipv6_televisions: Share = Field(default=0.4, ge=0, le=1)
    """Televisions, boxes and consoles that speak IPv6 where they can, so that 22 of 27 never do,
    on whatever line they are (FACTS)."""

    ipv6_portables: Share = Field(default=0.9, ge=0, le=1)
    """Phones, tablets and computers that do; our estimate."""

    ipv6_plays: tuple[Share, Share] = (0.5, 0.9)
    """Share of its sittings that a device which speaks both shows IPv6 in, on a line with both:
    each device has its own (FACTS)."""

    ipv6_always: Share = Field(default=0.03, ge=0, le=1)
    """Devices that speak IPv6 wherever they can: 1 of 34 (FACTS)."""

    strict_protocols: Share = Field(default=0.13, ge=0, le=1)
    """Lines with both protocols whose televisions speak IPv4 alone and all else IPv6 alone, so
    that they never share an address; our estimate. 1: a world in which no home mixes them."""

    renumbered_providers: int = Field(default=1, ge=0)
    """Providers that renumber all lines around one of their hubs in one night of the window."""

    workers_per_office: int = Field(default=9, ge=1)
    """Simulated people per workplace address pool; sizes follow a Zipf law around it."""

    relay_share: Share = Field(default=0.02, ge=0, le=1)
    """Phones, tablets and laptops whose traffic often leaves through a privacy relay."""

    relay_abroad: Share = Field(default=0.1, ge=0, le=1)
    """Of these, devices whose relay may answer from any country; our estimate."""

    vpn_share: Share = Field(default=0.01, ge=0, le=1)
    """Portable devices of ordinary people that sometimes use a VPN: 88 of 6,923 events came
    from VPN or datacentre lists (FACTS)."""


class GeolocationSettings(WorldPart):
    """How far the position given for an address is from the truth."""

    pool_in_right_city: Share = Field(default=0.46, ge=0, le=1)
    """Address pools whose usual position is the city they serve; others sit at a hub nearby."""

    prefix_at_pool: Share = Field(default=0.74, ge=0, le=1)
    """Prefixes placed where their pool usually is: two prefixes of one line are 0 km apart at
    the median, and the city is right for about a third (FACTS)."""

    prefix_nearby: Share = Field(default=0.05, ge=0, le=1)
    """Prefixes placed in a town around; the rest land anywhere in the country, which gives
    263 km at 75 % and 694 km at 90 % (FACTS)."""

    wrong_country: Share = Field(default=0.005, ge=0, le=1)
    """Prefixes placed in another country: two sources, each wrong that often, agree in 99.0 %
    (FACTS)."""

    connection_type_missing: Share = Field(default=0.1, ge=0, le=1)
    """Prefixes for which the log knows no connection type."""
