"""The tables of a run -> one account's story."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Self

import dataframely as dy
import polars as pl

from detector.errors import DetectorError
from detector.plain_text import plain_text
from detector.schemas import Accounts, Devices, Evidence, Households, Places, Ties, Visits
from detector.settings import VerdictSettings
from detector.stories.story import (
    NOWHERE,
    AccountStory,
    DeviceStay,
    DeviceStory,
    EvidenceStep,
    HouseholdStory,
    PlaceStory,
    Presence,
    TieStory,
    TimelineRow,
)

Row = dict[str, Any]
SURE = VerdictSettings().min_home_confidence
"""How surely household 0 must be home to be called so."""


class UnknownAccountError(DetectorError, LookupError):
    """The run holds no account of that id."""

    @classmethod
    def among(cls, account_id: str, known: Iterable[str]) -> Self:
        """Name the account and propose those whose ids look alike.

        Examples:
            >>> print(UnknownAccountError.among("boob", ["ada", "bob"]))
            The run holds no account 'boob'.
            <BLANKLINE>
            Hint: did you mean 'bob'?
        """
        close = [plain_text(one) for one in get_close_matches(account_id, known, n=3)]
        hint = (
            f"did you mean {' or '.join(map(repr, close))}?" if close else "account ids are exact"
        )
        return cls(f"The run holds no account {plain_text(account_id)!r}.", hint=hint)


@dataclass(frozen=True)
class RunTables:
    """The tables of a run that a story is told from; no networks, so no addresses."""

    accounts: dy.DataFrame[Accounts]
    households: dy.DataFrame[Households]
    devices: dy.DataFrame[Devices]
    places: dy.DataFrame[Places]
    evidence: dy.DataFrame[Evidence]
    visits: dy.DataFrame[Visits]
    ties: dy.DataFrame[Ties]

    def of_account(self, account_id: str) -> "RunTables":
        """Keep the rows of one account."""
        mine = pl.col(Accounts.account_id.name) == account_id
        return RunTables(
            accounts=Accounts.cast(self.accounts.filter(mine)),
            households=Households.cast(self.households.filter(mine)),
            devices=Devices.cast(self.devices.filter(mine)),
            places=Places.cast(self.places.filter(mine)),
            evidence=Evidence.cast(self.evidence.filter(mine)),
            visits=Visits.cast(self.visits.filter(mine)),
            ties=Ties.cast(self.ties.filter(mine)),
        )


def tell_story(tables: RunTables, account_id: str) -> AccountStory:
    """Gather what a run says of one account: who lives where, what speaks for and against.

    Args:
        tables: Of a whole run, or of some of its accounts.
        account_id: Exactly as in the tables.

    Returns:
        The story in a fixed order: same tables, same story.

    Raises:
        UnknownAccountError: The tables hold no such account.

    Examples:
        >>> from datetime import date
        >>> day = {"first_day": date(2026, 5, 1), "last_day": date(2026, 5, 9)}
        >>> tables = RunTables(
        ...     Accounts.sample(overrides={
        ...         "account_id": ["ada"], "verdict": ["one_household"], "home_confidence": 1.0}),
        ...     Households.sample(overrides={"account_id": ["ada"], "household": [0]} | day),
        ...     Devices.sample(overrides={"account_id": ["ada"], "household": [0]} | day),
        ...     Places.create_empty(), Evidence.create_empty(), Visits.create_empty(),
        ...     Ties.create_empty())
        >>> story = tell_story(tables, "ada")
        >>> story.verdict, [household.name for household in story.households]
        ('one_household', ['Home'])
    """
    mine = tables.of_account(account_id)
    if mine.accounts.is_empty():
        raise UnknownAccountError.among(account_id, tables.accounts["account_id"])
    account = mine.accounts.row(0, named=True)
    devices, places = _devices(mine.devices), _places(mine.places)
    households = _households(mine, devices, places)
    numbers = {household.household for household in households}
    days = [day for device in devices for day in (device.first_day, device.last_day)]
    return AccountStory(
        **{name: account[name] for name in _SAME_IN_BOTH},
        cleared_by_devices=tuple(account["cleared_by_devices"]),
        cleared_by_places=tuple(account["cleared_by_places"]),
        reasons=tuple(account["reasons"]),
        mitigations=tuple(account["mitigations"]),
        reason_codes=tuple(account["reason_codes"]),
        themes=None if account["themes"] is None else tuple(account["themes"]),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        households=households,
        deciding_household=_deciding_household(households),
        unplaced_devices=tuple(d for d in devices if d.household not in numbers),
        other_places=tuple(p for p in places if p.household not in numbers),
        timeline=_timeline(mine, places),
        stays=_stays(mine.visits),
        ties=_ties(mine.ties),
    )


_SAME_IN_BOTH = (
    "account_id",
    "verdict",
    "flagged",
    "probability",
    "threshold",
    "home_confidence",
    "evidence_bits",
    "pattern",
    "external_households",
    "active_days",
    "summary",
    "clearing",
)


def household_name(household: int | None, *, home_sure: bool = True) -> str:
    """Name a household as people read it; none is home where that is not known.

    Examples:
        >>> household_name(0), household_name(2), household_name(None)
        ('Home', 'Household 2', 'No household')
        >>> household_name(0, home_sure=False)
        'Household 0'
    """
    if household is None:
        return "No household"
    return f"Household {household}" if household or not home_sure else "Home"


def _devices(devices: dy.DataFrame[Devices]) -> tuple[DeviceStory, ...]:
    """Most used first."""
    rows = devices.sort(
        Devices.active_days.name, Devices.device_id.name, descending=[True, False]
    ).drop(Devices.account_id.name, Devices.household_id.name)
    return tuple(DeviceStory(**row) for row in rows.iter_rows(named=True))


def _places(places: dy.DataFrame[Places]) -> tuple[PlaceStory, ...]:
    """Most used first."""
    rows = places.sort(
        Places.active_days.name, Places.place.name, descending=[True, False]
    ).with_columns(name=_place_name())
    kept = list(PlaceStory.__dataclass_fields__)
    return tuple(PlaceStory(**row) for row in rows.select(kept).iter_rows(named=True))


def _place_name() -> pl.Expr:
    area = pl.concat_str(Places.city.col, Places.country.col, separator=", ", ignore_nulls=True)
    number = pl.format("Place {}", Places.place.col)
    return pl.when(area == "").then(number).otherwise(pl.format("{} · {}", number, area))


def _households(
    mine: RunTables, devices: tuple[DeviceStory, ...], places: tuple[PlaceStory, ...]
) -> tuple[HouseholdStory, ...]:
    return tuple(
        _household(row, devices, places, mine)
        for row in mine.households.sort(Households.household.name).iter_rows(named=True)
    )


def _household(
    row: Row,
    devices: tuple[DeviceStory, ...],
    places: tuple[PlaceStory, ...],
    mine: RunTables,
) -> HouseholdStory:
    number: int = row["household"]
    sure = mine.accounts[Accounts.home_confidence.name].item() >= SURE
    return HouseholdStory(
        household=number,
        name=household_name(number, home_sure=sure),
        probability=row["probability"],
        evidence_bits=row["evidence_bits"],
        active_days=row["active_days"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        area=", ".join(part for part in (row["city"], row["country"]) if part),
        devices=tuple(device for device in devices if device.household == number),
        places=tuple(place for place in places if place.household == number),
        evidence=_steps(mine.evidence.filter(Evidence.household.col == number)),
    )


def _steps(evidence: pl.DataFrame) -> tuple[EvidenceStep, ...]:
    rows = evidence.sort(Evidence.bits.name, Evidence.factor.name, descending=[True, False])
    keys = (Evidence.account_id.name, Evidence.household.name)
    return tuple(EvidenceStep(**row) for row in rows.drop(keys).iter_rows(named=True))


def _deciding_household(households: tuple[HouseholdStory, ...]) -> int | None:
    """The group most likely to live elsewhere; home only if there is no other."""
    weighed = [household for household in households if household.evidence]
    best = max(weighed, key=lambda h: (h.household > 0, h.evidence_bits), default=None)
    return best.household if best else None


def _timeline(mine: RunTables, places: tuple[PlaceStory, ...]) -> tuple[TimelineRow, ...]:
    """One row per place with visits, and one for what was seen on the move."""
    found: dict[int, list[Presence]] = {}
    for place, *presence in _presences(mine).iter_rows():
        found.setdefault(place, []).append(Presence(*presence))
    last = 1 << 30
    order = sorted(places, key=lambda p: (last if p.household is None else p.household, p.place))
    named = [(p.place, p.name, p.household) for p in order] + [(NOWHERE, "On the move", None)]
    return tuple(TimelineRow(*row, tuple(found[row[0]])) for row in named if row[0] in found)


def _presences(mine: RunTables) -> pl.DataFrame:
    """place, day, household, devices, use; sorted so."""
    living = mine.devices.select(Devices.device_id.col, Devices.household.col)
    key = [Visits.place.name, Visits.day.name, Devices.household.name]
    return (
        mine.visits.join(living, on=Visits.device_id.name, how="left")
        .group_by(key)
        .agg(devices=Visits.device_id.col.n_unique(), use=Visits.use.col.sum())
        .sort(key, nulls_last=True)
    )


def _stays(visits: dy.DataFrame[Visits]) -> tuple[DeviceStay, ...]:
    key = [Visits.device_id.name, Visits.place.name]
    days = visits.group_by(key).agg(days=pl.len()).sort(key)
    return tuple(DeviceStay(*row) for row in days.iter_rows())


def _ties(ties: dy.DataFrame[Ties]) -> tuple[TieStory, ...]:
    rows = ties.sort(Ties.primary_key()).drop(Ties.account_id.name)
    return tuple(TieStory(**row) for row in rows.iter_rows(named=True))
