"""What is known to be true of a world: the tables that verdicts are measured against."""

from dataclasses import dataclass

import dataframely as dy

LABELS = ("single", "shared", "ambiguous")


class TruthAccounts(dy.Schema):
    """Who really uses an account: one household, several, or a matter of policy."""

    account_id = dy.String(primary_key=True)
    label = dy.Enum(LABELS, description="`ambiguous`: a student away, a child of two homes.")
    situation = dy.String(description="The kind of life that was simulated or observed.")
    external_households = dy.Int64(nullable=True, min=0)


class TruthDevices(dy.Schema):
    """The household in which each device really lives."""

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    household = dy.Int64(nullable=True, min=0, description="0 the account's own, 1.. borrowers.")


class TruthNetworks(dy.Schema):
    """What each network really is."""

    network = dy.String(primary_key=True)
    kind = dy.String()


@dataclass(frozen=True)
class Truth:
    """All that is known of one world."""

    accounts: dy.DataFrame[TruthAccounts]
    devices: dy.DataFrame[TruthDevices]
    networks: dy.DataFrame[TruthNetworks] | None = None
