"""What was observed of each group that may live elsewhere, counted once for all factors."""

from dataclasses import dataclass

import polars as pl

from detector.evidence.days import GroupDays
from detector.evidence.profile_use import observe_profiles
from detector.evidence.timelines import observe_timelines
from detector.evidence.use import count_use
from detector.geo import distance_km
from detector.schemas import CARRIED_TYPES, TELEVISION_TYPES, Places, Ties, Visits

V, P = Visits, Places
ACCOUNT, DEVICE, DAY, PLACE = V.account_id.name, V.device_id.name, V.day.name, V.place.name
KEY = [ACCOUNT, "group"]


@dataclass(frozen=True)
class Scene:
    """The tables that the observations are counted from, for some accounts."""

    visits: pl.DataFrame
    places: pl.DataFrame
    ties: pl.DataFrame
    devices: pl.DataFrame
    """account_id, device_id, device_type, accounts."""
    device_groups: pl.DataFrame
    place_groups: pl.DataFrame


def observe(scene: Scene) -> pl.DataFrame:
    """Count what the factors ask about each group but home.

    Returns:
        One row per account and group from 1 on, sorted; a group that lives nowhere in
        particular has nulls where a place is asked about.
    """
    members = _members(scene)
    seen = _seen(scene, members)
    days = GroupDays.of(seen)
    counted = count_use(days), pl.DataFrame(observe_timelines(days)), observe_profiles(days)
    rows = (
        pl.concat([days.keys, *counted], how="horizontal")
        .filter((pl.col("group") > 0) & (pl.col("all_days") > 0))
        .join(_crew(members), on=KEY, how="left")
        .join(_strongest_tie(scene, members), on=KEY, how="left")
        .join(_own_place(seen, scene.places), on=KEY, how="left")
        .join(_household(members), on=ACCOUNT, how="left")
    )
    stays = ["own_places", "stays", "private_stays", "nat_stays", "office_stays", "venue_stays"]
    lived = pl.col("own_days")
    return rows.with_columns(
        pl.col(*stays, "main_days", "place_accounts", "tie").fill_null(0),
        other_days=lived.sum().over(ACCOUNT) - lived,
    ).sort(KEY)


def _members(scene: Scene) -> pl.DataFrame:
    """The devices of the groups of accounts that are not in one piece."""
    # An account in one piece has no group to be asked about.
    apart = scene.device_groups.filter(pl.col("group").max().over(ACCOUNT) > 0)
    kind = pl.col("device_type").cast(pl.String)
    return apart.join(scene.devices, on=[ACCOUNT, DEVICE], maintain_order="left").with_columns(
        screen=kind.is_in(TELEVISION_TYPES), carried=kind.is_in(CARRIED_TYPES)
    )


def _seen(scene: Scene, members: pl.DataFrame) -> pl.DataFrame:
    """Visits with the group of their device and of their place."""
    places = scene.place_groups.rename({"group": "owner"})
    known = members.select(ACCOUNT, DEVICE, "group", "screen")
    return scene.visits.join(known, on=[ACCOUNT, DEVICE], maintain_order="left").join(
        places, on=[ACCOUNT, PLACE], how="left", maintain_order="left"
    )


def _crew(members: pl.DataFrame) -> pl.DataFrame:
    """The devices of each group."""
    return members.group_by(KEY).agg(
        devices=pl.len(),
        televisions=pl.col("screen").sum(),
        carried=pl.col("carried").sum(),
        device_accounts=pl.col("accounts").max(),
    )


def _strongest_tie(scene: Scene, members: pl.DataFrame) -> pl.DataFrame:
    """The strongest tie between a device of the group and one of home."""
    groups = members.select(ACCOUNT, DEVICE, "group")
    ties = (
        scene.ties.join(groups, left_on=[ACCOUNT, "device_a"], right_on=[ACCOUNT, DEVICE])
        .rename({"group": "group_a"})
        .join(groups, left_on=[ACCOUNT, "device_b"], right_on=[ACCOUNT, DEVICE])
        .rename({"group": "group_b"})
        .filter(pl.min_horizontal("group_a", "group_b") == 0)
        .with_columns(group=pl.max_horizontal("group_a", "group_b"))
        .filter(pl.col("group") > 0)
    )
    return ties.group_by(KEY).agg(tie=Ties.strength.col.max())


def _own_place(seen: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The place where each group lives most, beside home's."""
    lived = (
        seen.filter(pl.col("owner") == pl.col("group"))
        .group_by(ACCOUNT, "group", PLACE)
        .agg(stay=pl.len(), place_days=pl.col(DAY).n_unique())
        .join(places.select(ACCOUNT, PLACE, *_FACTS), on=[ACCOUNT, PLACE])
        .sort(ACCOUNT, "group", -pl.col("stay").cast(pl.Int64), PLACE)
        .group_by(KEY, maintain_order=True)
        .agg(
            own_places=pl.len(),
            stays=pl.col("stay").sum(),
            private_stays=pl.col("stay").filter(_kind().is_in(["home_line", "cellular"])).sum(),
            nat_stays=pl.col("stay").filter(_kind() == "carrier_nat").sum(),
            office_stays=pl.col("stay").filter(_kind().is_in(["workplace", "campus"])).sum(),
            venue_stays=pl.col("stay").filter(_kind() == "venue").sum(),
            main_days=pl.col("place_days").first(),
            **{c: pl.col(c).first() for c in _FACTS},
        )
    )
    home = lived.filter(pl.col("group") == 0).drop("group")
    where = lived.filter(pl.col("group") > 0).join(home, on=ACCOUNT, how="left", suffix="_home")
    apart = distance_km(
        *(pl.col(c) for c in ("latitude", "longitude", "latitude_home", "longitude_home"))
    )
    return where.with_columns(
        apart_km=apart, other_country=pl.col("country") != pl.col("country_home")
    ).select(
        *KEY, "own_places", "stays", "private_stays", "nat_stays", "office_stays", "venue_stays",
        "main_days", "apart_km", "other_country", "kind", place_accounts="accounts",
    )  # fmt: skip


_FACTS = ["kind", "country", "latitude", "longitude", "accounts"]


def _kind() -> pl.Expr:
    return P.kind.col.cast(pl.String)


def _household(members: pl.DataFrame) -> pl.DataFrame:
    """The devices of the account as a whole and of its home."""
    return members.group_by(ACCOUNT).agg(
        account_devices=pl.len(),
        account_televisions=pl.col("screen").sum(),
        h_devices=(pl.col("group") == 0).sum(),
    )
