from hypothesis import given
from hypothesis import strategies as st

from detector.measuring.homes import HomeCases, judge_homes, list_homes, measure_homes
from detector.measuring.metrics import Rate
from detector.measuring.truth import Truth, TruthAccounts, TruthDevices
from detector.schemas import Accounts, Devices
from tests.pipelines.tiny_run import device, lender, table


def known(account, label="shared"):
    return {
        "account_id": account,
        "label": label,
        "situation": "any",
        "external_households": int(label == "shared"),
    }


def lives(device_id, household, account="bob"):
    return {"account_id": account, "device_id": device_id, "household": household}


def homes(placed, truth, label="shared", **facts):
    world = Truth(table(TruthAccounts, [known("bob", label)]), table(TruthDevices, truth))
    accounts = table(Accounts, [lender("bob", **facts)])
    return list_homes(accounts, table(Devices, placed), world)


def case(n, *, right, confidence, elsewhere=1, owners=0):
    values = (f"a-{n}", right, confidence, elsewhere, owners)
    return dict(zip(HomeCases.column_names(), values, strict=True))


class TestJudgeHomes:
    def test_half_of_the_days_is_not_most(self):
        placed = table(Devices, [device("bob", "tv"), device("bob", "guest")])
        truth = table(TruthDevices, [lives("tv", 0), lives("guest", 1)])
        assert judge_homes(placed, truth).rows() == [("bob", False)]

    def test_devices_elsewhere_and_unplaced_ones_have_no_voice(self):
        placed = table(
            Devices,
            [device("bob", "tv"), device("bob", "guest", household=1), device("bob", "x", None)],
        )
        truth = table(TruthDevices, [lives("tv", 0), lives("guest", 1), lives("x", 1)])
        assert judge_homes(placed, truth).rows() == [("bob", True)]

    def test_a_home_that_the_truth_does_not_know(self):
        placed, truth = table(Devices, [device("bob", "tv")]), table(TruthDevices, [])
        assert judge_homes(placed, truth).is_empty()


class TestListHomes:
    PLACED = (device("bob", "tv"), device("bob", "guest", household=1))
    SWAPPED = (lives("tv", 1), lives("guest", 0))

    def test_the_owners_device_is_taken_for_the_borrowers(self):
        found = homes(self.PLACED, self.SWAPPED).row(0, named=True)
        assert (found["is_right"], found["elsewhere"], found["owners_elsewhere"]) == (False, 1, 1)

    def test_two_places_of_one_family_have_no_wrong_one(self):
        for label in ("single", "ambiguous"):
            assert homes(self.PLACED, (lives("tv", 0), lives("guest", 0)), label).is_empty()

    def test_where_nothing_is_external_nothing_is_mistaken(self):
        assert homes(self.PLACED, self.SWAPPED, external_households=0).is_empty()


class TestMeasureHomes:
    def test_of_nobody(self):
        found = measure_homes(HomeCases.create_empty())
        assert (found.right.share, found.calibration_error, found.mean_confidence) == (None,) * 3

    def test_who_would_be_wronged_by_a_treatment_of_devices(self):
        cases = [
            case(1, right=True, confidence=0.99, elsewhere=3),
            case(2, right=False, confidence=0.98, elsewhere=1, owners=1),
            case(3, right=False, confidence=0.5, elsewhere=4, owners=4),
        ]
        found = measure_homes(table(HomeCases, cases))
        assert found.sure == Rate.from_counts(2, 3)
        assert found.right_if_sure == Rate.from_counts(1, 2)
        assert found.owners_elsewhere_if_sure == Rate.from_counts(1, 4)
        assert found.owners_elsewhere == Rate.from_counts(5, 8)

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=40))
    def test_the_order_of_accounts_is_irrelevant(self, drawn):
        rows = [case(n, right=r, confidence=c / 9) for n, (r, c) in enumerate(drawn)]
        there, back = (table(HomeCases, each) for each in (rows, rows[::-1]))
        assert measure_homes(there) == measure_homes(back)
