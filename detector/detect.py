"""The only place that knows the order of the stages."""

from collections.abc import Iterable
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from detector.account_records import Known
from detector.evidence.circumstances import Scene, observe
from detector.evidence.weigh import weigh_evidence
from detector.explain import put_into_words
from detector.graph import build_ties
from detector.households import group_devices, list_devices
from detector.lines import count_pool_meetings, find_scattering_pools
from detector.networks import (
    classify_networks,
    count_hops,
    count_networks,
    find_pools,
    merge_counts,
    merge_hops,
)
from detector.places import find_places
from detector.schemas import (
    Accounts,
    Devices,
    Evidence,
    Households,
    Networks,
    Places,
    Ties,
    Visits,
)
from detector.scorecard import Scorecard
from detector.settings import Settings
from detector.tables import (
    Sketch,
    describe_accounts,
    describe_households,
    finish_devices,
    finish_places,
    number_households,
)
from detector.verdicts import Findings, decide_verdicts, score_groups

ACCOUNT, DEVICE = "account_id", "device_id"


@dataclass(frozen=True)
class Counts:
    """What one shard of accounts says of networks and devices; shards add up."""

    networks: pl.DataFrame
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
    found = find_places(sightings, surroundings.networks, surroundings.scatter, settings.places)
    ties = build_ties(found.visits, found.places, settings.ties)
    devices = list_devices(sightings, surroundings.device_accounts)
    groups = group_devices(found.visits, ties, devices, settings.households)
    scene = Scene(found.visits, found.places, ties, devices, groups.devices, groups.places)
    return Sketch(scene, observe(scene), ties, found.visits, devices)


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
        Every table for these accounts, each sorted by its key.
    """
    life = sketch(sightings, surroundings, settings)
    accounts = describe_accounts(life)
    terms = weigh_evidence(life.observations, accounts, scorecard)
    scores = score_groups(terms, life.observations, settings.verdicts)
    known = known or Known()
    findings = Findings(accounts, life.observations, terms, known.flagged_before, known.records)
    verdicts = decide_verdicts(findings, scores, scorecard, settings.verdicts)
    homes = number_households(life, scores)
    evidence = (
        terms.rename({"household": "group"})
        .join(scores.select(ACCOUNT, "group", "household"), on=[ACCOUNT, "group"])
        .select(Evidence.column_names())
        .sort(Evidence.primary_key())
        .pipe(Evidence.validate, cast=True)
    )
    devices = finish_devices(life, homes)
    external = (
        devices.filter(pl.col("household") > 0).group_by(ACCOUNT).agg(external_devices=pl.len())
    )
    verdicts = verdicts.join(external, on=ACCOUNT, how="left").with_columns(
        pl.col("external_devices").fill_null(0)
    )
    return Detection(
        put_into_words(verdicts, evidence),
        describe_households(life, scores, homes),
        devices,
        finish_places(life, homes),
        evidence,
        life.ties,
        life.visits,
    )
