"""Accounts to plan, and what a plan is made by, with what does not matter filled in."""

from datetime import date

import polars as pl

from detector.rollout.assumptions.read import DEFAULT as ASSUMED
from detector.rollout.assumptions.read import read_assumptions
from detector.rollout.tables import Payers
from detector.rollout.waves.laying import Ground
from detector.rollout.waves.terms import DEFAULT, read_terms
from tests.detector.rollout.given_rows import capacity, desk_row

MONDAY = date(2026, 9, 7)


def candidates(number, *, begin=0, **fields):
    row = {
        "partner": "Telvia",
        "country": "ES",
        "plan": "standard",
        "pattern": "second_household",
        "probability": 0.98,
    }
    names = [f"a{begin + each:06}" for each in range(number)]
    told = {name: pl.lit(value) for name, value in (row | fields).items()}
    return pl.DataFrame({"account_id": names}).with_columns(**told)


def terms(**changed):
    packaged = read_terms(DEFAULT.read_text(encoding="utf-8"), source="default.toml")
    return packaged.model_copy(update={"quiet_weekdays": (), "horizon_days": 150} | changed)


def assumed(**changed):
    known = read_assumptions(ASSUMED.read_text(encoding="utf-8"), source="default.toml")
    return known.model_copy(update=changed)


def ground(*desks, starts=MONDAY, rules=None, **fields):
    rows = desks or (desk_row(),)
    return Ground(
        starts=starts,
        capacity=capacity(*rows),
        payers=Payers.create_empty(),
        known=fields.pop("known", assumed()),
        terms=rules or terms(),
        **fields,
    )
