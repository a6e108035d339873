"""What the report shows, gathered before a single tag is written."""

from dataclasses import dataclass
from hashlib import sha256

import dataframely as dy
from markupsafe import Markup

from detector.charts.colours import Palette, choose_colours
from detector.charts.map import draw_map, used_at_once
from detector.measuring.figures import ComparedSlice, Evaluation
from detector.runs.manifest import Manifest
from detector.schemas import Visits
from detector.selftest.figures import SelfTest
from detector.stories.first import First
from detector.stories.story import AccountStory, HouseholdStory
from pipelines.report.charts.curves import draw_pr_curve, draw_reliability
from pipelines.report.charts.dots import draw_rates
from pipelines.report.charts.graph import draw_graph
from pipelines.report.charts.timeline import draw_timeline
from pipelines.report.charts.waterfall import draw_step, draw_total
from pipelines.terminal.fairness import HONEST, JUDGED, find_verdict, find_words, list_dimensions
from pipelines.terminal.selftest import (
    CAVEAT,
    describe_sample,
    find_headline,
    find_warnings,
)
from pipelines.terminal.waterfall import Waterfall, WaterfallBar, build_waterfall

MOST_AREAS = 3
MOST_HOUSEHOLDS = 8


@dataclass(frozen=True)
class VerdictTotals:
    """How the verdicts fell."""

    accounts: int
    flagged: int
    verdicts: dict[str, int]
    """Accounts by verdict, in the order of the contract."""


@dataclass(frozen=True)
class EvidenceRow:
    """One factor in words, with its bar."""

    step: WaterfallBar
    bar: Markup


@dataclass(frozen=True)
class EvidenceTable:
    """The evidence about the household that decides."""

    name: str
    waterfall: Waterfall
    rows: tuple[EvidenceRow, ...]
    total_bar: Markup


@dataclass(frozen=True)
class FlaggedRow:
    """One flagged account in the table that leaves nobody out."""

    account_id: str
    anchor: str
    is_told: bool
    """Whether its story stands further down."""
    probability: float
    evidence_bits: float
    verdict: str
    pattern: str
    partner: str
    country: str
    households: int
    """Home's too."""
    devices: int
    active_days: int
    summary: str


@dataclass(frozen=True)
class Case:
    """One account with its pictures."""

    rank: int
    anchor: str
    story: AccountStory
    first: First
    """What to know before anything else."""
    palette: Palette
    """Each colour in the pictures, and whose it is: beyond six households several share one."""
    areas: str
    """Where the external households are, as far as that is known."""
    shown_households: tuple[HouseholdStory, ...]
    more_households: int
    evidence: EvidenceTable | None
    timeline: Markup
    map: Markup
    graph: Markup


@dataclass(frozen=True)
class EvaluationPlots:
    """How good the run is, where the truth was known."""

    evaluation: Evaluation
    pr_curve: Markup
    reliability: Markup
    false_flags: Markup
    recall: Markup


@dataclass(frozen=True)
class DimensionPlot:
    """The flagged share of the slices of one dimension."""

    title: str
    left_out: int
    plot: Markup


@dataclass(frozen=True)
class FairnessPlots:
    """On whom flags fall."""

    is_truth_known: bool
    """Whether these are false flags of honest accounts, or all flags of all accounts."""
    call_outs: tuple[str, ...]
    verdict: str
    dimensions: tuple[DimensionPlot, ...]


@dataclass(frozen=True)
class SelfTestWords:
    """What the log itself proves of the detector."""

    headline: tuple[str, ...]
    caveat: str
    warnings: tuple[str, ...]
    sample: str
    is_of_this_run: bool
    """Whether the same days were judged by the same settings."""


@dataclass(frozen=True)
class ReportPage:
    """All that `templates/report.html` reads."""

    name: str
    """Of the run folder."""
    totals: VerdictTotals
    histogram: Markup
    flagged: tuple[FlaggedRow, ...]
    """All of them, the most probable first."""
    cases: tuple[Case, ...]
    """Those that are told in full: the most probable, or those that were asked for."""
    manifest: Manifest | None
    plots: EvaluationPlots | None
    fairness: FairnessPlots | None
    selftest: SelfTestWords | None = None


def name_anchor(account_id: str) -> str:
    """Name where an account is told: the same in every report, whatever stands in its id.

    Examples:
        >>> name_anchor("acc-0000042"), name_anchor("<b>")
        ('account-01bbf75d5ba8', 'account-507ca5a2742e')
    """
    return f"account-{sha256(account_id.encode()).hexdigest()[:12]}"


def build_case(story: AccountStory, visits: dy.DataFrame[Visits], rank: int) -> Case:
    """Draw one account's pictures.

    Args:
        story: The account.
        visits: Its own.
        rank: Where it stands among those that are told.
    """
    palette = choose_colours(story)
    households = tuple(one for one in story.households if not one.counted_as_home)
    external = [household for household in households if household.household > 0]
    areas = list(dict.fromkeys(household.area for household in external if household.area))
    more = [f"{len(areas) - MOST_AREAS} more"] if len(areas) > MOST_AREAS else []
    return Case(
        rank=rank,
        anchor=name_anchor(story.account_id),
        story=story,
        first=story.first(),
        palette=palette,
        areas=" · ".join(areas[:MOST_AREAS] + more),
        shown_households=households[:MOST_HOUSEHOLDS],
        more_households=len(households[MOST_HOUSEHOLDS:]),
        evidence=_evidence_table(story),
        timeline=draw_timeline(story, palette),
        map=draw_map(story, used_at_once(visits), palette),
        graph=draw_graph(story, palette),
    )


def build_plots(evaluation: Evaluation) -> EvaluationPlots:
    """Draw how good the run is."""
    situations = evaluation.situations
    return EvaluationPlots(
        evaluation=evaluation,
        pr_curve=draw_pr_curve(evaluation.ranking, evaluation.flags),
        reliability=draw_reliability(evaluation.ranking),
        false_flags=draw_rates(situations.false_flags, "Honest accounts flagged, by situation"),
        recall=draw_rates(situations.recall, "Shared accounts found, by situation"),
    )


def build_fairness(
    slices: tuple[ComparedSlice, ...], *, is_truth_known: bool
) -> FairnessPlots | None:
    """Draw on whom flags fall; None where nothing tells the accounts apart."""
    if not slices:
        return None
    who = HONEST if is_truth_known else JUDGED
    return FairnessPlots(
        is_truth_known=is_truth_known,
        call_outs=find_words(slices, who),
        verdict=find_verdict(slices, who),
        dimensions=tuple(
            DimensionPlot(one.title, one.left_out, draw_rates(one.slices, f"{who}: {one.title}"))
            for one in list_dimensions(slices)
        ),
    )


def tell_selftest(found: SelfTest, manifest: Manifest | None) -> SelfTestWords:
    """Put a self-test into words, beside the run that it may be of."""
    days = manifest.window if manifest else None
    return SelfTestWords(
        headline=find_headline(found),
        caveat=CAVEAT,
        warnings=find_warnings(found),
        sample=describe_sample(found),
        is_of_this_run=manifest is not None
        and days is not None
        and (found.first_day, found.last_day) == (days.first_day, days.last_day)
        and found.settings_sha256 == manifest.settings_sha256,
    )


def _evidence_table(story: AccountStory) -> EvidenceTable | None:
    household = story.deciding
    if household is None:
        return None
    waterfall = build_waterfall(household)
    return EvidenceTable(
        name=household.name,
        waterfall=waterfall,
        rows=tuple(EvidenceRow(step, draw_step(step, waterfall)) for step in waterfall.steps),
        total_bar=draw_total(waterfall),
    )
