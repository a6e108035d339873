"""Networks of an account → places: renumbering undone, moving about left out."""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.components import label_components
from detector.lines import label_lines, name_units
from detector.schemas import Networks, PlaceNetworks, Places, Sightings, Visits, is_stationary
from detector.settings import PlaceSettings

S, N, P, V = Sightings, Networks, Places, Visits
ACCOUNT, DEVICE, NETWORK, DAY = (
    S.account_id.name,
    S.device_id.name,
    S.network.name,
    S.day.name,
)
_NOWHERE_KINDS = ("cellular", "anonymizer")
_PUBLIC_KINDS = ("venue", "workplace", "campus")


@dataclass(frozen=True)
class Whereabouts:
    """The places of some accounts, which networks make them, and who was there when."""

    place_networks: dy.DataFrame[PlaceNetworks]
    places: dy.DataFrame[Places]
    visits: dy.DataFrame[Visits]


def find_places(
    sightings: pl.DataFrame,
    networks: pl.DataFrame,
    scatter: pl.DataFrame,
    settings: PlaceSettings,
) -> Whereabouts:
    """Find the spots in the world that each account uses.

    Networks are one place if they are one line hopping over its provider's addresses (see
    `detector.lines`), if a television keeps going back and forth between them (two lines; a
    television does not move), if a device was seen on both protocols in the same hour (a
    dual-stack line), or if one took over where the other ended within one provider's pool (a
    lease). Geolocation is not asked. Carriers' gateways and relays are no place, unless a
    television stands there.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        networks: The kinds of at least their networks.
        scatter: Column `pool`: providers that give every session an address of its own.
        settings: How long a lease may rest.

    Returns:
        Places numbered by their days of use, and every sighting as a visit; place -1 is nowhere.
    """
    seen = sightings.join(
        networks.select(N.network.col, N.kind.col, N.pool.col), on=NETWORK, how="left"
    )
    units = name_units(seen.filter(_is_spot(settings)), settings)
    spots = _name_spots(units, label_lines(units, scatter, settings))
    links = [_alternating(spots, settings), _dual_stack(spots), _leases(spots, settings)]
    place_networks = _number(spots, _label(spots, pl.concat(links)))
    visits = build_visits(sightings, place_networks)
    places = describe_places(
        visits, place_networks, networks, _ipv6_days(sightings, place_networks)
    )
    return Whereabouts(place_networks, places, visits)


def may_be_spot() -> pl.Expr:
    """Whether a sighting on a network can be at a place, for all that one row tells of it."""
    return ~N.kind.col.cast(pl.String).is_in(_NOWHERE_KINDS) | is_stationary()


def _is_spot(settings: PlaceSettings) -> pl.Expr:
    """Anything but gateways and relays; these too where a television of the account stays."""
    kind = N.kind.col.cast(pl.String)
    still = pl.when(is_stationary()).then(DAY).n_unique().over(ACCOUNT, DEVICE, N.pool.name)
    router = (kind == "cellular") & is_stationary() & (still >= settings.min_router_days)
    return ~kind.is_in(_NOWHERE_KINDS) | router


def _name_spots(units: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Give every network of an account one spot: the busiest line on it, or itself.

    A guest's own line must not claim the host's network: the line with most days wins.
    """
    claims = (
        units.filter("hops")
        .join(lines, on=[ACCOUNT, "pool", "unit"])
        .with_columns(days=pl.struct(DEVICE, DAY).n_unique().over(ACCOUNT, "line"))
        .sort(ACCOUNT, NETWORK, -pl.col("days").cast(pl.Int64), "line")
        .group_by(ACCOUNT, NETWORK)
        .agg(spot=pl.col("line").first())
    )
    return units.join(claims, on=[ACCOUNT, NETWORK], how="left").with_columns(
        spot=pl.coalesce("spot", "unit")
    )


def _alternating(spots: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Spots between which a television keeps going back and forth: two lines of one home."""
    # A carrier's address beside a line of one's own is one line with both protocols.
    own = ~N.kind.col.cast(pl.String).is_in([*_PUBLIC_KINDS, "carrier_nat"])
    return (
        spots.filter(is_stationary(), own)
        .sort(ACCOUNT, DEVICE, DAY, "hours", NETWORK)
        .with_columns(was=pl.col("spot").shift(1).over(ACCOUNT, DEVICE), a=pl.col("spot").shift(1))
        .filter(pl.col("was").is_not_null() & (pl.col("was") != pl.col("spot")))
        .filter(pl.len().over(ACCOUNT, DEVICE) > settings.min_alternations)
        .select(ACCOUNT, "a", b="spot")
        .unique()
    )


def _is_v6() -> pl.Expr:
    return pl.col(NETWORK).str.contains("/64", literal=True)


def _dual_stack(spots: pl.DataFrame) -> pl.DataFrame:
    """Spots of an IPv4 and an IPv6 network on which one device was seen in the same hour."""
    is_v6 = _is_v6()
    keys = [ACCOUNT, DEVICE, DAY]
    # A carrier's address is many homes': it must not make one of their private prefixes.
    shared = (*_PUBLIC_KINDS, "carrier_nat")
    homely = spots.filter(~N.kind.col.cast(pl.String).is_in(shared))
    old = homely.filter(~is_v6).select(*keys, "hours", a="spot")
    new = homely.filter(is_v6).select(*keys, hours_b="hours", b="spot")
    return (
        old.join(new, on=keys)
        .filter((pl.col("hours") & pl.col("hours_b")) > 0, pl.col("a") != pl.col("b"))
        .select(ACCOUNT, "a", "b")
        .unique()
    )


def _leases(spots: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Spots of one pool of which the account left one for good before it took the other.

    At least one device must have been on both; a visit to a friend with the same provider
    is no new lease, for home goes on while it lasts.
    """
    homely = spots.filter(~N.kind.col.cast(pl.String).is_in(_PUBLIC_KINDS))
    spans = homely.group_by(ACCOUNT, "pool", "spot").agg(
        first=pl.col(DAY).min(), last=pl.col(DAY).max()
    )
    held = (
        homely.select(ACCOUNT, DEVICE, "pool", "spot")
        .unique()
        .join(spans, on=[ACCOUNT, "pool", "spot"])
    )
    own = [ACCOUNT, DEVICE, "pool"]
    gap = (pl.col("first") - pl.col("last").shift(1).over(own)).dt.total_days()
    return (
        held.sort(*own, "first", "last", "spot")
        .with_columns(a=pl.col("spot").shift(1).over(own), gap=gap)
        .filter(pl.col("gap").is_between(0, settings.max_lease_gap_days))
        .select(ACCOUNT, "a", b="spot")
        .unique()
    )


def _label(spots: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Networks with the label of their connected component of spots."""
    key = pl.concat_str(ACCOUNT, "spot", separator="\x1e")
    names = spots.select(key).to_series().unique().sort()
    ends = [
        links.select(pl.concat_str(ACCOUNT, end, separator="\x1e")).to_series()
        for end in ("a", "b")
    ]
    labels = pl.DataFrame({"key": names, "label": label_components(names, ends[0], ends[1])})
    nodes = spots.select(ACCOUNT, NETWORK, key=key).unique()
    return nodes.join(labels, on="key").select(ACCOUNT, NETWORK, "label")


def _number(spots: pl.DataFrame, label: pl.DataFrame) -> dy.DataFrame[PlaceNetworks]:
    """Places by days of use, then by first day, then by name: the same whatever the order."""
    rank = (
        spots.join(label, on=[ACCOUNT, NETWORK])
        .group_by(ACCOUNT, "label")
        .agg(
            use=pl.struct(DEVICE, DAY).n_unique().cast(pl.Int64),
            first=pl.col(DAY).min(),
            least=pl.col(NETWORK).min(),
        )
        .sort(ACCOUNT, -pl.col("use"), "first", "least")
        .with_columns(place=pl.int_range(pl.len()).over(ACCOUNT))
    )
    return (
        label.join(rank.select(ACCOUNT, "label", "place"), on=[ACCOUNT, "label"])
        .select(ACCOUNT, NETWORK, "place")
        .sort(ACCOUNT, NETWORK)
        .pipe(PlaceNetworks.validate, cast=True)
    )


def build_visits(sightings: pl.DataFrame, place_networks: pl.DataFrame) -> dy.DataFrame[Visits]:
    """Turn sightings into visits: which device was at which place on which day."""
    return (
        sightings.join(place_networks, on=[ACCOUNT, NETWORK], how="left")
        .with_columns(pl.col("place").fill_null(-1))
        .group_by(Visits.primary_key())
        .agg(
            S.events.col.sum(),
            S.hours.col.bitwise_or(),
            S.playing.col.bitwise_or(),
            S.profiles.col.bitwise_or(),
        )
        .sort(Visits.primary_key())
        .pipe(Visits.validate, cast=True)
    )


def _ipv6_days(sightings: pl.DataFrame, place_networks: pl.DataFrame) -> pl.DataFrame:
    """Days on which each place was seen over IPv6; places without any address have no row."""
    is_v6, is_v4 = _is_v6(), pl.col(NETWORK).str.contains(r"^\d+\.")
    return (
        sightings.select(ACCOUNT, NETWORK, DAY)
        .filter(is_v6 | is_v4)
        .join(place_networks, on=[ACCOUNT, NETWORK])
        .group_by(ACCOUNT, "place")
        .agg(ipv6_days=pl.col(DAY).filter(is_v6).n_unique())
    )


def describe_places(
    visits: pl.DataFrame,
    place_networks: pl.DataFrame,
    networks: pl.DataFrame,
    ipv6_days: pl.DataFrame,
) -> dy.DataFrame[Places]:
    """Say of each place what it is, where roughly, and how long it was used."""
    use = visits.group_by(ACCOUNT, "place").agg(
        devices=V.device_id.col.n_unique(),
        active_days=V.day.col.n_unique(),
        first_day=V.day.col.min(),
        last_day=V.day.col.max(),
    )
    # The best-used network speaks for the place; names break ties.
    facts = (
        place_networks.join(networks, on=NETWORK)
        .sort(ACCOUNT, "place", -N.days.col.cast(pl.Int64), NETWORK)
        .group_by(ACCOUNT, "place")
        .agg(
            N.kind.col.first(),
            pl.len().alias("networks"),
            N.accounts.col.max(),
            N.country.col.drop_nulls().first(),
            N.city.col.drop_nulls().first(),
            # Geolocation errs by hundreds of kilometres per prefix: the median forgives some.
            N.latitude.col.median().round(1),
            N.longitude.col.median().round(1),
            N.asn.col.drop_nulls().first(),
            N.as_org.col.drop_nulls().first(),
        )
    )
    return (
        use.join(facts, on=[ACCOUNT, "place"])
        .join(ipv6_days, on=[ACCOUNT, "place"], how="left")
        .with_columns(household=pl.lit(None, dtype=pl.Int32))
        .select(P.column_names())
        .sort(P.primary_key())
        .pipe(P.validate, cast=True)
    )
