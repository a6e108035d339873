"""Places by the same rules as the kernels', in plain Python."""

from collections import defaultdict
from datetime import date
from itertools import combinations, pairwise, permutations
from statistics import median

from detector.kinds import STATIONARY_TYPES
from detector.settings import PlaceSettings

SETTINGS = PlaceSettings(min_expected_meetings=1, max_stretch=40, min_protocol_days=99)
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


def alternations(own, spot):
    order = sorted(own, key=lambda row: (row["day"], row["hours"], row["network"]))
    turns = [(a, b) for a, b in pairwise(spot[row["network"]] for row in order) if a != b]
    return turns if len(turns) > SETTINGS.min_alternations else []


def family(name):
    return 0 if name.startswith("cell") else 6 if "/" in name else 4


def subnets(spot):
    held = defaultdict(list)
    for name in spot:
        held[line(name)].append(spot[name])
    return [pair for same in held.values() for pair in pairwise(same)]


def leases(rows, spots, spot):
    """Each address of a pool with the one that it follows."""
    pools = defaultdict(lambda: defaultdict(list))
    for row in sorted(spots, key=lambda row: row["network"]):
        kind, pool = KINDS[row["network"]]
        if kind not in PUBLIC and family(row["network"]):
            pools[pool, family(row["network"])][line(row["network"])].append(row)
    at = {line(name): spot[name] for name in spot}
    for held in pools.values():
        days = {name: [row["day"] for row in seen] for name, seen in held.items()}
        spans = {name: (min(d), max(d), len(d)) for name, d in days.items()}
        order = sorted(held, key=lambda name: spans[name][:2])
        beside = {b for a, b in permutations(order, 2) if is_beside(spans[a], spans[b])}
        chain = [name for name in order if name not in beside]
        for k, b in enumerate(chain):
            before = [a for a in chain[:k] if spans[a][1] <= spans[b][0]]
            if before:
                a = max(before, key=lambda name: (*spans[name][1:], -chain.index(name)))
                rested = (spans[b][0] - spans[a][1]).days
                if rested <= SETTINGS.max_lease_gap_days and moved(rows, a, b):
                    yield at[a], at[b]


def is_beside(one, other):
    (start, end, _), (first, last, _) = one, other
    longer = end - start > last - first
    return start < first < end or (longer and start <= first and last <= end)


def moved(rows, a, b):
    on = [{row["device_id"] for row in rows if line(row["network"]) == at} for at in (a, b)]
    both = on[0] & on[1]
    return bool(both) and 2 * len(both) >= min(map(len, on))


def duals(rows, at):
    """Places of which a device shows both in one day, each on a protocol of its own."""
    private = {at[name] for name in at if KINDS[name][0] not in PUBLIC}
    rows = [row for row in rows if row["network"] in at and at[row["network"]] in private]
    met, days = defaultdict(set), defaultdict(list)
    for row in rows:
        days[family(row["network"]), at[row["network"]]].append(row["day"])
    for a in rows:
        for b in rows:
            known = KINDS[a["network"]][1] == KINDS[b["network"]][1]
            once = a["device_id"] == b["device_id"] and a["day"] == b["day"]
            if known and once and family(a["network"]) == 4 and family(b["network"]) == 6:
                met[at[a["network"]], at[b["network"]]].add((a["device_id"], a["day"]))

    def overlap(protocol, a, b):
        one, two = days[protocol, a], days[protocol, b]
        return bool(one) and bool(two) and min(max(one), max(two)) > max(min(one), min(two))

    for (a, b), often in met.items():
        rivals = [
            *(k for k, same in met if same == b and k != a and overlap(4, k, a) and
              len(met[k, b]) >= len(often)),
            *(k for same, k in met if same == a and k != b and overlap(6, k, b) and
              len(met[a, k]) >= len(often)),
        ]  # fmt: skip
        if a != b and not overlap(4, a, b) and not overlap(6, a, b) and not rivals:
            yield a, b


def places(rows):
    """The networks of each place, in the order of their numbers."""
    spots, spot = find_spots(rows)
    pairs = [*subnets(spot), *leases(rows, spots, spot), *seams(spots, spot)]
    sets = joined(set(spot.values()), pairs)
    at = {name: min(sets[spot[name]]) for name in spot}
    sets = joined(set(at.values()), list(duals(rows, at)))
    groups = {}
    for row in spots:
        groups.setdefault(min(sets[at[row["network"]]]), []).append(row)

    def rank(members) -> tuple[int, date, str]:
        return (
            -len({(row["device_id"], row["day"]) for row in members}),
            min(row["day"] for row in members),
            min(row["network"] for row in members),
        )

    ordered = sorted(groups.values(), key=rank)
    return [sorted({row["network"] for row in members}) for members in ordered]
