"""The tables that pass between stages, in pipeline order.

Each class is the only place where a column's name, type and range are written.
Elsewhere a column is ``Sightings.day.col`` (an expression) or ``Sightings.day.name``
(a string); only the keyword that names a new column is bare, and the stage's schema checks it.
"""

import dataframely as dy

from detector.kinds import DEVICE_TYPES, NETWORK_KINDS, VERDICTS, Theme

ACCOUNT, DEVICE = "account_id", "device_id"
"""The names by which tables are joined, in every schema that has them."""
CODED = ("theme", "code", "parameters")
"""What is told of a theme, but for its bits."""


class Events(dy.Schema):
    """One readable row of a log: who, on which device, from where, when.

    Built by `detector.events.clean.clean_events` from rows whose columns are already mapped.
    """

    account_id = dy.String(min_length=1)
    device_id = dy.String(min_length=1)
    ts = dy.Datetime(time_unit="us", time_zone="UTC")
    network = dy.String(
        min_length=1, description="IPv4 address, IPv6 /64 prefix, cell of coordinates or country."
    )
    event_type = dy.String(nullable=True, description="A word of the contract, or as logged.")
    device_type = dy.Enum(DEVICE_TYPES)
    duration_s = dy.Int64(nullable=True, min=0, description="Of a playback.")
    country = dy.String(nullable=True, description="Two letters, or as logged.")
    city = dy.String(nullable=True)
    latitude = dy.Float64(nullable=True, min=-90, max=90)
    longitude = dy.Float64(nullable=True, min=-180, max=180)
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    connection_type = dy.String(nullable=True, description="What the line is said to be.")
    profile_id = dy.String(nullable=True)


class Sightings(dy.Schema):
    """One account and device on one network on one day: sets and minima, no sums.

    Built by `detector.sightings.build.build_sightings`. Two tables of the same day merge by bitwise
    or and by minima, so a log may be read in pieces, in any order, and any piece more than once.
    """

    account_id = dy.String(primary_key=True, min_length=1)
    device_id = dy.String(primary_key=True, min_length=1)
    network = dy.String(primary_key=True, min_length=1)
    day = dy.Date(primary_key=True, description="UTC day.")
    device_type = dy.Enum(DEVICE_TYPES)
    seen = dy.UInt64(description="Bit s is set if it was seen in half-hour s of the UTC day.")
    playing = dy.UInt64(description="Those of them in which it played.")
    profiles = dy.UInt64(description="One bit for each profile, by a hash of its id; 0 unknown.")
    country = dy.String(nullable=True, description="This and the next four: the least told.")
    city = dy.String(nullable=True)
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    connection_type = dy.String(nullable=True)
    spot = dy.Int64(
        nullable=True, min=0, description="One pair of the coordinates told: see `detector.geo`."
    )


class Networks(dy.Schema):
    """What each network is: a home's line, a carrier's gateway, an office, a hotel, a relay.

    Built by `detector.networks.survey.survey` from all accounts at once.
    """

    network = dy.String(primary_key=True, min_length=1)
    kind = dy.Enum(NETWORK_KINDS)
    confidence = dy.Float64(min=0, max=1, description="Grows with days of use; no verdict asks.")
    pool = dy.String(
        nullable=True, description="Networks between which one line's address may move."
    )
    accounts = dy.UInt32(min=1)
    devices = dy.UInt32(min=1, description="Pairs of account and device.")
    stationary_accounts = dy.UInt32(description="Accounts with a television or the like there.")
    days = dy.UInt32(min=1, description="Days on which anybody used it.")
    country = dy.String(nullable=True)
    city = dy.String(nullable=True)
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    latitude = dy.Float64(nullable=True, min=-90, max=90, description="As the log told it once.")
    longitude = dy.Float64(nullable=True, min=-180, max=180)


class PlaceNetworks(dy.Schema):
    """Which networks of an account are one spot in the world.

    Built by `detector.places.find.find_places`; networks that are no spot (a carrier's
    gateway, a relay) do not appear.
    """

    account_id = dy.String(primary_key=True)
    network = dy.String(primary_key=True)
    place = dy.Int32(min=0, description="Its number within the account.")


class Visits(dy.Schema):
    """One device at one place on one day: the sightings with addresses taken off.

    Built by `detector.places.find.find_places`. This is what every later stage reads.
    """

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    day = dy.Date(primary_key=True)
    place = dy.Int32(
        primary_key=True, min=-1, description="-1: nowhere in particular (mobile, relay)."
    )
    use = dy.UInt32(min=1, description="Half-hours in which it was seen there.")
    hours = dy.UInt32(description="Bit h is set if it was seen there in UTC hour h.")
    playing = dy.UInt64(description="This and the next: as in `Sightings`.")
    profiles = dy.UInt64()


class Places(dy.Schema):
    """One spot in the world that an account uses, however often its line was renumbered.

    Built by `detector.places.find.find_places`, and given its household by
    `detector.verdicts.tables.finish_places`.
    """

    account_id = dy.String(primary_key=True)
    place = dy.Int32(primary_key=True, min=0, description="0 is the place with the most days.")
    kind = dy.Enum(NETWORK_KINDS, description="Of its best-used network.")
    household = dy.Int32(nullable=True, min=0, description="Null: of no household.")
    networks = dy.UInt32(min=1, description="Networks of the account that are this place.")
    accounts = dy.UInt32(min=1, description="Most accounts seen on any of its networks.")
    devices = dy.UInt32(min=1, description="Devices of the account that were there.")
    active_days = dy.UInt32(min=1)
    first_day = dy.Date()
    last_day = dy.Date()
    country = dy.String(nullable=True)
    city = dy.String(nullable=True)
    latitude = dy.Float64(nullable=True, description="Coarse: rounded to 0.1 degree.")
    longitude = dy.Float64(nullable=True, description="Coarse: rounded to 0.1 degree.")
    spread_km = dy.Float64(
        nullable=True, min=0, description="How far apart its networks are placed; null if unknown."
    )
    asn = dy.Int64(nullable=True)
    as_org = dy.String(nullable=True)
    ipv6_days = dy.UInt32(nullable=True, description="Active days over IPv6; null: no addresses.")
    other_protocol = dy.Int32(
        nullable=True, min=0, description="The place that may be this one over the other protocol."
    )
    other_protocol_grade = dy.UInt8(
        nullable=True, min=1, max=3, description="How much speaks for that: 1 little, 3 much."
    )
    common_line = dy.UInt64(nullable=True, description="A home line that other accounts were on.")
    line_first_day = dy.Date(nullable=True, description="Of the account on that line.")
    line_last_day = dy.Date(nullable=True)


class Ties(dy.Schema):
    """How strongly two devices of an account belong to one household.

    Built by `detector.ties.build.build_ties`; pairs that never met have no row.
    """

    account_id = dy.String(primary_key=True)
    device_a = dy.String(primary_key=True)
    device_b = dy.String(primary_key=True)
    strength = dy.Float64(min=0, max=1, description="0 strangers, 1 never apart.")
    days_together = dy.UInt32(description="Days on which both were at one place.")


class DeviceGroups(dy.Schema):
    """Which devices of an account live as one; devices of too many accounts do not appear.

    Built by `detector.households.group.group_devices`.
    """

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    group = dy.Int32(min=0, description="0 is home; the others follow by use.")


class PlaceGroups(dy.Schema):
    """Which group each place belongs to; places that no group uses do not appear.

    Built by `detector.households.group.group_devices`.
    """

    account_id = dy.String(primary_key=True)
    place = dy.Int32(primary_key=True, min=0)
    group = dy.Int32(min=0, description="The one most there; home at a draw.")


class Devices(dy.Schema):
    """One device of an account and the household it lives in.

    Built by `detector.verdicts.tables.finish_devices`.
    """

    account_id = dy.String(primary_key=True)
    device_id = dy.String(primary_key=True)
    household = dy.Int32(
        nullable=True, min=0, description="0 is home, 1.. external, null not placed."
    )
    household_id = dy.String(nullable=True, description="As in `Households`.")
    borrowed = dy.Bool(
        description="Whether it is named as a borrower's: of an external household of a flagged "
        "account, home being sure enough (`[verdicts] min_home_confidence`)."
    )
    device_type = dy.Enum(DEVICE_TYPES)
    active_days = dy.UInt32(min=1)
    first_day = dy.Date()
    last_day = dy.Date()
    accounts = dy.UInt32(min=1, description="Accounts on which this device was seen.")


class Households(dy.Schema):
    """A group of devices that live together, and how surely it is not the account's own home.

    Groups come from `detector.households.group`, probabilities from `detector.verdicts.decide`.
    """

    account_id = dy.String(primary_key=True)
    household = dy.Int32(primary_key=True, min=0, description="0 is home, 1 the surest other.")
    household_id = dy.String(
        min_length=1, description="Carried over from run to run (`--previous`)."
    )
    probability = dy.Float64(min=0, max=1, description="That this group lives elsewhere.")
    evidence_bits = dy.Float64(description="Sum of its rows in Evidence: the log-odds, base 2.")
    devices = dy.UInt32(min=1, description="Devices that count to it.")
    places = dy.UInt32()
    first_day = dy.Date()
    last_day = dy.Date()
    active_days = dy.UInt32(min=1)
    country = dy.String(nullable=True, description="With the city, of its first place.")
    city = dy.String(nullable=True)


class Evidence(dy.Schema):
    """One factor for or against "this group lives elsewhere", in bits that add up.

    Built by `detector.evidence`; the bits of a household sum to its log-odds.
    """

    account_id = dy.String(primary_key=True)
    household = dy.Int32(primary_key=True, min=0)
    factor = dy.String(primary_key=True, description="Or the prior, from which all start.")
    theme = dy.Enum(Theme, description="Of a pair that of its first factor, of a prior `account`.")
    bits = dy.Float64(description="Above 0 for living elsewhere, below 0 against it.")
    value = dy.Float64(nullable=True, description="What was observed; null where unknown.")
    text = dy.String(description="The observation in words, without addresses.")


class Accounts(dy.Schema):
    """The verdict on each account, in numbers and in words.

    Built by `detector.verdicts.decide`, put into words by `detector.verdicts.words`, and told what
    would clear it by `detector.clearing`.
    """

    account_id = dy.String(primary_key=True)
    verdict = dy.Enum(VERDICTS)
    flagged = dy.Bool(description="Sure enough to be looked at, and not paid for.")
    probability = dy.Float64(min=0, max=1, description="That the deciding group is elsewhere.")
    threshold = dy.Float64(min=0, max=1, description="Probability from which it would be flagged.")
    home_confidence = dy.Float64(min=0, max=1, description="That household 0 is home, no other.")
    evidence_bits = dy.Float64(description="Log-odds, base 2, of the household that decides.")
    external_households = dy.UInt32(description="Households beside home.")
    pattern = dy.String(description="The situation that explains it best.")
    home_place = dy.Int32(nullable=True, description="The first of the places of home.")
    devices = dy.UInt32(min=1)
    external_devices = dy.UInt32(description="Devices of external households.")
    active_days = dy.UInt32(min=1)
    reason_codes = dy.List(
        dy.Struct({"code": dy.String(), "parameters": dy.String()}),
        description="Of `reasons`, if flagged; else first why it is not, then of `mitigations`. "
        "Parameters are canonical JSON.",
    )
    themes = dy.List(
        dy.Struct({**{name: dy.String() for name in CODED}, "bits": dy.Float64()}),
        nullable=True,
        description="What is told, one of a theme, the strongest first: what all its evidence "
        "weighs, and the code that its sentence is made from. Null in a run of an older version.",
    )
    reasons = dy.List(dy.String(), description="For sharing, of a theme each, strongest first.")
    mitigations = dy.List(dy.String(), description="Against it; what is paid for stands first.")
    summary = dy.String(description="One sentence that can be read to the person concerned.")
    cleared_by_devices = dy.List(dy.String(), description="Without them it is not flagged; sorted.")
    cleared_by_places = dy.List(dy.Int32(), description="Or places; never both, to act on either.")
    clearing = dy.String(
        description="What would clear it, in a sentence after the summary; '' if not flagged."
    )
    partner = dy.String(nullable=True, description="This and the next four: `AccountRecords`.")
    plan = dy.String(nullable=True)
    country_of_record = dy.String(nullable=True)
    signed_up = dy.Date(nullable=True)
    extra_members = dy.UInt32(nullable=True)
