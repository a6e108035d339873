"""What the policy says of an account: which rule wins, and what it would do."""

from datetime import date
from typing import Any

import polars as pl

from detector.cases.failures import UnknownCaseError
from detector.policy.decisions import ExternalDevices, Subjects
from detector.policy.explain import answer_rules
from detector.review.desk import Desk
from detector.schemas import Devices
from detector.stories.tell import RunTables

BORROWED = ("account_id", "device_id", "household_id")


def tell_policy(desk: Desk, account_id: str, tables: RunTables) -> tuple[str, ...]:
    """Ask each rule about an account as its case stands; a sentence for each.

    An account without a case is asked about as if it had just been flagged.
    """
    if desk.policy is None:
        return ()
    case = _case(desk, account_id)
    row = tables.accounts.row(0, named=True)
    subject = Subjects.cast(pl.DataFrame([_told(row, case, desk.today)]))
    external = tables.devices.filter(Devices.household.col > 0).select(BORROWED)
    devices = ExternalDevices.cast(external.filter(external["household_id"].is_not_null()))
    answers = answer_rules(desk.policy, subject, devices, desk.today)
    return tuple(answer.text for answer in answers)


def _case(desk: Desk, account_id: str) -> dict[str, Any] | None:
    if desk.store is None:
        return None
    with desk.store.reading() as reading:
        try:
            return reading.find_case(account_id).row(0, named=True)
        except UnknownCaseError:
            return None


def _told(row: dict[str, Any], case: dict[str, Any] | None, today: date) -> dict[str, Any]:
    same = (
        *("account_id", "verdict", "flagged", "probability", "threshold", "home_confidence"),
        *("pattern", "external_households", "partner", "plan"),
    )
    signed_up = row["signed_up"]
    return {name: row[name] for name in same} | {
        "runs_flagged": case["runs_flagged"] if case else int(row["flagged"]),
        "country": row["country_of_record"],
        "account_age_days": max((today - signed_up).days, 0) if signed_up else None,
        "case_state": case["state"] if case else "open",
        "since": case["since"] if case else None,
        "confirmed": bool(case) and case["state"] in ("confirmed", "upheld"),
        "episode": case["episode"] if case else 0,
        "given": [],
        "last_given": None,
        "given_before": [],
        "wave": "standing",
        "arm": "treated",
    }
