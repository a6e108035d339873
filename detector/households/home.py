"""Groups of devices get their numbers: 0 is home, where most of an account's life is.

Unless what is on record of the account tells of another: an account that an operator sold mostly
has its home behind a line of that operator, and one of a country in that country.
"""

from typing import NamedTuple, Self

import numpy as np
import polars as pl

from detector.households.layout import Lives
from detector.kernels.arrays import Flags, Ints
from detector.kernels.loops import loop
from detector.kernels.sorts import sort_rows
from detector.schemas import ACCOUNT, Visits
from detector.settings import HouseholdSettings

V = Visits
PER_MICRO = 1e-6


class Marks(NamedTuple):
    """What is on record of its account that fits each visit."""

    micro_bits: Ints
    """For its place being home, in millionths of bits; of places alone."""

    new: Flags
    """Whether the account was new."""

    @classmethod
    def of(cls, visits: pl.DataFrame, places: pl.DataFrame, settings: HouseholdSettings) -> Self:
        """Look up the marks of the places visited; without any all visits are alike."""
        named = {"partner_micro_bits", "in_country", "signed_up"}
        if not named <= {*places.columns}:
            nothing = np.zeros(visits.height, np.int64)
            return cls(nothing, nothing != 0)
        half = round(settings.record_bits / PER_MICRO / 2)
        country = pl.when("in_country").then(half).when(~pl.col("in_country")).then(-half)
        since = (V.day.col - pl.col("signed_up")).dt.total_days()
        rows = visits.join(
            places.select(ACCOUNT, V.place.name, *sorted(named)),
            on=[ACCOUNT, V.place.name],
            how="left",
            maintain_order="left",
        ).select(
            bits=pl.col("partner_micro_bits").fill_null(0) + country.fill_null(0),
            # People sign up late at night, and days are UTC days.
            new=since.is_between(-1, 1).fill_null(value=False),
        )
        bits = rows["bits"].cast(pl.Int64)
        # Of one kind, whatever was known, so that the loop is compiled once.
        return cls(bits.to_numpy(writable=True), rows["new"].to_numpy(writable=True))


def number_groups(lives: Lives, label: Ints, marks: Marks, settings: HouseholdSettings) -> Ints:
    """Number the groups of each account by how likely each of them is home.

    Args:
        lives: Of any accounts.
        label: Of each device: any device of its account, the same for all of a group; -1 for
            what is no device.
        marks: What is on record, of each visit.
        settings: How much a day at a place says, and how much a record does.

    Returns:
        The group of each device, -1 for none; 0 is home.
    """
    life, use, least = _weigh(lives, label, settings.day_at_a_place)
    placed, micro, new = _recorded(lives, label, marks)
    bits = np.where(new, settings.record_bits, 0.0) + micro / np.maximum(placed, 1) * PER_MICRO
    weight = -(life * use) * np.exp2(bits * settings.doublings_per_bit)
    # Whole numbers are sorted, and equal ones are a draw.
    return _rank(lives, label, np.unique(weight, return_inverse=True)[1], least)


@loop
def _rank(lives: Lives, label: Ints, weight: Ints, least: Ints) -> Ints:
    """The place of each label's weight among those of its account, the least first."""
    group, room = np.full(len(label), -1, np.int64), np.empty(len(label), np.int64)
    weight = weight.copy()
    for account in range(len(lives.accounts) - 1):
        begin, end = lives.accounts[account], lives.accounts[account + 1]
        order, count = room[begin:end], 0
        for device in range(begin, end):
            if least[device] >= 0:
                order[count] = device
                count += 1
        order = order[:count]
        sort_rows(order, weight, least)
        for k in range(len(order)):
            weight[order[k]] = k
        for device in range(begin, end):
            if label[device] >= 0:
                group[device] = weight[label[device]]
    return group


@loop
def _weigh(lives: Lives, label: Ints, day_at_a_place: int) -> tuple[Ints, Ints, Ints]:
    """How much of its account's life and use each label holds; its first device."""
    life, use = np.zeros(len(label), np.int64), np.zeros(len(label), np.int64)
    least = np.full(len(label), -1, np.int64)
    for device in range(len(label)):
        mine = label[device]
        if mine < 0:
            continue
        if least[mine] < 0:
            least[mine] = device
        for row in range(lives.devices[device], lives.devices[device + 1]):
            life[mine] += day_at_a_place if lives.place[row] >= 0 else 1
            use[mine] += lives.use[row]
    return life, use, least


@loop
def _recorded(lives: Lives, label: Ints, marks: Marks) -> tuple[Ints, Ints, Flags]:
    """Visits of each label at any place, what is on record of them, and whether any was new."""
    placed, micro = np.zeros(len(label), np.int64), np.zeros(len(label), np.int64)
    new = np.zeros(len(label), np.bool_)
    for device in range(len(label)):
        mine = label[device]
        for row in range(lives.devices[device], lives.devices[device + 1]):
            if mine < 0 or lives.place[row] < 0:
                continue
            placed[mine] += 1
            micro[mine] += marks.micro_bits[row]
            new[mine] |= marks.new[row]
    return placed, micro, new


@loop
def give_places(lives: Lives, group: Ints) -> tuple[Ints, Ints, Ints]:
    """A place belongs to the group that spends most device-days there; home wins a draw.

    Returns:
        The account, number and group of each place of a group, in order.
    """
    size = len(lives.place)
    order, of_row = np.empty(size, np.int64), np.empty(size, np.int64)
    owner, place = np.empty(size, np.int64), np.empty(size, np.int64)
    winner, found = np.empty(size, np.int64), 0
    for account in range(len(lives.accounts) - 1):
        count = 0
        for device in range(lives.accounts[account], lives.accounts[account + 1]):
            for row in range(lives.devices[device], lives.devices[device + 1]):
                of_row[row] = group[device]
                if group[device] >= 0 and lives.place[row] >= 0:
                    order[count] = row
                    count += 1
        mine = order[:count]
        sort_rows(mine, lives.place, of_row)
        run, best = 0, 0
        for k in range(count):
            row, last = mine[k], mine[k - 1]
            new = k == 0 or lives.place[row] != lives.place[last]
            run = 1 if new or of_row[row] != of_row[last] else run + 1
            if new:
                owner[found], place[found], best = account, lives.place[row], 0
                found += 1
            if run > best:
                best, winner[found - 1] = run, of_row[row]
    return owner[:found], place[:found], winner[:found]
