"""What is observed of groups, homes and accounts: the columns that factors and verdicts read.

Days are UTC days, half-hours those of the UTC day; a stay is a device at a place on a day. The own
places of a group are those where it is more than others; home is group 0, and ``h_`` tells of home.
"""

import dataframely as dy

from detector.kinds import NETWORK_KINDS


class Observations(dy.Schema):
    """What was seen of one group that may live elsewhere, beside home and in its account.

    Built by `detector.evidence.observe.observe`.
    """

    account_id = dy.String(primary_key=True)
    group = dy.Int32(primary_key=True, min=1)

    all_days = dy.Int64(min=1, description="Days on which any of its devices was seen.")
    own_days = dy.Int64(min=0, description="Days at its own places.")
    home_days = dy.Int64(min=0, description="Days on which it was at home's places.")
    company_days = dy.Int64(min=0, description="Own days on which a device of home was there too.")
    own_weekend_days = dy.Int64(min=0, description="Own days on a Saturday or Sunday.")
    nowhere_days = dy.Int64(min=0, description="Days on mobile or anonymous networks.")
    span_days = dy.Int64(min=1, description="Days from its first to its last, both counted.")
    first = dy.Date(description="First day on which it was seen.")
    last = dy.Date(description="Last day on which it was seen.")
    own_use = dy.Int64(min=0, description="Half-hours of its devices at its own places.")
    home_use = dy.Int64(min=0, description="Those at home's places.")
    new_devices = dy.Int64(
        min=0, description="Its devices first at a place later than the account's first days."
    )
    new_at_home = dy.Int64(min=0, description="Of the new devices, those first seen at home.")

    h_days = dy.Int64(min=0, description="Days on which home was at its own places.")
    h_first = dy.Date(nullable=True, description="The first of them; null if there is none.")
    h_use = dy.Int64(min=0, description="Half-hours of home's devices at home.")
    h_days_within = dy.Int64(
        min=0, description="Of home's days, those from the group's first own day to its last."
    )
    both_days = dy.Int64(min=0, description="Days on which both were at their own places.")
    together = dy.Int64(min=0, description="Half-hours in which both played at their own places.")
    meetings = dy.Int64(
        min=0,
        description="Pairs of a day of each on which they played in the same half-hour; divided by "
        "`account_span`, the half-hours together that chance would give.",
    )
    own_plays = dy.Int64(
        min=0,
        description="Half-hours played at its own places; 0 if home was never at its own.",
    )

    account_days = dy.Int64(min=1, description="Days on which the account was used.")
    account_span = dy.Int64(min=1, description="Days from its first to its last, both counted.")
    groups = dy.Int64(min=1, description="Groups of the account, home among them.")
    footholds = dy.Int64(
        min=0, description="Groups at any places on `foothold_days` or more, home among them."
    )
    foothold_days = dy.Int64(min=1, description="As set by `[evidence] min_foothold_days`.")
    silent_days = dy.Int64(min=0, description="Days from its last day to the account's last.")
    h_silent_days = dy.Int64(
        nullable=True, min=0, description="Days from home's last day at home to the account's last."
    )

    move_parted = dy.Int64(
        min=0,
        description="Of `move_days`, those that the best moment tells apart: home's days before it "
        "and the group's after it, or the other way.",
    )
    move_days = dy.Int64(min=0, description="The lesser of own days and home's; 0 without both.")
    move_day = dy.Date(
        nullable=True, description="The day after that moment; null where nothing is told apart."
    )
    leave_parted = dy.Int64(
        min=0, description="The same of the group's days at home and its own days."
    )
    leave_days = dy.Int64(min=0, description="The lesser of these two; 0 without both.")
    leave_day = dy.Date(nullable=True, description="As `move_day`.")
    week_pairs = dy.Int64(min=0, description="Pairs of own days a week apart.")
    fortnight_pairs = dy.Int64(min=0, description="Pairs of own days two weeks apart.")
    month_pairs = dy.Int64(min=0, description="Pairs of days at home four weeks apart.")

    profile_days = dy.Int64(
        nullable=True,
        min=1,
        description="Device-days with each of its profiles, added up. This and all to `twin_share` "
        "are null where the account has no profiles or one, or one side uses none.",
    )
    profiles = dy.Int64(nullable=True, min=1, description="Profiles that it uses.")
    h_profiles = dy.Int64(nullable=True, min=1, description="Profiles that home uses.")
    profile_share = dy.Float64(
        nullable=True, min=0, max=1, description="By how much its profiles belong to home."
    )
    new_share = dy.Float64(
        nullable=True, min=0, max=1, description="Share of profiles that home never used."
    )
    profile_back = dy.Float64(
        nullable=True, min=0, max=1, description="Share of home's use that is of its profiles."
    )
    profile_own_days = dy.Int64(
        nullable=True,
        min=0,
        description="Days with each profile at its own places, added up. This and the next three "
        "are null where no profile was in use at both places.",
    )
    profile_meetings = dy.Int64(
        nullable=True, min=1, description="Pairs of such a day and one with the profile at home."
    )
    profile_both_days = dy.Int64(nullable=True, min=0, description="Of these, pairs of one day.")
    profile_twice = dy.Int64(
        nullable=True, min=0, description="Half-hours in which one profile played at both places."
    )
    lent = dy.Float64(
        nullable=True,
        min=0,
        max=1,
        description="Largest share that a television of home plays for its profiles; null if none "
        "of them shows whose it is.",
    )
    lent_least = dy.Float64(nullable=True, min=0, max=1, description="The least such share.")
    twin = dy.Int32(
        nullable=True,
        min=1,
        description="The other group away from home with the most similar profiles, if any.",
    )
    twin_share = dy.Float64(
        nullable=True, min=0, max=1, description="How much of their use is alike."
    )

    devices = dy.UInt32(min=1)
    televisions = dy.UInt32(description="Televisions, players and consoles.")
    carried = dy.UInt32(description="Devices that people carry.")
    device_accounts = dy.UInt32(min=1, description="Most accounts that one of its devices is on.")
    tie = dy.Float64(min=0, max=1, description="Strongest tie to a device of home; 0 without one.")

    own_places = dy.UInt32(description="0 for a group that lives nowhere in particular.")
    stays = dy.UInt32(description="Stays at its own places.")
    private_stays = dy.UInt32(description="Stays on a home's or a cellular line.")
    nat_stays = dy.UInt32(description="Stays behind a carrier's gateway.")
    office_stays = dy.UInt32(description="Stays at an office or a campus.")
    venue_stays = dy.UInt32(description="Stays at a hotel or a café.")
    main_days = dy.UInt32(description="Days at its main place, where it stays most.")
    apart_km = dy.Float64(
        nullable=True, min=0, description="From its main place to home's; null if unknown."
    )
    scatter_km = dy.Float64(
        nullable=True,
        min=0,
        description="How far apart the addresses of one of the two places are said to be: the "
        "provider scatters them, and what is nearer is no distance.",
    )
    same_provider = dy.Bool(
        nullable=True, description="Whether one provider serves its main place and home's."
    )
    country = dy.String(nullable=True, description="Of its main place.")
    h_country = dy.String(nullable=True, description="Of home's main place.")
    other_country = dy.Bool(nullable=True, description="Whether the two are in two countries.")
    two_protocols = dy.Int64(
        min=0,
        max=3,
        description="What speaks for a place of its own and one of home's being one line, seen "
        "over IPv4 and over IPv6: the most of `Places.other_protocol_grade`; 0 nothing.",
    )
    partner_micro_bits = dy.Int64(
        nullable=True,
        description="How telling its main place's lines are of a customer of the account's partner,"
        " in millionths of bits; this and the next are null if there is no partner on record, or "
        "nothing is known of its customers.",
    )
    h_partner_micro_bits = dy.Int64(nullable=True, description="Those of home's main place.")
    kind = dy.Enum(NETWORK_KINDS, nullable=True, description="Of its main place.")
    place_accounts = dy.UInt32(description="Most accounts on a network of its main place.")
    placeless = dy.Bool(
        description="Whether it was as good as only on mobile networks and relays: nobody can "
        "know where it lives."
    )

    account_devices = dy.UInt32(min=1, description="Devices in any group of the account.")
    account_televisions = dy.UInt32(description="Of these, televisions, players and consoles.")
    h_devices = dy.UInt32(description="Devices of home.")
    other_days = dy.Int64(min=0, description="Own days of the other groups but home, added up.")


class HomeObservations(dy.Schema):
    """What was seen of an account in one piece.

    Built by `detector.evidence.observe_account.observe_homes`; null where there is nothing to tell.
    """

    account_id = dy.String(primary_key=True)
    home_devices = dy.Int64(nullable=True, min=1)
    home_televisions = dy.Int64(nullable=True, min=0)
    days_used = dy.Int64(nullable=True, min=1)
    home_parallel = dy.Int64(
        nullable=True, min=0, description="Half-hours that a second or further device played."
    )
    home_profiles = dy.Int64(nullable=True, min=0)
    home_places = dy.Int64(nullable=True, min=1)
    away_days = dy.Int64(
        nullable=True, min=0, description="Days at each place but the main one, added up."
    )
    screen_circles = dy.Int64(
        nullable=True,
        min=0,
        description="Circles of devices chained by profiles that have a television. Null, as the "
        "next two, without profiles.",
    )
    second_circle = dy.Int64(
        nullable=True, min=0, description="Device-days of the second largest circle."
    )
    device_days = dy.Int64(nullable=True, min=1, description="Device-days of all devices.")
    line_accounts = dy.UInt32(
        nullable=True, min=1, description="Most accounts on a network of the main place."
    )
    line_networks = dy.UInt32(nullable=True, min=1, description="Networks of the main place.")


class AccountObservations(HomeObservations):
    """What was seen of any account; what is asked of one in one piece is null for the others.

    Built by `detector.verdicts.tables.describe_accounts`.
    """

    devices = dy.UInt32(min=1)
    active_days = dy.UInt32(min=1)
    home_place = dy.Int32(nullable=True, min=0, description="The first of home's places.")
    moved_days = dy.Int64(
        min=0,
        description="Days at the lesser of home's two most used places, if one was left before the "
        "other was first used; else 0.",
    )
    keeps_second_place = dy.Bool(
        description="Whether home has a second private place, used by several devices on four days "
        "or more, the last of them a fortnight or more after the first."
    )
    common_devices = dy.UInt32(
        description="Devices left out of all groups: on too many accounts to be anybody's."
    )
    common_days = dy.UInt32(description="Days on which any of these was used.")
    doubled_days = dy.UInt32(
        description="Days on which a device that stays where it stands played on the lines of two "
        "providers at once, for longer than a change of lines takes."
    )
