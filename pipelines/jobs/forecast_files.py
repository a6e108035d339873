"""What `household forecast` leaves behind: tables, forecast.json, and a page."""

import json
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from detector.rollout.actual import Actual
from detector.rollout.assumptions.read import fingerprint, list_assumed
from detector.rollout.assumptions.rules import NO_FIGURE, Assumptions, Staffing
from detector.rollout.calendar import Key
from detector.rollout.tables import Cells, Contacts, Days, Outcomes
from detector.runs.files import hash_file, replace_file
from detector.runs.run import Run
from pipelines.jobs.forecast import Forecast, summarise_desks
from pipelines.outlook.html import render_outlook
from pipelines.outlook.page import (
    AssumedRow,
    OutlookPage,
    build_desk,
    draw_total,
    list_outcomes,
    split_desks,
)

FORMAT = 1
FORECAST, REPORT = "forecast.json", "report.html"


def write_forecast(found: Forecast) -> dict[str, Any]:
    """Write tables, page and, last of all, forecast.json, which names the others with their hashes.

    Returns:
        What forecast.json holds.
    """
    run = Run(found.job.out)
    (run.folder / FORECAST).unlink(missing_ok=True)
    run.write(Cells, found.planned.reached.cells)
    run.write(Contacts, found.contacts.contacts)
    run.write(Days, found.contacts.days)
    run.write(Outcomes, found.outcomes.outcomes)
    run.path(Actual).unlink(missing_ok=True)
    if found.planned.counts:
        run.write(Actual, found.actual)
    with replace_file(run.folder / REPORT) as part:
        part.write_text(render_outlook(build_page(found)), encoding="utf-8", newline="\n")
    document = describe(found)
    with replace_file(run.folder / FORECAST) as part:
        text = json.dumps(document, indent=2, default=str, ensure_ascii=False) + "\n"
        part.write_text(text, encoding="utf-8", newline="\n")
    return document


def describe(found: Forecast) -> dict[str, Any]:
    """What a forecast was made from, and what it made."""
    job, planned = found.job, found.planned
    days = planned.loads[0].days
    tables = [Cells, Contacts, Days, Outcomes, *([Actual] if planned.counts else [])]
    paths = [*(Run(job.out).path(each) for each in tables), job.out / REPORT]
    return {
        "format": FORMAT,
        "version": version("household-detector"),
        "run": planned.run,
        "inputs": [tell_input(role, path) for role, path in job.inputs().items()],
        "seed": job.seed,
        "draws": job.draws,
        "window": {"first_day": days[0], "last_day": days[-1]},
        "plan": {
            "given": job.waves is not None,
            "waves": planned.waves["wave"].n_unique(),
            "accounts": int(planned.reached.cells["accounts"].sum()),
            "payers": int(planned.reached.payers["accounts"].sum()),
            "gone": planned.reached.gone,
        },
        "assumptions": _assumptions(planned.known),
        "measured": {
            "desks": len(planned.counts),
            "days": sum(each.day.size for each in planned.counts.values()),
            "coverage": [
                {"forecast": each.forecast, "days": each.days, "inside": each.shares}
                for each in found.coverage
            ],
        },
        "desks": summarise_desks(found.contacts),
        "outputs": {path.name: {"sha256": hash_file(path)} for path in paths},
    }


def tell_input(role: str, path: Path) -> dict[str, Any]:
    """Which file was given, as others can check it."""
    size, digest = path.stat().st_size, hash_file(path)
    return {"role": role, "path": str(path), "bytes": size, "sha256": digest}


def _assumptions(known: Assumptions) -> dict[str, Any]:
    return {
        "name": known.name,
        "version": known.version,
        "sha256": fingerprint(known),
        "steps": [
            {"treatment": step.treatment.value, "after_days": step.after_days}
            for step in known.steps
        ],
        "numbers": {
            name: {"range": each.range, "source": each.source} for name, each in list_assumed(known)
        },
    }


def build_page(found: Forecast) -> OutlookPage:
    """Gather what the page shows."""
    planned, window = found.planned, found.planned.loads[0].days
    desks = split_desks(found.contacts.days, found.contacts.contacts, _came(found))
    total = found.contacts.total
    return OutlookPage(
        first=window[0],
        last=window[-1],
        treated=int(planned.reached.cells["accounts"].sum()),
        payers=int(planned.reached.payers["accounts"].sum()),
        gone=planned.reached.gone,
        waves=planned.waves["wave"].n_unique(),
        plan=_plan(found),
        expected=float(total["expected"].sum()),
        peak=total.sort("expected", "local_day", descending=[True, False]).row(0, named=True),
        total=draw_total(total),
        desks=[build_desk(window, desk, number) for number, desk in enumerate(desks)],
        worth=list_outcomes(found.outcomes.total),
        outcomes=list_outcomes(found.outcomes.outcomes),
        coverage=found.coverage,
        counted=sum(each.day.size for each in planned.counts.values()),
        assumed=[
            AssumedRow(name, *each.range, each.source, NO_FIGURE in each.source)
            for name, each in list_assumed(planned.known)
        ],
        staffing=_staffing(planned.known.staffing),
        facts=_facts(found),
    )


def _plan(found: Forecast) -> str:
    job = found.job
    if job.waves is not None:
        return "as planned in the wave file"
    over = "on one day" if job.days == 1 else f"in equal parts over {job.days} days"
    return f"without a wave file: all flagged accounts {over}"


def _staffing(staffing: Staffing) -> str:
    load = staffing.staff_for.replace("high_", "upper end of the band of ") + (
        "" if staffing.staff_for == "expected" else " %"
    )
    return (
        f"So many that {100 * staffing.answered:.0f} % of contacts are answered within "
        f"{staffing.within_s:g} s, for the {load}; rostered, as "
        f"{100 * staffing.shrinkage:.0f} % of paid time goes to breaks, training and illness."
    )


def _came(found: Forecast) -> dict[Key, dict[date, float]]:
    at = {load.desk.key: load.days_at for load in found.planned.loads}
    return {
        key: dict(zip(at[key](each.day), map(float, each.contacts), strict=True))
        for key, each in found.planned.counts.items()
    }


def _facts(found: Forecast) -> Sequence[tuple[str, str]]:
    job, known = found.job, found.planned.known
    return (
        ("version", version("household-detector")),
        ("run", found.planned.run),
        *((role, f"{path.name}, sha256 {hash_file(path)}") for role, path in job.inputs().items()),
        ("assumptions", f"{known.name}, version {known.version}, sha256 {fingerprint(known)}"),
        ("seed", str(job.seed)),
        ("futures", f"{job.draws:,}"),
    )
