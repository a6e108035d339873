import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from detector.measuring.evaluate import evaluate_verdicts, rates_by
from detector.measuring.figures import Evaluation
from detector.measuring.metrics import (
    Rate,
    average_precision,
    best_recall,
    calibration_error,
    pr_curve,
    reliability_table,
    wilson_interval,
)
from detector.measuring.truth import Truth, TruthAccounts, TruthDevices, TruthNetworks
from detector.schemas import Accounts, Devices, Networks
from tests.pipelines.tiny_run import account, device, lender, network, table

scored = st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=1, max_size=80)


def arrays(cases):
    return np.array([y for y, _ in cases]), np.array([p / 10 for _, p in cases])


def known(account_id, label="single", situation="ordinary", external_households=0):
    fields = TruthAccounts.column_names()
    return dict(zip(fields, (account_id, label, situation, external_households), strict=True))


def lives(account_id, device_id, household):
    return {"account_id": account_id, "device_id": device_id, "household": household}


def evaluate(verdicts, truth, devices=(), homes=()):
    world = Truth(table(TruthAccounts, truth), table(TruthDevices, list(homes)))
    return evaluate_verdicts(table(Accounts, verdicts), table(Devices, list(devices)), world)


class TestAveragePrecision:
    @given(scored)
    def test_agrees_with_scikit_learn_on_ties_too(self, cases):
        is_shared, probability = arrays(cases)
        if not is_shared.any():
            assert average_precision(pr_curve(is_shared, probability)) is None
            return
        ours = average_precision(pr_curve(is_shared, probability))
        assert ours == pytest.approx(average_precision_score(is_shared, probability), abs=1e-6)

    @given(scored)
    def test_order_of_accounts_is_irrelevant(self, cases):
        assert pr_curve(*arrays(cases)) == pr_curve(*arrays(cases[::-1]))


class TestBestRecall:
    def test_no_point_keeps_the_promise(self):
        curve = pr_curve(np.array([False, True]), np.array([0.9, 0.5]))
        assert best_recall(curve, 0.99) is None

    def test_a_later_point_may_be_the_better(self):
        is_shared = np.array([True] * 50 + [False] + [True] * 50)
        curve = pr_curve(is_shared, np.linspace(1, 0, 101))
        found = best_recall(curve, 0.99)
        assert found is not None
        assert found.recall == 1.0


class TestReliability:
    def test_bins_hold_equal_counts(self):
        rows = reliability_table(np.zeros(100, bool), np.linspace(0, 1, 100))
        assert {row.accounts for row in rows} == {6, 7}
        assert len(rows) == 15

    @given(scored)
    def test_order_of_accounts_is_irrelevant(self, cases):
        assert reliability_table(*arrays(cases)) == reliability_table(*arrays(cases[::-1]))

    def test_honest_probabilities_have_no_error(self):
        is_shared = np.array([True, True, False, False] * 30)
        assert calibration_error(reliability_table(is_shared, np.full(120, 0.5))) == 0.0

    def test_nothing_to_measure(self):
        rows = reliability_table(np.zeros(0, bool), np.zeros(0))
        assert calibration_error(rows) is None


class TestWilsonInterval:
    @pytest.mark.parametrize(
        ("hits", "of", "expected"),
        [(0, 10, (0.0, 0.277533)), (10, 10, (0.722467, 1.0)), (1, 2, (0.094531, 0.905469))],
    )
    def test_published_values(self, hits, of, expected):
        assert wilson_interval(hits, of) == pytest.approx(expected, abs=1e-5)


class TestRatesBy:
    def test_a_missing_group_has_a_name(self):
        frame = table(TruthAccounts, [known("ada", external_households=None)])
        by = TruthAccounts.external_households.col
        assert rates_by(frame, by, TruthAccounts.label.col == "single")[0].name == "unknown"


class TestEvaluateVerdicts:
    def test_ambiguous_accounts_are_set_apart(self):
        found = evaluate([lender("eve")], [known("eve", "ambiguous", "student")])
        assert found.flags.precision.of == 0
        assert found.situations.ambiguous_flagged[0].rate == Rate.from_counts(1, 1)

    def test_an_account_without_a_verdict_is_a_missed_one(self):
        found = evaluate([], [known("bob", "shared", "other city", 1)])
        assert found.flags.recall == Rate.from_counts(0, 1)
        assert found.coverage.without_verdict == 1

    def test_a_verdict_without_truth_is_left_out(self):
        found = evaluate([lender("who")], [known("ada")])
        assert found.coverage.without_truth == 1
        assert found.flags.precision.of == 0

    def test_false_flags_by_situation(self):
        truth = [known("ada", situation="traveller"), known("cyd")]
        found = evaluate([lender("ada"), account("cyd")], truth)
        assert found.false_flags == Rate.from_counts(1, 2)
        rates = {s.name: s.rate.share for s in found.situations.false_flags}
        assert rates == {"ordinary": 0.0, "traveller": 1.0}

    def test_external_households_must_be_exact(self):
        truth = [known("bob", "shared", "ring", 2), known("cyd", "shared", "other city", 1)]
        found = evaluate([lender("bob"), lender("cyd")], truth)
        assert found.households.exact == Rate.from_counts(1, 2)
        assert [(c.truth, c.predicted) for c in found.households.counts] == [("1", "1"), ("2", "1")]

    def test_a_flagged_honest_account_counts_as_a_wrong_number(self):
        found = evaluate([lender("ada")], [known("ada")])
        assert found.households.exact.of == 0
        assert found.households.exact_flagged == Rate.from_counts(0, 1)

    def test_insufficient_evidence(self):
        doubtful = account("ada", verdict="insufficient_evidence")
        found = evaluate([doubtful], [known("ada"), known("unseen")])
        assert found.coverage.insufficient_evidence == Rate.from_counts(1, 1)

    def test_nothing_at_all(self):
        found = evaluate([], [])
        assert found.ranking.average_precision is None
        assert Evaluation.from_json(found.to_json()) == found

    def test_network_kinds(self):
        truth = Truth(
            table(TruthAccounts, []),
            table(TruthDevices, []),
            table(TruthNetworks, [{"network": "192.0.2.1", "kind": "venue"}]),
        )
        networks = table(Networks, [network("192.0.2.1"), network("192.0.2.2")])
        found = evaluate_verdicts(table(Accounts, []), table(Devices, []), truth, networks)
        assert [(c.truth, c.predicted, c.cases) for c in found.network_kinds] == [
            ("venue", "home_line", 1)
        ]


class TestBorrowerDevices:
    TRUTH = (known("bob", "shared", "other city", 1),)
    HOMES = (lives("bob", "tv", 0), lives("bob", "guest", 1), lives("bob", "second", 1))
    PLACED = (
        device("bob", "tv", household=1),
        device("bob", "guest", household=1),
        device("bob", "second", household=None),
    )

    def test_flagged_account(self):
        found = evaluate([lender("bob")], self.TRUTH, self.PLACED, self.HOMES)
        scores = found.borrower_devices.flagged
        assert (scores.precision.share, scores.recall.share) == (0.5, 0.5)

    def test_account_that_is_not_flagged(self):
        found = evaluate([account("bob")], self.TRUTH, self.PLACED, self.HOMES)
        assert found.borrower_devices.flagged.recall == Rate.from_counts(0, 2)
        assert found.borrower_devices.regardless.recall == Rate.from_counts(1, 2)

    def test_a_device_the_run_never_saw_is_missed(self):
        found = evaluate([lender("bob")], self.TRUTH, (), self.HOMES)
        assert found.borrower_devices.regardless.recall == Rate.from_counts(0, 2)

    def test_a_device_the_truth_does_not_know(self):
        placed = (device("bob", "stray", household=1),)
        found = evaluate([lender("bob")], self.TRUTH, placed, self.HOMES)
        assert found.borrower_devices.without_truth == 1
        assert found.borrower_devices.regardless.precision.of == 0

    def test_ambiguous_accounts_do_not_count(self):
        truth = (known("bob", "ambiguous", "student"),)
        found = evaluate([lender("bob")], truth, self.PLACED, self.HOMES)
        assert found.borrower_devices.regardless.precision.of == 0
