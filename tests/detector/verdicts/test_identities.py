"""Households keep their names, as long as somebody goes on living in them."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from detector.events.accounts import Residents
from detector.verdicts.identities import name_households
from tests.detector.builders import table

NOBODY = Residents.create_empty()


def living(**households):
    """Devices of one account by household, each with its days: h1={"tv": 30}."""
    rows = [
        {"account_id": "bob", "device_id": device, "household": int(name[1:]), "active_days": days}
        for name, devices in households.items()
        for device, days in devices.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"household": pl.Int32})


def before(**names):
    """Which devices lived where: a=["tv"]."""
    rows = [
        {"account_id": "bob", "device_id": device, "household_id": name}
        for name, devices in names.items()
        for device in devices
    ]
    return table(Residents, rows)


def named(devices, known=NOBODY):
    households = devices.select("account_id", "household").unique().sort("household")
    found = name_households(households, devices, known)
    return dict(found.select("household", "household_id").rows())


def test_a_new_device_changes_no_name():
    assert named(living(h1={"tv": 30, "tablet": 9}), before(a=["tv"])) == {1: "a"}


def test_the_name_goes_where_most_life_goes():
    devices = living(h1={"tv": 30}, h2={"phone": 5})
    assert named(devices, before(a=["tv", "phone"]))[1] == "a"


def test_a_name_goes_to_one_household_only():
    found = named(living(h1={"tv": 30}, h2={"phone": 5}), before(a=["tv", "phone"]))
    assert len(set(found.values())) == 2


def test_numbers_may_change_places():
    devices = living(h1={"tv": 30}, h2={"phone": 5})
    assert named(devices, before(a=["phone"], b=["tv"])) == {1: "b", 2: "a"}


def test_without_a_run_before_the_same_devices_give_the_same_name():
    devices = living(h1={"tv": 30, "tablet": 9})
    assert named(devices) == named(devices.reverse())


def test_a_new_name_was_nobodys_before():
    first = named(living(h1={"tv": 30}))[1]
    known = before(**{first: ["tv", "stick"]})
    found = named(living(h1={"stick": 30}, h2={"tv": 5}), known)
    assert found[1] == first
    assert found[2] != first


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3), min_size=1),
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y", "z"])),
)
def test_every_household_has_a_name_of_its_own(now, then):
    households = {f"h{n}": {d: 5 for d, h in now.items() if h == n} for n in set(now.values())}
    known = before(**{name: [d for d, h in then.items() if h == name] for name in "xyz"})
    found = named(living(**households), known)
    assert len(set(found.values())) == len(set(now.values()))
