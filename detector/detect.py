"""The only place that knows the order of the stages."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import dataframely as dy
import polars as pl

from detector.events.accounts import Known
from detector.events.clean import clean_events
from detector.events.rows import Rejects, rows_of
from detector.events.window import count_days, find_window
from detector.evidence.observations import AccountObservations
from detector.evidence.observe import Grounds, observe
from detector.evidence.observe_account import observe_homes
from detector.evidence.scorecard import Scorecard, load_scorecard
from detector.evidence.terms import Terms
from detector.evidence.weigh import weigh_evidence
from detector.households.group import group_devices, list_devices
from detector.households.sessions import SessionIds
from detector.networks.survey import Surroundings, survey
from detector.places.find import find_places
from detector.places.records import mark_places
from detector.schemas import (
    ACCOUNT,
    Accounts,
    Devices,
    Evidence,
    Households,
    Networks,
    PlaceNetworks,
    Places,
    Sightings,
    Ties,
    Visits,
)
from detector.settings import Settings, VerdictSettings
from detector.sightings.build import build_sightings
from detector.ties.build import build_ties
from detector.verdicts.decide import Findings, decide_verdicts, score_groups
from detector.verdicts.identities import name_households
from detector.verdicts.rule import Rule, rank_groups
from detector.verdicts.scores import GroupScores
from detector.verdicts.tables import (
    Sketch,
    describe_accounts,
    describe_households,
    finish_devices,
    finish_households,
    finish_places,
    number_households,
    place_devices,
)
from detector.verdicts.words import is_home_sure, put_into_words

Watch = Callable[[str], AbstractContextManager[object]]
"""Is told the name of each stage as it begins; what it returns is left when the stage ends."""

STAGES = ("places", "ties", "households", "observations", "evidence", "verdicts", "words")
"""What happens to sightings once their networks are known, in this order, as a `Watch` is told."""


@dataclass(frozen=True)
class Decision:
    """What weighing some accounts' groups leads to."""

    findings: Findings
    terms: Terms
    scores: dy.DataFrame[GroupScores]
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


@dataclass(frozen=True)
class JudgedLog:
    """What became of a log that was judged in memory."""

    detection: Detection
    networks: dy.DataFrame[Networks]
    rejects: dy.DataFrame[Rejects]


def judge_log(
    log: pl.DataFrame,
    settings: Settings | None = None,
    scorecard: Scorecard | None = None,
    known: Known | None = None,
) -> JudgedLog:
    """Judge every account of a log that fits into memory.

    The same stages as `household detect` over the same rows come to the same verdicts. What would
    clear a flagged account is not looked for (`detector.clearing.clear`), and no log is too bad:
    look at the rejects.

    Args:
        log: One row per event, its columns named as in the contract: `ts`, `account_id`,
            `device_id`, one of `ip`, `latitude` with `longitude`, and `country`; others if known.
        settings: All stages' settings; of those about reading, `columns` is not asked.
        scorecard: The fitted weights; none: the packaged ones.
        known: What is known of accounts beforehand.

    Raises:
        InputError: A column that must be there is not, or no time can be read.

    Examples:
        Two households with televisions, telephones, tablets and profiles of their own, who watch
        every evening for six weeks and never meet:

        >>> from datetime import datetime, timedelta
        >>> homes = {"ada": "81.2.69.142", "bob": "92.40.7.1"}
        >>> log = pl.DataFrame([
        ...     {"ts": datetime(2026, 5, 1, 20) + timedelta(days=day), "account_id": "a-17",
        ...      "device_id": f"{who}-{kind}", "device_type": kind, "ip": line,
        ...      "event_type": "playback_start", "duration_s": 5400, "profile_id": who}
        ...     for day in range(42) for who, line in homes.items()
        ...     for kind in ("tv", "phone", "tablet")
        ... ])
        >>> judged = judge_log(log)
        >>> judged.detection.accounts.select("verdict", "external_devices").row(0)
        ('shared', 3)
        >>> judged.detection.devices.select("device_id", "household").rows()[::3]
        [('ada-phone', 0), ('bob-phone', 1)]
        >>> judged.networks.select("network", "kind").rows()
        [('81.2.69.142', 'home_line'), ('92.40.7.1', 'home_line')]
    """
    settings, scorecard = settings or Settings(), scorecard or load_scorecard()
    rows = rows_of(log)
    window = find_window(count_days(rows), None, settings)
    clean = clean_events(rows, window, settings.events)
    sightings = build_sightings(clean.events, settings.events)
    # What plays past midnight goes on beyond the window, or began before it.
    inside = sightings.filter(Sightings.day.col.is_between(window.first_day, window.last_day))
    surroundings = survey([inside], settings, None if known is None else known.records)
    found = judge(inside, surroundings, settings, scorecard, known)
    return JudgedLog(found, surroundings.networks, clean.rejects)


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
        scorecard: The fitted weights, of all kinds of logs.
        known: What is known of accounts beforehand; may tell of others too.
        watch: Told of each of the `STAGES`.

    Returns:
        Every table for these accounts, each sorted by its key; what would clear the flagged
        ones is found by `detector.clearing.clear`.
    """
    life = sketch(sightings, surroundings, settings, known, watch)
    scorecard = scorecard.in_regime(surroundings.regime)
    made = decide(life, settings.verdicts, scorecard, known, watch)
    with watch("words"):
        return _tell(life, made, settings.verdicts, known)


def sketch(
    sightings: pl.DataFrame,
    surroundings: Surroundings,
    settings: Settings,
    known: Known | None = None,
    watch: Watch = nullcontext,
) -> Sketch:
    """Find the places, ties and groups of some accounts and observe the groups."""
    with watch("places"):
        found = find_places(sightings, surroundings.gazetteer, settings.places)
        devices = list_devices(sightings, surroundings.device_accounts)
        places = mark(found.places, found.place_networks, surroundings, known)
    life = sketch_visits(found.visits, places, devices, settings, watch)
    return replace(life, place_networks=found.place_networks, doubles=found.doubles)


def mark(
    places: pl.DataFrame,
    place_networks: pl.DataFrame,
    surroundings: Surroundings,
    known: Known | None,
) -> pl.DataFrame:
    """Put what is on record of accounts beside their places."""
    records = (known or Known()).records
    lines = surroundings.partner_lines
    return mark_places(places, place_networks, surroundings.networks, lines, records)


def sketch_visits(
    visits: dy.DataFrame[Visits],
    places: pl.DataFrame,
    devices: pl.DataFrame,
    settings: Settings,
    watch: Watch = nullcontext,
) -> Sketch:
    """Find the ties and groups of some accounts whose places are known, and observe the groups.

    The places are those of `mark`, or without what is on record.
    """
    with watch("ties"):
        sessions = SessionIds.find(visits, devices, settings.households.min_session_ids)
        lives, lasting = sessions.unite_visits(visits), sessions.unite_devices(devices)
        ties = build_ties(lives, places, settings.ties)
    with watch("households"):
        groups = group_devices(lives, places, ties, lasting, settings.households)
    grounds = Grounds(lives, places, ties, lasting, groups.devices, groups.places)
    with watch("observations"):
        observations = observe(grounds, settings.evidence)
        homes = observe_homes(grounds, settings.evidence)
    every = sessions.expand(groups.devices)
    return Sketch(grounds, observations, homes, ties, visits, devices, every)


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


def find_flagged(
    life: Sketch, settings: VerdictSettings, scorecard: Scorecard, known: Known
) -> pl.Series:
    """The accounts that `decide` would flag, of which no run flagged any before; nothing else."""
    terms = weigh_evidence(life.observations, AccountObservations.create_empty(), scorecard)
    scores = score_groups(terms.sums(), life.observations, settings)
    used = life.visits.group_by(ACCOUNT).agg(active_days=Visits.day.col.n_unique())
    paid = known.records.select(ACCOUNT, Accounts.extra_members.name)
    rows = rank_groups(scores).join(used, on=ACCOUNT).join(paid, on=ACCOUNT, how="left")
    return rows.filter(Rule.of(scorecard, settings).flags())[ACCOUNT]


def _tell(
    life: Sketch, made: Decision, settings: VerdictSettings, known: Known | None
) -> Detection:
    """Put what was decided of some accounts into tables and words."""
    homes = number_households(life, made.scores)
    evidence = made.terms.tell(
        made.scores.select(*GroupScores.primary_key(), GroupScores.household.name)
    )
    living = place_devices(life, homes)
    households = describe_households(life, made.scores, homes)
    names = name_households(households, living, (known or Known()).residents)
    lenders = made.verdicts.filter(Accounts.flagged.col, is_home_sure(settings))
    devices = finish_devices(living, names, lenders)
    external = (
        devices.filter(Devices.household.col > 0).group_by(ACCOUNT).agg(external_devices=pl.len())
    )
    verdicts = made.verdicts.join(external, on=ACCOUNT, how="left").with_columns(
        Accounts.external_devices.col.fill_null(0)
    )
    return Detection(
        put_into_words(verdicts, made.terms.of_groups(verdicts), settings),
        finish_households(households, names),
        devices,
        finish_places(life, homes),
        evidence,
        life.ties,
        life.visits,
        life.place_networks,
    )
