"""Ids that last for a session only are one device's."""

import polars as pl
import pytest

from detector.households.sessions import SessionIds
from detector.schemas import DeviceGroups
from tests.detector.builders import table, visit, visits, visits_of

MOST = 7


def found(rows):
    """The ids among visits; the first word of a device's name is its type."""
    seen = visits_of(rows)
    devices = seen.select("account_id", "device_id").unique(maintain_order=True)
    kinds = pl.col("device_id").str.split("-").list.first()
    devices = devices.with_columns(device_type=kinds)
    return seen, devices, SessionIds.find(seen, devices, MOST + 1)


def sessions(count, kind="tv", place=0, first=0):
    return [visit("ada", f"{kind}-{first + n:02}", place, first + n) for n in range(count)]


def lasting(rows):
    return found(rows)[2].ids["lasting"].unique().sort().to_list()


def test_many_are_one_device():
    assert lasting(sessions(20)) == ["tv-00"]


def test_a_play_past_midnight_is_one_session():
    rows = [*sessions(20), visit("ada", "tv-19", 0, 20)]
    assert lasting(rows) == ["tv-00"]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(sessions(MOST), id="a few guests"),
        pytest.param([r for n in range(12) for r in visits("ada", f"tv-{n}", 0, [n, n + 3])],
                     id="ids that come back"),
        pytest.param(sessions(5) + sessions(5, "phone", first=9), id="of several types"),
        pytest.param(sessions(5) + sessions(5, place=1, first=9), id="at several places"),
        pytest.param([r for n in range(12) for r in visits("ada", f"tv-{n}", [0, 1][n % 2], [n])
                      + visits("ada", f"tv-{n}", 2, [n])], id="each at two places"),
        pytest.param([visit(f"acc-{n}", "tv-0", 0) for n in range(12)], id="of many accounts"),
    ],
)  # fmt: skip
def test_others_are_devices(rows):
    assert lasting(rows) == []


def test_a_household_elsewhere_keeps_its_own():
    assert lasting(sessions(9) + sessions(9, place=1, first=20)) == ["tv-00", "tv-20"]


class TestUniting:
    def test_visits_of_one_day_and_place_are_one(self):
        rows = [*sessions(9), visit("ada", "tv-90", 0, 0, hours=[8], playing=[16], profiles=[3])]
        seen, devices, ids = found([*rows, *visits("ada", "phone", 0, [0])])
        united = ids.unite_visits(seen)
        assert united["device_id"].unique().sort().to_list() == ["phone", "tv-00"]
        first = united.filter(device_id="tv-00").row(0, named=True)
        assert (first["playing"], first["profiles"]) == (1 << 16, 1 << 3)
        assert ids.unite_devices(devices)["device_id"].to_list() == ["tv-00", "phone"]

    def test_groups_are_told_of_every_id(self):
        _, _, ids = found(sessions(9))
        groups = [{"account_id": "ada", "device_id": "tv-00", "group": 0}]
        every = ids.expand(table(DeviceGroups, groups))
        assert every["device_id"].to_list() == [f"tv-{n:02}" for n in range(9)]

    def test_of_none_nothing_changes(self):
        seen, devices, ids = found(sessions(3))
        assert ids.unite_visits(seen) is seen
        assert ids.unite_devices(devices).equals(devices)
