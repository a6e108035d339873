"""What the judgement of an account rests on, as one number: equal numbers, equal judgements."""

from dataclasses import replace

import dataframely as dy
import polars as pl

from detector.account_records import Known
from detector.detect import ACCOUNT, DEVICE, Surroundings
from detector.schemas import Networks

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
    what their networks are, how many accounts its devices were seen on, and what is known of
    it beforehand: its record, and whether it was flagged before.

    Args:
        sightings: Of whole accounts, without repeated keys.
        surroundings: From `survey` over the whole log.
        known: What is known of accounts beforehand; may tell of others too.

    Examples:
        One more event is another premise:

        >>> from detector.detect import count_shard, survey
        >>> from detector.schemas import Sightings
        >>> from detector.settings import Settings
        >>> one = Sightings.sample(1, overrides={
        ...     "events": 1, "network": "81.2.69.142", "located": 0})
        >>> two = one.with_columns(events=pl.lit(2, pl.UInt32))
        >>> around, nothing = survey([count_shard(one)], Settings()), Known()
        >>> first, second = (sum_up_premises(each, around, nothing) for each in (one, two))
        >>> first.equals(sum_up_premises(one, around, nothing)), first.equals(second)
        (True, False)
    """
    networks = narrow(surroundings).networks.join(
        surroundings.scatter.with_columns(scattered=True), on=N.pool.name, how="left"
    )
    kinds = networks.select(N.network.col, network_is=networks.hash_rows(seed=0))
    facts = sightings.join(kinds, on=N.network.name, how="left").join(
        surroundings.device_accounts, on=DEVICE, how="left"
    )
    records = known.records.select(ACCOUNT, record=known.records.hash_rows(seed=0))
    # Rows are unique, so that none takes another one's hash away.
    return (
        facts.select(ACCOUNT, each=facts.hash_rows(seed=0))
        .group_by(ACCOUNT)
        .agg(pl.col("each").bitwise_xor())
        .join(records, on=ACCOUNT, how="left")
        .with_columns(flagged=pl.col(ACCOUNT).is_in(known.flagged_before.implode()))
        .select(ACCOUNT, premises=pl.struct("each", "record", "flagged").hash(seed=0))
        .sort(ACCOUNT)
        .pipe(Premises.validate, cast=True)
    )
