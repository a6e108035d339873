"""A borrower who took an account is found; whoever only looks like one is not."""

from datetime import date, timedelta

import polars as pl
import pytest

from detector.errors import InputError
from detector.rollout.conversions import SeenRun, find_conversions, mark_converted
from detector.schemas import Devices, Places

SINCE = date(2026, 3, 1)
BEFORE, LATER = (SINCE - timedelta(days=42), SINCE - timedelta(days=1)), (
    SINCE + timedelta(days=5),
    SINCE + timedelta(days=46),
)  # fmt: skip
LINE = 7


def day(number: int) -> date:
    return SINCE + timedelta(days=number)


def device(account: str, name: str, household: int | None, first: int, last: int, **more):
    return {
        "account_id": account, "device_id": name, "household": household,
        "household_id": None if household is None else f"{account}-h{household}",
        "active_days": last - first + 1, "first_day": day(first), "last_day": day(last), **more,
    }  # fmt: skip


def place(account: str, household: int, town: str, first: int, last: int, line: int | None = None):
    return {
        "account_id": account, "place": household, "household": household, "city": town, "asn": 1,
        "active_days": last - first + 1, "first_day": day(first), "last_day": day(last),
        "common_line": line,
    }  # fmt: skip


def run(days, devices, places, signed_up=None, flagged=("lea",)) -> SeenRun:
    """A run of these devices and places; accounts are those that are named."""
    names = sorted({row["account_id"] for row in devices})
    told = signed_up or {}
    accounts = pl.DataFrame(
        {
            "account_id": names,
            "flagged": [name in flagged for name in names],
            "signed_up": [told.get(name) for name in names],
        },
        schema_overrides={"signed_up": pl.Date},
    )
    columns = {name: column.dtype for name, column in Devices.columns().items()}
    table = pl.DataFrame(devices, schema_overrides=columns)
    kinds = {name: column.dtype for name, column in Places.columns().items()}
    return SeenRun(*days, accounts, table, pl.DataFrame(places, schema_overrides=kinds))


LENDER = [device("lea", "lea-tv", 0, -40, -1)]
BOB = [device("lea", name, 1, -40, -1) for name in ("tv", "phone")]
TOWNS = [place("lea", 0, "Lyon", -40, -1), place("lea", 1, "Nice", -40, -1)]
FRIEND = [device("cy", "cy-tv", 0, -40, -1)]
CY_AT = place("cy", 0, "Paris", -40, -1)
PRIOR = run(BEFORE, [*LENDER, *BOB, *FRIEND], [*TOWNS, CY_AT])
STILL = [device("lea", "lea-tv", 0, 5, 46)]


def found(devices, places, signed_up=None, before=PRIOR, **how):
    later = run(LATER, [*STILL, *devices], [place("lea", 0, "Lyon", 5, 46), *places], signed_up)
    return find_conversions(before, [later], SINCE, **how)


def kinds(conversions) -> list[tuple[str, str, str]]:
    return conversions.select("account_id", pl.col("kind", "by").cast(pl.String)).rows()


NEW = {"bob": day(9)}


class TestByDevices:
    def test_a_household_that_came_whole(self):
        told = found([device("bob", name, 0, 9, 46) for name in ("tv", "phone")], [], NEW)
        assert kinds(told) == [("bob", "new", "devices")]
        assert told.select("lender", "first_day", "days_since").row(0) == ("lea", day(9), 9)

    def test_one_that_bought_new_devices_but_kept_its_telephone_and_home(self):
        devices = [device("bob", "phone", 0, 9, 46), device("bob", "newer-tv", 0, 9, 46)]
        told = found(devices, [place("bob", 0, "Nice", 9, 46)], NEW)
        assert kinds(told) == [("bob", "new", "devices")]

    def test_an_account_that_somebody_of_their_home_had_all_the_time(self):
        both = run(BEFORE, [*LENDER, *BOB, *FRIEND], [*TOWNS, place("cy", 0, "Nice", -40, -1)])
        devices = [device("cy", name, 0, 9, 46) for name in ("tv", "phone", "cy-tv")]
        told = found(devices, [place("cy", 0, "Nice", 5, 46)], before=both)
        assert kinds(told) == [("cy", "another", "devices")]

    def test_the_side_that_was_taken_for_home_is_the_borrower_if_the_other_stays(self):
        swapped = run(
            BEFORE,
            [device("lea", "lea-tv", 1, -40, -1), device("lea", "phone", 0, -40, -1)],
            TOWNS,
        )
        later = run(
            LATER,
            [device("lea", "lea-tv", 0, 5, 46) | {"household_id": "lea-h1"},
             device("bob", "phone", 0, 9, 46)],
            [place("bob", 0, "Lyon", 9, 46)],
            NEW,
        )  # fmt: skip
        told = find_conversions(swapped, [later], SINCE)
        assert kinds(told) == [("bob", "new", "devices")]

    def test_who_is_on_somebody_elses_account_again_took_none(self):
        told = found([device("cy", name, 1, 9, 46) for name in ("tv", "phone")], [])
        assert kinds(told) == [("cy", "borrows_again", "devices")]
        assert mark_converted(pl.DataFrame({"account_id": ["lea"]}), told)["converted"].sum() == 0


class TestLookalikes:
    @pytest.mark.parametrize(
        "devices",
        [
            [device("lea", "tv", 1, 5, 46), device("lea", "phone", 1, 5, 46),
             device("cy", "phone", None, 20, 22)],
            [device("cy", "phone", None, 20, 22)],
            [device("lea", "phone", 1, 5, 46), device("cy", "tv", 0, 12, 46)],
            [device("cy", "tv", 0, 12, 46)],
            [],
            [device("lea", "phone", 1, 5, 46), device("bob", "phone", 0, 9, 46)],
        ],
        ids=[
            "a guest who goes on borrowing",
            "a guest who stopped",
            "a television sold to a friend by who goes on borrowing",
            "half a household's life sold to another town",
            "one who stopped",
            "one who tries an account beside the lender's",
        ],
    )  # fmt: skip
    def test_are_no_conversions(self, devices):
        wide = [device("lea", name, 1, -40, -1) for name in ("tablet", "laptop")]
        before = run(BEFORE, [*LENDER, *BOB, *wide, *FRIEND], [*TOWNS, CY_AT])
        told = found(devices, [place("cy", 0, "Paris", 5, 46)], NEW, before)
        assert told.is_empty()

    def test_an_owner_who_leaves_alone_with_nobody_staying_is_no_borrower(self):
        """Who closes an account and opens another is lost and won, not converted."""
        alone = run(BEFORE, [device("lea", "phone", 0, -40, -1)], TOWNS)
        later = run(
            LATER, [device("bob", "phone", 0, 9, 46)], [place("bob", 0, "Lyon", 9, 46)], NEW
        )
        assert find_conversions(alone, [later], SINCE).is_empty()

    def test_a_device_that_was_on_both_accounts_before_says_nothing(self):
        both = [device("cy", name, 0, -40, -1) for name in ("tv", "phone")]
        before = run(BEFORE, [*LENDER, *BOB, *both], [*TOWNS, CY_AT])
        told = found([device("cy", name, 0, 5, 46) for name in ("tv", "phone")], [], before=before)
        assert told.is_empty()


class TestByLines:
    def line(self, arrives: int, left: int = 8, signed_up=NEW, **how):
        """Everything on bob's account is new; lea's borrower was behind the line until `left`."""
        devices = [
            device("lea", "phone", 1, 5, left),
            device("bob", "other", 0, arrives, 46),
        ]
        places = [
            place("lea", 1, "Nice", 5, left, LINE),
            place("bob", 0, "Nice", arrives, 46, LINE),
        ]
        return found(devices, places, signed_up, **how)

    @pytest.mark.parametrize("by_devices", [True, False])
    def test_a_new_account_behind_the_borrowers_own_line(self, by_devices):
        assert kinds(self.line(10, by_devices=by_devices)) == [("bob", "new", "line")]

    def test_not_weeks_later_when_the_address_is_somebody_elses(self):
        assert self.line(30).is_empty()

    def test_not_an_account_that_was_there_before(self):
        """A neighbour's line got the address of somebody who left."""
        assert self.line(10, signed_up={"bob": day(-400)}).is_empty()


class TestRuns:
    def test_refuses_a_first_run_that_saw_the_pilot(self):
        later = run(LATER, STILL, [])
        with pytest.raises(InputError, match="treatment began"):
            find_conversions(later, [later], SINCE)

    def test_refuses_to_look_where_nothing_is_later(self):
        with pytest.raises(InputError, match="No run judged a day"):
            find_conversions(PRIOR, [PRIOR], SINCE)


class TestMarkConverted:
    def test_only_what_came_in_time_counts(self):
        pilot = pl.DataFrame({"account_id": ["lea"]})
        took = pl.DataFrame({"lender": ["lea"], "kind": ["new"], "days_since": [200]})
        assert mark_converted(pilot, took, 180)["converted"].to_list() == [0.0]
        assert mark_converted(pilot, took, 365)["converted"].to_list() == [1.0]
