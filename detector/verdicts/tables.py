"""Where devices, places and households of some accounts end up, once the groups are weighed."""

from dataclasses import dataclass, field
from functools import cached_property

import dataframely as dy
import numpy as np
import polars as pl

from detector.evidence.observations import AccountObservations, HomeObservations, Observations
from detector.evidence.observe import Grounds
from detector.evidence.scorecard import PER_MICRO
from detector.kernels.arrays import Ints
from detector.kernels.positions import find_devices
from detector.schemas import (
    ACCOUNT,
    DEVICE,
    DeviceGroups,
    Devices,
    Households,
    PlaceGroups,
    PlaceNetworks,
    Places,
    Ties,
    Visits,
)
from detector.verdicts.crews import (
    NOBODY,
    PLACE,
    Crews,
    SeenDays,
    find_numbers,
    join_numbers,
    split_numbers,
)
from detector.verdicts.scores import GroupScores

H, P, S, V, W = Households, Places, GroupScores, Visits, AccountObservations
GROUP, HOUSEHOLD = S.group.name, H.household.name


@dataclass(frozen=True)
class Sketch:
    """An account's life before it is weighed: what fitting and judging share."""

    grounds: Grounds
    observations: dy.DataFrame[Observations]
    homes: dy.DataFrame[HomeObservations]
    ties: dy.DataFrame[Ties]
    visits: dy.DataFrame[Visits]
    devices: pl.DataFrame
    device_groups: dy.DataFrame[DeviceGroups]
    """Of all ids; in the grounds those that last for a session only are one device."""
    place_networks: dy.DataFrame[PlaceNetworks] = field(default_factory=PlaceNetworks.create_empty)
    """Empty, as the next, where the places were known beforehand."""
    doubles: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={ACCOUNT: pl.String, "doubled_days": pl.UInt32})
    )
    """account_id, doubled_days."""

    @cached_property
    def crews(self) -> Crews:
        """The groups of its devices, in numbers."""
        return Crews.of(self.visits, self.device_groups)


def describe_accounts(life: Sketch) -> dy.DataFrame[AccountObservations]:
    """Count each account's devices and days, name its home place, observe it as a whole."""
    crews, rows = life.crews, life.crews.rows
    accounts = len(rows.accounts) - 1
    left_out = np.where(crews.of_visit == NOBODY, rows.account, NOBODY)
    all_days, common_days = (
        SeenDays.of([owner], crews.day, accounts).days for owner in (rows.account, left_out)
    )
    common = np.append(0, np.cumsum(crews.of_device == NOBODY))[rows.first_devices]
    counts = {
        W.devices.name: np.diff(rows.first_devices),
        W.active_days.name: all_days,
        W.common_devices.name: np.diff(common),
        W.common_days.name: common_days,
    }
    home = (
        life.grounds.place_groups.filter(PlaceGroups.group.col == 0)
        .group_by(ACCOUNT)
        .agg(home_place=PlaceGroups.place.col.min())
    )
    return (
        pl.DataFrame({ACCOUNT: rows.first_of(rows.accounts, ACCOUNT), **counts})
        .join(home, on=ACCOUNT, how="left")
        .join(_second_places(life), on=ACCOUNT, how="left")
        .join(life.homes, on=ACCOUNT, how="left")
        .join(life.doubles, on=ACCOUNT, how="left")
        .with_columns(
            W.doubled_days.col.fill_null(0),
            W.moved_days.col.fill_null(0),
            W.keeps_second_place.col.fill_null(value=False),
        )
        .sort(ACCOUNT)
        .pipe(AccountObservations.cast)
    )


def _second_places(life: Sketch) -> pl.DataFrame:
    """What home's second place is to its first: where it moved from or to, or one that it keeps."""
    group, place = PlaceGroups.group.col, PlaceGroups.place.name
    days = P.active_days.col.cast(pl.Int64)
    homes = life.grounds.place_groups.filter(group == 0).select(ACCOUNT, place)
    ranked = (
        life.grounds.places.join(homes, on=[ACCOUNT, place])
        .sort(ACCOUNT, -days, place)
        .group_by(ACCOUNT, maintain_order=True)
        .agg(
            *(pl.col(c.name).head(2) for c in (P.first_day, P.last_day, P.active_days)),
            kind=P.kind.col.cast(pl.String).get(1, null_on_oob=True),
            crew=P.devices.col.get(1, null_on_oob=True),
        )
        .filter(P.active_days.col.list.len() == _TWO)
    )
    first, last, used = (c.col.list for c in (P.first_day, P.last_day, P.active_days))
    parted = (last.get(0) < first.get(1)) | (last.get(1) < first.get(0))
    span = (last.get(1) - first.get(1)).dt.total_days()
    lived = (used.get(1) >= _FEW_DAYS) & (span >= _FORTNIGHT) & (pl.col("crew") > 1)
    kept = lived & pl.col("kind").is_in(_PRIVATE)
    return ranked.select(
        ACCOUNT,
        moved_days=pl.when(parted).then(used.get(1)).otherwise(0).cast(pl.Int64),
        keeps_second_place=kept & ~parted,
    )


_TWO, _FEW_DAYS, _FORTNIGHT = 2, 4, 14
"""Of what an account is called; no verdict asks."""
_PRIVATE = ("home_line", "unknown")


def number_households(life: Sketch, scores: dy.DataFrame[GroupScores]) -> pl.DataFrame:
    """The household that each group's devices and places count to.

    Returns:
        account_id, group, household, and own: the number of the group itself, 0 if it was not
        weighed. In the order of `Sketch.crews`.
    """
    numbers = scores.select(ACCOUNT, GROUP, household=S.lives_with.col, own=S.household.col)
    return life.crews.keys.join(
        numbers, on=[ACCOUNT, GROUP], how="left", maintain_order="left"
    ).with_columns(pl.col(HOUSEHOLD, "own").fill_null(0))


def place_devices(life: Sketch, homes: pl.DataFrame) -> pl.DataFrame:
    """Give each device its household; one that was never at any place has none."""
    crews, rows = life.crews, life.crews.rows
    [device] = find_devices(rows, life.devices[ACCOUNT], life.devices[DEVICE])
    placed = np.logical_or.reduceat(rows.numbers(PLACE) >= 0, rows.devices[:-1])[device]
    crew = crews.of_device[device]
    # The last stands for no crew, which is numbered -1.
    household = np.append(homes[HOUSEHOLD].to_numpy(), 0)[crew]
    counts = (crew != NOBODY) & (placed | (household > 0))
    told = pl.when(pl.lit(pl.Series(counts))).then(pl.lit(pl.Series(household)))
    return life.devices.with_columns(told.alias(HOUSEHOLD))


def finish_devices(
    devices: pl.DataFrame, names: pl.DataFrame, lenders: pl.DataFrame
) -> dy.DataFrame[Devices]:
    """Give each device of a household the household's lasting name, and say which are borrowed.

    Args:
        devices: From `place_devices`.
        names: From `name_households`.
        lenders: account_id of those whose external devices may be called so.
    """
    lent = pl.col(ACCOUNT).is_in(lenders[ACCOUNT].implode()) & (Devices.household.col > 0)
    return (
        devices.join(names, on=[ACCOUNT, HOUSEHOLD], how="left", maintain_order="left")
        .with_columns(borrowed=lent.fill_null(value=False))
        .select(Devices.column_names())
        .pipe(Devices.cast)
    )


def finish_places(life: Sketch, homes: pl.DataFrame) -> dy.DataFrame[Places]:
    """Give each place its household."""
    groups, places = life.grounds.place_groups, life.grounds.places
    at = _find_places(life, groups)
    household = pl.Series([None], dtype=pl.Int32).new_from_index(0, places.height)
    theirs = homes[HOUSEHOLD].gather(life.crews.of_groups(groups))
    return (
        places.with_columns(household.scatter(at, theirs).alias(P.household.name))
        .select(Places.column_names())
        .pipe(Places.cast)
    )


def _find_places(life: Sketch, table: pl.DataFrame) -> Ints:
    """Where the places of a table stand among all of them, which are sorted."""
    known, asked = (life.crews.number(each, PLACE) for each in (life.grounds.places, table))
    return find_numbers(known, asked)


def describe_households(
    life: Sketch, scores: dy.DataFrame[GroupScores], homes: pl.DataFrame
) -> pl.DataFrame:
    """Home, the external households, and every other group that was weighed.

    Home and the external ones are described with all devices that count to them, the others
    by their own.
    """
    key = [ACCOUNT, HOUSEHOLD]
    account, _ = split_numbers(life.crews.codes)
    member, own = (homes[each].cast(pl.Int64).to_numpy() for each in (HOUSEHOLD, "own"))
    codes = np.unique(join_numbers(np.tile(account, 2), np.append(member, own)))
    counts_to = find_numbers(codes, join_numbers(account, member))
    itself = np.where(own > 0, find_numbers(codes, join_numbers(account, own)), NOBODY)
    itself = np.where(itself == counts_to, NOBODY, itself)
    of_crew = tuple(np.append(each, NOBODY) for each in (counts_to, itself))
    account, number = split_numbers(codes)
    return (
        pl.DataFrame({ACCOUNT: life.crews.names(account), HOUSEHOLD: number.astype(np.int32)})
        .with_columns(*_use_of(life, of_crew, len(codes)), *_homes_of(life, of_crew, len(codes)))
        .filter(H.devices.col > 0)
        .join(
            scores.select(*key, S.micro_bits.name, S.probability.name),
            on=key,
            how="left",
            maintain_order="left",
        )
        .with_columns(
            H.probability.col.fill_null(0),
            evidence_bits=S.micro_bits.col.fill_null(0) * PER_MICRO,
        )
    )


def finish_households(households: pl.DataFrame, names: pl.DataFrame) -> dy.DataFrame[Households]:
    """Give each household its lasting name."""
    return (
        households.join(names, on=[ACCOUNT, HOUSEHOLD], maintain_order="left")
        .select(Households.column_names())
        .pipe(Households.cast)
    )


def _use_of(life: Sketch, of_crew: tuple[Ints, ...], count: int) -> list[pl.Series]:
    """Devices and days of each household, given those that each crew counts to."""
    crews = life.crews
    devices = np.sum([_count(owner[crews.of_device], count) for owner in of_crew], axis=0)
    used = SeenDays.of([owner[crews.of_visit] for owner in of_crew], crews.day, count)
    first, last = (pl.Series(day.astype(np.int32)).cast(pl.Date) for day in used[:2])
    return [
        pl.Series(H.devices.name, devices),
        first.alias(H.first_day.name),
        last.alias(H.last_day.name),
        pl.Series(H.active_days.name, used.days),
    ]


def _homes_of(life: Sketch, of_crew: tuple[Ints, ...], count: int) -> list[pl.Series]:
    """How many places each household has, and where the first of them is."""
    groups, places = life.grounds.place_groups, life.grounds.places
    crew, at = life.crews.of_groups(groups), _find_places(life, groups)
    number, first = np.zeros(count, np.int64), np.full(count, places.height)
    for owner in of_crew:
        number += _count(owner[crew], count)
        theirs = owner[crew] != NOBODY
        np.minimum.at(first, owner[crew][theirs], at[theirs])
    where = pl.Series(np.where(first < places.height, first, -1)).replace(-1, None)
    country, city = (places[column.name].gather(where) for column in (P.country, P.city))
    return [pl.Series(H.places.name, number), country, city]


def _count(owner: Ints, count: int) -> Ints:
    return np.bincount(owner[owner != NOBODY], minlength=count)
