"""What was observed of accounts as a whole, counted once for the factors of one home."""

from typing import NamedTuple

import dataframely as dy
import numpy as np
import polars as pl
from numba import njit

from detector.evidence.circles import NOBODY, chain_devices
from detector.evidence.observations import HomeObservations
from detector.evidence.observe import Grounds
from detector.kernels.arrays import Flags, Ints, Longs
from detector.kernels.bits import count_ones
from detector.kernels.blocks import AccountRows
from detector.kinds import TELEVISION_TYPES
from detector.schemas import ACCOUNT, DEVICE, DeviceGroups, Devices, Places, Visits
from detector.settings import EvidenceSettings

P, V = Places, Visits
PLACE = V.place.name
UNKNOWN = -1


class OnePiece(NamedTuple):
    """The visits of accounts in one piece."""

    accounts: Ints
    """The first visit of each account, and the number of visits."""
    first_devices: Ints
    """The first device of each account, and the number of devices."""
    devices: Ints
    """The first visit of each device, and the number of visits."""
    screen: Flags
    """Whether each device is a television."""
    circle: Ints
    """The circle of each device; see `chain_devices`."""
    day: Ints
    """From 0 on."""
    place: Ints
    playing: Longs
    profiles: Longs


class Homes(NamedTuple):
    """One number per account; `UNKNOWN` where there is nothing to tell."""

    home_devices: Ints
    home_televisions: Ints
    days_used: Ints
    home_parallel: Ints
    """Half-hours that a second or further device played."""
    home_profiles: Ints
    home_places: Ints
    away_days: Ints
    """Days at each place but the main one."""
    main_place: Ints
    screen_circles: Ints
    """Circles that have a television."""
    second_circle: Ints
    """Device-days of the second largest circle."""
    device_days: Ints


def observe_homes(grounds: Grounds, settings: EvidenceSettings) -> dy.DataFrame[HomeObservations]:
    """Count what the home factors ask about each account as a whole.

    Devices in no group, which are on too many accounts to be anybody's, are left out.

    Args:
        grounds: Of any subset of accounts.
        settings: Which profiles are a device's own, and when a circle counts.

    Returns:
        One row per account in one piece, sorted; nobody asks it of the others.
    """
    whole = grounds.device_groups.filter(DeviceGroups.group.col.max().over(ACCOUNT) == 0)
    screen = Devices.device_type.col.cast(pl.String).is_in(TELEVISION_TYPES)
    devices = grounds.devices.select(ACCOUNT, DEVICE, screen=screen)
    members = whole.join(devices, on=[ACCOUNT, DEVICE], maintain_order="left")
    visits = grounds.visits.join(members, on=[ACCOUNT, DEVICE], maintain_order="left")
    rows = AccountRows.of(visits)
    counted = _observe(_lay_out(rows, settings.slip_one_in), settings.min_circle_days)
    found = pl.DataFrame({n: pl.Series(each) for n, each in counted._asdict().items()})
    line = grounds.places.select(
        ACCOUNT,
        pl.col(PLACE).cast(pl.Int64),
        line_accounts=P.accounts.col,
        line_networks=P.networks.col,
    )
    return (
        found.select(pl.when(pl.all() != UNKNOWN).then(pl.all()))
        .with_columns(rows.first_of(rows.accounts, ACCOUNT))
        .join(line, left_on=[ACCOUNT, "main_place"], right_on=[ACCOUNT, PLACE], how="left")
        .sort(ACCOUNT)
        .pipe(HomeObservations.cast)
    )


def _lay_out(rows: AccountRows, slip_one_in: int) -> OnePiece:
    profiles, day = rows.values(V.profiles.name), rows.numbers(V.day.name)
    return OnePiece(
        rows.accounts,
        rows.first_devices,
        rows.devices,
        rows.first_of(rows.devices, "screen").to_numpy(),
        chain_devices(profiles, rows.devices, rows.first_devices, slip_one_in),
        day - (day.min() if len(day) else 0),
        rows.numbers(PLACE),
        rows.values(V.playing.name),
        profiles,
    )


@njit(cache=True, nogil=True)
def _observe(lives: OnePiece, min_circle_days: int) -> Homes:
    size = len(lives.accounts) - 1
    homes = Homes(
        np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64),
        np.zeros(size, np.int64), np.zeros(size, np.int64), np.full(size, UNKNOWN),
        np.full(size, UNKNOWN), np.full(size, UNKNOWN), np.full(size, UNKNOWN),
        np.full(size, UNKNOWN), np.full(size, UNKNOWN),
    )  # fmt: skip
    for account in range(size):
        begin, end = lives.first_devices[account], lives.first_devices[account + 1]
        homes.home_devices[account] = end - begin
        homes.home_televisions[account] = lives.screen[begin:end].sum()
        _follow_days(homes, account, lives)
        _follow_places(homes, account, lives)
        _part(homes, account, lives, min_circle_days)
    return homes


@njit(cache=True, nogil=True)
def _follow_days(homes: Homes, account: int, lives: OnePiece) -> None:
    """Days of use, half-hours that a second or further device played, profiles."""
    rows = range(lives.accounts[account], lives.accounts[account + 1])
    days = lives.day[rows.start : rows.stop].max() + 1
    used, playing = np.zeros(days, np.bool_), np.zeros(days, np.uint64)
    profiles, each = np.uint64(0), np.int64(0)
    for device in range(lives.first_devices[account], lives.first_devices[account + 1]):
        # What one device plays at two places in a half-hour is played once.
        its = np.zeros(days, np.uint64)
        for i in range(lives.devices[device], lives.devices[device + 1]):
            used[lives.day[i]] = True
            its[lives.day[i]] |= lives.playing[i]
            profiles |= lives.profiles[i]
        for day in range(days):
            each += count_ones(its[day])
            playing[day] |= its[day]
    for slots in playing:
        each -= count_ones(slots)
    homes.days_used[account], homes.home_parallel[account] = used.sum(), each
    homes.home_profiles[account] = count_ones(profiles)


@njit(cache=True, nogil=True)
def _follow_places(homes: Homes, account: int, lives: OnePiece) -> None:
    """How the account spreads over places, and which is its main one."""
    rows = range(lives.accounts[account], lives.accounts[account + 1])
    days = lives.day[rows.start : rows.stop].max() + 1
    there = np.zeros((lives.place[rows.start : rows.stop].max() + 1, days), np.bool_)
    for i in rows:
        if lives.place[i] >= 0:
            there[lives.place[i], lives.day[i]] = True
    stayed = there.sum(axis=1)
    if stayed.any():
        homes.home_places[account] = np.count_nonzero(stayed)
        homes.main_place[account] = stayed.argmax()
        homes.away_days[account] = stayed.sum() - stayed.max()


@njit(cache=True, nogil=True)
def _part(homes: Homes, account: int, lives: OnePiece, min_circle_days: int) -> None:
    """How the devices part into circles that have no profile in common."""
    begin, end = lives.first_devices[account], lives.first_devices[account + 1]
    days, screen = np.zeros(end - begin, np.int64), np.zeros(end - begin, np.bool_)
    rows = slice(lives.accounts[account], lives.accounts[account + 1])
    seen_by, whole = np.full(lives.day[rows].max() + 1, NOBODY), np.int64(0)
    for device in range(begin, end):
        count = np.int64(0)
        for day in lives.day[lives.devices[device] : lives.devices[device + 1]]:
            count += seen_by[day] != device
            seen_by[day] = device
        whole += count
        if lives.circle[device] != NOBODY:
            days[lives.circle[device] - begin] += count
            screen[lives.circle[device] - begin] |= lives.screen[device]
    if days.any():
        homes.screen_circles[account] = (screen & (days >= min_circle_days)).sum()
        homes.second_circle[account] = np.sort(days)[-2] if len(days) > 1 else 0
        homes.device_days[account] = whole
