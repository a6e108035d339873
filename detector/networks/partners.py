"""Which providers' lines the customers of a partner live behind, learnt from the customers.

An operator sells a service to those who have its line, so that an account that it sold mostly has
its home there. Which networks are its own nobody has to list: its customers are found there more
often than other accounts of their country. A shop that sells to everybody has no such networks,
and one that resells another's lines shares them.
"""

import dataframely as dy
import polars as pl

from detector.kinds import is_stationary
from detector.networks.prefixes import provider_prefix_of
from detector.schemas import ACCOUNT, Networks, Sightings
from detector.settings import NetworkSettings

N, S = Networks, Sightings
MICRO = 1_000_000
PER_MILLE = 1_000


class Customers(dy.Schema):
    """How many accounts have their main line at each provider; disjoint accounts add up.

    Built by `count_customers`.
    """

    partner = dy.String(nullable=True)
    country_of_record = dy.String(nullable=True)
    provider = dy.String(description="Its AS number, or the prefix where a log has none.")
    accounts = dy.UInt32(min=1)


class PartnerLines(dy.Schema):
    """How telling it is for a customer of a partner to be behind a provider's lines.

    Built by `learn_partner_lines`; what has no row tells nothing.
    """

    partner = dy.String(primary_key=True)
    pool = dy.String(primary_key=True, description="As in `Networks`.")
    micro_bits = dy.Int64(
        description="Millionths of bits: how many times twice as many of its customers have their "
        "main line there as of all accounts of their countries."
    )


C, L = Customers, PartnerLines


def count_customers(sightings: pl.LazyFrame, records: pl.LazyFrame) -> pl.LazyFrame:
    """Count where the main lines of accounts are, by who sold them.

    The main line is where devices that stay where they stand were on most days, or any device if
    there is none. It may be a borrower's, who are the fewer.

    Args:
        sightings: Of some whole accounts.
        records: account_id, partner, country_of_record; accounts without a record count too.

    Returns:
        Rows of `Customers`, in no order.

    Examples:
        Ada was sold by Orbita, and watches at home; Bob by nobody, and on the road:

        >>> sightings = Sightings.sample(overrides={
        ...     "account_id": ["ada", "ada", "bob"], "device_id": ["tv", "phone", "phone"],
        ...     "device_type": ["tv", "phone", "phone"], "asn": [None, 21928, 21928],
        ...     "network": ["81.2.69.142", "100.64.7.1", "100.64.7.1"]})
        >>> records = pl.LazyFrame({
        ...     "account_id": "ada", "partner": "Orbita", "country_of_record": "ES"})
        >>> count_customers(sightings.lazy(), records).collect().sort("provider").rows()
        [('Orbita', 'ES', '81.2', 1), (None, None, 'AS21928', 1)]
    """
    provider = pl.coalesce(pl.format("AS{}", S.asn.col), provider_prefix_of(S.network.col))
    days = sightings.group_by(ACCOUNT, provider.alias(C.provider.name)).agg(
        still=is_stationary(S.device_type.col).sum(), days=pl.len()
    )
    order = ["still", "days", C.provider.name]
    main = days.group_by(ACCOUNT).agg(
        C.provider.col.sort_by(order, descending=[True, True, False]).first()
    )
    key = [C.partner.name, C.country_of_record.name, C.provider.name]
    sold = main.join(records.select(ACCOUNT, *key[:2]), on=ACCOUNT, how="left")
    return sold.group_by(key).agg(accounts=pl.len().cast(pl.UInt32))


def learn_partner_lines(
    customers: pl.DataFrame, pools: pl.DataFrame, settings: NetworkSettings
) -> dy.DataFrame[PartnerLines]:
    """Learn how much more a partner's customers are behind each provider's lines than others.

    They are held against all accounts of their countries, as borrowers may be any of these: an
    operator of one country tells nothing by being in it. What may be chance tells nothing (the
    deviance of a Poisson count), and few customers prove little, as some more are taken to be
    there and to be expected there.

    Args:
        customers: `Customers` of the whole log, set by set.
        pools: From `find_pools`.
        settings: How many accounts are needed to be believed.

    Examples:
        Eight in ten customers of Orbita are behind its own lines, and two in ten of the others:

        >>> customers = pl.DataFrame({
        ...     "partner": ["Orbita"] * 2 + [None] * 2, "country_of_record": "ES",
        ...     "provider": ["AS1", "AS2"] * 2, "accounts": [80, 20, 200, 800]})
        >>> nothing = pl.DataFrame(schema={"prefix": pl.String, "pool": pl.String})
        >>> lines = learn_partner_lines(customers, nothing, NetworkSettings())
        >>> [(pool, round(bits / MICRO, 1)) for _, pool, bits in lines.rows()]
        [('AS1', 1.6), ('AS2', -1.8)]
    """
    if customers[C.partner.name].null_count() == customers.height:
        return PartnerLines.create_empty()
    known = customers.join(
        pools, left_on=C.provider.name, right_on="prefix", how="left"
    ).with_columns(pl.coalesce(L.pool.name, C.provider.name).alias(L.pool.name))
    accounts, country = C.accounts.col.cast(pl.Int64).sum(), C.country_of_record.name
    everyone = known.group_by(country, L.pool.name).agg(there=accounts)
    sold = known.drop_nulls(C.partner.name)
    of_partner = sold.group_by(C.partner.name, country).agg(sold=accounts)
    share = pl.col("there") / pl.col("there").sum().over(country)
    expected = (
        everyone.with_columns(share=share)
        .join(of_partner, on=country, nulls_equal=True)
        .group_by(C.partner.name, L.pool.name)
        .agg(expected=(pl.col("sold") * pl.col("share") * PER_MILLE).round().cast(pl.Int64).sum())
    )
    found = sold.group_by(C.partner.name, L.pool.name).agg(found=accounts)
    n, usual, doubt = pl.col("found"), pl.col("expected") / PER_MILLE, settings.partner_doubt
    lift = (n + doubt) / (usual + doubt)
    gain = pl.when(n > 0).then(n * (n / usual).log()).otherwise(0)
    return (
        expected.join(found, on=[C.partner.name, L.pool.name], how="left")
        .with_columns(n.fill_null(0))
        .filter(pl.col("expected") > 0, 2 * (gain - n + usual) >= settings.min_partner_deviance)
        .select(*found.columns[:2], micro_bits=(lift.log(2) * MICRO).round().cast(pl.Int64))
        .sort(L.primary_key())
        .pipe(PartnerLines.validate, cast=True)
    )
