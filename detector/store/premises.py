"""What the judgement of an account rests on, as one number: equal numbers, equal judgements."""

from dataclasses import replace

import dataframely as dy
import numpy as np
import polars as pl

from detector.events.accounts import Known
from detector.kernels.runs import begins, since_first
from detector.networks.lookup import Gazetteer
from detector.networks.survey import Surroundings
from detector.places.find import may_be_spot
from detector.schemas import ACCOUNT, DEVICE, Networks, Sightings

N = Networks

NEEDED = (
    N.network,
    N.kind,
    N.pool,
    N.accounts,
    N.days,
    N.asn,
    N.as_org,
    N.country,
    N.city,
    N.latitude,
    N.longitude,
)
"""All that judging asks of a network; other columns change daily without changing a verdict."""

SPEAKING = (N.kind, N.country, N.city, N.asn, N.as_org)
"""What a place takes from the first of its networks, in order of their days, that knows it."""


class Premises(dy.Schema):
    """One number per account, made from everything that `judge` is given about it.

    Built by `sum_up_premises`. Numbers made by different versions of Polars do not compare.
    """

    account_id = dy.String(primary_key=True)
    premises = dy.UInt64()


def narrow(surroundings: Surroundings) -> Surroundings:
    """Only what the premises cover: a stage that asked for more would fail, not go unnoticed."""
    few = surroundings.networks.select(column.name for column in NEEDED)
    return replace(surroundings, networks=few)


def sum_up_premises(
    sightings: pl.DataFrame, surroundings: Surroundings, known: Known
) -> dy.DataFrame[Premises]:
    """Hash everything that the judgement of each account rests on.

    Besides settings and model, which are the same for all accounts, these are its sightings,
    what their networks are and how telling of a customer of its partner, what kind of log it is,
    how many accounts its devices were seen on, and what is known of it beforehand: its record,
    whether it was flagged before, and what its households were called.

    Args:
        sightings: Of whole accounts, without repeated keys.
        surroundings: From `survey` over the whole log.
        known: What is known of accounts beforehand; may tell of others too.

    Examples:
        One more half-hour is another premise:

        >>> from detector.networks.survey import survey
        >>> from detector.schemas import Sightings
        >>> from detector.settings import Settings
        >>> one = Sightings.sample(1, overrides={
        ...     "seen": 1, "spot": None, "network": "81.2.69.142"})
        >>> two = one.with_columns(seen=pl.lit(3, pl.UInt64))
        >>> around, nothing = survey([one], Settings()), Known()
        >>> first, second = (sum_up_premises(each, around, nothing) for each in (one, two))
        >>> first.equals(sum_up_premises(one, around, nothing)), first.equals(second)
        (True, False)
    """
    own = sightings.select(ACCOUNT, own=sightings.hash_rows(seed=0))
    records = known.records.select(ACCOUNT, record=known.records.hash_rows(seed=0))
    homes = known.residents.select(ACCOUNT, homes=known.residents.hash_rows(seed=0))
    gazetteer = surroundings.gazetteer
    seen = _seen(sightings, gazetteer)
    pools = _pools(seen)
    summed = _summed(own)
    for part in (
        _lines(seen, pools),
        _kin(pools, gazetteer),
        _shared_devices(sightings, surroundings),
        _partner_lines(sightings, surroundings, known),
    ):
        summed = summed.join(_summed(part), on=ACCOUNT, how="left")
    return (
        summed.join(records, on=ACCOUNT, how="left")
        .join(_summed(homes), on=ACCOUNT, how="left")
        .with_columns(
            flagged=pl.col(ACCOUNT).is_in(known.flagged_before.implode()),
            regime=pl.lit(surroundings.regime),
        )
        .select(ACCOUNT, premises=pl.struct(pl.exclude(ACCOUNT)).hash(seed=0))
        .sort(ACCOUNT)
        .pipe(Premises.validate, cast=True)
    )


def _lines(seen: pl.DataFrame, pools: pl.DataFrame) -> pl.DataFrame:
    """What each network of an account is, and where it stands among those with other facts.

    On how many days a network was seen only decides which of a place's networks speaks for it, so
    that a day more changes nothing unless networks with different facts change places. What its
    pool is called tells nothing, only which of the account's are in one: where some blocks of a
    provider are found to be one, thousands of lines are in a pool of another name.
    """
    ordered = seen.sort(ACCOUNT, -N.days.col.cast(pl.Int64), N.network.name)
    rank = since_first(begins("says").cum_sum(), ACCOUNT)
    lines = ordered.select(ACCOUNT, N.pool.name, "network_is", rank=rank).join(
        pools.select(ACCOUNT, N.pool.name, "number"), on=[ACCOUNT, N.pool.name], how="left"
    )
    return lines.select(ACCOUNT, lines=pl.struct("network_is", "rank", "number").hash(seed=0))


def _seen(sightings: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """The networks of each account that can be at a place, with what judging is told of them.

    A gateway or relay that can be no place is nowhere, whoever else is there.
    """
    networks, pool = gazetteer.networks, gazetteer.pool
    facts = networks.select(pl.exclude(N.days.name, N.pool.name)).with_columns(
        scattered=pl.Series(np.append(gazetteer.scattered, False)[pool]),
        settled=pl.Series(np.append(gazetteer.settled, False)[pool]),
    )
    known = networks.select(N.network.col, N.days.col, N.kind.col).with_columns(
        network_is=facts.hash_rows(seed=0),
        says=networks.select(column.name for column in SPEAKING).hash_rows(seed=0),
        pool=pl.Series(pool),
        provider=pl.Series(gazetteer.provider[pool]),
    )
    return (
        sightings.select(ACCOUNT, N.network.name, Sightings.device_type.name)
        .join(known, on=N.network.name)
        .filter(may_be_spot())
        .unique([ACCOUNT, N.network.name])
    )


def _pools(seen: pl.DataFrame) -> pl.DataFrame:
    """The pools of each account: account_id, pool, provider, number; this by their networks."""
    own = seen.filter(N.pool.col >= 0).group_by(ACCOUNT, N.pool.name, "provider")
    first = own.agg(N.network.col.min()).sort(ACCOUNT, N.network.name)
    return first.with_columns(number=since_first(pl.int_range(pl.len()), ACCOUNT))


def _kin(pools: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Which of an account's pools are one provider's, and which of them are told to be."""
    facing = pools.join(pools, on=ACCOUNT).filter(pl.col("number") != pl.col("number_right"))
    codes = (facing[side].to_numpy() for side in (N.pool.name, f"{N.pool.name}_right"))
    kin = facing.with_columns(bonded=pl.Series(gazetteer.bond(*codes) > 0)).filter(
        pl.col("bonded") | (pl.col("provider") == pl.col("provider_right"))
    )
    rows = pl.struct("number", "number_right", "bonded")
    return kin.select(ACCOUNT, kin=rows.hash(seed=0))


def _shared_devices(sightings: pl.DataFrame, surroundings: Surroundings) -> pl.DataFrame:
    """The devices that were seen on other accounts too, and on how many."""
    shared = sightings.join(surroundings.device_accounts, on=DEVICE)
    devices = shared.select(ACCOUNT, DEVICE, "accounts").unique()
    return devices.select(ACCOUNT, devices=devices.hash_rows(seed=0))


def _partner_lines(
    sightings: pl.DataFrame, surroundings: Surroundings, known: Known
) -> pl.DataFrame:
    """What is known of the account's own partner at the providers that it was seen at.

    That anything is known of the partner tells too, of its customers elsewhere.
    """
    partners = known.records.select(ACCOUNT, "partner").drop_nulls()
    lines = surroundings.partner_lines
    told = (
        sightings.select(ACCOUNT, N.network.name)
        .join(partners, on=ACCOUNT)
        .unique()
        .join(lines.select("partner").unique(), on="partner", how="semi")
        .join(surroundings.networks.select(N.network.name, N.pool.name), on=N.network.name)
        .join(lines, on=["partner", N.pool.name], how="left")
        .drop(N.pool.name)
    )
    return told.select(ACCOUNT, partner_lines=told.hash_rows(seed=0))


def _summed(hashes: pl.DataFrame) -> pl.DataFrame:
    """One number per account; rows are unique, so that none takes another one's hash away."""
    return hashes.group_by(ACCOUNT).agg(pl.exclude(ACCOUNT).bitwise_xor())
