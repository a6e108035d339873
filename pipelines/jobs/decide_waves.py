"""What `decide` takes from a plan of waves: whose day it is, and whether anything halts them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from detector.cases.reading import Reading
from detector.cases.store import CaseStore
from detector.cases.subjects import Chosen
from detector.cases.writing import Writing
from detector.errors import InputError, NothingToDoError, SettingsError
from detector.kinds import CaseState
from detector.plain_text import counted, plain_text
from detector.rollout.given import MEASURED, read_measured
from detector.rollout.stops import RULES, FiredStop, Seen, WaveStoppedError, find_stops
from detector.rollout.waves.terms import DEFAULT, StopTerms, WaveTerms, read_terms
from detector.schemas import ACCOUNT
from pipelines.given import read_given

STOP, LIFT = "wave_stop", "wave_lift"
"""What the history calls a stop, and a person's word that waves may go on."""
BEGUN = "begun"
"""The wave's name in a call that decides the next steps of earlier waves."""
PLAN, LOADS = "plan.json", "loads.csv"
_DESK_DAY = ("partner", "country", "channel", "day")
_ANSWERED = (CaseState.UPHELD, CaseState.OVERTURNED)


@dataclass(frozen=True)
class WavePlanFile:
    """A wave file with days, and the plan beside it.

    Attributes:
        path: The file.
        rows: account_id, wave, day; each account once.
    """

    path: Path
    rows: pl.DataFrame

    @property
    def stops(self) -> StopTerms:
        """When waves halt: as the plan says, or else as packaged."""
        plan = self.path.parent / PLAN
        if plan.is_file():
            rules = json.loads(plan.read_text(encoding="utf-8"))["rules"]
            return WaveTerms.model_validate_json(json.dumps(rules)).stops
        return read_terms(DEFAULT.read_text(encoding="utf-8"), source=DEFAULT.name).stops

    @property
    def loads(self) -> pl.DataFrame:
        """Contacts that the plan expects, by desk and day."""
        path = self.path.parent / LOADS
        if not path.is_file():
            raise InputError(
                f"Contacts were counted, and {path} is missing, which says what was expected.",
                hint="leave the wave file in the folder that household plan-waves wrote",
            )
        text = pl.read_csv(path, infer_schema=False).fill_null("")
        return text.select(
            *_DESK_DAY[:3],
            pl.col("day").str.to_date(),
            pl.col("expected_of_day").cast(pl.Float64),
        )


def read_plan(path: Path) -> WavePlanFile | None:
    """Read a wave file with days; one without a column `day` is none.

    Raises:
        InputError: A row without account, wave or day, or an account in two waves.
    """
    rows = read_given(path, [ACCOUNT], "The wave")
    if "day" not in rows.columns:
        return None
    rows = read_given(path, [ACCOUNT, "wave", "day"], "The wave")
    days = rows.select(
        ACCOUNT, "wave", day=pl.col("day").str.slice(0, 10).str.to_date(strict=False)
    )
    if broken := days.filter(pl.any_horizontal(pl.all().is_null())).height:
        raise InputError(
            f"{path}: {counted(broken, 'row')} without account, wave or day.",
            hint="write days as 2026-09-01",
        )
    if twice := days.filter(pl.col(ACCOUNT).is_duplicated())[ACCOUNT].n_unique():
        raise InputError(
            f"{path} has waves that overlap: {counted(twice, 'account')} in two of them.",
            hint="give each account one row",
        )
    return WavePlanFile(path, days.sort(ACCOUNT))


def choose_day(plan: WavePlanFile, as_of: date, arms: pl.DataFrame) -> Chosen:
    """The wave of a day.

    Raises:
        NothingToDoError: No wave is on that day.
        InputError: All waves lie in the past, or two have that day.
    """
    today = plan.rows.filter(pl.col("day") == as_of)
    names = today["wave"].unique().sort()
    if len(names) > 1:
        raise InputError(
            f"{plan.path} has {len(names)} waves on {as_of}.", hint="give a day one wave"
        )
    if today.is_empty():
        later = plan.rows.filter(pl.col("day") > as_of)["day"].min()
        if later is None:
            raise InputError(
                f"All waves of {plan.path} lie in the past, before {as_of}.",
                hint="plan again what is left: household plan-waves --done",
            )
        raise NothingToDoError(
            f"No wave is on {as_of}; the next one is on {later}.", hint="nothing was changed"
        )
    return Chosen(names[0], today[ACCOUNT], arms)


def choose_begun(plan: WavePlanFile, as_of: date, arms: pl.DataFrame) -> Chosen:
    """All waves before a day, each under its own name, for the next steps of their accounts.

    Raises:
        NothingToDoError: There is none yet.
    """
    begun = plan.rows.filter(pl.col("day") < as_of)
    if begun.is_empty():
        raise NothingToDoError(f"No wave was before {as_of}.", hint="nothing was changed")
    return Chosen(BEGUN, begun[ACCOUNT], arms, begun.select(ACCOUNT, "wave"))


def check_order(reading: Reading, plan: WavePlanFile, as_of: date) -> None:
    """Refuse a wave that overlaps with what is in force, or comes after one that was left out.

    Raises:
        InputError: So it is.
    """
    today = plan.rows.filter(pl.col("day") == as_of)
    held = reading.decisions_in_force(today[ACCOUNT].to_list())[ACCOUNT].n_unique()
    if held:
        raise InputError(
            f"The wave of {as_of} overlaps with another: {counted(held, 'account')} of it "
            f"{'is' if held == 1 else 'are'} being treated already.",
            hint="plan again with --cases, which leaves them out",
        )
    decided = set(reading.read_calls()["wave"])
    earlier = plan.rows.filter(pl.col("day") < as_of).select("wave", "day").unique().sort("day")
    missed = earlier.filter(~pl.col("wave").is_in([*decided]))
    for wave, day in missed.head(1).iter_rows():
        raise InputError(
            f"The wave {plain_text(wave)} lies in the past, on {day}, and was never decided.",
            hint="plan again what is left, from today on: household plan-waves --cases --start",
        )


def list_fired(
    reading: Reading, plan: WavePlanFile, as_of: date, measured: Path | None
) -> list[FiredStop]:
    """Which stop rules keep the wave of a day from being decided, of partners that are in it."""
    partners = _partners(reading)
    mine = plan.rows.filter(pl.col("day") == as_of).join(partners, on=ACCOUNT, how="left")
    seen = Seen(
        _contacts(plan, as_of, measured),
        _treated(reading, plan, partners),
        _appeals(reading, plan, partners),
    )
    now = set(mine["partner"].fill_null("direct"))
    fired = find_stops(seen, plan.stops, read_lifted(reading))
    return [each for each in fired if each.partner in now]


def refuse_stopped(
    store: CaseStore, fired: list[FiredStop], wave: str, signed: tuple[str, int]
) -> None:
    """Keep a stop in the history, once, and refuse to decide the wave.

    Args:
        store: Where the history is.
        fired: The rules.
        wave: What is not decided.
        signed: Who finds that, and when.

    Raises:
        WaveStoppedError: Always.
    """
    with store.writing(*signed) as writing:
        known = {*writing.read_told(STOP)["body"]}
        for each in fired:
            body = {**_plain(each), "wave": wave}
            if json.dumps(body, sort_keys=True, separators=(",", ":")) not in known:
                writing.record(STOP, body, f"wave {wave} is not decided: {each.words()}")
    raise stopped(fired, wave)


def stopped(fired: list[FiredStop], wave: str) -> WaveStoppedError:
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
    by_day = given.rename({"local_day": "day"}).group_by(_DESK_DAY)
    counts = by_day.agg(pl.col("contacts").sum()).filter(pl.col("day") <= as_of)
    both = counts.join(plan.loads, on=_DESK_DAY)
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
