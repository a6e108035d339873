"""How far reviewers are to be trusted, and how far reasons are: counted from their answers."""

import json

import polars as pl

from detector.cases.bulk import read_frame, read_named
from detector.cases.golden import golden
from detector.cases.reading import Reading
from detector.cases.reviewing import reviews
from detector.cases.rows import CASES, SUSPENSIONS
from detector.cases.second_looks import second_pairs
from detector.kinds import CaseState as State
from detector.kinds import DrawnBy
from detector.kinds import ReviewAnswer as Answer
from detector.measuring.metrics import wilson_interval

LEADING = 2
"""Reasons of an account that answer for it: the strongest ones; the others came along."""

OPEN_WORDS = (Answer.SKIP.value, Answer.UNSURE.value)
"""Say nothing that could be right or wrong of a golden case: nobody is blamed for a doubt."""


def agreement(reading: Reading) -> pl.DataFrame:
    """Count per reviewer and per reason what was right and what was agreed upon.

    Returns:
        kind (`reviewer` or `reason`) and name, sorted; golden_right of golden_answered, and agreed
        of done (second looks, on either side), each with `..._share` (null where there are none),
        `..._low` and `..._high`, Wilson's 95 % interval.
    """
    right = _golden(reading)
    pairs = second_pairs(reading).select(
        "reason_codes", "agreed", reviewer=pl.concat_list("first_reviewer", "second_reviewer")
    )
    names = ("reviewer", "reason")
    golden_counts = pl.concat(
        _counted(rows, kind, "right", "golden_right", "golden_answered")
        for kind, rows in zip(names, (right, _by_reason(right)), strict=True)
    )
    second_counts = pl.concat(
        _counted(rows, kind, "agreed", "agreed", "done")
        for kind, rows in zip(names, (pairs.explode("reviewer"), _by_reason(pairs)), strict=True)
    )
    both = golden_counts.join(second_counts, on=["kind", "name"], how="full", coalesce=True)
    counted = both.with_columns(pl.exclude("kind", "name").fill_null(0)).sort("kind", "name")
    with_golden = with_interval(counted, "golden_right", "golden_answered", "golden")
    return with_interval(with_golden, "agreed", "done", "agreed")


def overturn_rates(reading: Reading) -> pl.DataFrame:
    """Count per reason how often an account that it flagged turned out to be none.

    Of each account the last word counts: a review of a flagged account, or the answer to an
    appeal. Its strongest reasons answer for it. What was said before a reason was lifted does not
    speak against it again.

    Returns:
        code, overturned, reviewed, share, low, high (Wilson's 95 % interval); sorted by code.
    """
    said = pl.concat([_reviewed(reading), _appealed(reading)])
    last = said.sort("seq").unique("account_id", keep="last", maintain_order=True)
    lifted = read_frame(reading.connection, SUSPENSIONS).select(name="code", lifted_us="lifted_us")
    by_code = (
        _by_reason(last)
        .rename({"reason": "name"})
        .join(lifted, on="name", how="left")
        .filter(pl.col("lifted_us").is_null() | (pl.col("at_us") > pl.col("lifted_us")))
        .group_by(code="name")
        .agg(overturned=pl.col("wrong").sum().cast(pl.Int64), reviewed=pl.len().cast(pl.Int64))
        .sort("code")
    )
    told = with_interval(by_code, "overturned", "reviewed", "rate")
    return told.rename({"rate_share": "share", "rate_low": "low", "rate_high": "high"})


def leading_codes(text: str) -> list[str]:
    """The strongest reasons of an account, of codes alone or with their parameters.

    Examples:
        >>> leading_codes('[{"code":"own_tv","parameters":"{}"},"separation","days"]')
        ['own_tv', 'separation']
    """
    told: list[str | dict[str, str]] = json.loads(text)[:LEADING]
    return [each if isinstance(each, str) else each["code"] for each in told]


def with_interval(counted: pl.DataFrame, hits: str, of: str, name: str) -> pl.DataFrame:
    """Put beside two counts the share of one in the other, and how little few of them prove."""
    bounds = [wilson_interval(*pair) for pair in counted.select(hits, of).iter_rows()]
    low, high = zip(*bounds, strict=True) if bounds else ((), ())
    return counted.with_columns(
        pl.when(pl.col(of) > 0).then(pl.col(hits) / pl.col(of)).alias(f"{name}_share"),
        pl.Series(f"{name}_low", low, pl.Float64),
        pl.Series(f"{name}_high", high, pl.Float64),
    )


def _golden(reading: Reading) -> pl.DataFrame:
    """reviewer, reason_codes, right: answers to golden cases that say something."""
    given = reviews(reading).filter(
        "golden", pl.col("undone_us").is_null(), ~pl.col("answer").is_in(OPEN_WORDS)
    )
    known = golden(reading).select("account_id", "run", known="answer")
    both = given.join(known, on=["account_id", "run"], maintain_order="left")
    return both.select("reviewer", "reason_codes", right=pl.col("answer") == pl.col("known"))


def _reviewed(reading: Reading) -> pl.DataFrame:
    """account_id, at_us, seq, wrong, reason_codes: what reviewers found of flagged accounts."""
    given = reviews(reading).filter(
        ~pl.col("golden"),
        pl.col("undone_us").is_null(),
        pl.col("drawn") == DrawnBy.FLAGGED.value,
        pl.col("answer").is_in([Answer.CONFIRM.value, Answer.CLEAR.value]),
    )
    wrong = pl.col("answer") == Answer.CLEAR.value
    return given.select("account_id", "at_us", "seq", "reason_codes", wrong=wrong)


def _appealed(reading: Reading) -> pl.DataFrame:
    """The same of appeals that were answered; the reasons are those of the account's last run."""
    answers = reading.read_found_out([State.OVERTURNED.value, State.UPHELD.value])
    names, wanted = answers["account_id"].unique(), ["account_id", "reason_codes"]
    codes = read_named(reading.connection, CASES, "account_id", names, wanted)
    both = answers.join(codes, on="account_id")
    wrong = pl.col("to_state") == State.OVERTURNED.value
    return both.select("account_id", "at_us", "seq", "reason_codes", wrong=wrong)


def _by_reason(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each of the strongest reasons, named in `reason`."""
    codes = [leading_codes(text) for text in rows["reason_codes"]]
    named = rows.with_columns(reason=pl.Series(codes, dtype=pl.List(pl.String)))
    return named.explode("reason").drop_nulls("reason")


def _counted(rows: pl.DataFrame, kind: str, good: str, hits: str, of: str) -> pl.DataFrame:
    return (
        rows.group_by(name=kind)
        .agg(pl.col(good).sum().cast(pl.Int64).alias(hits), pl.len().cast(pl.Int64).alias(of))
        .select(pl.lit(kind).alias("kind"), "name", hits, of)
    )
