"""What was observed of accounts as a whole, counted once for the factors of one home."""

from typing import NamedTuple

import dataframely as dy
import numpy as np
import polars as pl

from detector.evidence.circles import NOBODY, chain_devices
from detector.evidence.observations import HomeObservations
from detector.evidence.observe import Grounds
from detector.kernels.arrays import Flags, Ints, Longs, Records
from detector.kernels.bits import count_ones
from detector.kernels.blocks import AccountRows
from detector.kernels.loops import loop
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
    """Numbers of an account; `UNKNOWN` where there is nothing to tell."""

    home_devices: int
    home_televisions: int
    days_used: int
    home_parallel: int
    """Half-hours that a second or further device played."""
    home_profiles: int
    home_places: int
    away_days: int
    """Days at each place but the main one."""
    main_place: int
    screen_circles: int
    """Circles that have a television."""
    second_circle: int
    """Device-days of the second largest circle."""
    device_days: int


_HOME = np.dtype([(name, np.int64) for name in Homes._fields])
"""One array for all numbers of all accounts: to hand on one for each takes long to compile."""


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
    homes = np.full(len(rows.accounts) - 1, UNKNOWN).astype(_HOME)
    _observe(homes, _lay_out(rows, settings.slip_one_in), settings.min_circle_days)
    found = pl.DataFrame({name: np.ascontiguousarray(homes[name]) for name in Homes._fields})
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


@loop
def _observe(homes: Records, lives: OnePiece, min_circle_days: int) -> None:
    for account in range(len(homes)):
        begin, end = lives.first_devices[account], lives.first_devices[account + 1]
        televisions = np.int64(0)
        for device in range(begin, end):
            televisions += lives.screen[device]
        homes["home_devices"][account] = end - begin
        homes["home_televisions"][account] = televisions
        rows = lives.accounts[account], lives.accounts[account + 1]
        days = _room(lives.day, rows)
        _follow_days(homes, account, lives, days)
        _follow_places(homes, account, lives, days)
        _part(homes, account, lives, days, min_circle_days)


@loop
def _room(numbers: Ints, rows: tuple[int, int]) -> int:
    """One more than the largest."""
    room = numbers[rows[0]] + 1
    for row in range(rows[0], rows[1]):
        room = max(room, numbers[row] + 1)
    return room


@loop
def _follow_days(homes: Records, account: int, lives: OnePiece, days: int) -> None:
    """Days of use, half-hours that a second or further device played, profiles."""
    used, playing = np.zeros(days, np.bool_), np.zeros(days, np.uint64)
    profiles, each, whole = np.uint64(0), np.int64(0), np.int64(0)
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
    for day in range(days):
        each -= count_ones(playing[day])
        whole += used[day]
    homes["days_used"][account], homes["home_parallel"][account] = whole, each
    homes["home_profiles"][account] = count_ones(profiles)


@loop
def _follow_places(homes: Records, account: int, lives: OnePiece, days: int) -> None:
    """How the account spreads over places, and which is its main one."""
    rows = lives.accounts[account], lives.accounts[account + 1]
    room = _room(lives.place, rows)
    there, stayed = np.zeros((room, days), np.bool_), np.zeros(room, np.int64)
    places, main, whole = np.int64(0), np.int64(0), np.int64(0)
    for i in range(rows[0], rows[1]):
        place, day = lives.place[i], lives.day[i]
        if place >= 0 and not there[place, day]:
            there[place, day] = True
            places += stayed[place] == 0
            stayed[place] += 1
            whole += 1
    if places > 0:
        for place in range(room):
            if stayed[place] > stayed[main]:
                main = place
        homes["home_places"][account], homes["main_place"][account] = places, main
        homes["away_days"][account] = whole - stayed[main]


@loop
def _part(homes: Records, account: int, lives: OnePiece, span: int, min_circle_days: int) -> None:
    """How the devices part into circles that have no profile in common."""
    begin, end = lives.first_devices[account], lives.first_devices[account + 1]
    days, screen = np.zeros(end - begin, np.int64), np.zeros(end - begin, np.bool_)
    seen_by, whole = np.full(span, NOBODY, np.int64), np.int64(0)
    for device in range(begin, end):
        count = np.int64(0)
        for row in range(lives.devices[device], lives.devices[device + 1]):
            day = lives.day[row]
            count += seen_by[day] != device
            seen_by[day] = device
        whole += count
        if lives.circle[device] != NOBODY:
            days[lives.circle[device] - begin] += count
            screen[lives.circle[device] - begin] |= lives.screen[device]
    largest, second, screens = np.int64(0), np.int64(0), np.int64(0)
    for k in range(end - begin):
        largest, second = max(largest, days[k]), max(second, min(largest, days[k]))
        screens += screen[k] and days[k] >= min_circle_days
    if largest > 0:
        homes["screen_circles"][account], homes["second_circle"][account] = screens, second
        homes["device_days"][account] = whole
