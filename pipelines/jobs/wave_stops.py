"""Stop rules of waves, asked of a case store and of counts; what a person lifts stays in there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from detector.cases.reading import Reading
from detector.cases.store import CaseStore
from detector.cases.writing import Writing
from detector.errors import SettingsError
from detector.kinds import CaseState
from detector.plain_text import plain_text
from detector.rollout.given import MEASURED, read_measured
from detector.rollout.stops import RULES, FiredStop, SeenSoFar, WaveStoppedError, find_stops
from detector.schemas import ACCOUNT
from pipelines.given import read_given
from pipelines.jobs.decide_waves import DESK_DAY, WavePlanFile, check_order

STOP, LIFT = "wave_stop", "wave_lift"
"""What the history calls a stop, and a person's word that waves may go on."""
_ANSWERED = (CaseState.UPHELD, CaseState.OVERTURNED)


@dataclass(frozen=True)
class WaveAsked:
    """How it is asked whether a wave may be decided."""

    measured: Path | None
    """Contacts that desks counted."""
    actor: str
    dry_run: bool


def check_wave(
    store: CaseStore, plan: WavePlanFile, call: Mapping[str, Any], asked: WaveAsked
) -> None:
    """Refuse a wave that a stop rule halts, or that does not follow upon what was decided.

    Args:
        store: Where earlier waves were decided.
        plan: The wave file.
        call: Of `decide`; one that was done before is let pass, so that it can say so.
        asked: How it is asked.

    Raises:
        InputError: The wave overlaps with another, or one before it was left out.
        WaveStoppedError: A rule fired; the store keeps that, but for a dry run.
    """
    as_of: date = call["as_of"]
    with store.reading() as reading:
        if call["call"] in set(reading.read_calls()["call"]):
            return
        check_order(reading, plan, as_of)
        fired = list_fired(reading, plan, as_of, asked.measured)
    if fired and not asked.dry_run:
        midnight = datetime.combine(as_of, time(), UTC)
        signed = asked.actor, int(midnight.timestamp()) * 1_000_000
        _keep(store, fired, call["wave"], signed)
    if fired:
        raise _stopped(fired, call["wave"])


def list_fired(
    reading: Reading, plan: WavePlanFile, as_of: date, measured: Path | None
) -> list[FiredStop]:
    """Which stop rules keep the wave of a day from being decided, of partners that are in it."""
    partners = _partners(reading)
    mine = plan.rows.filter(pl.col("day") == as_of).join(partners, on=ACCOUNT, how="left")
    seen = SeenSoFar(
        _contacts(plan, as_of, measured),
        _treated(reading, plan, partners),
        _appeals(reading, plan, partners),
    )
    now = set(mine["partner"].fill_null("direct"))
    fired = find_stops(seen, plan.stops, read_lifted(reading))
    return [each for each in fired if each.partner in now]


def _keep(store: CaseStore, fired: list[FiredStop], wave: str, signed: tuple[str, int]) -> None:
    """Keep a stop in the history, once."""
    with store.writing(*signed) as writing:
        known = [json.loads(body) for body in writing.read_told(STOP)["body"]]
        for each in fired:
            body = {**_plain(each), "wave": wave}
            if body not in known:
                writing.record(STOP, body, f"wave {wave} is not decided: {each.words()}")


def _stopped(fired: list[FiredStop], wave: str) -> WaveStoppedError:
    """Say which rules fired, and how a person lifts them."""
    first = fired[0]
    return WaveStoppedError(
        f"The wave {plain_text(wave)} is not decided. "
        + "; ".join(each.words() for each in fired)
        + ".",
        hint="look into it; who answers for going on lifts each: household cases waves lift "
        f"{first.rule} --partner {plain_text(first.partner)} --by NAME --reason WHY --cases ...",
    )


def read_lifted(reading: Reading) -> dict[tuple[str, str], date]:
    """Until which day what was found is forgiven, for each rule and partner."""
    found = dict[tuple[str, str], date]()
    for body in reading.read_told(LIFT)["body"]:
        told: Mapping[str, Any] = json.loads(body)
        found[told["rule"], told["partner"]] = date.fromisoformat(told["until"])
    return found


def lift(writing: Writing, rule: str, partner: str, reason: str) -> None:
    """Let waves go on although a rule fired; what was found until then is forgiven.

    Args:
        writing: A transaction of the store, of a person.
        rule: Which of `stops.RULES`.
        partner: Of whom.
        reason: Why; it stays in the history.

    Raises:
        SettingsError: There is no such rule, no reason, or the rule did not fire.
    """
    if rule not in RULES:
        raise SettingsError(
            f"There is no stop rule {plain_text(rule)!r}.", hint=f"there are {', '.join(RULES)}"
        )
    if not reason.strip():
        raise SettingsError("Say why waves may go on.", hint="--reason 'the counts were wrong'")
    days = [
        datetime.fromtimestamp(at_us / 1e6, UTC).date()
        for at_us, body in writing.read_told(STOP).select("at_us", "body").iter_rows()
        if (told := json.loads(body))["rule"] == rule and told["partner"] == partner
    ]
    if not days:
        raise SettingsError(
            f"The rule {rule} did not stop a wave of {plain_text(partner)!r}.",
            hint="household cases waves list shows what did",
        )
    writing.record(LIFT, {"rule": rule, "partner": partner, "until": str(max(days))}, reason)


def _plain(fired: FiredStop) -> dict[str, Any]:
    rounded = {"figure": round(fired.figure, 4), "at_least": round(fired.at_least, 4)}
    return {**asdict(fired), **rounded}


def _partners(reading: Reading) -> pl.DataFrame:
    """Of accounts with a case."""
    cases = reading.read_cases([ACCOUNT, "partner"])
    return cases.with_columns(pl.col("partner").fill_null("direct"))


def _contacts(plan: WavePlanFile, as_of: date, measured: Path | None) -> pl.DataFrame:
    kinds = {"partner": pl.String, "day": pl.Date, "contacts": pl.Int64, "expected": pl.Float64}
    if measured is None:
        return pl.DataFrame(schema=kinds)
    given = read_measured(read_given(measured, MEASURED, "The counts"), source=str(measured))
    by_day = given.rename({"local_day": "day"}).group_by(DESK_DAY)
    counts = by_day.agg(pl.col("contacts").sum()).filter(pl.col("day") <= as_of)
    both = counts.join(plan.loads, on=DESK_DAY)
    return both.select("partner", "day", "contacts", expected="expected_of_day").sort("day")


def _treated(reading: Reading, plan: WavePlanFile, partners: pl.DataFrame) -> pl.DataFrame:
    """Accounts that a wave of the plan treated, and whether they cancelled since."""
    waves = plan.rows["wave"].unique().to_list()
    given = reading.read_decisions().filter(
        pl.col("wave").is_in(waves), pl.col("withdraws").is_null()
    )
    first = given.group_by(ACCOUNT).agg(day=pl.col("as_of").min())
    left = reading.read_feedback("cancelled").group_by(ACCOUNT).agg(pl.col("at_us").max())
    left_on = pl.from_epoch("at_us", time_unit="us").dt.date()
    both = first.join(left, on=ACCOUNT, how="left").join(partners, on=ACCOUNT)
    cancelled = (left_on >= pl.col("day")).fill_null(value=False)
    return both.select("partner", "day", cancelled=cancelled)


def _appeals(reading: Reading, plan: WavePlanFile, partners: pl.DataFrame) -> pl.DataFrame:
    """Answered appeals of the plan's accounts; the last answer counts."""
    answers = reading.read_found_out([str(each) for each in _ANSWERED]).sort("seq")
    last = answers.unique(ACCOUNT, keep="last", maintain_order=True)
    mine = last.join(plan.rows.select(ACCOUNT), on=ACCOUNT, how="semi").join(partners, on=ACCOUNT)
    return mine.select(
        "partner",
        day=pl.from_epoch("at_us", time_unit="us").dt.date(),
        granted=pl.col("to_state") == str(CaseState.OVERTURNED),
    )
