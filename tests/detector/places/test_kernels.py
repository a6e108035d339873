"""The kernels that find places, held against the same rules in plain Python."""

from datetime import date
from itertools import combinations, pairwise
from statistics import median

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.kinds import STATIONARY_TYPES
from detector.networks.lookup import Gazetteer
from detector.places.find import find_places
from detector.settings import PlaceSettings
from tests.detector.builders import network, networks_of, sighting, sightings_of

pytestmark = pytest.mark.slow

SETTINGS = PlaceSettings(min_expected_meetings=1, max_stretch=40)
PUBLIC = ("venue", "workplace", "campus")
KINDS = {
    **{f"10.0.0.{n}": ("home_line", "AS1") for n in (1, 2, 9, 60, 200)},
    **{f"2a02:1:{n}:1::/64": ("home_line", "AS1") for n in (1, 2, 90)},
    "2a02:1:1:2::/64": ("home_line", "AS1"),
    "10.9.0.1": ("carrier_nat", "AS2"),
    "10.9.0.2": ("cellular", "AS2"),
    "10.9.0.3": ("venue", "AS2"),
    "10.9.0.4": ("anonymizer", "AS3"),
    "10.9.0.5": ("unknown", "AS3"),
    "cell:1.00,1.00": ("unknown", "cell:1.00,1.00"),
}
SIGHTINGS = st.lists(
    st.builds(
        lambda device, name, day, hours: sighting("ada", device, name, day, hours=hours),
        st.sampled_from(["tv", "console", "phone", "phone-b"]),
        st.sampled_from(sorted(KINDS)),
        st.integers(0, 12),
        st.sets(st.integers(18, 21), min_size=1),
    ),
    min_size=1,
    max_size=70,
    unique_by=lambda row: (row["device_id"], row["network"], row["day"]),
)


def hours_of(seen):
    return sum(1 << hour for hour in range(24) if seen >> 2 * hour & 3)


def joined(items, pairs):
    """Sets of what is linked."""
    sets = {item: {item} for item in items}
    for a, b in pairs:
        if sets[a] is not sets[b]:
            sets[a] |= sets[b]
            for item in sets[b]:
                sets[item] = sets[a]
    return sets


def line(name):
    """The /56 of an IPv6 network."""
    return ":".join(name.split(":")[:3]) + name.split(":")[3][:-2] if "/" in name else name


def position(name):
    if "/" in name:
        a, b, c = (int(word, 16) for word in name.split(":")[:3])
        return (a << 32) + (b << 16) + c
    if name.startswith("cell"):
        return None
    a, b, c, d = map(int, name.split("."))
    return (a << 24) + (b << 16) + (c << 8) + d


def together(rows):
    total = 0
    for row in rows:
        total |= row["hours"]
    return total


def daily(rows):
    return {day: [row for row in rows if row["day"] == day] for day in {r["day"] for r in rows}}


def steadiness(days):
    addressed = sum(row["hours"].bit_count() for rows in days.values() for row in rows)
    by_hour = 2 - addressed / sum(together(rows).bit_count() for rows in days.values())
    addresses = sum(len({line(row["network"]) for row in rows}) for rows in days.values())
    return min(max(by_hour, SETTINGS.min_steadiness), 1), min(max(2 - addresses / len(days), 0), 1)


def meeting(mine, theirs):
    """Whether two devices are on one line (True), on two (False), or it cannot be told."""
    one, two = daily(mine), daily(theirs)
    common = one.keys() & two.keys()
    met = {
        day: [
            {"hours": a["hours"] & b["hours"]}
            for a in one[day]
            for b in two[day]
            if line(a["network"]) == line(b["network"])
        ]
        for day in common
    }
    shared = sum(map(bool, met.values()))
    joint = sum((together(one[day]) & together(two[day])).bit_count() for day in common)
    steady, steady_day = map(min, zip(steadiness(one), steadiness(two), strict=True))
    by_hour, by_day = joint * steady, len(common) * steady_day
    matched = sum(together(rows).bit_count() for rows in met.values())
    matched, expected = (shared, by_day) if by_day > by_hour else (matched, by_hour)
    if not common or expected < SETTINGS.min_expected_meetings:
        return True if shared else None
    if matched / expected >= SETTINGS.min_meeting_rate:
        return True
    return False if matched / expected < SETTINGS.max_apart_rate else None


def label_lines(units):
    """The name of the line of each unit, for the units of one pool."""
    verdict = {(a, b): meeting(units[a], units[b]) for a, b in combinations(sorted(units), 2)}
    sets = joined(units, [pair for pair, found in verdict.items() if found])
    lines = {min(members): members for members in sets.values()}

    def of(name, what):
        return sum(len({row[what] for row in units[unit]}) for unit in lines[name])

    def near(name, chief):
        at = [
            sorted({position(row["network"]) for unit in lines[n] for row in units[unit]} - {None})
            for n in (name, chief)
        ]
        if not all(at):
            return False
        gaps = [min(abs(here - there) for there in at[1]) for here in at[0]]
        return median(gaps) <= SETTINGS.max_stretch

    def apart(name, chief):
        return any(
            verdict.get((min(a, b), max(a, b))) is False for a in lines[name] for b in lines[chief]
        )

    leader = {name: name for name in lines}
    rest = sorted(lines, key=lambda name: (-of(name, "day"), -of(name, "network"), name))
    rest = [n for n in rest if of(n, "network") >= SETTINGS.min_hops_per_day * of(n, "day")]
    while rest:
        chief, *others = rest
        led = [n for n in others if not apart(n, chief) and near(n, chief)]
        leader |= dict.fromkeys(led, chief)
        rest = [n for n in others if n not in led]
    return {unit: leader[min(sets[unit])] for unit in units}


def find_spots(rows):
    """Rows at any spot, and the spot of each network."""

    def is_spot(row):
        kind, pool = KINDS[row["network"]]
        still = row["device_type"] in STATIONARY_TYPES
        days = {r["day"] for r in rows if KINDS[r["network"]][1] == pool
                and r["device_id"] == row["device_id"]}  # fmt: skip
        router = kind == "cellular" and still and len(days) >= SETTINGS.min_router_days
        return kind not in ("cellular", "anonymizer") or router

    spots = [row for row in rows if is_spot(row)]
    days = {}
    for row in spots:
        days.setdefault(row["network"], []).append(row["day"])
    units = {}
    for row in spots:
        span = max(days[row["network"]]) - min(days[row["network"]])
        if row["device_type"] in STATIONARY_TYPES or span.days < SETTINGS.max_hop_days:
            units.setdefault(KINDS[row["network"]][1], {}).setdefault(row["device_id"], []).append(
                row
            )
    found = {row["network"]: ("network", row["network"]) for row in spots}
    for pool, theirs in units.items():
        leader = label_lines(theirs)
        use = dict.fromkeys(leader.values(), 0)
        for unit, name in leader.items():
            use[name] += len({row["day"] for row in theirs[unit]})
        for name in {row["network"] for unit in theirs.values() for row in unit}:
            claims = {leader[u] for u in theirs if any(r["network"] == name for r in theirs[u])}
            found[name] = ("line", min(claims, key=lambda c: (-use[c], c)), pool)
    return spots, found


def seams(spots, spot):
    """Pairs of spots that are one place."""
    homely = [row for row in spots if KINDS[row["network"]][0] not in PUBLIC]
    for device in sorted({row["device_id"] for row in homely}):
        mine = [row for row in homely if row["device_id"] == device]
        own = [row for row in mine if KINDS[row["network"]][0] != "carrier_nat"]
        if device in STATIONARY_TYPES:
            yield from alternations(own, spot)
        for a, b in combinations(own, 2):
            both = a["day"] == b["day"] and a["hours"] & b["hours"]
            if both and ("/64" in a["network"]) != ("/64" in b["network"]):
                yield spot[a["network"]], spot[b["network"]]
        for pool in {pool for _, pool in KINDS.values()}:
            held = {spot[row["network"]] for row in mine if KINDS[row["network"]][1] == pool}
            yield from leases(held, homely, spot)


def alternations(own, spot):
    order = sorted(own, key=lambda row: (row["day"], row["hours"], row["network"]))
    turns = [(a, b) for a, b in pairwise(spot[row["network"]] for row in order) if a != b]
    return turns if len(turns) > SETTINGS.min_alternations else []


def leases(held, homely, spot):
    spans = {at: [row["day"] for row in homely if spot[row["network"]] == at] for at in held}
    order = sorted(held, key=lambda at: (min(spans[at]), max(spans[at]), at))
    gaps = [(a, b, (min(spans[b]) - max(spans[a])).days) for a, b in pairwise(order)]
    return [(a, b) for a, b, gap in gaps if 0 <= gap <= SETTINGS.max_lease_gap_days]


def places(rows):
    """The networks of each place, in the order of their numbers."""
    spots, spot = find_spots(rows)
    sets = joined(set(spot.values()), list(seams(spots, spot)))
    groups = {}
    for row in spots:
        groups.setdefault(min(sets[spot[row["network"]]]), []).append(row)

    def rank(members) -> tuple[int, date, str]:
        return (
            -len({(row["device_id"], row["day"]) for row in members}),
            min(row["day"] for row in members),
            min(row["network"] for row in members),
        )

    ordered = sorted(groups.values(), key=rank)
    return [sorted({row["network"] for row in members}) for members in ordered]


class TestFindPlaces:
    @settings(deadline=None, max_examples=200)
    @given(SIGHTINGS, st.randoms())
    def test_places_are_those_of_the_plain_rules(self, rows, random):
        facts = [network(name, kind, pool) for name, (kind, pool) in KINDS.items()]
        scatter = pl.DataFrame(schema={"pool": pl.String})
        gazetteer = Gazetteer.of(networks_of(facts), scatter)
        shuffled = sightings_of(random.sample(rows, len(rows)))
        found = find_places(shuffled, gazetteer, SETTINGS).place_networks
        by_place = found.group_by("place").agg(pl.col("network").sort()).sort("place")
        told = [row | {"hours": hours_of(row["seen"])} for row in rows]
        assert by_place["network"].to_list() == places(told)
