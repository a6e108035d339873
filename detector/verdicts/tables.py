"""Where devices, places and households of some accounts end up, once the groups are weighed."""

from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from detector.evidence.observations import AccountObservations, HomeObservations, Observations
from detector.evidence.observe import Grounds
from detector.evidence.scorecard import PER_MICRO
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
from detector.verdicts.scores import GroupScores

H, P, S, V, W = Households, Places, GroupScores, Visits, AccountObservations
GROUP, HOUSEHOLD, PLACE = S.group.name, H.household.name, P.place.name
_RARE = [
    column.name
    for column in (
        AccountObservations.common_devices,
        AccountObservations.common_days,
        AccountObservations.doubled_days,
    )
]


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


def describe_accounts(life: Sketch) -> dy.DataFrame[AccountObservations]:
    """Count each account's devices and days, name its home place, observe it as a whole."""
    left_out = life.visits.join(life.device_groups, on=[ACCOUNT, DEVICE], how="anti")
    common = left_out.group_by(ACCOUNT).agg(
        common_devices=V.device_id.col.n_unique(), common_days=V.day.col.n_unique()
    )
    home = (
        life.grounds.place_groups.filter(PlaceGroups.group.col == 0)
        .group_by(ACCOUNT)
        .agg(home_place=PlaceGroups.place.col.min())
    )
    return (
        life.visits.group_by(ACCOUNT)
        .agg(devices=V.device_id.col.n_unique(), active_days=V.day.col.n_unique())
        .join(home, on=ACCOUNT, how="left")
        .join(_second_places(life), on=ACCOUNT, how="left")
        .join(life.homes, on=ACCOUNT, how="left")
        .join(common, on=ACCOUNT, how="left")
        .join(life.doubles, on=ACCOUNT, how="left")
        .with_columns(
            pl.col(_RARE).fill_null(0),
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
    """The household that each group's devices and places count to: account_id, group, household."""
    groups = life.device_groups.select(ACCOUNT, DeviceGroups.group.name).unique()
    number = scores.select(ACCOUNT, GROUP, household=S.lives_with.col)
    return groups.join(number, on=[ACCOUNT, GROUP], how="left").with_columns(
        H.household.col.fill_null(0)
    )


def place_devices(life: Sketch, homes: pl.DataFrame) -> pl.DataFrame:
    """Give each device its household; one that was never at any place has none."""
    placed = (life.visits.filter(V.place.col >= 0).select(ACCOUNT, DEVICE).unique()).with_columns(
        placed=pl.lit(value=True)
    )
    household = pl.when((H.household.col > 0) | pl.col("placed")).then(H.household.col)
    return (
        life.devices.join(life.device_groups, on=[ACCOUNT, DEVICE], how="left")
        .join(homes, on=[ACCOUNT, GROUP], how="left")
        .join(placed, on=[ACCOUNT, DEVICE], how="left")
        .with_columns(household=household)
    )


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
        devices.join(names, on=[ACCOUNT, HOUSEHOLD], how="left")
        .with_columns(borrowed=lent.fill_null(value=False))
        .select(Devices.column_names())
        .sort(Devices.primary_key())
        .pipe(Devices.validate, cast=True)
    )


def finish_places(life: Sketch, homes: pl.DataFrame) -> dy.DataFrame[Places]:
    """Give each place its household."""
    owners = life.grounds.place_groups.join(homes, on=[ACCOUNT, GROUP])
    return (
        life.grounds.places.drop(P.household.name)
        .join(owners.select(ACCOUNT, PLACE, HOUSEHOLD), on=[ACCOUNT, PLACE], how="left")
        .select(Places.column_names())
        .sort(Places.primary_key())
        .pipe(Places.validate, cast=True)
    )


def describe_households(
    life: Sketch, scores: dy.DataFrame[GroupScores], homes: pl.DataFrame
) -> pl.DataFrame:
    """Home, the external households, and every other group that was weighed.

    Home and the external ones are described with all devices that count to them, the others
    by their own.
    """
    key = [ACCOUNT, HOUSEHOLD]
    of_group = scores.select(ACCOUNT, GROUP, member=S.household.col).filter(pl.col("member") > 0)
    of_household = homes.rename({HOUSEHOLD: "member"})
    members = pl.concat([of_group, of_household.select(of_group.columns)]).unique()
    return (
        _use_of(life, members)
        .join(
            scores.select(*key, S.micro_bits.name, S.probability.name),
            on=key,
            how="left",
        )
        .join(_homes_of(life, members), on=key, how="left")
        .with_columns(
            H.probability.col.fill_null(0),
            H.places.col.fill_null(0),
            evidence_bits=S.micro_bits.col.fill_null(0) * PER_MICRO,
        )
    )


def finish_households(households: pl.DataFrame, names: pl.DataFrame) -> dy.DataFrame[Households]:
    """Give each household its lasting name."""
    return (
        households.join(names, on=[ACCOUNT, HOUSEHOLD])
        .select(Households.column_names())
        .sort(Households.primary_key())
        .pipe(Households.validate, cast=True)
    )


def _use_of(life: Sketch, members: pl.DataFrame) -> pl.DataFrame:
    """Devices and days of each household."""
    return (
        life.visits.join(life.device_groups, on=[ACCOUNT, DEVICE])
        .join(members, on=[ACCOUNT, GROUP])
        .group_by(ACCOUNT, household="member")
        .agg(
            devices=V.device_id.col.n_unique(),
            first_day=V.day.col.min(),
            last_day=V.day.col.max(),
            active_days=V.day.col.n_unique(),
        )
    )


def _homes_of(life: Sketch, members: pl.DataFrame) -> pl.DataFrame:
    """How many places each household has, and where the first of them is."""
    return (
        life.grounds.place_groups.join(members, on=[ACCOUNT, GROUP])
        .join(life.grounds.places, on=[ACCOUNT, PLACE])
        .sort(ACCOUNT, "member", PLACE)
        .group_by(ACCOUNT, household="member", maintain_order=True)
        .agg(
            places=pl.len(),
            country=P.country.col.first(),
            city=P.city.col.first(),
        )
    )
