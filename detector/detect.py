"""The only place that knows the order of the stages."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import dataframely as dy
import polars as pl

from detector.events.accounts import Known
from detector.evidence.observe import Scene, observe
from detector.evidence.scorecard import Scorecard
from detector.evidence.terms import Terms
from detector.evidence.weigh import weigh_evidence
from detector.households.group import group_devices, list_devices
from detector.networks.classify import (
    NetworkShare,
    classify_networks,
    count_hops,
    count_networks,
    find_pools,
    merge_counts,
    merge_hops,
)
from detector.networks.lookup import Gazetteer
from detector.networks.scattering import count_pool_meetings, find_scattering_pools
from detector.places.find import find_places
from detector.schemas import (
    Accounts,
    Devices,
    Evidence,
    Households,
    Networks,
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

ACCOUNT, DEVICE = "account_id", "device_id"


@dataclass(frozen=True)
class Counts:
    """What one shard of accounts says of networks and devices; shards add up."""

    networks: NetworkShare
    hops: pl.DataFrame
    meetings: pl.DataFrame
    device_accounts: pl.DataFrame


@dataclass(frozen=True)
class Surroundings:
    """What the judgement of an account needs to know from all other accounts."""

    networks: dy.DataFrame[Networks]
    device_accounts: pl.DataFrame
    scatter: pl.DataFrame
    """Column `pool`: providers that give every session an address of its own."""

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The networks, ready to be looked up; made once for all who are judged by them."""
        return Gazetteer.of(self.networks, self.scatter)


@dataclass(frozen=True)
class Decision:
    """What weighing some accounts' groups leads to."""

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


def count_shard(sightings: pl.DataFrame) -> Counts:
    """Count networks and devices over one shard of whole accounts."""
    return Counts(
        count_networks(sightings),
        count_hops(sightings),
        count_pool_meetings(sightings),
        sightings.select(ACCOUNT, DEVICE).unique().group_by(DEVICE).agg(accounts=pl.len()),
    )


def survey(shards: Iterable[Counts], settings: Settings) -> Surroundings:
    """Merge the shards' counts and decide what each network is."""
    parts = list(shards)
    pools = find_pools(merge_hops(p.hops for p in parts), settings.networks)
    networks = classify_networks(merge_counts(p.networks for p in parts), pools, settings.networks)
    accounts = (
        pl.concat(p.device_accounts for p in parts).group_by(DEVICE).agg(pl.col("accounts").sum())
    )
    meetings = pl.concat(p.meetings for p in parts)
    return Surroundings(
        networks,
        accounts.filter(pl.col("accounts") > 1).sort(DEVICE),
        find_scattering_pools(meetings, networks, settings.places),
    )


def sketch(sightings: pl.DataFrame, surroundings: Surroundings, settings: Settings) -> Sketch:
    """Find the places, ties and groups of some accounts and observe the groups."""
    found = find_places(sightings, surroundings.gazetteer, settings.places)
    devices = list_devices(sightings, surroundings.device_accounts)
    return sketch_visits(found.visits, found.places, devices, settings)


def sketch_visits(
    visits: dy.DataFrame[Visits],
    places: pl.DataFrame,
    devices: pl.DataFrame,
    settings: Settings,
) -> Sketch:
    """Find the ties and groups of some accounts whose places are known, and observe the groups."""
    ties = build_ties(visits, places, settings.ties)
    groups = group_devices(visits, ties, devices, settings.households)
    scene = Scene(visits, places, ties, devices, groups.devices, groups.places)
    return Sketch(scene, observe(scene), ties, visits, devices)


def decide(
    life: Sketch,
    settings: VerdictSettings,
    scorecard: Scorecard,
    known: Known | None = None,
) -> Decision:
    """Weigh what was observed of some accounts and decide each."""
    known = known or Known()
    accounts = describe_accounts(life)
    terms = weigh_evidence(life.observations, accounts, scorecard)
    scores = score_groups(terms.sums(), life.observations, settings)
    findings = Findings(accounts, life.observations, known.flagged_before, known.records)
    return Decision(terms, scores, decide_verdicts(findings, scores, scorecard, settings))


def judge(
    sightings: pl.DataFrame,
    surroundings: Surroundings,
    settings: Settings,
    scorecard: Scorecard,
    known: Known | None = None,
) -> Detection:
    """Judge some accounts, given what all accounts say of networks and devices.

    Args:
        sightings: Of any subset of accounts, whole accounts only.
        surroundings: From `survey` over the whole log.
        settings: All stages' settings.
        scorecard: The fitted weights.
        known: What is known of accounts beforehand; may tell of others too.

    Returns:
        Every table for these accounts, each sorted by its key; what would clear the flagged
        ones is found by `detector.clearing.clear`.
    """
    found = find_places(sightings, surroundings.gazetteer, settings.places)
    devices = list_devices(sightings, surroundings.device_accounts)
    life = sketch_visits(found.visits, found.places, devices, settings)
    made = decide(life, settings.verdicts, scorecard, known)
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
        found.place_networks,
    )
