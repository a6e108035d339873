"""The figures of one evaluation, as one document that can be written and read back."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from detector.measuring.metrics import CurvePoint, Rate, ReliabilityBin


@dataclass(frozen=True)
class Coverage:
    """Which accounts were measured. Clear accounts are those labelled single or shared."""

    clear: int
    shared: int
    ambiguous: int
    """Set apart: they enter nothing but `Situations.ambiguous_flagged`."""
    without_verdict: int
    """Clear or ambiguous accounts of the truth that the run never saw."""
    without_truth: int
    """Verdicts on accounts that the truth does not know; left out."""
    insufficient_evidence: Rate
    """Among clear accounts with a verdict."""


@dataclass(frozen=True)
class Scores:
    """Precision and recall of one way to pick, with their harmonic mean."""

    precision: Rate
    recall: Rate
    f1: float | None


@dataclass(frozen=True)
class Ranking:
    """How well the probability orders the clear accounts, and how far it can be believed."""

    average_precision: float | None
    recall_at_99_precision: float
    threshold_at_99_precision: float | None
    """The probability from which flags keep 99 % precision; None if none does."""
    calibration_error: float | None
    """ECE over `reliability`: bins of equal count."""
    curve: tuple[CurvePoint, ...]
    """Thinned to what a drawing needs."""
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class Slice:
    """The rate of one group of accounts, such as one honest situation."""

    name: str
    rate: Rate


@dataclass(frozen=True)
class ComparedSlice:
    """The flagged share of some accounts that have something in common, against all others."""

    dimension: str
    """What they have in common, such as the provider."""
    name: str
    """Which provider it is."""
    rate: Rate
    rest: Rate
    ratio: float | None
    """Times as often flagged as the rest; None where none of the rest is."""
    p_value: float | None
    """The chance of such a share in a fair run, corrected for the number of slices; None if
    there are too few accounts to test."""
    worse: bool
    """Significantly more often flagged than the rest."""


@dataclass(frozen=True)
class Situations:
    """Flagged shares per kind of life."""

    false_flags: tuple[Slice, ...]
    """Of honest accounts: who is wronged."""
    recall: tuple[Slice, ...]
    """Of truly shared accounts: who is found."""
    ambiguous_flagged: tuple[Slice, ...]


@dataclass(frozen=True)
class Cell:
    """How many cases are truly one thing and were taken for another (or the same)."""

    truth: str
    predicted: str
    cases: int


@dataclass(frozen=True)
class HouseholdCounts:
    """How often the number of external households is exactly right."""

    exact: Rate
    """Among truly shared accounts with a verdict."""
    exact_flagged: Rate
    """Among flagged clear accounts; an honest one has none, so it counts as wrong."""
    counts: tuple[Cell, ...]
    """Truly shared accounts with a verdict: true against predicted number."""


@dataclass(frozen=True)
class BorrowerDevices:
    """Devices that live in an external household, over clear accounts."""

    flagged: Scores
    """A device is picked if it is in an external household and its account is flagged."""
    regardless: Scores
    """A device is picked if it is in an external household, flagged or not."""
    without_truth: int
    """Devices of the run that the truth does not know; left out."""


@dataclass(frozen=True)
class HomeFigures:
    """Whether household 0 is the owner's, in truly shared accounts with an external household."""

    right: Rate
    mean_confidence: float | None
    calibration_error: float | None
    """ECE of `home_confidence` over `reliability`."""
    sure: Rate
    """Accounts whose home is known as surely as a policy asks before it treats devices."""
    right_if_sure: Rate
    owners_elsewhere: Rate
    """Devices of external households that are truly the owner's."""
    owners_elsewhere_if_sure: Rate
    """The same where home is known surely: who would be wronged by a treatment of devices."""
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class Evaluation:
    """How good the verdicts of a run are on a world whose truth is known.

    An account of the truth without a verdict counts as not flagged, with probability 0.
    """

    coverage: Coverage
    flags: Scores
    """At the run's own threshold."""
    false_flags: Rate
    """Flagged accounts among the honest."""
    ranking: Ranking
    situations: Situations
    households: HouseholdCounts
    borrower_devices: BorrowerDevices
    network_kinds: tuple[Cell, ...]
    """Networks known to both, by true and decided kind; empty without that truth."""
    fairness: tuple[ComparedSlice, ...] = ()
    """Honest accounts with a verdict, by provider, network, country, devices, plan, partner."""
    homes: HomeFigures | None = None
    """None in evaluations of earlier releases."""
    patterns: tuple[Cell, ...] = ()
    """Accounts with a verdict: what is true of their lives against the pattern that was named."""

    def to_json(self) -> str:
        """Write every number as one indented JSON document."""
        return TypeAdapter(Evaluation).dump_json(self, indent=2).decode() + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Evaluation":
        """Read back what `to_json` wrote; `pydantic.ValidationError` on anything else."""
        return TypeAdapter(Evaluation).validate_json(text)
