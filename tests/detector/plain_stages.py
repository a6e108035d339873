"""What the compiled loops of ties and networks find, found by the definitions, pair by pair."""

from collections import defaultdict
from itertools import combinations, permutations
from math import sqrt

from detector.kinds import STATIONARY_TYPES


def plain_ties(rows, weights):
    """Morisita's overlap or company, whichever is more, of each pair that shares a place.

    `weights` says how telling each place is.
    """
    days = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if row["place"] >= 0:
            days[row["device_id"]][row["place"]].add(row["day"])
    total = {device: sum(map(len, at.values())) for device, at in days.items()}

    def alone(device):
        n, counts = total[device], {p: len(d) for p, d in days[device].items()}
        plain = sum(weights[p] * (k / n) ** 2 for p, k in counts.items())
        fair = sum(weights[p] * k * (k - 1) / (n * (n - 1)) for p, k in counts.items() if n > 1)
        return max(fair, plain / 2)

    found = {}
    for a, b in combinations(sorted(days), 2):
        if not (shared := set(days[a]) & set(days[b])):
            continue
        alike = sum(
            weights[p] * len(days[a][p]) * len(days[b][p]) / (total[a] * total[b]) for p in shared
        )
        together = sum(weights[p] * len(days[a][p] & days[b][p]) for p in shared)
        company = together / min(total[a], total[b])
        found[a, b] = min(max(alike / sqrt(alone(a) * alone(b)), company), 1)
    return found


def plain_counts(rows):
    """Who was on each network, and when."""
    networks = defaultdict(list)
    for row in rows:
        networks[row["network"]].append(row)
    return {network: _count(seen) for network, seen in networks.items()}


def _count(seen):
    days = defaultdict(set)
    for row in seen:
        days[row["account_id"]].add(row["day"])
    devices = {(row["account_id"], row["device_id"]): row["device_type"] for row in seen}
    resident = [d for d in days.values() if len(d) >= 4 and (max(d) - min(d)).days >= 6]
    return {
        "accounts": len(days),
        "devices": len(devices),
        "phones": sum(kind == "phone" for kind in devices.values()),
        "stationary_accounts": len(
            {account for (account, _), kind in devices.items() if kind in STATIONARY_TYPES}
        ),
        "resident_accounts": len(resident),
        "account_days": sum(map(len, days.values())),
        "weekend_days": sum(day.weekday() > 4 for each in days.values() for day in each),
        "days": len(set().union(*days.values())),
    }


def plain_meetings(rows):
    """How often stationary devices were on with another one, and at its address, by /16."""
    days = defaultdict(list)
    for row in rows:
        if ":" not in row["network"]:
            block = ".".join(row["network"].split(".")[:2])
            days[row["account_id"], row["day"], block].append(row)
    found = {}
    for (_, _, block), seen in days.items():
        for mine, yours in permutations(sorted({row["device_id"] for row in seen}), 2):
            still = [row for row in _rows_of(seen, mine) if row["device_type"] in STATIONARY_TYPES]
            other = _rows_of(seen, yours)
            if still:
                matched = sum(
                    len(_hours([a]) & _hours([b]))
                    for a in still
                    for b in other
                    if a["network"] == b["network"]
                )
                first = min(row["network"] for row in still)
                network, joint, same = found.get(block, (first, 0, 0))
                met = len(_hours(still) & _hours(other))
                found[block] = (min(network, first), joint + met, same + matched)
    return found


def _rows_of(rows, device):
    return [row for row in rows if row["device_id"] == device]


def _hours(rows):
    return {half // 2 for row in rows for half in range(48) if row["seen"] >> half & 1}
