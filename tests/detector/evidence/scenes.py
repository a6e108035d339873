"""Lives of one account, observed: home's devices are named ``...-home``, others ``...-away``.

Place 0 is home's, place 1 the other group's, all further places are nobody's.
"""

import polars as pl

from detector.evidence.observe import Grounds, observe
from detector.evidence.observe_account import observe_homes
from detector.schemas import Ties
from detector.settings import EvidenceSettings
from tests.detector.builders import device_type_of, place, places_of, table, visits_of

MOBILE = -1
SETTINGS = EvidenceSettings()


def group_of(device):
    return 0 if device.endswith("home") else 1


def scene(*parts, kinds=None, ties=(), accounts=None):
    """`kinds` and other facts of places by number; `accounts` that a device was seen on."""
    rows = {(r["device_id"], r["day"], r["place"]): r for part in parts for r in part}
    devices = sorted({r["device_id"] for r in rows.values()})
    numbers = sorted({r["place"] for r in rows.values() if r["place"] >= 0})
    owned = [number for number in numbers if number <= 1]
    return Grounds(
        visits=visits_of(list(rows.values())),
        places=places_of([place("ada", n, **(kinds or {}).get(n, {})) for n in numbers]),
        ties=table(
            Ties,
            [
                {
                    "account_id": "ada",
                    "device_a": a,
                    "device_b": b,
                    "strength": s,
                    "days_together": 1,
                }
                for a, b, s in ties
            ],
        ),
        devices=pl.DataFrame(
            {
                "account_id": pl.Series(["ada"] * len(devices), dtype=pl.String),
                "device_id": pl.Series(devices, dtype=pl.String),
                "device_type": pl.Series(map(device_type_of, devices), dtype=pl.String),
                "accounts": pl.Series(
                    [(accounts or {}).get(d, 1) for d in devices], dtype=pl.Int64
                ),
            }
        ),
        device_groups=pl.DataFrame(
            {
                "account_id": pl.Series(["ada"] * len(devices), dtype=pl.String),
                "device_id": pl.Series(devices, dtype=pl.String),
                "group": pl.Series([group_of(d) for d in devices], dtype=pl.Int32),
            }
        ),
        place_groups=pl.DataFrame(
            {
                "account_id": pl.Series(["ada"] * len(owned), dtype=pl.String),
                "place": pl.Series(owned, dtype=pl.Int32),
                "group": pl.Series(owned, dtype=pl.Int32),
            }
        ),
    )


def observed(*parts, settings=SETTINGS, **fields):
    return observe(scene(*parts, **fields), settings)


def homes(*parts, settings=SETTINGS, **fields):
    return observe_homes(scene(*parts, **fields), settings)


def value(factor, *parts, **fields):
    return observed(*parts, **fields).select(factor.value.cast(pl.Float64)).item()


def text(factor, *parts, **fields):
    return observed(*parts, **fields).select(factor.text).item()
