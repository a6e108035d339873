"""Networks of an account → places: renumbering undone, moving about left out."""

from dataclasses import dataclass

import dataframely as dy
import numpy as np
import polars as pl

from detector.kernels.arrays import Ints
from detector.kernels.blocks import AccountRows
from detector.kernels.union_find import find_roots
from detector.kinds import is_stationary
from detector.networks.lookup import Gazetteer
from detector.places.abroad import place_abroad
from detector.places.describe import PlaceKeys, describe_places
from detector.places.doubles import find_doubles
from detector.places.dual import join_dual
from detector.places.layout import Nodes, Stays, find_hops, find_spots, lay_out
from detector.places.lines import label_lines
from detector.places.number import number_places
from detector.places.points import unite_cells
from detector.places.protocols import join_protocols
from detector.places.spots import find_places_of, name_spots, unite_spots
from detector.places.units import lay_out_units, number_lines
from detector.places.visits import build_visits
from detector.schemas import Networks, PlaceNetworks, Places, Sightings, Visits
from detector.settings import PlaceSettings

N, P = Networks, PlaceNetworks


@dataclass(frozen=True)
class Whereabouts:
    """The places of some accounts, which networks make them, and who was there when."""

    place_networks: dy.DataFrame[PlaceNetworks]
    places: dy.DataFrame[Places]
    visits: dy.DataFrame[Visits]
    doubles: pl.DataFrame
    """From `find_doubles`."""


def find_places(
    sightings: pl.DataFrame, gazetteer: Gazetteer, settings: PlaceSettings
) -> Whereabouts:
    """Find the spots in the world that each account uses.

    Networks are one place if they are one line hopping over its provider's addresses (see
    `detector.places.lines`), if they are subnets of what one line is given, if a television keeps
    going back and forth between them (two lines; a television does not move), if a device was seen
    on both protocols in the same hour, or at one provider in one day (a dual-stack line: see
    `detector.places.dual`), if one took over where the other ended within one provider's pool (see
    `detector.places.leasing`), or if televisions are on a provider's IPv4 and what people carry is
    on its IPv6 (see `detector.places.protocols`). Geolocation is not asked, but where it is all
    there is: cells of coordinates are one place where points lie densely (see
    `detector.places.points`). Carriers' gateways and relays are no place, unless a television
    stands there, or weeks are spent on those of another country.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        gazetteer: Knows at least their networks.
        settings: How long a lease may rest.

    Returns:
        Places numbered by their days of use, and every sighting as a visit; place -1 is nowhere.

    Examples:
        Ada's television has a place; her phone, on its carrier's gateway, is nowhere:

        >>> home, gateway = "81.2.69.142", "100.64.7.1"
        >>> networks = Networks.sample(overrides={
        ...     "network": [home, gateway], "kind": ["home_line", "cellular"], "pool": None})
        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": "ada", "device_id": ["tv", "phone"], "device_type": ["tv", "phone"],
        ...     "network": [home, gateway]})
        >>> gazetteer = Gazetteer.of(networks, pl.DataFrame(schema={"pool": pl.String}))
        >>> found = find_places(sightings, gazetteer, PlaceSettings())
        >>> found.visits.select("device_id", "place").rows()
        [('phone', -1), ('tv', 0)]
    """
    rows = AccountRows.of(sightings)
    stays, nodes = lay_out(rows, gazetteer)
    number, doubts = _number(rows, stays, nodes, gazetteer, settings)
    keys = PlaceKeys.of(nodes, number)
    place = np.append(number, -1)[stays.node]
    return Whereabouts(
        _list_networks(rows, nodes, number, gazetteer),
        describe_places(rows, stays, nodes, keys, gazetteer, doubts),
        build_visits(rows, place),
        find_doubles(sightings, gazetteer.networks),
    )


def may_be_spot() -> pl.Expr:
    """Whether a sighting on a network can be at a place, for all that one row tells of it.

    Examples:
        A television beside a mobile router does not move about:

        >>> rows = pl.DataFrame({"kind": "cellular", "device_type": ["phone", "tv"]})
        >>> rows.select(may_be_spot()).to_series().to_list()
        [False, True]
    """
    return ~N.kind.col.cast(pl.String).is_in(("cellular", "anonymizer")) | is_stationary(
        Sightings.device_type.col
    )


def _number(
    rows: AccountRows, stays: Stays, nodes: Nodes, gazetteer: Gazetteer, settings: PlaceSettings
) -> tuple[Ints, pl.DataFrame]:
    """The place of each network of an account, -1 for none; and which places may be one."""
    spot = find_spots(stays, nodes, settings.min_router_days)
    hops = find_hops(stays, nodes, spot, settings.max_hop_days)
    line = number_lines(nodes)
    units = lay_out_units(stays, nodes, line, hops, settings.min_steadiness)
    of_unit = label_lines(units, nodes, gazetteer.scattered, settings)
    of_node = name_spots(stays, units, of_unit, spot, len(nodes.network))
    limits = settings.min_alternations, settings.max_lease_gap_days
    spots = len(of_unit) + len(of_node)
    place = unite_spots(stays, nodes, line, of_node, spot, spots, limits)
    unite_cells(rows, stays, nodes, of_node, place, gazetteer, settings)
    at = find_places_of(of_node, place)
    join_dual(stays, nodes, at, gazetteer.provider[nodes.pool], place)
    place = find_roots(place)
    at = find_places_of(of_node, place)
    place, doubts = join_protocols(stays, nodes, at, place, gazetteer, settings)
    number = number_places(stays, nodes, of_node, spot, place)
    return place_abroad(stays, nodes, number, gazetteer, settings.min_abroad_days), doubts


def _list_networks(
    rows: AccountRows, nodes: Nodes, number: Ints, gazetteer: Gazetteer
) -> dy.DataFrame[PlaceNetworks]:
    """Which networks make each place, sorted."""
    account = np.repeat(rows.accounts[:-1], np.diff(nodes.starts))
    kept = number >= 0
    names = gazetteer.networks[N.network.name]
    table = pl.DataFrame(
        {
            P.account_id.name: rows.frame[P.account_id.name].gather(pl.Series(account[kept])),
            P.network.name: names.gather(pl.Series(nodes.network[kept])),
            P.place.name: number[kept].astype(np.int32),
        }
    )
    return PlaceNetworks.cast(table)
