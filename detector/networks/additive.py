"""What sets of accounts say of networks, in tables that add up."""

import dataframely as dy


class NetworkCounts(dy.Schema):
    """Who used each network; tables of disjoint accounts add up.

    Built by `detector.networks.count.count_networks`.
    """

    network = dy.String(primary_key=True, min_length=1)
    accounts = dy.UInt32(min=1)
    devices = dy.UInt32(min=1, description="Pairs of account and device.")
    phones = dy.UInt32()
    stationary_accounts = dy.UInt32(description="Accounts with a television or the like there.")
    resident_accounts = dy.UInt32(description="Accounts seen on 4 days or more over a week.")
    account_days = dy.UInt32(min=1)
    weekend_days = dy.UInt32(description="Account-days on a Saturday or Sunday.")
    country = dy.String(nullable=True)
    city = dy.String(nullable=True)
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    connection_type = dy.String(nullable=True)
    spot = dy.Int64(nullable=True, min=0)


class PoolHops(dy.Schema):
    """Stationary devices that were seen in both of two wide prefixes.

    Built by `detector.networks.hops.count_hops`.
    """

    prefix_a = dy.String(primary_key=True)
    prefix_b = dy.String(primary_key=True)
    hoppers = dy.UInt32(min=1)
