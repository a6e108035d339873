"""What a policy looks at, and what it decides: the tables that cases and feeds share with it."""

import hashlib

import dataframely as dy
import polars as pl

from detector.kinds import VERDICTS, CaseState, Treatment

STANDING = "standing"
"""The wave of what is decided without a wave file."""
TREATED_ARM = "treated"
"""The arm of an account that is in no experiment."""


class Subjects(dy.Schema):
    """One account that a policy may treat: its verdict, its case, and what was done before."""

    account_id = dy.String(primary_key=True, min_length=1)
    verdict = dy.Enum(VERDICTS)
    flagged = dy.Bool()
    probability = dy.Float64(min=0, max=1)
    threshold = dy.Float64(min=0, max=1, description="From which the account is flagged.")
    home_confidence = dy.Float64(min=0, max=1, description="That household 0 is home.")
    pattern = dy.String()
    external_households = dy.UInt32()
    runs_flagged = dy.UInt32(description="Runs in a row, up to this one, that flagged it.")
    partner = dy.String(nullable=True)
    country = dy.String(nullable=True, description="Of record.")
    plan = dy.String(nullable=True)
    account_age_days = dy.Int64(nullable=True, min=0, description="Since sign-up.")
    case_state = dy.Enum(CaseState)
    since = dy.Date(nullable=True, description="The day on which its case came into that state.")
    confirmed = dy.Bool(description="A person confirmed it in this episode.")
    episode = dy.UInt32(description="How often its case was opened again.")
    given = dy.List(dy.String(), description="Treatments in force in this episode, mildest first.")
    last_given = dy.Date(nullable=True, description="The day of the last of them.")
    given_before = dy.List(dy.String(), description="Treatments of all episodes; distinct.")
    wave = dy.String(description="The wave that it is in, or `standing`.")
    arm = dy.String(description="`treated`, or a hold-out's arm.")


class ExternalDevices(dy.Schema):
    """A device that lives in an external household, so that a treatment may address it."""

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    household_id = dy.String(min_length=1)


class Decisions(dy.Schema):
    """One thing to do about an account or one of its devices, or to take back."""

    decision_id = dy.String(primary_key=True, min_length=1)
    account_id = dy.String(min_length=1)
    household_id = dy.String(nullable=True, description="Null: the account as a whole.")
    device_id = dy.String(nullable=True, description="Null: the account as a whole.")
    treatment = dy.Enum(Treatment)
    wave = dy.String()
    episode = dy.UInt32()
    rule = dy.String(description="Name of the policy's rule, or why it is withdrawn.")
    reason = dy.String(description="In words.")
    as_of = dy.Date(description="The day on which it was decided.")
    not_before = dy.Datetime(time_unit="us", time_zone="UTC", description="Is not sent earlier.")
    run = dy.String(description="Fingerprint of the run that it rests on.")
    withdraws = dy.String(nullable=True, description="The decision that this one takes back.")


def identify(decisions: pl.DataFrame) -> pl.Series:
    """Name each decision by what it does, so that the same one is never done twice.

    Args:
        decisions: The columns of `Decisions` but `decision_id`.

    Returns:
        `decision_id`: of a withdrawal by what it withdraws, else by account, household, device,
        treatment, wave and episode.

    Examples:
        >>> one = pl.DataFrame({"account_id": ["ada"], "household_id": None, "device_id": None,
        ...     "treatment": "notify", "wave": "standing", "episode": 0, "withdraws": None})
        >>> identify(one).item()[:12], identify(one.with_columns(episode=1)).item()[:12]
        ('71b16263d62e', '48e642ce2aac')
    """
    names = ("account_id", "household_id", "device_id", "treatment", "wave", "episode")
    key = pl.concat_str(
        pl.lit("["), pl.concat_str(map(_as_json, names), separator=","), pl.lit("]")
    )
    undone = pl.concat_str(pl.lit('["withdraw",'), _as_json("withdraws"), pl.lit("]"))
    told = decisions.select(
        pl.when(pl.col("withdraws").is_null()).then(key).otherwise(undone)
    ).to_series()
    ids = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in told]
    return pl.Series(Decisions.decision_id.name, ids, pl.String)


def _as_json(name: str) -> pl.Expr:
    """A column's values as canonical JSON: text in quotes, whole numbers, null."""
    plain = pl.col(name) if name == "episode" else pl.col(name).cast(pl.String)
    return pl.struct(plain.alias("v")).struct.json_encode().str.slice(5).str.strip_suffix("}")
