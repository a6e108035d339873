"""The only place that knows the order of the stages."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import dataframely as dy
import polars as pl

from detector.events.accounts import Known
from detector.evidence.observe import Scene, observe
from detector.evidence.scorecard import Scorecard
from detector.evidence.terms import Terms
from detector.evidence.weigh import weigh_evidence
from detector.households.group import group_devices, list_devices
from detector.networks.survey import Surroundings
from detector.places.find import find_places
from detector.schemas import (
    Accounts,
    Devices,
    Evidence,
    Households,
    PlaceNetworks,
    Places,
    Ties,
    Visits,
)
from detector.settings import Settings, VerdictSettings
from detector.ties.build import build_ties
from detector.verdicts.decide import Findings, decide_verdicts, score_groups
from detector.verdicts.tables import (
    Sketch,
    describe_accounts,
    describe_households,
    finish_devices,
    finish_places,
    number_households,
)
from detector.verdicts.words import put_into_words

Watch = Callable[[str], AbstractContextManager[object]]
"""Is told the name of each stage as it begins; what it returns is left when the stage ends."""

STAGES = ("places", "ties", "households", "observations", "evidence", "verdicts", "words")
"""What happens to sightings once their networks are known, in this order, as a `Watch` is told."""

ACCOUNT = Accounts.account_id.name


@dataclass(frozen=True)
class Decision:
    """What weighing some accounts' groups leads to."""

    findings: Findings
    terms: Terms
    scores: pl.DataFrame
    """From `score_groups`."""
    verdicts: pl.DataFrame
    """From `decide_verdicts`."""


@dataclass(frozen=True)
class Detection:
    """Every table that judging some accounts produces."""

    accounts: dy.DataFrame[Accounts]
    households: dy.DataFrame[Households]
    devices: dy.DataFrame[Devices]
    places: dy.DataFrame[Places]
    evidence: dy.DataFrame[Evidence]
    ties: dy.DataFrame[Ties]
    visits: dy.DataFrame[Visits]
    place_networks: dy.DataFrame[PlaceNetworks]


def judge(  # noqa: PLR0913 - only a benchmark watches
    sightings: pl.DataFrame,
    surroundings: Surroundings,
    settings: Settings,
    scorecard: Scorecard,
    known: Known | None = None,
    watch: Watch = nullcontext,
) -> Detection:
    """Judge some accounts, given what all accounts say of networks and devices.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        surroundings: From `survey` over the whole log.
        settings: All stages' settings.
        scorecard: The fitted weights.
        known: What is known of accounts beforehand; may tell of others too.
        watch: Told of each of the `STAGES`.

    Returns:
        Every table for these accounts, each sorted by its key; what would clear the flagged
        ones is found by `detector.clearing.clear`.
    """
    life = sketch(sightings, surroundings, settings, watch)
    made = decide(life, settings.verdicts, scorecard, known, watch)
    with watch("words"):
        return _tell(life, made)


def sketch(
    sightings: pl.DataFrame,
    surroundings: Surroundings,
    settings: Settings,
    watch: Watch = nullcontext,
) -> Sketch:
    """Find the places, ties and groups of some accounts and observe the groups."""
    with watch("places"):
        found = find_places(sightings, surroundings.gazetteer, settings.places)
        devices = list_devices(sightings, surroundings.device_accounts)
    life = sketch_visits(found.visits, found.places, devices, settings, watch)
    return replace(life, place_networks=found.place_networks)


def sketch_visits(
    visits: dy.DataFrame[Visits],
    places: pl.DataFrame,
    devices: pl.DataFrame,
    settings: Settings,
    watch: Watch = nullcontext,
) -> Sketch:
    """Find the ties and groups of some accounts whose places are known, and observe the groups."""
    with watch("ties"):
        ties = build_ties(visits, places, settings.ties)
    with watch("households"):
        groups = group_devices(visits, ties, devices, settings.households)
    scene = Scene(visits, places, ties, devices, groups.devices, groups.places)
    with watch("observations"):
        observations = observe(scene)
    return Sketch(scene, observations, ties, visits, devices)


def decide(
    life: Sketch,
    settings: VerdictSettings,
    scorecard: Scorecard,
    known: Known | None = None,
    watch: Watch = nullcontext,
) -> Decision:
    """Weigh what was observed of some accounts and decide each."""
    known = known or Known()
    with watch("evidence"):
        accounts = describe_accounts(life)
        terms = weigh_evidence(life.observations, accounts, scorecard)
    with watch("verdicts"):
        scores = score_groups(terms.sums(), life.observations, settings)
        findings = Findings(accounts, life.observations, known.flagged_before, known.records)
        verdicts = decide_verdicts(findings, scores, scorecard, settings)
    return Decision(findings, terms, scores, verdicts)


def _tell(life: Sketch, made: Decision) -> Detection:
    """Put what was decided of some accounts into tables and words."""
    homes = number_households(life, made.scores)
    evidence = made.terms.tell(made.scores.select(ACCOUNT, "group", "household"))
    devices = finish_devices(life, homes)
    external = (
        devices.filter(pl.col("household") > 0).group_by(ACCOUNT).agg(external_devices=pl.len())
    )
    verdicts = made.verdicts.join(external, on=ACCOUNT, how="left").with_columns(
        pl.col("external_devices").fill_null(0)
    )
    return Detection(
        put_into_words(verdicts, evidence),
        describe_households(life, made.scores, homes),
        devices,
        finish_places(life, homes),
        evidence,
        life.ties,
        life.visits,
        life.place_networks,
    )
