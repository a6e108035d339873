"""The factors that are asked of every group, in the order in which they are told."""

from detector.evidence.factors import (
    account,
    beside_home,
    calendar,
    moving,
    people,
    place,
    presence,
    televisions,
)
from detector.evidence.factors.factor import Factor
from detector.evidence.factors.pairs import PAIRS

FACTORS: tuple[Factor, ...] = (
    beside_home.SEPARATION,
    presence.PERSISTENCE,
    presence.WEEKS,
    beside_home.SIMULTANEITY,
    beside_home.CONCURRENCY,
    televisions.OWN_TELEVISION,
    place.OWN_LINE,
    place.PUBLIC_PLACE,
    place.CROWD,
    place.DISTANCE,
    place.COUNTRY,
    place.NEXT_DOOR,
    place.TWO_PROTOCOLS,
    beside_home.COMPANY,
    beside_home.HOMECOMING,
    people.PROFILES,
    people.NEW_PROFILES,
    people.PROFILES_BACK,
    people.PROFILE_TWICE,
    people.PROFILE_TURNS,
    televisions.LENT_TELEVISION,
    televisions.COMMON_TELEVISIONS,
    beside_home.ALTERNATION,
    moving.MOVED_HOUSE,
    moving.MOVED_OUT,
    beside_home.HOME_SILENCE,
    presence.OWN_SILENCE,
    calendar.RHYTHM,
    calendar.WEEKLY,
    calendar.FORTNIGHT,
    calendar.CHECK_IN,
    calendar.CALENDAR,
    calendar.SIGNED_IN_AT_HOME,
    presence.DENSITY,
    place.WANDERING,
    presence.ROAMING,
    presence.DEVICE_DAYS,
    account.GROUPS,
    account.OTHER_ACCOUNTS,
    beside_home.HOME_LIFE,
    presence.THIN_DATA,
    presence.ARRIVAL,
    account.ACCOUNT_DEVICES,
    televisions.ACCOUNT_TELEVISIONS,
    account.CREW_AT_HOME,
    account.FOOTHOLDS,
    account.OTHER_LIVES,
    presence.MOBILE_DAYS,
    account.ACCOUNT_USE,
    *PAIRS,
)

BEYOND_CHANCE = {factor.name: factor.beyond_chance for factor in FACTORS if factor.beyond_chance}
"""Factors that are a reason only if what chance would give is exceeded, and which tells that."""

CLEARLY_ABOVE_CHANCE = 0.2
"""A seventh more than chance, in doublings: less is none. No verdict asks."""
