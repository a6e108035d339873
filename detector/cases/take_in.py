"""Take in what a run says: evidence of every case, new cases, and cases that open again.

A run tells; it never overrides a person. Exemptions and granted appeals hold until their last day
has passed. A case that a person cleared, or that is over, opens again only if the account is
flagged on clearly more evidence than when it was closed: a coin's worth of new days would else
bring back the same case every night.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from detector.cases.state import CLOSED, DATED
from detector.errors import InputError
from detector.schemas import Accounts

ACCOUNT = Accounts.account_id.name

REOPEN_BITS = 2.0
"""Bits beyond those of the day on which a case was closed that open it again: odds four times as
high, which an account hardly reaches by a few more days of the same life."""

NEEDED = (
    ACCOUNT,
    *("verdict", "flagged", "probability", "threshold", "home_confidence", "evidence_bits"),
    *("pattern", "external_households", "summary", "reason_codes"),
)
"""What is needed of a run's accounts; `NULLABLE` may be missing."""

NULLABLE = {"partner": pl.String, "country_of_record": pl.String, "plan": pl.String}
SIGNED_UP = "signed_up"

KNOWN = (ACCOUNT, "state", "version", "until", "closed_bits", "run_day", "runs_flagged")
"""What is needed of the cases."""


@dataclass(frozen=True)
class TakenRun:
    """Which run is taken in, and what the store took in before."""

    run: str
    """Its fingerprint."""
    day: date
    """The last day that it judged."""
    last_day: date | None = None
    """The newest day that was taken in before; an older run says nothing that is still true."""
    today: date | None = None
    """The day on which it is taken in, by which exemptions end if the run has later ones."""
    reopen_bits: float = REOPEN_BITS

    @property
    def ends_before(self) -> date:
        """What ended before this day is over."""
        return min(self.day, self.today or self.day)


@dataclass(frozen=True)
class TakenIn:
    """What becomes of the cases."""

    new: pl.DataFrame
    """Accounts that get a case, with what the run says of them: columns of cases."""
    evidence: pl.DataFrame
    """The same of accounts that have one."""
    unseen: pl.DataFrame
    """Cases of accounts that the run does not judge: they are not flagged in a row any more."""
    moves: pl.DataFrame
    """Cases that open again: the columns of `CaseMoves`."""


def take_in(cases: pl.DataFrame, accounts: pl.DataFrame, run: TakenRun) -> TakenIn:
    """Say what a run changes about the cases.

    Args:
        cases: All of them, with the columns of `KNOWN`.
        accounts: A run's accounts, with the columns of `NEEDED`; may have those of `NULLABLE`, and
            `signed_up`.
        run: Which run, and the newest day before it.

    Returns:
        Nothing at all, if the run is older than what was taken in before.

    Raises:
        InputError: The accounts lack a column.
    """
    told = read_accounts(accounts, run)
    if run.last_day is not None and run.day < run.last_day:
        told, cases = told.clear(), cases.clear()
    standing = cases.select(
        ACCOUNT,
        *("state", "version", "until", "closed_bits"),
        *(pl.col(name).alias(f"{name}_before") for name in ("run_day", "runs_flagged")),
    )
    both = told.join(standing, on=ACCOUNT, how="left", maintain_order="left")
    counted = both.with_columns(runs_flagged=_runs_flagged())
    known = counted.filter(pl.col("state").is_not_null())
    return TakenIn(
        new=counted.filter(pl.col("state").is_null() & pl.col("flagged")).select(told.columns),
        evidence=known.select(told.columns),
        unseen=standing.filter(pl.col("runs_flagged_before") > 0)
        .join(told, on=ACCOUNT, how="anti")
        .select(ACCOUNT, runs_flagged=pl.lit(0, pl.Int64)),
        moves=_reopened(known, run),
    )


def read_accounts(accounts: pl.DataFrame, run: TakenRun) -> pl.DataFrame:
    """A run's accounts as columns of cases, `runs_flagged` 0.

    Raises:
        InputError: A column is missing.
    """
    if missing := sorted({*NEEDED} - set(accounts.columns)):
        raise InputError(
            f"The accounts of the run lack the columns {missing}.",
            hint="judge the log again with this version: household detect",
        )
    given = accounts.with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in {**NULLABLE, SIGNED_UP: pl.Date}.items()
        if name not in accounts.columns
    )
    return given.select(
        ACCOUNT,
        run=pl.lit(run.run),
        run_day=pl.lit(run.day),
        runs_flagged=pl.lit(0, pl.Int64),
        verdict=pl.col("verdict").cast(pl.String),
        flagged="flagged",
        probability="probability",
        threshold="threshold",
        # Not known is not sure: no device is treated on it.
        home_confidence=pl.col("home_confidence").fill_null(0.0),
        evidence_bits="evidence_bits",
        pattern=pl.col("pattern").cast(pl.String),
        external_households=pl.col("external_households").cast(pl.Int64),
        partner=pl.col("partner").cast(pl.String),
        country=pl.col("country_of_record").cast(pl.String),
        plan=pl.col("plan").cast(pl.String),
        signed_up=SIGNED_UP,
        summary="summary",
        reason_codes=_codes(given.schema["reason_codes"]).fill_null("[]"),
    ).sort(ACCOUNT)


def _codes(kind: pl.DataType) -> pl.Expr:
    """A list of codes with their parameters, as JSON; text stays as it is."""
    codes = pl.col("reason_codes")
    if not isinstance(kind, pl.List):
        return codes.cast(pl.String)
    element = pl.element()
    if isinstance(kind.inner, pl.Struct):
        written = element.struct.json_encode()
    else:
        written = pl.concat_str(pl.lit('"'), element.cast(pl.String), pl.lit('"'))
    return pl.concat_str(pl.lit("["), codes.list.eval(written).list.join(","), pl.lit("]"))


def _runs_flagged() -> pl.Expr:
    """A run of the same day as the one before replaces it, rather than counting twice."""
    before = pl.col("runs_flagged_before").fill_null(0)
    is_later = (pl.col("run_day") > pl.col("run_day_before")).fill_null(value=True)
    more = pl.when(is_later).then(before + 1).otherwise(before.clip(1))
    return pl.when("flagged").then(more).otherwise(0)


def _reopened(known: pl.DataFrame, run: TakenRun) -> pl.DataFrame:
    """Cases whose last day has passed, or whose evidence is clearly more, with the reason why."""
    state, until = pl.col("state"), pl.col("until")
    gained = pl.col("evidence_bits") - pl.col("closed_bits")
    ran_out = state.is_in(sorted(DATED)) & (until < run.ends_before)
    grew = state.is_in(sorted(CLOSED)) & (gained > run.reopen_bits)
    ended = pl.format("its time as {} ended on {}, and it is flagged", state, until)
    more = pl.format(
        "{} more bits of evidence than when it was {}, and it is flagged", gained.round(1), state
    )
    return known.filter(pl.col("flagged"), (ran_out | grew).fill_null(value=False)).select(
        ACCOUNT,
        to_state=pl.lit("open"),
        version="version",
        note=pl.when(grew.fill_null(value=False)).then(more).otherwise(ended),
        until=pl.lit(None, pl.Date),
    )
