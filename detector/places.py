"""Networks of an account → places: renumbering undone, moving about left out."""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.components import label_components
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


@dataclass(frozen=True)
class Whereabouts:
    """The places of some accounts, which networks make them, and who was there when."""

    place_networks: dy.DataFrame[PlaceNetworks]
    places: dy.DataFrame[Places]
    visits: dy.DataFrame[Visits]


def find_places(
    sightings: pl.DataFrame, networks: pl.DataFrame, settings: PlaceSettings
) -> Whereabouts:
    """Find the spots in the world that each account uses.

    Two networks are one place if a television was seen on both (a television does not
    move), if a device was seen on both protocols in the same hour (a dual-stack line), or if
    one took over where the other ended within one provider's pool (a lease). Geolocation is
    not asked. Carriers' gateways and relays are no place, unless a television stands there.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        networks: The kinds of at least their networks.
        settings: How long a lease may rest.

    Returns:
        Places numbered by their days of use, and every sighting as a visit; place -1 is nowhere.
    """
    seen = sightings.join(
        networks.select(N.network.col, N.kind.col, N.pool.col), on=NETWORK, how="left"
    )
    spots = seen.filter(_is_spot(settings))
    nodes = spots.select(ACCOUNT, NETWORK).unique().sort(ACCOUNT, NETWORK)
    links = pl.concat(
        [_anchored(spots, settings), _dual_stack(spots), _leases(spots, settings)]
    ).unique()
    place_networks = _number(spots, _label(nodes, links))
    visits = build_visits(sightings, place_networks)
    places = describe_places(visits, place_networks, networks)
    return Whereabouts(place_networks, places, visits)


def _is_spot(settings: PlaceSettings) -> pl.Expr:
    """Anything but gateways and relays; these too where a television of the account stays."""
    nowhere = N.kind.col.cast(pl.String).is_in(_NOWHERE_KINDS)
    still = pl.when(is_stationary()).then(DAY).n_unique().over(ACCOUNT, DEVICE, N.pool.name)
    router = (N.kind.col.cast(pl.String) == "cellular") & is_stationary()
    return ~nowhere | (router & (still >= settings.min_router_days))


_LINK = {"a": pl.String, "b": pl.String}


def _successive(spots: pl.DataFrame) -> pl.DataFrame:
    """Each device's networks in the order of their first day, beside the one before."""
    stays = (
        spots.group_by(ACCOUNT, DEVICE, NETWORK)
        .agg(
            S.device_type.col.first(),
            N.pool.col.first(),
            N.kind.col.first(),
            first=pl.col(DAY).min(),
            last=pl.col(DAY).max(),
        )
        .sort(ACCOUNT, DEVICE, "first", NETWORK)
    )
    before = pl.all().exclude(ACCOUNT, DEVICE).shift(1).over(ACCOUNT, DEVICE).name.prefix("was_")
    return stays.with_columns(before).filter(pl.col("was_network").is_not_null())


def _anchored(spots: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Networks of one television: one pool, or two lines it keeps going back and forth between."""
    still = spots.filter(is_stationary())
    # Joining each to the first network of its pool spares the detour over successions.
    first = still.sort(DAY, NETWORK).group_by(ACCOUNT, DEVICE, "pool").agg(a=pl.first(NETWORK))
    within = (
        still.select(ACCOUNT, DEVICE, "pool", b=NETWORK)
        .unique()
        .join(first, on=[ACCOUNT, DEVICE, "pool"])
        .select(ACCOUNT, "a", "b")
    )
    turns = (
        still.sort(ACCOUNT, DEVICE, DAY, NETWORK)
        .with_columns(was=pl.col("pool").shift(1).over(ACCOUNT, DEVICE), a=pl.col(NETWORK).shift(1))
        .filter(pl.col("was").is_not_null() & (pl.col("was") != pl.col("pool")))
        .with_columns(turns=pl.len().over(ACCOUNT, DEVICE))
        .filter(pl.col("turns") > settings.min_alternations)
        .select(ACCOUNT, "a", b=NETWORK)
    )
    return pl.concat([within, turns])


def _dual_stack(spots: pl.DataFrame) -> pl.DataFrame:
    """An IPv4 and an IPv6 network on which one device was seen in the same hour."""
    is_v6 = pl.col(NETWORK).str.contains("/64", literal=True)
    keys = [ACCOUNT, DEVICE, DAY]
    old = spots.filter(~is_v6).select(*keys, "hours", a=NETWORK)
    new = spots.filter(is_v6).select(*keys, "hours", b=NETWORK)
    return (
        old.join(new, on=keys)
        .filter((pl.col("hours") & pl.col("hours_right")) > 0)
        .select(ACCOUNT, "a", "b")
        .unique()
    )


def _leases(spots: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """Networks of one pool that follow each other on one device, each for its time."""
    gap = (pl.col("first") - pl.col("was_last")).dt.total_days()
    return (
        _successive(
            spots.filter(~N.kind.col.cast(pl.String).is_in(["venue", "workplace", "campus"]))
        )
        .filter(
            pl.col("pool") == pl.col("was_pool"), gap.is_between(0, settings.max_lease_gap_days)
        )
        .select(ACCOUNT, a="was_network", b=NETWORK)
    )


def _label(nodes: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Networks with the label of their connected component."""
    key = pl.concat_str(ACCOUNT, NETWORK, separator="\x1f")
    names = nodes.select(key=key).sort("key")["key"]
    left = links.select(pl.concat_str(ACCOUNT, "a", separator="\x1f")).to_series()
    right = links.select(pl.concat_str(ACCOUNT, "b", separator="\x1f")).to_series()
    return pl.DataFrame({"key": names, "label": label_components(names, left, right)}).join(
        nodes.with_columns(key=key), on="key"
    )


def _number(spots: pl.DataFrame, labels: pl.DataFrame) -> dy.DataFrame[PlaceNetworks]:
    """Places by days of use, then by first day, then by name: the same whatever the order."""
    label = labels.select(ACCOUNT, NETWORK, "label")
    rank = (
        spots.join(label, on=[ACCOUNT, NETWORK])
        .group_by(ACCOUNT, "label")
        .agg(
            use=pl.struct(DEVICE, DAY).n_unique(),
            first=pl.col(DAY).min(),
            least=pl.col(NETWORK).min(),
        )
        .sort(ACCOUNT, -pl.col("use").cast(pl.Int64), "first", "least")
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
        .agg(S.events.col.sum(), S.hours.col.bitwise_or(), S.playing.col.bitwise_or())
        .sort(Visits.primary_key())
        .pipe(Visits.validate, cast=True)
    )


def describe_places(
    visits: pl.DataFrame, place_networks: pl.DataFrame, networks: pl.DataFrame
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
        )
    )
    return (
        use.join(facts, on=[ACCOUNT, "place"])
        .with_columns(household=pl.lit(None, dtype=pl.Int32))
        .select(P.column_names())
        .sort(P.primary_key())
        .pipe(P.validate, cast=True)
    )
