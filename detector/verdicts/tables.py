"""Where devices, places and households of some accounts end up, once the groups are weighed."""

from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from detector.evidence.observe import Scene
from detector.evidence.observe_account import observe_homes
from detector.evidence.scorecard import PER_MICRO
from detector.schemas import Devices, Households, PlaceNetworks, Places, Ties, Visits

ACCOUNT, DEVICE = "account_id", "device_id"


@dataclass(frozen=True)
class Sketch:
    """An account's life before it is weighed: what fitting and judging share."""

    scene: Scene
    observations: pl.DataFrame
    ties: dy.DataFrame[Ties]
    visits: dy.DataFrame[Visits]
    devices: pl.DataFrame
    place_networks: dy.DataFrame[PlaceNetworks] = field(default_factory=PlaceNetworks.create_empty)
    """Empty where the places were known beforehand."""


def describe_accounts(life: Sketch) -> pl.DataFrame:
    """Count each account's devices and days, name its home place, observe it as a whole."""
    home = (
        life.scene.place_groups.filter(pl.col("group") == 0)
        .group_by(ACCOUNT)
        .agg(home_place=pl.col("place").min())
    )
    return (
        life.visits.group_by(ACCOUNT)
        .agg(devices=pl.col(DEVICE).n_unique(), active_days=pl.col("day").n_unique())
        .join(home, on=ACCOUNT, how="left")
        .join(observe_homes(life.scene), on=ACCOUNT, how="left")
        .sort(ACCOUNT)
    )


def number_households(life: Sketch, scores: pl.DataFrame) -> pl.DataFrame:
    """The household that each group's devices and places count to."""
    groups = life.scene.device_groups.select(ACCOUNT, "group").unique()
    number = scores.select(ACCOUNT, "group", household="lives_with")
    return groups.join(number, on=[ACCOUNT, "group"], how="left").with_columns(
        pl.col("household").fill_null(0)
    )


def finish_devices(life: Sketch, homes: pl.DataFrame) -> dy.DataFrame[Devices]:
    """Give each device its household; one that was never at any place has none."""
    placed = (
        life.visits.filter(pl.col("place") >= 0).select(ACCOUNT, DEVICE).unique()
    ).with_columns(placed=pl.lit(value=True))
    household = pl.when((pl.col("household") > 0) | pl.col("placed")).then("household")
    return (
        life.devices.join(life.scene.device_groups, on=[ACCOUNT, DEVICE], how="left")
        .join(homes, on=[ACCOUNT, "group"], how="left")
        .join(placed, on=[ACCOUNT, DEVICE], how="left")
        .with_columns(household=household)
        .select(Devices.column_names())
        .sort(Devices.primary_key())
        .pipe(Devices.validate, cast=True)
    )


def finish_places(life: Sketch, homes: pl.DataFrame) -> dy.DataFrame[Places]:
    """Give each place its household."""
    owners = life.scene.place_groups.join(homes, on=[ACCOUNT, "group"])
    return (
        life.scene.places.drop("household")
        .join(owners.select(ACCOUNT, "place", "household"), on=[ACCOUNT, "place"], how="left")
        .select(Places.column_names())
        .sort(Places.primary_key())
        .pipe(Places.validate, cast=True)
    )


def describe_households(
    life: Sketch, scores: pl.DataFrame, homes: pl.DataFrame
) -> dy.DataFrame[Households]:
    """Home, the external households, and every other group that was weighed.

    Home and the external ones are described with all devices that count to them, the others
    by their own.
    """
    key = [ACCOUNT, "household"]
    of_group = scores.select(ACCOUNT, "group", member="household").filter(pl.col("member") > 0)
    of_household = homes.rename({"household": "member"})
    members = pl.concat([of_group, of_household.select(of_group.columns)]).unique()
    use = (
        life.visits.join(life.scene.device_groups, on=[ACCOUNT, DEVICE])
        .join(members, on=[ACCOUNT, "group"])
        .group_by(ACCOUNT, household="member")
        .agg(
            devices=pl.col(DEVICE).n_unique(),
            first_day=pl.col("day").min(),
            last_day=pl.col("day").max(),
            active_days=pl.col("day").n_unique(),
        )
    )
    where = (
        life.scene.place_groups.join(members, on=[ACCOUNT, "group"])
        .join(life.scene.places, on=[ACCOUNT, "place"])
        .sort(ACCOUNT, "member", "place")
        .group_by(ACCOUNT, household="member", maintain_order=True)
        .agg(
            places=pl.len(),
            country=pl.col("country").first(),
            city=pl.col("city").first(),
        )
    )
    return (
        use.join(
            scores.select(ACCOUNT, "household", "micro_bits", "probability"),
            on=[ACCOUNT, "household"],
            how="left",
        )
        .join(where, on=key, how="left")
        .with_columns(
            evidence_bits=pl.col("micro_bits").fill_null(0) * PER_MICRO,
            probability=pl.col("probability").fill_null(0),
            places=pl.col("places").fill_null(0),
        )
        .select(Households.column_names())
        .sort(Households.primary_key())
        .pipe(Households.validate, cast=True)
    )
