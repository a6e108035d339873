"""What the service has on record of an account, beside each of its places."""

import polars as pl

from detector.events.accounts import AccountRecords
from detector.networks.partners import PartnerLines
from detector.schemas import ACCOUNT, Networks, Places

L, N, P, R = PartnerLines, Networks, Places, AccountRecords
PARTNER_BITS, IN_COUNTRY = "partner_micro_bits", "in_country"


def mark_places(
    places: pl.DataFrame,
    place_networks: pl.DataFrame,
    networks: pl.DataFrame,
    partner_lines: pl.DataFrame,
    records: pl.DataFrame,
) -> pl.DataFrame:
    """Tell of each place how well it fits what is on record of its account.

    Args:
        places: Of any subset of accounts.
        place_networks: The networks of each place.
        networks: `Networks`, at least those.
        partner_lines: From the survey of all accounts.
        records: `AccountRecords`; may tell of others too.

    Returns:
        The places with `partner_micro_bits`, how telling its networks are of a customer of the
        partner on average, null if that is not known of any network or there is no partner;
        `in_country`, whether it is in the account's country, null if either is not known; and
        `signed_up`.

    Examples:
        >>> from detector.schemas import PlaceNetworks
        >>> key = {"account_id": "ada", "place": [0, 1]}
        >>> places = Places.sample(overrides=key | {"country": ["FR", None]})
        >>> of = PlaceNetworks.sample(overrides=key | {"network": ["81.2.69.142", "92.40.7.1"]})
        >>> networks = Networks.sample(overrides={
        ...     "network": ["81.2.69.142", "92.40.7.1"], "pool": ["AS1", "AS2"]})
        >>> lines = PartnerLines.sample(overrides={
        ...     "partner": ["Orbita"], "pool": "AS2", "micro_bits": 1_600_000})
        >>> records = AccountRecords.sample(overrides={
        ...     "account_id": ["ada"], "partner": "Orbita", "country_of_record": "ES"})
        >>> marked = mark_places(places, of, networks, lines, records)
        >>> marked.select("place", "partner_micro_bits", "in_country").rows()
        [(0, 0, False), (1, 1600000, None)]
    """
    mine = [ACCOUNT, R.partner.name, R.country_of_record.name, R.signed_up.name]
    known = places.join(records.select(mine), on=ACCOUNT, how="left", maintain_order="left")
    telling = partner_lines.select(L.partner.name).unique()
    pools = networks.select(N.network.name, N.pool.name)
    bits = (
        place_networks.join(records.select(mine[:2]).drop_nulls(), on=ACCOUNT)
        .join(telling, on=L.partner.name, how="semi")
        .join(pools, on=N.network.name)
        .join(partner_lines, on=[L.partner.name, L.pool.name], how="left")
        .group_by(ACCOUNT, P.place.name)
        .agg(L.micro_bits.col.fill_null(0).sum() // pl.len())
        .rename({L.micro_bits.name: PARTNER_BITS})
    )
    return (
        known.join(bits, on=[ACCOUNT, P.place.name], how="left", maintain_order="left")
        .with_columns(in_country=P.country.col == R.country_of_record.col)
        .select(*places.columns, PARTNER_BITS, IN_COUNTRY, R.signed_up.name)
    )
