"""Two runs → the accounts that they judge differently, and which evidence moved."""

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from detector.evidence.scorecard import MICRO
from detector.schemas import ACCOUNT, Accounts, Evidence

A, E = Accounts, Evidence
TOLD = 3
"""Factors told per account; the evidence tables have them all."""


@dataclass(frozen=True)
class Side:
    """One of the two runs."""

    accounts: dy.DataFrame[Accounts]
    evidence: dy.DataFrame[Evidence]
    """Of the accounts that changed, at least."""


@dataclass(frozen=True)
class Move:
    """A factor of the deciding household that weighs more or less than it did."""

    factor: str
    bits_before: float
    """0 where the factor was not weighed."""
    bits_after: float
    text_before: str | None
    text_after: str | None

    @property
    def bits(self) -> float:
        """How far it moved the account towards a flag."""
        return round(self.bits_after - self.bits_before, 6)


@dataclass(frozen=True)
class Change:
    """An account whose verdict or flag is another."""

    account_id: str
    verdict_before: str
    verdict_after: str
    flagged_before: bool
    flagged_after: bool
    probability_before: float
    probability_after: float
    bits_before: float
    bits_after: float
    moves: tuple[Move, ...]
    """The factors that moved most, strongest first; none where only the threshold did."""


@dataclass(frozen=True)
class Transition:
    """Accounts that went from one verdict to another, or kept theirs."""

    before: str
    after: str
    accounts: int


@dataclass(frozen=True)
class Comparison:
    """What became of the accounts of one run in another."""

    in_both: int
    transitions: tuple[Transition, ...]
    newly_flagged: int
    released: int
    still_flagged: int
    changes: tuple[Change, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def list_changed(before: dy.DataFrame[Accounts], after: dy.DataFrame[Accounts]) -> list[str]:
    """Find the accounts of both runs whose verdict or flag is another.

    Examples:
        Bob is cleared over night, Ada's verdict stays:

        >>> key = {"account_id": ["ada", "bob"], "reasons": [[], []], "mitigations": [[], []]}
        >>> one, two = (
        ...     Accounts.sample(overrides=key | {"verdict": ["one_household", verdict]}
        ...         | {"flagged": [False, verdict == "shared"]})
        ...     for verdict in ("shared", "one_household"))
        >>> list_changed(one, two)
        ['bob']
    """
    return _changed(_pair(before, after))[ACCOUNT].to_list()


def compare_runs(before: Side, after: Side) -> Comparison:
    """Hold two runs against each other, account by account.

    Both may judge other days of the same log, or the same days by another model.

    Args:
        before: The run to start from.
        after: The run to end at.

    Returns:
        Totals, and changes in a fixed order: flags that came or went first, then by how far the
        evidence moved.

    Examples:
        Bob's evidence grew over night:

        >>> rows = {"account_id": ["bob"], "reasons": [[]], "mitigations": [[]]}
        >>> one, two = (
        ...     Side(
        ...         Accounts.sample(overrides=rows | {"verdict": [verdict]}),
        ...         Evidence.sample(overrides={"account_id": ["bob"], "household": [1],
        ...             "factor": ["weeks"], "bits": [bits], "text": ["said"]}))
        ...     for verdict, bits in (("insufficient_evidence", 1.0), ("shared", 5.5)))
        >>> [move.factor for move in compare_runs(one, two).changes[0].moves]
        ['weeks']
        >>> compare_runs(one, two).changes[0].moves[0].bits
        4.5
    """
    pairs = _pair(before.accounts, after.accounts)
    changed = _changed(pairs)
    moves = _moves(before.evidence, after.evidence)
    was, now = pairs[A.flagged.name], pairs["flagged_after"]
    return Comparison(
        in_both=pairs.height,
        transitions=_transitions(pairs),
        newly_flagged=int((~was & now).sum()),
        released=int((was & ~now).sum()),
        still_flagged=int((was & now).sum()),
        changes=tuple(_change(row, moves) for row in changed.iter_rows(named=True)),
        only_before=_only_in(before.accounts, after.accounts),
        only_after=_only_in(after.accounts, before.accounts),
    )


def _pair(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    names = (A.verdict.name, A.flagged.name, A.probability.name, A.evidence_bits.name)
    kept = [ACCOUNT, *names]
    return (
        before.select(kept)
        .join(after.select(kept), on=ACCOUNT, suffix="_after")
        .with_columns(pl.col(A.verdict.name, "verdict_after").cast(pl.String))
        .sort(ACCOUNT)
    )


def _changed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Flags that came or went stand first, then by what they gained or lost."""
    other_flag = A.flagged.col != pl.col("flagged_after")
    gain = (pl.col("evidence_bits_after") - A.evidence_bits.col).abs()
    return pairs.filter(other_flag | (A.verdict.col != pl.col("verdict_after"))).sort(
        ~other_flag, -gain, ACCOUNT
    )


def _transitions(pairs: pl.DataFrame) -> tuple[Transition, ...]:
    counts = pairs.group_by("verdict", "verdict_after").agg(accounts=pl.len())
    return tuple(Transition(*row) for row in counts.sort("verdict", "verdict_after").rows())


def _only_in(one: pl.DataFrame, other: pl.DataFrame) -> tuple[str, ...]:
    return tuple(one.join(other, on=ACCOUNT, how="anti")[ACCOUNT].sort())


def _moves(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, tuple[Move, ...]]:
    """The factors that moved most, by account."""
    key = [ACCOUNT, E.factor.name]
    both = (
        _deciding_terms(before)
        .join(_deciding_terms(after), on=key, how="full", coalesce=True, suffix="_after")
        .with_columns(pl.col(E.bits.name, "bits_after").fill_null(0))
        .with_columns(moved=(pl.col("bits_after") - E.bits.col).abs())
        .filter(pl.col("moved") * MICRO >= 1)
        .sort(ACCOUNT, -pl.col("moved"), E.factor.name)
        .group_by(ACCOUNT, maintain_order=True)
        .head(TOLD)
    )
    found: dict[str, tuple[Move, ...]] = {}
    columns = (ACCOUNT, "factor", "bits", "bits_after", "text", "text_after")
    for account, *move in both.select(columns).iter_rows():
        found[account] = (*found.get(account, ()), Move(*move))
    return found


def _deciding_terms(evidence: pl.DataFrame) -> pl.DataFrame:
    """The terms of the household with the most evidence, which decides its account."""
    household = E.household.name
    best = (
        evidence.group_by(ACCOUNT, household)
        .agg(total=(E.bits.col * MICRO).round().cast(pl.Int64).sum())
        .sort(ACCOUNT, -pl.col("total"), household)
        .unique(ACCOUNT, keep="first", maintain_order=True)
    )
    return evidence.join(best, on=[ACCOUNT, household], how="semi").select(
        ACCOUNT, E.factor.name, E.bits.name, E.text.name
    )


def _change(row: dict[str, Any], moves: dict[str, tuple[Move, ...]]) -> Change:
    account = str(row[ACCOUNT])
    return Change(
        account_id=account,
        verdict_before=row["verdict"],
        verdict_after=row["verdict_after"],
        flagged_before=row["flagged"],
        flagged_after=row["flagged_after"],
        probability_before=row["probability"],
        probability_after=row["probability_after"],
        bits_before=row["evidence_bits"],
        bits_after=row["evidence_bits_after"],
        moves=moves.get(account, ()),
    )
