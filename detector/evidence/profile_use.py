"""What the profiles of an account tell of who its groups are, counted once for all factors."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numba import njit

from detector.evidence.days import GroupDays, Seen
from detector.evidence.scorecard import PER_MICRO
from detector.kernels.arrays import Flags, Ints, Longs
from detector.kernels.bits import BITS, count_bits, count_ones
from detector.schemas import Visits

MICRO = 1_000_000
UNKNOWN = -1


class ProfileUse(NamedTuple):
    """One number for each group; `UNKNOWN` where its profiles cannot be held against home's."""

    profile_days: Ints
    profiles: Ints
    """Profiles that it uses."""
    h_profiles: Ints
    """Profiles that home uses."""
    shared_days: Ints
    """Of the days with each profile, the millionths by which it belongs to home."""
    new_days: Ints
    """With profiles that home never used."""
    back: Ints
    """Millionths of home's days that are with profiles of the group."""
    own_days: Ints
    """Days with each profile at the group's own place."""
    meetings: Ints
    """Pairs of such a day and a day with the same profile at home."""
    both_days: Ints
    """Of these, pairs on the same day."""
    twice: Ints
    """Half-hours in which a profile played at both: see `_meet`."""
    lent: Ints
    """The largest share, in millionths, that a television of home plays for its profiles."""
    lent_least: Ints
    twin: Ints
    """The other group away from home whose profiles are most like its own."""
    alike: Ints
    """How much is alike, in millionths."""


class AccountProfiles(NamedTuple):
    """The profiles of one account, by group and bit."""

    use: Ints
    """Visits on which each group used each profile."""
    days: Ints
    """The same of all its profiles."""
    screens: Ints
    """The same for each television of home that shows whose it is."""
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
    use = _observe(days.visits, profiles, screen, days.rows.accounts, days.rows.first_devices,
        days.first, days.start, days.grid.seen.shape[1], min_television_days)  # fmt: skip
    known = pl.DataFrame({n: pl.Series(c) for n, c in use._asdict().items()}).select(
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


@njit(cache=True, nogil=True)
def _observe(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    visits: Seen,
    profiles: Longs,
    screen: Flags,
    accounts: Ints,
    devices: Ints,
    first: Ints,
    start: int,
    days: int,
    enough: int,
) -> ProfileUse:
    """Go through accounts whose home uses profiles, if they are two at least."""
    size = first[-1]
    use = ProfileUse(
        np.full(size, UNKNOWN), np.full(size, UNKNOWN), np.full(size, UNKNOWN),
        np.full(size, UNKNOWN), np.full(size, UNKNOWN), np.full(size, UNKNOWN),
        np.full(size, UNKNOWN), np.full(size, UNKNOWN), np.full(size, UNKNOWN),
        np.full(size, UNKNOWN), np.full(size, UNKNOWN), np.full(size, UNKNOWN),
        np.full(size, UNKNOWN), np.full(size, UNKNOWN),
    )  # fmt: skip
    for i in range(len(first) - 1):
        groups = first[i + 1] - first[i]
        account = _count(visits, profiles, screen, (devices[i], devices[i + 1]), groups, enough)
        if (account.use.sum(axis=0) > 0).sum() < 2 or account.use[0].sum() == 0:
            continue
        rows = slice(accounts[i], accounts[i + 1])
        playing = _lay_out(visits, profiles, rows, account, start, days)
        for group in range(1, groups):
            if account.use[group].sum() > 0:
                row = first[i] + group
                _belong(use, row, account, group)
                _lend(use, row, account, group)
                _find_twin(use, row, account, group)
                _meet(use, row, playing, group)
    return use


@njit(cache=True, nogil=True)
def _count(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    visits: Seen, profiles: Longs, screen: Flags, mine: tuple[int, int], groups: int, enough: int
) -> AccountProfiles:
    begin, end = mine
    use, rest = np.zeros((groups, BITS), np.int64), np.zeros(BITS, np.int64)
    screens, found = np.zeros((end - begin, BITS), np.int64), 0
    for device in range(begin, end):
        rows = slice(visits.devices[device], visits.devices[device + 1])
        count, group = count_bits(profiles[rows]), visits.group[rows.start]
        use[group] += count
        if group == 0 and not screen[device]:
            rest += count
        elif group == 0 and count.sum() >= enough:
            screens[found] = count
            found += 1
    return AccountProfiles(use, use.sum(axis=1), screens[:found], rest)


@njit(cache=True, nogil=True)
def _belong(use: ProfileUse, row: int, account: AccountProfiles, group: int) -> None:
    """Where the profiles that the group uses are at home."""
    days = shared = new = back = np.int64(0)
    for bit in np.flatnonzero(account.use[group]):
        own, home = account.use[group, bit], account.use[0, bit]
        days += own
        shared += own * MICRO * home // (home + own)
        new += own if home == 0 else 0
        back += home
    use.profile_days[row], use.shared_days[row], use.new_days[row] = days, shared, new
    use.profiles[row] = np.count_nonzero(account.use[group])
    use.h_profiles[row] = np.count_nonzero(account.use[0])
    use.back[row] = back * MICRO // account.use[0].sum()


@njit(cache=True, nogil=True)
def _lend(use: ProfileUse, row: int, account: AccountProfiles, group: int) -> None:
    """A profile is the group's as far as the group uses it more than home's other devices do."""
    for screen in account.screens:
        lent = np.int64(0)
        for bit in np.flatnonzero(screen):
            theirs = account.use[group, bit]
            lent += screen[bit] * MICRO * theirs // max(theirs + account.rest[bit], 1)
        lent //= screen.sum()
        least = use.lent_least[row]
        use.lent[row] = max(use.lent[row], lent)
        use.lent_least[row] = lent if least == UNKNOWN else min(least, lent)


@njit(cache=True, nogil=True)
def _find_twin(use: ProfileUse, row: int, account: AccountProfiles, group: int) -> None:
    mine, bits = account.days[group], np.flatnonzero(account.use[group])
    for other in range(1, len(account.use)):
        alike, common = np.int64(0), False
        for bit in bits:
            theirs = account.use[other, bit]
            if theirs > 0:
                common = True
                share = theirs * MICRO // account.days[other]
                alike += min(account.use[group, bit] * MICRO // mine, share)
        if common and other != group and alike > use.alike[row]:
            use.twin[row], use.alike[row] = other, alike


@njit(cache=True, nogil=True)
def _lay_out(  # noqa: PLR0913 - flat arrays, as compiled code takes them
    visits: Seen, profiles: Longs, rows: slice, account: AccountProfiles, start: int, days: int
) -> tuple[Longs, Longs]:
    """By group and day at its own place: the profiles used, and when each of them played.

    Half-hours count only for devices that used one profile all day: of others nobody knows which
    profile played when.
    """
    number = np.cumsum(account.use.sum(axis=0) > 0) - 1
    masks = np.zeros((len(account.use), days), np.uint64)
    playing = np.zeros((len(account.use), days, number[-1] + 1), np.uint64)
    for i in range(rows.start, rows.stop):
        group, day, mask = visits.group[i], visits.day[i] - start, profiles[i]
        if visits.owner[i] == group:
            masks[group, day] |= mask
            if count_ones(mask) == 1:
                playing[group, day, number[count_ones(mask - np.uint64(1))]] |= visits.playing[i]
    return masks, playing


@njit(cache=True, nogil=True)
def _meet(use: ProfileUse, row: int, laid_out: tuple[Longs, Longs], group: int) -> None:
    """Days and half-hours on which one profile was in use at home and at the group's place."""
    masks, playing = laid_out
    both = twice = np.int64(0)
    for day in range(masks.shape[1]):
        both += count_ones(masks[group, day] & masks[0, day])
        for profile in range(playing.shape[2]):
            twice += count_ones(playing[group, day, profile] & playing[0, day, profile])
    days = count_bits(masks[group])
    use.own_days[row], use.meetings[row] = days.sum(), (days * count_bits(masks[0])).sum()
    use.both_days[row], use.twice[row] = both, twice
