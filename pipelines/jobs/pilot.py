"""Job: the flagged accounts of a run -> what a pilot could see, and who is left in peace."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from rich.console import Console

from detector.errors import InputError, NothingToDoError, SettingsError
from detector.rollout.pilots.assign import (
    HOLD_OUT,
    Assigned,
    assign,
    check_key,
    fingerprint_key,
)
from detector.rollout.pilots.design import Design, design
from detector.rollout.pilots.members import ACCOUNT, Members, list_members
from detector.rollout.pilots.plan import PACKAGED, PilotPlan, fingerprint, read_plan
from detector.runs.files import hash_file, replace_file
from detector.runs.run import Run
from detector.schemas import Accounts
from pipelines.given import read_given
from pipelines.run_tables import read_table
from pipelines.terminal.drawing import plain, quiet_table

KEY_VARIABLE = "HOUSEHOLD_PILOT_KEY"
HOLD_OUTS, MANIFEST = "hold_outs.csv", "pilot.json"
FORMAT = 1
SHOWN = 20
"""Strata told on the screen, the largest; --json lists all."""


@dataclass(frozen=True)
class DesignedPilot:
    """What a pilot could see, and how its accounts are dealt over strata."""

    design: Design
    strata: pl.DataFrame
    """stratum, units, accounts."""

    def document(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {**asdict(self.design), "strata": self.strata.to_dicts()}


@dataclass(frozen=True)
class AssignJob:
    """From which run lots are drawn, and where they go."""

    folder: Path
    out: Path
    plan: Path | None = None
    clusters: Path | None = None
    key: Path | None = None
    links: Path | None = None
    previous: Path | None = None


@dataclass(frozen=True)
class DrawnPilot:
    """A pilot as it was drawn: what it asks, and the arm of each account."""

    plan: PilotPlan
    assigned: dy.DataFrame[Assigned]


def design_pilot(folder: Path, plan: Path | None, clusters: Path | None) -> DesignedPilot:
    """Say what a pilot with the flagged accounts of a run could see.

    Raises:
        DetectorError: The run, the plan or the regions cannot be used.
    """
    asked = load_plan(plan)
    members = _members(folder, asked, clusters)
    strata = members.group_by("stratum").agg(units=pl.col("unit").n_unique(), accounts=pl.len())
    return DesignedPilot(design(members, asked), strata.sort("stratum"))


def assign_pilot(job: AssignJob) -> dict[str, Any]:
    """Draw who is left in peace, once; the same call draws the same.

    Returns:
        What pilot.json tells.

    Raises:
        NothingToDoError: The folder holds this draw already.
        DetectorError: The run, the plan, the key or the folder cannot be used.
    """
    plan, key = load_plan(job.plan), _read_key(job.key)
    check_key(key)
    links = read_links(job.links)
    members = _members(job.folder, plan, job.clusters, links)
    previous = None
    if job.previous is not None:
        previous = read_given(job.previous, [ACCOUNT, "arm"], "The earlier draw")
    drawn = assign(members, plan, key, previous)
    told = _manifest(job, plan, key, drawn)
    _keep(job.out, drawn, told)
    return told


def read_drawn(folder: Path) -> DrawnPilot:
    """Read what `assign_pilot` wrote.

    Raises:
        InputError: The folder holds no pilot, or somebody changed the hold-outs.
    """
    hint = "name the folder that household pilot assign wrote"
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
        plan = PilotPlan.model_validate_json(json.dumps(told["plan"]))
        sha256 = told["hold_outs_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} holds no pilot.", hint=hint) from error
    path = folder / HOLD_OUTS
    if not path.is_file() or hash_file(path) != sha256:
        raise InputError(
            f"{path} is not what was drawn.",
            hint="draw again with the same run, plan and key: the same comes out",
        )
    table = read_given(path, Assigned.column_names(), "The hold-outs")
    return DrawnPilot(plan, Assigned.validate(table.select(Assigned.column_names()), cast=True))


def load_plan(path: Path | None) -> PilotPlan:
    """Read a plan, or the one that is shipped.

    Raises:
        DetectorError: There is no such file, or it is no plan.
    """
    path = PACKAGED if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = f"copy {PACKAGED} and change it"
        raise InputError(f"The plan {path} cannot be read: {error}.", hint=hint) from error
    return read_plan(text, source=path.name)


def read_links(path: Path | None) -> pl.DataFrame | None:
    """Read which accounts borrowers took; those who borrow again took none."""
    if path is None:
        return None
    links = read_given(path, [ACCOUNT, "lender"], "The links")
    if "kind" in links.columns:
        links = links.filter(pl.col("kind") != "borrows_again")
    return links.select(ACCOUNT, "lender").drop_nulls().unique().sort(ACCOUNT, "lender")


def render_design(found: DesignedPilot, console: Console) -> None:
    """Print whom the pilot compares, what it sees, and what it does not."""
    told = found.design
    drawn = "accounts" if told.unit == "account" else f"{told.units:,} regions with their accounts"
    console.print(
        plain(
            f"{told.name}: {told.accounts:,} flagged accounts in {found.strata.height:,} strata; "
            f"{drawn} are drawn, about {told.hold_out_accounts:,.0f} accounts held out for "
            f"{told.days} days, read {told.looks} times."
        )
    )
    table = quiet_table(
        "Outcome", ">Held-out", ">Worth seeing", ">Chance", ">Smallest seen", ">Days needed"
    )
    for seen in told.outcomes:
        smallest = "none" if seen.smallest is None else f"{seen.smallest:.4f}"
        days = "over 730" if seen.days_needed is None else str(seen.days_needed)
        table.add_row(
            seen.name, f"{seen.expected:.4f}", f"{seen.worth_seeing:.4f}", f"{seen.chance:.0%}",
            smallest, days,
        )  # fmt: skip
    console.print(table)
    for seen in told.outcomes:
        console.print()
        for line in seen.words:
            console.print(plain(line))
    console.print()
    for line in told.cannot:
        console.print(plain(line))


def render_assigned(told: Mapping[str, Any], console: Console) -> None:
    """Print how many are in which arm, stratum by stratum."""
    console.print(
        plain(
            f"{told['name']}: {told['held_out']:,} of {told['accounts']:,} accounts are left in "
            f"peace."
        )
    )
    table = quiet_table("Stratum", ">Units", ">Held out", ">Accounts held out")
    largest = sorted(told["strata"], key=lambda row: (-row["accounts"], row["stratum"]))
    for row in largest[:SHOWN]:
        table.add_row(
            plain(row["stratum"]), f"{row['units']:,}", f"{row['held_out_units']:,}",
            f"{row['held_out']:,}",
        )  # fmt: skip
    console.print(table)
    if (more := len(largest) - SHOWN) > 0:
        console.print(f"{more:,} more strata: --json lists them.")
    console.print(plain(f"household decide ... --hold-outs {told['hold_outs']}"))


def _members(
    folder: Path, plan: PilotPlan, clusters: Path | None, links: pl.DataFrame | None = None
) -> dy.DataFrame[Members]:
    Run(folder).finished()
    regions = None
    if clusters is not None:
        regions = read_given(clusters, [ACCOUNT, "cluster"], "The regions")
    return list_members(read_table(folder, Accounts), plan, clusters=regions, links=links)


def _read_key(path: Path | None) -> bytes:
    """From a file, or else from the environment; never from the command line, which others see."""
    if path is None:
        if not (key := os.environ.get(KEY_VARIABLE, "")):
            raise SettingsError("Lots are drawn by a key.", hint=f"--key FILE, or {KEY_VARIABLE}")
        return key.encode()
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise InputError(
            f"The key {path} cannot be read: {error}.", hint="openssl rand -hex 32 > key.txt"
        ) from error


def _manifest(
    job: AssignJob, plan: PilotPlan, key: bytes, drawn: dy.DataFrame[Assigned]
) -> dict[str, Any]:
    is_held = pl.col("arm") == HOLD_OUT
    strata = (
        drawn.group_by("stratum")
        .agg(
            units=pl.col("unit").n_unique(),
            held_out_units=pl.col("unit").filter(is_held).n_unique(),
            accounts=pl.len(),
            held_out=is_held.sum(),
        )
        .sort("stratum")
    )
    return {
        "format": FORMAT,
        "name": plan.name,
        "run": Run(job.folder).finished().fingerprint,
        "plan_sha256": fingerprint(plan),
        "key": fingerprint_key(key),
        "accounts": drawn.height,
        "held_out": int((drawn["arm"] == HOLD_OUT).sum()),
        "hold_outs": str(job.out / HOLD_OUTS),
        "given": {
            name: hash_file(path)
            for name, path in (
                ("clusters", job.clusters), ("links", job.links), ("previous", job.previous)
            )
            if path is not None
        },
        "strata": strata.to_dicts(),
        "plan": plan.model_dump(mode="json"),
    }  # fmt: skip


def _keep(out: Path, drawn: dy.DataFrame[Assigned], told: dict[str, Any]) -> None:
    """Write both files, the manifest last; what was drawn before is not drawn over."""
    text = drawn.select("account_id", "arm", "unit", "stratum").write_csv()
    path, manifest = out / HOLD_OUTS, out / MANIFEST
    if manifest.is_file():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            raise NothingToDoError(f"{out} holds this draw already.", hint="nothing was changed")
        raise SettingsError(
            f"{out} holds another draw: who is left in peace does not change under a pilot.",
            hint="give another --out, with --previous to keep the arms of before",
        )
    with replace_file(path) as part:
        part.write_text(text, encoding="utf-8")
    told["hold_outs_sha256"] = hash_file(path)
    with replace_file(manifest) as part:
        part.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
