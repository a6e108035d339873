"""Small pilots, for tests."""

import polars as pl

from detector.rollout.pilots.members import Members
from detector.rollout.pilots.plan import PACKAGED, PilotPlan, read_plan

KEY = b"0123456789abcdef"


def plan(**changes) -> PilotPlan:
    """The plan that is shipped, with changes."""
    shipped = read_plan(PACKAGED.read_text(encoding="utf-8"), source=PACKAGED.name)
    return PilotPlan.model_validate(shipped.model_dump() | changes)


def members(sizes: dict[str, int]):
    """So many accounts in each stratum."""
    rows = [
        {"account_id": f"{stratum}-{n:05d}", "unit": f"{stratum}-{n:05d}", "stratum": stratum}
        for stratum, size in sizes.items()
        for n in range(size)
    ]
    return Members.validate(pl.DataFrame(rows).sort("account_id"))
