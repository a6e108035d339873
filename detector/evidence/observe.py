"""What was observed of each group that may live elsewhere, counted once for all factors."""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.evidence.days import GroupDays
from detector.evidence.observations import Observations
from detector.evidence.profile_use import observe_profiles
from detector.evidence.timelines import observe_timelines
from detector.evidence.use import count_use
from detector.geo import distance_km
from detector.kinds import CARRIED_TYPES, TELEVISION_TYPES, is_by_coordinates
from detector.schemas import (
    ACCOUNT,
    DEVICE,
    DeviceGroups,
    Devices,
    PlaceGroups,
    Places,
    Ties,
    Visits,
)
from detector.settings import EvidenceSettings

D, G, P, T, V = Devices, Observations, Places, Ties, Visits
_BY_COORDINATES = is_by_coordinates(P.kind.col, P.ipv6_days.col, P.latitude.col)
GROUP, PLACE = G.group.name, V.place.name
KEY = [ACCOUNT, GROUP]


@dataclass(frozen=True)
class Grounds:
    """The tables that the observations are counted from, for some accounts."""

    visits: dy.DataFrame[Visits]
    places: pl.DataFrame
    """`Places` without `household`; `partner_micro_bits` of each, if any is known."""
    ties: dy.DataFrame[Ties]
    devices: pl.DataFrame
    """`Devices` without `household`; of its columns at least account_id, device_id, device_type and
    accounts."""
    device_groups: dy.DataFrame[DeviceGroups]
    place_groups: dy.DataFrame[PlaceGroups]


def observe(grounds: Grounds, settings: EvidenceSettings) -> dy.DataFrame[Observations]:
    """Count what the factors ask about each group but home.

    Args:
        grounds: Of any subset of accounts.
        settings: From when on something counts.

    Returns:
        One row per account and group from 1 on, sorted; a group that lives nowhere in
        particular has nulls where a place is asked about.

    Examples:
        A second television on Bob's account, at a place of its own:

        >>> from datetime import date
        >>> device = {"account_id": "bob", "device_id": ["tv", "tv of cy"]}
        >>> place = {"account_id": "bob", "place": [0, 1]}
        >>> grounds = Grounds(
        ...     Visits.sample(overrides=device | {"day": date(2026, 5, 1), "place": [0, 1]}),
        ...     Places.sample(overrides=place | {"kind": "home_line"}),
        ...     Ties.create_empty(),
        ...     pl.DataFrame(device | {"device_type": "tv", "accounts": 1}),
        ...     DeviceGroups.sample(overrides=device | {"group": [0, 1]}),
        ...     PlaceGroups.sample(overrides=place | {"group": [0, 1]}))
        >>> seen = observe(grounds, EvidenceSettings())
        >>> seen.select("group", "televisions", "own_days", "company_days", "tie").rows()
        [(1, 1, 1, 0, 0.0)]
    """
    members = _members(grounds)
    seen = _seen(grounds, members)
    days = GroupDays.of(seen, settings.settled_days)
    counted = (
        count_use(days, settings.min_foothold_days),
        pl.DataFrame(observe_timelines(days)),
        observe_profiles(days, settings.min_television_days),
    )
    rows = (
        pl.concat([days.keys, *counted], how="horizontal")
        .filter((G.group.col > 0) & (G.all_days.col > 0))
        .join(_crew(members), on=KEY, how="left")
        .join(_strongest_tie(grounds, members), on=KEY, how="left")
        .join(_own_place(seen, grounds.places), on=KEY, how="left")
        .join(_two_protocols(grounds), on=KEY, how="left")
        .join(_household(members), on=ACCOUNT, how="left")
    )
    return (
        rows.with_columns(
            pl.col(*_COUNTS, G.tie.name, G.two_protocols.name).fill_null(0),
            other_days=G.own_days.col.sum().over(ACCOUNT) - G.own_days.col,
            foothold_days=pl.lit(settings.min_foothold_days),
            move_day=_moment(G.move_day.name, G.move_parted.col),
            leave_day=_moment(G.leave_day.name, G.leave_parted.col),
        )
        .with_columns(placeless=_is_placeless(settings))
        .sort(KEY)
        .pipe(G.cast)
    )


def _moment(day: str, parted: pl.Expr) -> pl.Expr:
    """The day since 1970 as a date, where it tells anything apart."""
    return pl.when(parted > 0).then(pl.col(day).cast(pl.Int32).cast(pl.Date))


def _members(grounds: Grounds) -> pl.DataFrame:
    """The devices of the groups of accounts that are not in one piece."""
    # An account in one piece has no group to be asked about.
    apart = grounds.device_groups.filter(G.group.col.max().over(ACCOUNT) > 0)
    kind = D.device_type.col.cast(pl.String)
    return apart.join(grounds.devices, on=[ACCOUNT, DEVICE], maintain_order="left").with_columns(
        screen=kind.is_in(TELEVISION_TYPES), carried=kind.is_in(CARRIED_TYPES)
    )


def _seen(grounds: Grounds, members: pl.DataFrame) -> pl.DataFrame:
    """Visits with the group of their device and of their place."""
    places = grounds.place_groups.rename({GROUP: "owner"})
    known = members.select(ACCOUNT, DEVICE, GROUP, "screen")
    return grounds.visits.join(known, on=[ACCOUNT, DEVICE], maintain_order="left").join(
        places, on=[ACCOUNT, PLACE], how="left", maintain_order="left"
    )


def _crew(members: pl.DataFrame) -> pl.DataFrame:
    """The devices of each group."""
    return members.group_by(KEY).agg(
        devices=pl.len(),
        televisions=pl.col("screen").sum(),
        carried=pl.col("carried").sum(),
        device_accounts=D.accounts.col.max(),
    )


def _strongest_tie(grounds: Grounds, members: pl.DataFrame) -> pl.DataFrame:
    """The strongest tie between a device of the group and one of home."""
    groups = members.select(ACCOUNT, DEVICE, GROUP)
    ties = (
        grounds.ties.join(groups, left_on=[ACCOUNT, T.device_a.name], right_on=[ACCOUNT, DEVICE])
        .rename({GROUP: "group_a"})
        .join(groups, left_on=[ACCOUNT, T.device_b.name], right_on=[ACCOUNT, DEVICE])
        .rename({GROUP: "group_b"})
        .filter(pl.min_horizontal("group_a", "group_b") == 0)
        .with_columns(group=pl.max_horizontal("group_a", "group_b"))
        .filter(G.group.col > 0)
    )
    return ties.group_by(KEY).agg(tie=T.strength.col.max())


_LINES_THERE = pl.when(~_BY_COORDINATES).then(P.networks.col)
"""Cells of coordinates are no addresses: many of them show nobody on the move."""


def _own_place(seen: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The place where each group lives most, beside home's."""
    if G.partner_micro_bits.name not in places.columns:
        places = places.with_columns(partner_micro_bits=pl.lit(None, pl.Int64))
    stay = pl.col("stay")
    lived = (
        seen.filter(pl.col("owner") == G.group.col)
        .group_by(ACCOUNT, GROUP, PLACE)
        .agg(stay=pl.len(), place_days=V.day.col.n_unique())
        .join(places.select(ACCOUNT, PLACE, *_FACTS), on=[ACCOUNT, PLACE])
        .sort(ACCOUNT, GROUP, -stay.cast(pl.Int64), PLACE)
        .group_by(KEY, maintain_order=True)
        .agg(
            own_places=pl.len(),
            stays=stay.sum(),
            private_stays=stay.filter(_is_kind("home_line", "cellular")).sum(),
            nat_stays=stay.filter(_is_kind("carrier_nat")).sum(),
            office_stays=stay.filter(_is_kind("workplace", "campus")).sum(),
            venue_stays=stay.filter(_is_kind("venue")).sum(),
            main_days=pl.col("place_days").first(),
            **{name: pl.col(name).first() for name in _FACTS},
        )
    )
    home = lived.filter(G.group.col == 0).select(ACCOUNT, *_FACTS)
    return (
        lived.filter(G.group.col > 0)
        .join(home, on=ACCOUNT, how="left", suffix="_home")
        .with_columns(
            apart_km=distance_km(
                P.latitude.col, P.longitude.col, pl.col("latitude_home"), pl.col("longitude_home")
            ),
            other_country=P.country.col != pl.col("country_home"),
            scatter_km=pl.max_horizontal(P.spread_km.col, pl.col("spread_km_home")),
            same_provider=P.asn.col == pl.col("asn_home"),
            h_country=pl.col("country_home"),
            h_partner_micro_bits=pl.col(f"{G.partner_micro_bits.name}_home"),
            place_accounts=P.accounts.col,
            lines=_LINES_THERE,
        )
        .select(*KEY, *_OF_PLACE, _LINES)
    )


def _two_protocols(grounds: Grounds) -> pl.DataFrame:
    """How much speaks for a place of each group and one of home's being one line."""
    owners = grounds.place_groups.select(ACCOUNT, PLACE, GROUP)
    pairs = (
        grounds.places.filter(P.other_protocol.col.is_not_null())
        .select(ACCOUNT, PLACE, P.other_protocol.name, P.other_protocol_grade.name)
        .join(owners, on=[ACCOUNT, PLACE])
        .join(
            owners, left_on=[ACCOUNT, P.other_protocol.name], right_on=[ACCOUNT, PLACE], suffix="_b"
        )
        .filter(pl.min_horizontal(GROUP, f"{GROUP}_b") == 0)
        .with_columns(pl.max_horizontal(GROUP, f"{GROUP}_b").alias(GROUP))
    )
    return pairs.group_by(KEY).agg(two_protocols=P.other_protocol_grade.col.max())


def _is_placeless(settings: EvidenceSettings) -> pl.Expr:
    """Only on the move: by what the networks are, or, where that is not known, by how they change.

    A home's line may be renumbered every night too, but hardly with one lone phone behind it.
    """
    hardly_anywhere = (G.main_days.col < settings.min_stay_days) & (
        G.nowhere_days.col > G.own_days.col
    )
    lone = (G.devices.col == 1) & (G.carried.col == 1) & ~G.other_country.col.fill_null(value=False)
    hops = pl.col(_LINES) >= settings.min_lone_hops * G.main_days.col
    return (G.own_places.col == 0) | hardly_anywhere | (lone & hops.fill_null(value=False))


_LINES = "lines"
_FACTS = [
    column.name
    for column in (
        *(P.kind, P.country, P.latitude, P.longitude, P.spread_km, P.asn, P.accounts, P.networks),
        P.ipv6_days,
        G.partner_micro_bits,
    )
]
_COUNTS = [
    column.name
    for column in (
        G.own_places,
        G.stays,
        G.private_stays,
        G.nat_stays,
        G.office_stays,
        G.venue_stays,
        G.main_days,
        G.place_accounts,
    )
]
_OF_PLACE = [
    *_COUNTS,
    *(
        column.name
        for column in (
            *(G.apart_km, G.scatter_km, G.same_provider, G.country, G.h_country, G.other_country),
            G.kind,
            *(G.partner_micro_bits, G.h_partner_micro_bits),
        )
    ),
]


def _is_kind(*kinds: str) -> pl.Expr:
    return P.kind.col.cast(pl.String).is_in(kinds)


def _household(members: pl.DataFrame) -> pl.DataFrame:
    """The devices of the account as a whole and of its home."""
    return members.group_by(ACCOUNT).agg(
        account_devices=pl.len(),
        account_televisions=pl.col("screen").sum(),
        h_devices=(G.group.col == 0).sum(),
    )
