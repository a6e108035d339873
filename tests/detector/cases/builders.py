"""Small cases and decisions, with every field that does not matter filled in."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from detector.policy.decisions import Decisions, identify

DAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(days: float = 0) -> int:
    """Microseconds of a moment so many days after noon of `DAY`."""
    return int((NOON + timedelta(days=days)).timestamp() * 1_000_000)


def said(*accounts, **told):
    """What a run says of accounts, as rows of cases."""
    row = {
        "run": "run-1",
        "run_day": DAY,
        "runs_flagged": 1,
        "verdict": "shared",
        "flagged": True,
        "probability": 0.99,
        "threshold": 0.9,
        "home_confidence": 0.99,
        "evidence_bits": 7.5,
        "pattern": "borrowed",
        "external_households": 1,
        "partner": None,
        "country": "ES",
        "plan": None,
        "signed_up": None,
        "summary": "Two homes.",
        "reason_codes": "[]",
        **told,
    }
    return pl.DataFrame(
        [{"account_id": account, **row} for account in accounts],
        schema_overrides={"partner": pl.String, "plan": pl.String, "signed_up": pl.Date},
    )


def moves(*accounts, to, version, note="", until=None):
    return pl.DataFrame(
        {"account_id": accounts, "to_state": to, "version": version, "note": note, "until": until},
        schema_overrides={"until": pl.Date},
    )


def decided(account, treatment="notify", *, device=None, episode=0, wave="standing"):
    """One decision."""
    rows = pl.DataFrame(
        {
            "account_id": [account],
            "household_id": "home-2" if device else None,
            "device_id": device,
            "treatment": treatment,
            "wave": wave,
            "episode": episode,
            "rule": "shared-for-long",
            "reason": "Used in two homes.",
            "as_of": DAY,
            "not_before": NOON,
            "run": "run-1",
            "withdraws": None,
        }
    )
    return Decisions.validate(rows.with_columns(identify(rows)), cast=True)


def open_cases(store, *accounts, **told):
    with store.writing("decide", at()) as writing:
        writing.open_cases(said(*accounts, **told), "flagged")


def walk(store, account, *states, until=None):
    """Let a person bring a case through states, from wherever it stands."""
    with store.writing("ada", at(), person=True) as writing:
        for state in states:
            version = writing.find_case(account)["version"].item()
            writing.move(moves(account, to=state, version=version, until=until))


def state_of(store, account):
    with store.reading() as reading:
        return reading.find_case(account)["state"].item()
