"""Lines that are seen over two protocols: televisions on IPv4, and what people carry on IPv6.

Where no device ever uses both, the one home looks like two places. What speaks for one line: both
are one provider's, both are in use at one time, and on the side of IPv4 are only devices that
stay where they stand. A telephone that speaks IPv6, and keeps to IPv4 there, shows that the line
has no IPv6. A borrower at the same provider has televisions too, on IPv4: a second pair that would
do as well leaves both in doubt. Geolocation is not asked, but for the country.
"""

import numpy as np
import polars as pl

from detector.kernels.arrays import Flags, Ints
from detector.kernels.components import label_components
from detector.networks.lookup import Gazetteer
from detector.networks.numbers import IPV4, IPV6
from detector.places.layout import CAMPUS, VENUE, WORKPLACE, Nodes, Stays
from detector.places.renumbering import PAIR, compare_renumberings, list_leases
from detector.schemas import Networks
from detector.settings import PlaceSettings

SURE = 3
"""Grade of a pair of which nothing speaks against one line; without a rival it is one."""

RIVAL = 2
"""Grade from which another pair leaves a sure one in doubt."""

_PUBLIC = np.array([VENUE, WORKPLACE, CAMPUS])
_SPEAKERS_THAT_PART = 2
"""Devices that speak IPv6 and keep to IPv4 from which it is another line; one may be set so."""


def join_protocols(  # noqa: PLR0913 - flat arrays, as in `unite_spots`
    stays: Stays,
    nodes: Nodes,
    at: Ints,
    place: Ints,
    gazetteer: Gazetteer,
    settings: PlaceSettings,
) -> tuple[Ints, pl.DataFrame]:
    """Make places on IPv4 and on IPv6 alone one where they are one line, and tell of doubts.

    Args:
        stays: The sightings.
        nodes: Their networks.
        at: Of each of them the least spot of its place, -1 for none.
        place: The same of each spot.
        gazetteer: Knows providers and countries.
        settings: How long the two must have been in use, and how much of it at one time.

    Returns:
        The least spot of the place of each; and for each pair that may be one, or not, a node of
        either: older, newer, grade.
    """
    pairs = pair_protocols(stays, nodes, at, gazetteer, settings)
    node = np.zeros(len(place) + 1, np.int64)
    node[at] = np.arange(len(at))
    doubts = pairs.filter(~is_sure())
    named = {side: node[doubts[side].to_numpy()] for side in PAIR}
    return join_sure(place, pairs), pl.DataFrame(named | {"grade": doubts["grade"]})


def pair_protocols(
    stays: Stays, nodes: Nodes, at: Ints, gazetteer: Gazetteer, settings: PlaceSettings
) -> pl.DataFrame:
    """Find the places of an account on IPv4 and on IPv6 alone that may be one line.

    Args:
        stays: The sightings.
        nodes: Their networks.
        at: The place of each network, under any number of its own; -1 for none.
        gazetteer: Knows providers and countries.
        settings: How long the two must have been in use, and how much of it at one time.

    Returns:
        older, newer: the places on IPv4 and on IPv6; grade, 1 to `SURE`; rival, the best grade of
        another pair that has one of the two. Sorted.
    """
    where = np.append(at, -1)[stays.node]
    used = (
        np.bincount(where + 1, minlength=int(at.max(initial=-1)) + 2) >= settings.min_protocol_days
    )
    pairs = _of_one_provider(nodes, np.where(used[at + 1], at, -1), gazetteer)
    if pairs.is_empty():
        return pairs.select(*PAIR, grade=pl.lit(0), rival=pl.lit(0))
    wanted = np.zeros(len(used), np.bool_)
    wanted[pairs["older"].to_numpy()] = wanted[pairs["newer"].to_numpy()] = True
    lives = _lives(stays, nodes, where, wanted)
    crew = lives.group_by("at", "device").agg(
        pl.col("still", "speaks").any(), days=pl.col("day").n_unique()
    )
    sides = _sides(lives, crew, settings)
    for side in PAIR:
        named = sides.select(pl.all().name.suffix(f"_{side}"))
        pairs = pairs.join(named, left_on=side, right_on=f"at_{side}")
    pairs = pairs.filter(_are_in_use(settings))
    renumbered = compare_renumberings(list_leases(stays, nodes, where, wanted), pairs.select(PAIR))
    graded = (
        pairs.join(renumbered, on=PAIR, how="left")
        .with_columns(grade=_grade())
        .filter(pl.col("grade") > 0)
    )
    linked = _linked(crew, graded)
    rivals = pl.concat(_rivals(graded, linked, *pair) for pair in (PAIR, PAIR[::-1]))
    rival = rivals.group_by(PAIR).agg(pl.col("rival").max())
    found = graded.join(rival, on=PAIR, how="left")
    return found.select(*PAIR, "grade", pl.col("rival").fill_null(0)).sort(PAIR)


def join_sure(place: Ints, pairs: pl.DataFrame) -> Ints:
    """Make the two places of each sure pair one, named by the least.

    Args:
        place: The least spot of the place of each spot.
        pairs: From `pair_protocols`.

    Examples:
        >>> pairs = pl.DataFrame({"older": [0, 1], "newer": [3, 2], "grade": SURE, "rival": [0, 3]})
        >>> join_sure(np.arange(4), pairs).tolist()
        [0, 1, 2, 0]
    """
    sure = pairs.filter(is_sure())
    if sure.is_empty():
        return place
    spots = pl.concat([sure["older"], sure["newer"]]).unique().sort()
    label = label_components(spots, sure["older"], sure["newer"])
    least = pl.select(spots.alias("spot"), label).select(pl.col("spot").min().over("label"))
    joined = place.copy()
    joined[spots.to_numpy()] = least.to_series().to_numpy()
    return joined[joined]


def is_sure() -> pl.Expr:
    """Whether a pair is one line, rather than in doubt."""
    return (pl.col("grade") == SURE) & (pl.col("rival") < RIVAL)


def _of_one_provider(nodes: Nodes, at: Ints, gazetteer: Gazetteer) -> pl.DataFrame:
    """older, newer, known: places of one account that no provider and no country tells apart."""
    lone = _on_one_protocol(nodes, at)
    six = nodes.family[lone] == IPV6
    account = np.searchsorted(nodes.starts, lone, side="right")
    both = np.intersect1d(account[six], account[~six])
    kept = np.isin(account, both)
    lone, six, account = lone[kept], six[kept], account[kept]
    country = gazetteer.networks[Networks.country.name].gather(nodes.network[lone])
    table = {"account": account, "at": at[lone], "pool": nodes.pool[lone], "country": country}
    older, newer = (pl.DataFrame(table).filter(side).unique() for side in (~six, six))
    facing = older.join(newer, on="account", suffix="_n")
    bond = gazetteer.bond(facing["pool"].to_numpy(), facing["pool_n"].to_numpy())
    near = (pl.col("country") == pl.col("country_n")).fill_null(value=True)
    return (
        facing.with_columns(bond=pl.Series(bond), near=near)
        .group_by(older="at", newer="at_n")
        .agg(pl.col("bond").max(), pl.col("near").any())
        .filter(pl.col("bond") >= 0, "near")
        .select(*PAIR, known=pl.col("bond") > 0)
    )


def _on_one_protocol(nodes: Nodes, at: Ints) -> Ints:
    """The networks of places that are on one protocol alone, and where nobody but a home is."""
    public = np.isin(nodes.kind, _PUBLIC)
    shown = np.zeros((int(at.max(initial=-1)) + 2, 3), np.bool_)
    for column, some in enumerate((nodes.family == IPV4, nodes.family == IPV6, public)):
        shown[at[some], column] = True
    alone = (shown[:, 0] != shown[:, 1]) & ~shown[:, 2]
    return np.flatnonzero((at >= 0) & alone[at])


def _lives(stays: Stays, nodes: Nodes, at: Ints, wanted: Flags) -> pl.DataFrame:
    """at, device, day, still, speaks: the days of devices at the places that are asked about."""
    rows = np.flatnonzero(wanted[at])
    asked = np.zeros(len(stays.devices), np.bool_)
    asked[stays.device[rows]] = True
    family = np.append(nodes.family, 0)[stays.node]
    six = np.flatnonzero(asked[stays.device] & (family == IPV6))
    newer = pl.DataFrame({"device": stays.device[six], "day": stays.day[six]})
    speakers = newer.group_by("device").agg(speaks=pl.col("day").n_unique() > 1)
    lives = {"at": at[rows], "device": stays.device[rows], "day": stays.day[rows]}
    return (
        pl.DataFrame(lives | {"still": stays.still[rows]})
        .join(speakers, on="device", how="left")
        .with_columns(pl.col("speaks").fill_null(value=False))
    )


def _sides(lives: pl.DataFrame, crew: pl.DataFrame, settings: PlaceSettings) -> pl.DataFrame:
    """What is at each place, and for how long it was in use."""
    day = pl.col("day")
    spans = lives.group_by("at").agg(days=day.n_unique(), first=day.min(), last=day.max())
    stay = ~pl.col("still") & (pl.col("days") >= settings.min_protocol_days)
    inside = crew.group_by("at").agg(
        screens=pl.col("still").any(),
        carried=stay.sum(),
        speakers=(stay & pl.col("speaks")).sum(),
    )
    return spans.filter(pl.col("days") >= settings.min_protocol_days).join(inside, on="at")


def _shared_days(a: str, b: str) -> pl.Expr:
    """For how many days two spans overlap; not above 0 if they do not."""
    until = pl.min_horizontal(f"last_{a}", f"last_{b}")
    return until - pl.max_horizontal(f"first_{a}", f"first_{b}") + 1


def _are_in_use(settings: PlaceSettings) -> pl.Expr:
    """Whether the shorter span of two places lies within the other's, as far as asked."""
    spans = (pl.col(f"last_{side}") - pl.col(f"first_{side}") + 1 for side in PAIR)
    least = settings.min_protocol_overlap * pl.min_horizontal(*spans)
    return _shared_days(*PAIR) >= pl.max_horizontal(settings.min_protocol_days, least)


def _grade() -> pl.Expr:
    """From 0, two lines, to `SURE`: what each side holds, if one provider is known to serve both.

    To be numbered anew in one night tells most; if each was by itself, it may be two lines. Where
    no provider is known, only what else would be sure is worth a doubt.
    """
    at_once, apart = pl.col("at_once"), pl.col("apart")
    grade = (
        pl.when((at_once > 0) & (apart == 0))
        .then(SURE)
        .when(pl.col("speakers_older") >= _SPEAKERS_THAT_PART)
        .then(0)
        .when((pl.col("speakers_older") > 0) | ~pl.col("screens_older"))
        .then(1)
        .when(pl.col("carried_older") > 0)
        .then(RIVAL)
        .otherwise(pl.when(apart > at_once).then(RIVAL).otherwise(SURE))
    )
    return pl.when("known").then(grade).otherwise((grade == SURE).cast(pl.Int32))


def _rivals(graded: pl.DataFrame, linked: pl.DataFrame, mine: str, other: str) -> pl.DataFrame:
    """older, newer, rival: the best grade of another pair of a place, in use at the same time.

    Two places that a device goes to and fro between are stretches of one line, no rivals.
    """
    facts = [other, "grade", f"first_{other}", f"last_{other}"]
    others = graded.select(mine, pl.col(facts).name.suffix("_r"))
    met = (
        graded.select(mine, *facts)
        .join(others, on=mine)
        .filter(pl.col(other) != pl.col(f"{other}_r"), _shared_days(other, f"{other}_r") > 0)
        .join(linked, left_on=[other, f"{other}_r"], right_on=["at", "at_r"], how="anti")
    )
    return met.group_by(PAIR).agg(rival=pl.col("grade_r").max())


def _linked(crew: pl.DataFrame, graded: pl.DataFrame) -> pl.DataFrame:
    """at, at_r: places on each of which one device was on several days."""
    asked = pl.concat([graded[side] for side in PAIR])
    several = crew.filter(pl.col("days") > 1, pl.col("at").is_in(asked.implode()))
    held = several.select("at", "device")
    return held.join(held, on="device", suffix="_r").select("at", "at_r").unique()
