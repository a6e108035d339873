"""Who takes in the devices that places cannot tell of."""

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from detector.households.layout import Lives
from detector.households.unsettled import adopt_strays
from detector.kernels.blocks import AccountRows
from detector.settings import HouseholdSettings
from tests.detector.builders import visits, visits_of

HOME = visits("ada", "tv", 0, profiles=[1])
AWAY = visits("ada", "console", 1, profiles=[2])
MOBILE = -1


def adopt(rows, labels):
    """`labels` are any numbers; the groups that come out go by those of their hosts."""
    visits = AccountRows.of(visits_of(rows))
    names = sorted({row["device_id"] for row in rows})
    first = {label: names.index(name) for name, label in sorted(labels.items(), reverse=True)}
    own = np.array([first[labels[name]] if name in labels else -1 for name in names])
    found = adopt_strays(Lives.of(visits), own, HouseholdSettings()).tolist()
    number = {point: label for label, point in first.items()}
    return {name: number[at] for name, at in zip(names, found, strict=True) if at >= 0}


class TestAdoptStrays:
    def test_a_phone_on_mobile_networks_lives_where_its_profile_does(self):
        phone = visits("ada", "phone", MOBILE, profiles=[2])
        found = adopt(HOME + AWAY + phone, {"tv": 0, "console": 1, "phone": 2})
        assert found == {"tv": 0, "console": 1, "phone": 1}

    def test_a_guest_with_a_profile_of_its_own_stays_apart(self):
        phone = visits("ada", "phone", MOBILE, profiles=[9])
        assert adopt(HOME + phone, {"tv": 0, "phone": 2})["phone"] == 2

    def test_a_profile_that_both_homes_use_points_to_neither(self):
        both = HOME + visits("ada", "console", 1, profiles=[1])
        phone = visits("ada", "phone", MOBILE, profiles=[1])
        assert adopt(both + phone, {"tv": 0, "console": 1, "phone": 2})["phone"] == 2

    def test_two_settled_groups_are_not_united(self):
        both = HOME + visits("ada", "console", 1, profiles=[1])
        assert adopt(both, {"tv": 0, "console": 1}) == {"tv": 0, "console": 1}

    def test_without_profiles_nobody_is_adopted(self):
        phone = visits("ada", "phone", MOBILE)
        assert adopt(visits("ada", "tv", 0) + phone, {"tv": 0, "phone": 1})["phone"] == 1

    @hypothesis_settings(deadline=None, max_examples=40)
    @given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.randoms())
    def test_the_order_of_rows_is_irrelevant(self, bits, random):
        rows = HOME + AWAY
        for number, bit in enumerate(bits):
            rows = rows + visits("ada", f"stray-{number}", MOBILE, [number], profiles=[bit])
        labels = {"tv": 0, "console": 1} | {f"stray-{n}": n + 2 for n in range(len(bits))}
        assert adopt(rows, labels) == adopt(random.sample(rows, len(rows)), labels)
