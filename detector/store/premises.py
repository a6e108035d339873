"""What the judgement of an account rests on, as one number: equal numbers, equal judgements."""

from dataclasses import replace

import dataframely as dy
import polars as pl

from detector.events.accounts import Known
from detector.kernels.runs import begins, since_first
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
    summed = _summed(own)
    for part in (
        _lines(sightings, surroundings),
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


def _lines(sightings: pl.DataFrame, surroundings: Surroundings) -> pl.DataFrame:
    """What each network of an account is, and where it stands among those with other facts.

    A gateway or relay that can be no place is nowhere, whoever else is there. On how many days
    a network was seen only decides which of a place's networks speaks for it, so that a day
    more changes nothing unless networks with different facts change places.
    """
    scattered = surroundings.scatter.with_columns(scattered=True)
    networks = surroundings.networks.join(scattered, on=N.pool.name, how="left").join(
        surroundings.bonds_of_pools, on=N.pool.name, how="left"
    )
    kinds = networks.select(
        N.network.col,
        N.days.col,
        N.kind.col,
        network_is=networks.select(pl.exclude(N.days.name)).hash_rows(seed=0),
        says=networks.select(column.name for column in SPEAKING).hash_rows(seed=0),
    )
    pairs = (
        sightings.select(ACCOUNT, N.network.name, Sightings.device_type.name)
        .join(kinds, on=N.network.name)
        .filter(may_be_spot())
        .unique([ACCOUNT, N.network.name])
    )
    ordered = pairs.sort(ACCOUNT, -N.days.col.cast(pl.Int64), N.network.name)
    rank = since_first(begins("says").cum_sum(), ACCOUNT)
    lines = ordered.select(ACCOUNT, "network_is", rank=rank)
    return lines.select(ACCOUNT, lines=pl.struct("network_is", "rank").hash(seed=0))


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
    seen = sightings.select(ACCOUNT, N.network.name).join(partners, on=ACCOUNT).unique()
    pools = surroundings.networks.select(N.network.name, N.pool.name)
    told = (
        seen.join(pools, on=N.network.name)
        .select(ACCOUNT, "partner", N.pool.name)
        .unique()
        .join(surroundings.partner_lines, on=["partner", N.pool.name], how="left")
        .join(surroundings.partner_lines.select("partner").unique(), on="partner", how="semi")
    )
    return told.select(ACCOUNT, partner_lines=told.hash_rows(seed=0))


def _summed(hashes: pl.DataFrame) -> pl.DataFrame:
    """One number per account; rows are unique, so that none takes another one's hash away."""
    return hashes.group_by(ACCOUNT).agg(pl.exclude(ACCOUNT).bitwise_xor())
