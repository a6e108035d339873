"""Devices chained together by the profiles they use."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.evidence.circles import NOBODY, chain_devices
from detector.kernels.blocks import AccountRows
from tests.detector.builders import visits, visits_of


def circles(*parts):
    """The devices of each circle."""
    rows = AccountRows.of(visits_of([row for part in parts for row in part]))
    circle = chain_devices(rows.values("profiles"), rows.devices, rows.first_devices, 10)
    named = pl.DataFrame({"device": rows.first_of(rows.devices, "device_id"), "circle": circle})
    sets = named.filter(pl.col("circle") != NOBODY).group_by("circle").agg(pl.col("device").sort())
    return sorted(sets["device"].to_list())


def test_of_nobody():
    assert circles() == []


def test_a_family_meets_at_its_television():
    television = visits("ada", "tv", 0, profiles=[1, 2])
    phones = visits("ada", "phone-a", 0, profiles=[1]) + visits("ada", "phone-b", 0, profiles=[2])
    assert circles(television, phones) == [["phone-a", "phone-b", "tv"]]


def test_two_households_behind_one_address_do_not():
    ours = visits("ada", ["tv-a", "phone-a"], 0, profiles=[1])
    theirs = visits("ada", ["tv-b", "phone-b"], 0, profiles=[2])
    assert circles(ours, theirs) == [["phone-a", "tv-a"], ["phone-b", "tv-b"]]


def test_a_slip_of_the_finger_joins_nobody():
    ours = visits("ada", "tv-a", 0, range(20), profiles=[1])
    slip = visits("ada", "tv-a", 0, [20], profiles=[2])
    assert len(circles(ours, slip, visits("ada", "tv-b", 0, profiles=[2]))) == 2


def test_devices_without_profiles_are_in_no_circle():
    assert circles(visits("ada", "tv", 0)) == []


def test_accounts_share_no_circle():
    assert (
        len(circles(visits("ada", "tv", 0, profiles=[1]), visits("bob", "tv", 0, profiles=[1])))
        == 2
    )


USE = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 63), st.integers(1, 3)), max_size=12
)


@settings(deadline=None)
@given(USE)
def test_are_the_components_of_devices_and_profiles(use):
    """Held against circles grown one by one; one day for each profile is a tenth or more."""
    wanted = {(device, bit) for device, bit, _ in use}
    wanted = {(d, b) for d, b in wanted if len([x for x in wanted if x[0] == d]) <= 10}
    rows = [
        row
        for number, (device, bit) in enumerate(sorted(wanted))
        for row in visits("ada", device, 0, [number], profiles=[bit])
    ]
    grown: list[tuple[set[str], set[int]]] = []
    for device, bit in sorted(wanted):
        touched = [one for one in grown if device in one[0] or bit in one[1]]
        grown = [one for one in grown if one not in touched]
        grown.append(
            (
                {device}.union(*(one[0] for one in touched)),
                {bit}.union(*(one[1] for one in touched)),
            )
        )
    assert circles(rows) == sorted(sorted(devices) for devices, _ in grown)
