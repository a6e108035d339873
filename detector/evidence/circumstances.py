"""What was observed of each group that may live elsewhere, counted once for all factors."""

from dataclasses import dataclass

import polars as pl

from detector.evidence.profile_use import observe_profiles
from detector.evidence.timelines import observe_timelines
from detector.geo import distance_km
from detector.schemas import CARRIED_TYPES, TELEVISION_TYPES, Places, Ties, Visits

V, P = Visits, Places
ACCOUNT, DEVICE, DAY, PLACE = V.account_id.name, V.device_id.name, V.day.name, V.place.name
KEY = [ACCOUNT, "group"]
SLOTS = 48
"""Half-hours of a day."""


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
    # An account in one piece has no group to be asked about.
    seen = _seen(scene).filter(pl.col("group").max().over(ACCOUNT) > 0)
    days = _days(seen)
    rows = (
        _use(seen, days)
        .join(_home_use(days), on=ACCOUNT, how="left")
        .join(_overlap(days), on=KEY, how="left")
        .join(_simultaneity(days), on=KEY, how="left")
        .join(_crew(scene), on=KEY, how="left")
        .join(_strongest_tie(scene), on=KEY, how="left")
        .join(_own_place(seen, scene.places), on=KEY, how="left")
        .join(_account(seen), on=ACCOUNT, how="left")
        .join(_household(scene), on=ACCOUNT, how="left")
        .join(observe_timelines(seen, days), on=KEY, how="left")
    )
    unknown = ("group", "h_silent_days")
    counts = [c for c, t in rows.schema.items() if t.is_integer() and c not in unknown]
    lived = pl.col("own_days")
    return (
        rows.with_columns(pl.col(counts).fill_null(0), pl.col("tie").fill_null(0))
        .with_columns(other_days=lived.sum().over(ACCOUNT) - lived)
        .join(observe_profiles(seen, scene.devices), on=KEY, how="left")
        .sort(KEY)
    )


def _seen(scene: Scene) -> pl.DataFrame:
    """Visits with the group of their device and of their place."""
    places = scene.place_groups.rename({"group": "owner"})
    return (
        scene.visits.join(scene.device_groups, on=[ACCOUNT, DEVICE])
        .join(places, on=[ACCOUNT, PLACE], how="left")
        .with_columns(
            own=(pl.col("owner") == pl.col("group")).fill_null(value=False),
            at_home=(pl.col("owner") == 0).fill_null(value=False),
        )
    )


def _days(seen: pl.DataFrame) -> pl.DataFrame:
    """Each group's days: was it at its own place, at home, what did it play there."""
    there = pl.col("own")
    company = (
        seen.filter((pl.col("group") == 0) & (pl.col("owner") > 0))
        .select(ACCOUNT, DAY, group="owner", company=pl.lit(value=True))
        .unique()
    )
    return (
        seen.group_by(ACCOUNT, "group", DAY)
        .agg(
            own=there.any(),
            at_home=pl.col("at_home").any(),
            playing=V.playing.col.filter(there).bitwise_or().fill_null(0),
            events=V.events.col.filter(there).sum(),
        )
        .join(company, on=[ACCOUNT, "group", DAY], how="left")
        .with_columns(
            pl.col("company").fill_null(value=False) & pl.col("own"),
            end=pl.col(DAY).max().over(ACCOUNT),
        )
    )


def _use(seen: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """How long, how often and how freely each group lives at its own place."""
    own, day = pl.col("own"), pl.col(DAY)
    use = (
        days.filter(pl.col("group") > 0)
        .group_by(KEY)
        .agg(
            all_days=pl.len(),
            own_days=own.sum(),
            home_days=pl.col("at_home").sum(),
            company_days=pl.col("company").sum(),
            own_weekend_days=(own & (day.dt.weekday() > 5)).sum(),
            own_events=pl.col("events").sum(),
            span_days=(day.max() - day.min()).dt.total_days() + 1,
            silent_days=(pl.col("end").first() - day.max()).dt.total_days(),
            first=day.min(),
            last=day.max(),
        )
    )
    nowhere = (
        seen.filter(PLACE_IS_NOWHERE, pl.col("group") > 0)
        .group_by(KEY)
        .agg(nowhere_days=pl.col(DAY).n_unique())
    )
    return use.join(nowhere, on=KEY, how="left")


PLACE_IS_NOWHERE = V.place.col < 0


def _home_use(days: pl.DataFrame) -> pl.DataFrame:
    """How long the home household lived at home."""
    day, own = pl.col(DAY), pl.col("own")
    return (
        days.filter(pl.col("group") == 0)
        .group_by(ACCOUNT)
        .agg(
            h_days=own.sum(),
            h_first=day.filter(own).min(),
            h_silent_days=(pl.col("end").first() - day.filter(own).max()).dt.total_days(),
        )
    )


def _overlap(days: pl.DataFrame) -> pl.DataFrame:
    """Days on which both home and the group were at their places, and while the group was about."""
    own = days.filter("own").select(ACCOUNT, "group", DAY)
    home = own.filter(pl.col("group") == 0).select(ACCOUNT, DAY)
    away = own.filter(pl.col("group") > 0)
    span = away.group_by(KEY).agg(start=pl.col(DAY).min(), stop=pl.col(DAY).max())
    within = (
        home.join(span, on=ACCOUNT)
        .filter(pl.col(DAY).is_between("start", "stop"))
        .group_by(KEY)
        .agg(h_days_within=pl.len())
    )
    both = away.join(home, on=[ACCOUNT, DAY]).group_by(KEY).agg(both_days=pl.len())
    return within.join(both, on=KEY, how="left")


def _simultaneity(days: pl.DataFrame) -> pl.DataFrame:
    """Half-hours in which both played at their own places, and how many chance would give.

    Chance: each half-hour of the day is played on some share of days by each side, as if
    the two did not know of each other.
    """
    own = days.filter("own").select(ACCOUNT, "group", DAY, "playing")
    home = own.filter(pl.col("group") == 0).select(ACCOUNT, DAY, home_playing="playing")
    both = (
        own.filter(pl.col("group") > 0)
        .join(home, on=[ACCOUNT, DAY])
        .group_by(KEY)
        .agg(
            together=(pl.col("playing") & pl.col("home_playing"))
            .bitwise_count_ones()
            .cast(pl.Int64)
            .sum()
        )
    )
    bit = [
        ((pl.col("playing") // 2**s) % 2).cast(pl.Int64).sum().alias(f"s{s}") for s in range(SLOTS)
    ]
    slots = own.group_by(KEY).agg(bit)
    base = slots.filter(pl.col("group") == 0).drop("group")
    chance = pl.sum_horizontal(pl.col(f"s{s}") * pl.col(f"s{s}_home") for s in range(SLOTS))
    plays = pl.sum_horizontal(pl.col(f"s{s}") for s in range(SLOTS))
    expected = (
        slots.filter(pl.col("group") > 0)
        .join(base, on=ACCOUNT, suffix="_home")
        .select(*KEY, meetings=chance, own_plays=plays)
    )
    return expected.join(both, on=KEY, how="left")


def _crew(scene: Scene) -> pl.DataFrame:
    """The devices of each group."""
    kind = pl.col("device_type").cast(pl.String)
    return (
        scene.devices.join(scene.device_groups, on=[ACCOUNT, DEVICE])
        .group_by(KEY)
        .agg(
            devices=pl.len(),
            televisions=kind.is_in(TELEVISION_TYPES).sum(),
            carried=kind.is_in(CARRIED_TYPES).sum(),
            device_accounts=pl.col("accounts").max(),
        )
        .filter(pl.col("group") > 0)
    )


def _strongest_tie(scene: Scene) -> pl.DataFrame:
    """The strongest tie between a device of the group and one of home."""
    groups = scene.device_groups
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
        seen.filter("own")
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


def _account(seen: pl.DataFrame) -> pl.DataFrame:
    """How long the account was in use, and how many groups it falls into."""
    footing = (
        seen.filter(~PLACE_IS_NOWHERE)
        .group_by(ACCOUNT, "group")
        .agg(days=pl.col(DAY).n_unique())
        .filter(pl.col("days") >= FOOTING_DAYS)
        .group_by(ACCOUNT)
        .agg(footholds=pl.len())
    )
    return (
        seen.group_by(ACCOUNT)
        .agg(
            account_days=pl.col(DAY).n_unique(),
            account_span=(pl.col(DAY).max() - pl.col(DAY).min()).dt.total_days() + 1,
            groups=pl.col("group").n_unique(),
        )
        .join(footing, on=ACCOUNT, how="left")
    )


FOOTING_DAYS = 5
"""Days at any places from which a group leads a life rather than left a trace."""


def _household(scene: Scene) -> pl.DataFrame:
    """The devices of the account as a whole and of its home."""
    television = pl.col("device_type").cast(pl.String).is_in(TELEVISION_TYPES)
    return (
        scene.devices.join(scene.device_groups, on=[ACCOUNT, DEVICE])
        .group_by(ACCOUNT)
        .agg(
            account_devices=pl.len(),
            account_televisions=television.sum(),
            h_devices=(pl.col("group") == 0).sum(),
        )
    )
