"""The figures of a self-test, as one document that can be written and read back."""

from datetime import date
from typing import Literal

from detector.measuring.metrics import Rate
from detector.runs.contract import JsonSchema, document_schema, schema_id
from detector.runs.manifest import Record

SCHEMA = "household.selftest.v1"
SELFTEST = "selftest.json"
"""The file of the figures; report and review page look for it beside run.json."""

Profiles = Literal["own", "none"]
Stratum = Literal["same_country", "other_country", "unknown_country"]
ChangeName = Literal["relabelled", "shifted_by_weeks", "shifted_by_days", "thinned"]
Spans = Literal["days", "weeks", "halves"]


class FlaggedFrom(Record):
    """How many would be flagged if accounts were from some probability on."""

    threshold: float
    flagged: Rate


class PairFigures(Record):
    """Accounts of two homes under one id: certain sharing."""

    stratum: Stratum
    """Whether both homes are in one country; each account is in at most one pair of a stratum."""
    found: Rate
    """Pairs in which a second household is counted."""
    exact: Rate
    """Pairs in which just one is."""
    flagged: Rate
    """Pairs flagged at the threshold that applies: an upper bound of recall."""
    flagged_from: tuple[FlaggedFrom, ...]
    """At other thresholds, rising."""
    flagged_if_seldom: Rate
    """Pairs flagged if the second home is seen on every fourth of its days only, of those in which
    it then is seen at all."""


class ChangeFigures(Record):
    """Accounts and pairs that were changed in a way that must not move the verdict."""

    change: ChangeName
    """`relabelled`: other ids of account, devices and profiles. `shifted_by_weeks`: four weeks
    later. `shifted_by_days`: three days later. `thinned`: seen on every second day only."""
    broken: Rate
    """Of those relabelled and shifted by weeks, how many are told otherwise in anything. Of those
    shifted by days, how many have another verdict. Of those thinned, how many of one household
    are flagged."""


class BesideFigures(Record):
    """Accounts whose own life was put beside itself, as if other devices had lived its other half.

    Both lives are lived on one line at one time, so that the account is one household as surely
    as it was before.
    """

    spans: Spans
    """What lies beside what: each day and the next, each week and the next, or two halves."""
    flagged: Rate
    found: Rate
    """Those in which a second household is counted."""
    left_out: int
    """Accounts of which too few days lie side by side, or whose line is another one in the other
    half, so that the two would live on two lines at once, as no household does."""


class Trials(Record):
    """All that was tried with the profiles of the log, or without."""

    profiles: Profiles
    """`own`: each home with its own profiles, as if each borrower had one. `none`: without any."""
    threshold: float
    """The probability from which accounts are flagged."""
    pairs: tuple[PairFigures, ...]
    changes: tuple[ChangeFigures, ...]
    beside: tuple[BesideFigures, ...]

    @property
    def main_pairs(self) -> PairFigures | None:
        """The pairs that are most like real sharing: both homes in one country, if that is told."""
        return next((each for each in self.pairs if each.flagged.of), None)


class SelfTest(Record):
    """What a log proves of the detector without a label."""

    schema_id: str = schema_id(SCHEMA)
    first_day: date
    last_day: date
    settings_sha256: str
    """Of the settings, as in run.json."""
    model: str
    """The version of the model."""
    accounts: int
    """Accounts of the log."""
    used_enough: int
    """Of these, accounts used on enough days to be judged."""
    tried: int
    """Of these, accounts that were drawn, by a hash of their id, and judged."""
    usable: int
    """Of these, accounts that look like one household; pairs are made of them."""
    trials: tuple[Trials, ...]
    """With the log's profiles first, if it has any."""

    def to_json(self) -> str:
        """Write every number as one indented JSON document."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "SelfTest":
        """Read back what `to_json` wrote; `pydantic.ValidationError` on anything else."""
        return cls.model_validate_json(text)


def selftest_schema() -> JsonSchema:
    """Describe selftest.json as it is written.

    Examples:
        >>> selftest_schema()["properties"]["usable"]["type"]
        'integer'
    """
    return document_schema(SelfTest, SCHEMA)
