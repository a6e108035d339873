"""Every number that changes a verdict, with its unit and its reason."""

from typing import Literal

from pydantic import Field

from detector.log_settings import (
    ColumnSettings,
    EventSettings,
    QualitySettings,
    StageSettings,
    WindowSettings,
)
from detector.verdict_settings import EvidenceSettings, VerdictSettings


class NetworkSettings(StageSettings):
    """When a network is a home's line, and when it is shared by strangers.

    A share of accounts "with a television" counts all devices that stay where they stand.
    """

    crowd_accounts: int = Field(default=4, ge=2)
    """A home rarely holds four subscribers; from here on an address is shared by strangers."""

    min_daily_accounts: float = Field(default=1.3, ge=1)
    """Accounts on an average day from which homes share an address at one time, rather than
    being given it one after the other."""

    min_carrier_share: float = Field(default=0.3, gt=0, le=1)
    """Share of a crowd's accounts with a television from which it is homes behind a carrier."""

    min_settled_share: float = Field(default=0.1, ge=0, le=1)
    """Share of them below which nobody lives there: people on the road, at work or away."""

    max_venue_settled_share: float = Field(default=0.15, ge=0, le=1)
    """Share of them below which guests who come and go make a venue; some rooms have one."""

    max_guest_tenure_days: float = Field(default=3, gt=0)
    """Days per account up to which a crowd are guests, who stay for a night or two."""

    max_guest_phone_share: float = Field(default=0.9, gt=0, le=1)
    """Share of telephones among a crowd's devices from which it is no house of guests, who bring
    laptops and tablets too, unless nobody lives there."""

    min_resident_days: int = Field(default=4, ge=1)
    """Days on a network from which an account belongs there, ..."""

    min_resident_span_days: int = Field(default=6, ge=0)
    """... the last of them so many after the first: guests stay some days on end, colleagues
    come back in the next week."""

    min_colleague_share: float = Field(default=0.2, ge=0, le=1)
    """Share of a crowd that belongs there from which it may be a workplace; many are visitors."""

    max_office_weekend_share: float = Field(default=0.1, ge=0, le=1)
    """Share of a crowd's days on weekends, which are 0.29 of all, below which it is at work."""

    min_student_share: float = Field(default=0.4, ge=0, le=1)
    """Share of a crowd without televisions that belongs there from which it is a campus."""

    min_clerk_days: int = Field(default=8, ge=1)
    """Days of use from which an address of few that rests on weekends is a workplace."""

    max_clerk_weekend_share: float = Field(default=0.05, ge=0, le=1)
    """Share of its days on weekends below which it rests: stricter than for a crowd, as one
    person's weekends are soon away by chance."""

    min_home_days: float = Field(default=2, gt=0)
    """Days per account from which a lone address without neighbours' witness is a home's."""

    min_phone_share: float = Field(default=0.75, gt=0, le=1)
    """Mobile gateways serve phones, some tablets and the odd tethered laptop."""

    max_gateway_stationary_share: float = Field(default=0.08, ge=0, le=1)
    """A few homes have their television on a mobile router."""

    max_gateway_tenure_days: float = Field(default=3, gt=0)
    """A phone keeps a gateway's address for a session, not for weeks."""

    min_block_accounts: int = Field(default=5, ge=1)
    """Accounts seen in a /24 before its neighbours are believed."""

    min_pool_accounts: int = Field(default=10, ge=1)
    """Accounts seen on a provider before its customers are believed."""

    min_residential_share: float = Field(default=0.15, ge=0, le=1)
    """Share of a provider's customers seen with a television from which an address of it that
    was seen once is taken for a home's, hopping."""

    min_hoppers: int = Field(default=3, ge=1)
    """Televisions that hop between two prefixes before these are one provider's."""

    min_hopper_share: float = Field(default=0.05, ge=0, le=1)
    """Share of the smaller prefix's televisions that must hop; moves of house are rarer."""

    min_told_share: float = Field(default=0.1, ge=0, lt=1)
    """Share of sightings above which a log is one that tells profiles, or whose addresses are: some
    devices never have any, and a few rows of a log that tells none may be filled by mistake."""

    min_bonds: int = Field(default=3, ge=1)
    """Accounts that live on a prefix of IPv4 and on one of IPv6 before these may be one
    provider's: fewer may be a borrower's home each."""

    min_bond_share: float = Field(default=0.1, gt=0, le=1)
    """Share of a prefix's homes that must live on the other too: of a provider's homes a fifth or
    more use its IPv6, of another's only those who lend to a home there, which is one or two in a
    hundred."""

    partner_doubt: int = Field(default=2, ge=1)
    """Accounts by which a partner's customers behind one provider's lines are taken to be more, as
    are those to be expected there: three customers where one is expected may be chance."""

    min_partner_deviance: float = Field(default=4.0, ge=0, allow_inf_nan=False)
    """Twice the log-likelihood gained by taking it for no chance how many of a partner's customers
    are behind a provider's lines, from which it is none: chance comes so far once in twenty."""

    half_confidence_days: int = Field(default=5, ge=1)
    """Account-days after which a kind told by behaviour is half sure; no verdict asks."""

    told_confidence: float = Field(default=0.95, ge=0, le=1)
    """How sure a kind is that the log itself tells; no verdict asks."""


class PlaceSettings(StageSettings):
    """When two networks of an account are one spot."""

    max_lease_gap_days: int = Field(default=10, ge=0)
    """Days between the end of one lease and the start of the next: a holiday's length."""

    min_alternations: int = Field(default=2, ge=1)
    """Times a television must go back and forth between providers to be on two lines at once
    rather than to have moved house."""

    max_hop_days: int = Field(default=3, ge=1)
    """An address that an account keeps for fewer days is one of a line that hops."""

    min_expected_meetings: float = Field(default=3, gt=0)
    """Matches to expect on one line before their absence tells: chance misses 3 in 5 % of cases."""

    min_meeting_rate: float = Field(default=0.3, gt=0, le=1)
    """Share of the expected matches from which two devices are on one line."""

    max_apart_rate: float = Field(default=0.15, ge=0, le=1)
    """Share of them below which they are on two; in between nobody knows."""

    min_steadiness: float = Field(default=0.2, gt=0, le=1)
    """Share of its hours on which even the most restless line is taken to keep its address: below,
    no number of hours together would let one expect a match."""

    min_hops_per_day: float = Field(default=0.4, gt=0)
    """Addresses per day of use from which a line hops; a weekly lease shows a quarter of that."""

    max_stretch: int = Field(default=4096, ge=1)
    """Addresses between two networks of lines in one area; providers deal out such stretches
    (an IPv4 /20, or as many IPv6 /48s) town by town."""

    min_scatter_hours: float = Field(default=30, gt=0)
    """Hours that two devices of a home were on, over all accounts of a provider, before their
    never meeting says that it scatters: ten times what one home's own devices need."""

    max_scatter_rate: float = Field(default=0.15, ge=0, le=1)
    """Matches per expectation, over all accounts of a provider, below which it gives every
    session an address of its own."""

    min_protocol_days: int = Field(default=4, ge=1)
    """Days at each of two places, one on IPv4 and one on IPv6, before they may be one line seen
    over both: a guest's telephone is seen at a host's for fewer."""

    min_protocol_overlap: float = Field(default=0.5, gt=0, le=1)
    """Share of the shorter of their spans in which both are in use: of a house that was moved out
    of and the next there is none, and a lease may end in between."""

    min_abroad_days: int = Field(default=14, ge=1)
    """Days on another country's mobile networks from which they are a place: more than most
    holidays. The country of an address, unlike its town, is right 99 times in 100."""

    point_reach_km: float = Field(default=0.15, gt=0)
    """Kilometres below which two clusters of a log's coordinates are one place: a block of
    houses, and what telephones err by indoors."""

    max_point_gap_km: float = Field(default=2.0, gt=0)
    """Kilometres between points of one cluster above which it is two places: the few points of a
    journey are dense only for want of others, and a cell is 1 km wide."""

    min_router_days: int = Field(default=2, ge=1)
    """Days of a television on a carrier's gateway before that is a home on a mobile router."""


class TieSettings(StageSettings):
    """How telling it is for two devices to be at one place, by the kind of network."""

    home_line: float = Field(default=1.0, ge=0, le=1)
    """Nobody shares a private line by chance."""

    unknown: float = Field(default=0.9, ge=0, le=1)
    """Seen little: most likely a private line seen on a short visit."""

    carrier_nat: float = Field(default=0.6, ge=0, le=1)
    """Neighbours share it, but two devices of one account behind it mostly live together."""

    cellular: float = Field(default=0.8, ge=0, le=1)
    """Only a place where a television anchors it: a home on a mobile router."""

    workplace: float = Field(default=0.2, ge=0, le=1)
    """Colleagues meet there without living together."""

    campus: float = Field(default=0.2, ge=0, le=1)
    """Students meet there without living together."""

    venue: float = Field(default=0.1, ge=0, le=1)
    """Anybody may be there."""

    anonymizer: float = Field(default=0.05, ge=0, le=1)
    """Says nothing of where anybody is."""

    habit_share: float = Field(default=0.5, gt=0, lt=1)
    """Share of the places of one who lives with another that are the other's too; the rest are
    anybody's. This and the next two are asked of places found by coordinates."""

    strangers_elsewhere: float = Field(default=4.0, ge=1)
    """Places that a stranger of the same town goes to, for each that either device goes to."""

    even_bits: float = Field(default=2.0)
    """Bits by which the other's places must tell more than the crowd's before two devices are as
    likely together as apart: strangers of one town have some in common, and a borrower once
    joined to home is never found, while one person in two parts may still be known by evidence."""

    sparse_share: float = Field(default=0.5, ge=0, le=1)
    """Share of a device's likeness to itself that is kept, however few its days: corrected for
    chance, a handful of days would be like nothing, and tied to everything."""

    max_devices: int = Field(default=64, ge=2)
    """Devices per account that are tied, busiest first; a family has fewer, a resold account
    shows its shape in these already."""


class HouseholdSettings(StageSettings):
    """When devices form one household."""

    min_strength: float = Field(default=0.45, gt=0, lt=1)
    """Groups of devices tied at least so strongly on average live together."""

    method: Literal["average", "hdbscan", "communities"] = "average"
    """How ties become groups. On worlds not fitted on average linkage merged the fewest homes and
    ranked accounts as well as communities did, at a fraction of their cost; HDBSCAN split fewer
    homes but merged more (figures in `fixtures/README.md`). A merged borrower is never found. The
    packaged scorecard was fitted on groups of average linkage."""

    min_footing_days: int = Field(default=4, ge=1)
    """Days at places from which a group of devices has a footing of its own; below, its
    profiles may tell to which settled group it belongs. This decides who is with whom;
    `[evidence] min_foothold_days` only counts the groups that came of it."""

    day_at_a_place: int = Field(default=10, ge=1)
    """Days on the road that say as much of where an account's life is as one at a place."""

    record_bits: float = Field(default=3.0, ge=0, le=20, allow_inf_nan=False)
    """Bits by which a group is rather home that is in the account's country than one in another, or
    one that was there when the account was new. About one in nine such owners is taken to live
    abroad and lend to those at home, or to have set up the account at somebody else's. How much it
    says to be behind a line of the partner is learnt from the partner's customers."""

    doublings_per_bit: float = Field(default=2.0, ge=0, le=20, allow_inf_nan=False)
    """How many times twice the life and use weigh as much, for which group is home, as one bit of
    what is on record. Of 1, 2 and 3, with partners known for two accounts in five, 2 did best over
    three families of simulated worlds: less where owners watch most, more where borrowers do."""

    min_profile_pull: float = Field(default=0.6, gt=0.5, le=1)
    """Share of a profile's use in one settled group from which strays that use it go there."""

    max_accounts_per_device: int = Field(default=20, ge=1)
    """A device id on more accounts is a default value or a shop's display, not a device."""

    min_session_ids: int = Field(default=8, ge=2)
    """Ids of one type, each seen at one place for a session only, from which they are one device
    that takes a new id at each start. Fewer are guests' devices and ids that were reset."""


class Settings(StageSettings):
    """One field per stage; a stage is only ever given its own."""

    window: WindowSettings = WindowSettings()
    quality: QualitySettings = QualitySettings()
    events: EventSettings = EventSettings()
    columns: ColumnSettings = ColumnSettings()
    networks: NetworkSettings = NetworkSettings()
    places: PlaceSettings = PlaceSettings()
    ties: TieSettings = TieSettings()
    households: HouseholdSettings = HouseholdSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    verdicts: VerdictSettings = VerdictSettings()
