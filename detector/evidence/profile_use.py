"""What the profiles of an account tell of who its groups are, counted once for all factors."""

from typing import NamedTuple

import numpy as np
import polars as pl

from detector.evidence.days import GroupDays, Seen
from detector.evidence.scorecard import PER_MICRO
from detector.kernels.arrays import Flags, Ints, Longs, Records
from detector.kernels.bits import BITS, count_bits, count_ones
from detector.kernels.loops import loop, part
from detector.schemas import Visits

MICRO = 1_000_000
UNKNOWN = -1


class ProfileUse(NamedTuple):
    """Numbers of a group; `UNKNOWN` where its profiles cannot be held against home's."""

    profile_days: int
    profiles: int
    """Profiles that it uses."""
    h_profiles: int
    """Profiles that home uses."""
    shared_days: int
    """Of the days with each profile, the millionths by which it belongs to home."""
    new_days: int
    """With profiles that home never used."""
    back: int
    """Millionths of home's days that are with profiles of the group."""
    own_days: int
    """Days with each profile at the group's own place."""
    meetings: int
    """Pairs of such a day and a day with the same profile at home."""
    both_days: int
    """Of these, pairs on the same day."""
    twice: int
    """Half-hours in which a profile played at both: see `_meet`."""
    lent: int
    """The largest share, in millionths, that a television of home plays for its profiles."""
    lent_least: int
    twin: int
    """The other group away from home whose profiles are most like its own."""
    alike: int
    """How much is alike, in millionths."""


_USE = np.dtype([(name, np.int64) for name in ProfileUse._fields])
"""One array for all numbers of all groups: to hand on one for each takes long to compile."""


class AccountProfiles(NamedTuple):
    """The profiles of one account, by group and bit."""

    use: Ints
    """Visits on which each group used each profile."""
    days: Ints
    """The same of all its profiles."""
    number: Ints
    """How many of the profiles up to each were used at all, less one."""
    screens: Ints
    """Visits on which each television of home that shows whose it is used each profile."""
    rest: Ints
    """The same for all other devices of home together."""


def observe_profiles(days: GroupDays, min_television_days: int) -> pl.DataFrame:
    """Count what the factors ask about the profiles of each group.

    Args:
        days: Of visits that also have `screen`: whether the device is a television.
        min_television_days: Days with a profile from which a television shows whose it is.

    Returns:
        One row for each row of `days.keys`. Null where the account has no profiles, or only one,
        which then tells nobody apart, and for home.
    """
    screen = days.rows.first_of(days.rows.devices, "screen").to_numpy()
    profiles = days.rows.values(Visits.profiles.name)
    use = np.full(days.first[-1], UNKNOWN).astype(_USE)
    _observe(use, days.visits, profiles, screen, days.rows.accounts, days.rows.first_devices,
        days.first, days.start, days.grid.seen.shape[1], min_television_days)  # fmt: skip
    known = pl.DataFrame({n: np.ascontiguousarray(use[n]) for n in ProfileUse._fields}).select(
        pl.when(pl.all() != UNKNOWN).then(pl.all())
    )
    turned = pl.col("meetings") > 0
    return known.select(
        "profile_days",
        "profiles",
        "h_profiles",
        profile_share=(pl.col("shared_days") / pl.col("profile_days") * PER_MICRO).round(4),
        new_share=(pl.col("new_days") / pl.col("profile_days")).round(4),
        profile_back=(pl.col("back") * PER_MICRO).round(4),
        profile_own_days=pl.when(turned).then("own_days"),
        profile_meetings=pl.when(turned).then("meetings"),
        profile_both_days=pl.when(turned).then("both_days"),
        profile_twice=pl.when(turned).then("twice"),
        lent=(pl.col("lent") * PER_MICRO).round(4),
        lent_least=(pl.col("lent_least") * PER_MICRO).round(4),
        twin=pl.col("twin").cast(pl.Int32),
        twin_share=(pl.col("alike") * PER_MICRO).round(4),
    )


@loop
def _observe(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    use: Records,
    visits: Seen,
    profiles: Longs,
    screen: Flags,
    accounts: Ints,
    devices: Ints,
    first: Ints,
    start: int,
    days: int,
    enough: int,
) -> None:
    """Go through accounts whose home uses profiles, if they are two at least."""
    for i in range(len(first) - 1):
        groups = first[i + 1] - first[i]
        account = _count(visits, profiles, screen, (devices[i], devices[i + 1]), groups, enough)
        if account.number[BITS - 1] < 1 or account.days[0] == 0:
            continue
        rows = accounts[i], accounts[i + 1]
        playing = _lay_out(visits, profiles, rows, account, start, days)
        for group in range(1, groups):
            if account.days[group] > 0:
                row = first[i] + group
                _belong(use, row, account, group)
                _lend(use, row, account, group)
                _find_twin(use, row, account, group)
                _meet(use, row, playing, group)


@part
def _count(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    visits: Seen, profiles: Longs, screen: Flags, mine: tuple[int, int], groups: int, enough: int
) -> AccountProfiles:
    begin, end = mine
    use, rest = np.zeros((groups, BITS), np.int64), np.zeros(BITS, np.int64)
    days, number = np.zeros(groups, np.int64), np.full(BITS, -1, np.int64)
    screens, found = np.zeros((end - begin, BITS), np.int64), 0
    for device in range(begin, end):
        rows = slice(visits.devices[device], visits.devices[device + 1])
        count, group, whole = count_bits(profiles[rows]), visits.group[rows.start], np.int64(0)
        for bit in range(BITS):
            use[group, bit] += count[bit]
            whole += count[bit]
            if group == 0 and not screen[device]:
                rest[bit] += count[bit]
            elif group == 0:
                screens[found, bit] = count[bit]
        days[group] += whole
        found += group == 0 and screen[device] and whole >= enough
    for bit in range(BITS):
        for group in range(groups):
            if use[group, bit] > 0:
                number[bit] = 0
        number[bit] += 1 + number[bit - 1] if bit > 0 else 0
    return AccountProfiles(use, days, number, screens[:found], rest)


@part
def _belong(use: Records, row: int, account: AccountProfiles, group: int) -> None:
    """Where the profiles that the group uses are at home."""
    shared = new = back = profiles = at_home = np.int64(0)
    for bit in range(BITS):
        own, home = account.use[group, bit], account.use[0, bit]
        at_home += home > 0
        if own > 0:
            shared += own * MICRO * home // (home + own)
            new += own if home == 0 else 0
            back += home
            profiles += 1
    use["profile_days"][row], use["shared_days"][row] = account.days[group], shared
    use["new_days"][row], use["back"][row] = new, back * MICRO // account.days[0]
    use["profiles"][row], use["h_profiles"][row] = profiles, at_home


@part
def _lend(use: Records, row: int, account: AccountProfiles, group: int) -> None:
    """A profile is the group's as far as the group uses it more than home's other devices do."""
    most, least = np.int64(UNKNOWN), np.int64(UNKNOWN)
    for screen in range(len(account.screens)):
        lent = whole = np.int64(0)
        for bit in range(BITS):
            seen, theirs = account.screens[screen, bit], account.use[group, bit]
            if seen > 0:
                lent += seen * MICRO * theirs // max(theirs + account.rest[bit], 1)
                whole += seen
        lent //= whole
        most = max(most, lent)
        least = lent if least == UNKNOWN else min(least, lent)
    use["lent"][row], use["lent_least"][row] = most, least


@part
def _find_twin(use: Records, row: int, account: AccountProfiles, group: int) -> None:
    mine, most, twin = account.days[group], np.int64(UNKNOWN), np.int64(UNKNOWN)
    for other in range(1, len(account.use)):
        alike, common = np.int64(0), False
        for bit in range(BITS):
            own, theirs = account.use[group, bit], account.use[other, bit]
            if own > 0 and theirs > 0:
                common = True
                alike += min(own * MICRO // mine, theirs * MICRO // account.days[other])
        if common and other != group and alike > most:
            twin, most = other, alike
    use["twin"][row], use["alike"][row] = twin, most


@part
def _lay_out(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    visits: Seen,
    profiles: Longs,
    rows: tuple[int, int],
    account: AccountProfiles,
    start: int,
    days: int,
) -> tuple[Longs, Longs]:
    """By group and day at its own place: the profiles used, and when each of them played.

    Half-hours count only for devices that used one profile all day: of others nobody knows which
    profile played when.
    """
    number = account.number
    masks = np.zeros((len(account.use), days), np.uint64)
    playing = np.zeros((len(account.use), days, number[BITS - 1] + 1), np.uint64)
    for i in range(rows[0], rows[1]):
        group, day, mask = visits.group[i], visits.day[i] - start, profiles[i]
        if visits.owner[i] == group:
            masks[group, day] |= mask
            if count_ones(mask) == 1:
                playing[group, day, number[count_ones(mask - np.uint64(1))]] |= visits.playing[i]
    return masks, playing


@part
def _meet(use: Records, row: int, laid_out: tuple[Longs, Longs], group: int) -> None:
    """Days and half-hours on which one profile was in use at home and at the group's place."""
    masks, playing = laid_out
    both = twice = own = meetings = np.int64(0)
    for day in range(masks.shape[1]):
        both += count_ones(masks[group, day] & masks[0, day])
        for profile in range(playing.shape[2]):
            twice += count_ones(playing[group, day, profile] & playing[0, day, profile])
    days, of_home = count_bits(masks[group]), count_bits(masks[0])
    for bit in range(BITS):
        own += days[bit]
        meetings += days[bit] * of_home[bit]
    use["own_days"][row], use["meetings"][row] = own, meetings
    use["both_days"][row], use["twice"][row] = both, twice
