"""Plans of a roll-out as a forecast takes them: few desks, counted accounts, sharp assumptions."""

import json
from datetime import timedelta

import polars as pl

from detector.rollout.assumptions.read import DEFAULT, read_assumptions
from detector.rollout.cells import Reached
from detector.rollout.contacts import list_loads
from detector.rollout.tables import Cells, Payers
from tests.detector.rollout.given_rows import MONDAY, capacity, desk_row

KNOWN = read_assumptions(DEFAULT.read_text("utf-8"), source="default.toml")


def assume(**parts):
    """The default assumptions with some parts changed: `propensity={"contacts": certain(0.1)}`."""
    told = KNOWN.model_dump(mode="json")
    for name, fields in parts.items():
        told[name] = told[name] | fields if isinstance(fields, dict) else fields
    return type(KNOWN).model_validate_json(json.dumps(told))


def certain(value):
    return {"range": [value, value], "source": "known"}


def cell(accounts=1000, day=0, **fields):
    row = {
        "partner": "Telvia",
        "country": "ES",
        "plan": "standard",
        "pattern": "other",
        "wave": f"w{day}",
        "day": MONDAY + timedelta(days=day),
        "treatment": "notify",
        "accounts": accounts,
        "borrowers": accounts,
    }
    return row | fields


def reach(*cells, payers=()):
    rows = [{"partner": p, "country": c, "accounts": n} for p, c, n in payers]
    return Reached(
        Cells.validate(pl.DataFrame([*cells]).sort(Cells.primary_key()), cast=True),
        Payers.validate(pl.DataFrame(rows), cast=True) if rows else Payers.create_empty(),
    )


def loads(*cells, desks=(), payers=(), known=KNOWN):
    return list_loads(reach(*cells, payers=payers), capacity(*(desks or [desk_row()])), known)
