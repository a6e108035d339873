import re
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import beta

from detector.evidence.scorecard import MICRO, Scorecard, load_scorecard, probability
from detector.learning.calibrate import calibrate_scorecard
from detector.learning.labelled import MIN_EACH, label_accounts
from detector.learning.labels import (
    FewLabelsError,
    LeakedLabelsError,
    OppositeLabelsError,
    StrangeLabelsError,
    clean_labels,
)
from detector.learning.reweigh import OtherModelError, decide_again, weigh_again
from detector.learning.teach import set_scale
from detector.settings import VerdictSettings
from tests.detector.labelled import MODEL, crowd, flagged_by, judged, labels

pytestmark = pytest.mark.slow


@cache
def calibrated(count, **fields):
    run, shared = crowd(count, **fields)
    return calibrate_scorecard(MODEL, run, labels(run, shared)), run, shared


def chances(model, run):
    return decide_again(model, run)["probability"].to_numpy()


class TestCleanLabels:
    def test_repetitions_count_once(self):
        rows = pl.DataFrame({"account_id": ["ada", "ada"], "label": ["shared", " Shared "]})
        assert clean_labels(rows).rows() == [("ada", "shared")]

    def test_sorted_whatever_the_order(self):
        rows = pl.DataFrame({"account_id": ["bob", "ada"], "label": ["shared", "single"]})
        assert clean_labels(rows).equals(clean_labels(rows.reverse()))

    @pytest.mark.parametrize(
        ("accounts", "words", "said"),
        [
            pytest.param(["ada", "ada"], ["single", "shared"], "both single and", id="both"),
            pytest.param(["ada"], ["maybe"], "'maybe'", id="another word"),
            pytest.param(["ada"], [None], "neither", id="no word"),
            pytest.param([None], ["single"], "no account", id="no account"),
            pytest.param([""], ["single"], "no account", id="empty account"),
            pytest.param(["ada"], ["\x1b[2J"], "�", id="hostile word"),
        ],
    )
    def test_strange_labels_are_refused_with_a_hint(self, accounts, words, said):
        rows = pl.DataFrame(
            {"account_id": accounts, "label": words},
            schema={"account_id": pl.String, "label": pl.String},
        )
        with pytest.raises(StrangeLabelsError, match=said) as caught:
            clean_labels(rows)
        assert caught.value.hint
        assert caught.value.exit_code == 3
        assert "\x1b" not in str(caught.value)


class TestFewLabels:
    def test_probabilities_come_true(self):
        found, _, _ = calibrated(900)
        other, shared = crowd(20_000, seed=2)
        promised = chances(found.scorecard, other)
        for low in (0.1, 0.3, 0.5, 0.7):
            some = (promised >= low) & (promised < low + 0.2)
            assert shared[some].mean() == pytest.approx(promised[some].mean(), abs=0.06)

    def test_the_error_on_labels_not_seen_falls(self):
        summary = calibrated(900)[0].summary
        assert summary.ece_after < summary.ece_before / 2

    def test_terms_still_sum_to_the_log_odds(self):
        found, run, _ = calibrated(300)
        decided = decide_again(found.scorecard, run)
        terms = weigh_again(run.evidence, found.scorecard)
        assert terms["micro_bits"].sum() == decided["micro_bits"].sum()

    def test_the_weights_keep_their_proportions_and_it_is_said_how_many_labels_would_do(self):
        found, _, _ = calibrated(170)
        before, after = (
            np.diff(m.unknown.shapes["weeks"].micro_bits) for m in (MODEL, found.scorecard)
        )
        assert np.ptp(after / before) < 1e-5
        assert re.search(
            r"only scaled: .* about [\d,]+ labels like these would do", found.summary.weights
        )

    def test_the_threshold_stays_and_nothing_is_promised(self):
        run, shared = crowd(170)
        found = calibrate_scorecard(MODEL, run, labels(run, shared), precision=0.98)
        assert found.scorecard.threshold == MODEL.threshold
        assert found.scorecard.promise == {}
        assert "kept" in found.summary.threshold_note

    @pytest.mark.parametrize(("profiles", "same"), [(False, True), (True, False)])
    def test_a_card_with_few_labels_shares_the_scale_of_the_other(self, profiles, same):
        run, shared = crowd(300, profiles=profiles)
        scaled = set_scale(MODEL, label_accounts(MODEL, run, labels(run, shared)))
        known, unknown = (
            card.shapes["weeks"].micro_bits for card in (scaled.known, scaled.unknown)
        )
        assert (known == unknown) is same
        assert known != MODEL.known.shapes["weeks"].micro_bits

    def test_kinds_that_do_not_overlap_give_no_endless_slope(self):
        run, _ = crowd(200)
        bits = run.accounts["evidence_bits"].to_numpy()
        found = calibrate_scorecard(MODEL, run, labels(run, bits > 0))
        steps = [card.unknown.shapes["weeks"].micro_bits[-1] for card in (MODEL, found.scorecard)]
        assert steps[0] < steps[1] < 3 * steps[0]

    def test_accounts_that_live_alone_get_their_own_share(self):
        found, _, _ = calibrated(300, alone=200)
        assert found.summary.alone == 200
        assert found.scorecard.alone_micro_bits != MODEL.alone_micro_bits
        assert calibrated(300, alone=20)[0].scorecard.alone_micro_bits == -6 * MICRO

    def test_the_version_names_the_labels(self):
        run, shared = crowd(300)
        versions = {
            calibrate_scorecard(MODEL, run, labels(run, truth)).scorecard.version
            for truth in (shared, shared, shared ^ (np.arange(300) == 7))
        }
        assert len(versions) == 2
        assert all(version.startswith("toy+") and len(version) == 12 for version in versions)

    def test_the_file_tells_its_training(self):
        training = calibrated(300)[0].scorecard.training
        assert training["fitted_on"] == "toys"
        assert training["window"] == "May"
        assert "before" in training["ece_on_labels_not_seen"]
        assert "unknown weeks -8.0..8.0 to " in training["changes"]
        assert training["recalibrated_from"] == "toy"

    def test_the_same_labels_give_the_same_model(self):
        again = calibrate_scorecard(MODEL, calibrated(300)[1], labels(*calibrated(300)[1:]))
        assert calibrated(300)[0] == again

    def test_a_calibrated_run_can_be_calibrated_again(self):
        run, shared = crowd(400)
        first = calibrate_scorecard(MODEL, run, labels(run, shared)).scorecard
        weeks = [int(n) % 17 for n in range(400)]
        again = judged(weeks, [None] * 400, model=first)
        truth = np.random.default_rng(3).random(400) < again.accounts["probability"].to_numpy()
        found = calibrate_scorecard(first, again, labels(again, truth))
        assert found.scorecard.version.startswith(f"{first.version}+")


class TestManyLabels:
    def test_the_threshold_keeps_its_promise_on_accounts_not_seen(self):
        found, _, _ = calibrated(3000, slope=1.0)
        promise = found.scorecard.promise
        assert promise["bound"] >= promise["precision"] == 0.9
        other, shared = crowd(20_000, seed=3, slope=1.0)
        flagged = flagged_by(found.scorecard, other).to_numpy()
        assert shared[flagged].mean() > 0.88
        assert flagged.sum() > 1000

    def test_the_bound_is_binomial(self):
        found = calibrated(3000, slope=1.0)[0]
        promise = found.scorecard.promise
        good = [
            g
            for g in range(3000)
            if beta.ppf(0.05, g, promise["flagged"] - g + 1) == promise["bound"]
        ]
        assert len(good) == 1

    def test_a_promise_that_the_labels_disprove_flags_nobody(self):
        run, shared = crowd(3000, slope=1.0)
        strict = MODEL.model_copy(update={"promise": {"precision": 0.999}})
        found = calibrate_scorecard(strict, run, labels(run, shared))
        assert found.scorecard.threshold == 1
        assert found.summary.flagged_after == 0
        assert "nobody" in found.summary.threshold_note

    def test_evidence_that_means_nothing_flags_nobody(self):
        run, shared = crowd(2000, slope=0.02, shift=0)
        found = calibrate_scorecard(MODEL, run, labels(run, shared))
        assert found.summary.flagged_before > 0
        assert found.summary.flagged_after == 0

    def test_what_cannot_be_proven_keeps_the_threshold(self):
        run, shared = crowd(1100, shift=-3)
        found = calibrate_scorecard(MODEL, run, labels(run, shared), precision=0.999)
        assert found.scorecard.threshold == MODEL.threshold
        assert found.scorecard.promise == {}
        assert "too few for 99.9%" in found.summary.threshold_note
        assert found.summary.precision == 0.999

    def test_few_but_faultless_flags_keep_the_threshold(self):
        run, shared = crowd(1100, slope=3.0)
        bits = run.accounts["evidence_bits"].to_numpy()
        promising = MODEL.model_copy(update={"promise": {"precision": 0.995}})
        found = calibrate_scorecard(promising, run, labels(run, shared | (bits > 5)))
        assert found.scorecard.threshold == MODEL.threshold
        assert found.summary.flagged_after > 0

    def test_accounts_that_are_hardly_used_prove_nothing(self):
        run, shared = crowd(2000, slope=1.0)
        quiet = judged([3] * 10, [None] * 10, active_days=1)
        assert not flagged_by(MODEL, quiet).any()
        assert calibrate_scorecard(MODEL, run, labels(run, shared)).scorecard.promise


class TestWeights:
    """Labels of a log in which more than eight weeks tell no more than eight."""

    @staticmethod
    @cache
    def taught(count):
        run, _ = crowd(count, profiles=False)
        bits = np.minimum(run.accounts.sort("account_id")["evidence_bits"].to_numpy(), 0)
        shared = np.random.default_rng(5).random(count) < 1 / (1 + 2.0 ** -(2 * bits + 2))
        return calibrate_scorecard(MODEL, run, labels(run, shared)), run

    def test_follow_labels_where_no_scale_does(self):
        steps = np.diff(self.taught(2000)[0].scorecard.unknown.shapes["weeks"].micro_bits)
        assert (steps >= 0).all()
        assert steps[8:].sum() < steps[:8].sum() / 3

    def test_what_they_changed_is_told(self):
        summary = self.taught(2000)[0].summary
        assert summary.weights.startswith("refitted")
        assert ("unknown", "weeks") in {(one.card, one.factor) for one in summary.changes}

    def test_terms_still_sum_to_the_log_odds(self):
        found, run = self.taught(2000)
        decided = decide_again(found.scorecard, run)
        terms = weigh_again(run.evidence, found.scorecard)
        assert terms["micro_bits"].sum() == decided["micro_bits"].sum()


class TestARegime:
    def test_the_model_that_the_run_was_judged_by_is_taught_and_is_for_its_kind_of_log(self):
        run, shared = crowd(300)
        same = {"slope": 1, "micro_bits": 0}
        kind = {"known": same, "unknown": same, "alone": same, "threshold": 0.97}
        every = Scorecard.model_validate(
            MODEL.model_dump() | {"threshold": 1, "regimes": {"addresses": kind}}
        )
        found = calibrate_scorecard(every, replace(run, regime="addresses"), labels(run, shared))
        assert (found.scorecard.regimes, found.scorecard.regime) == ({}, "addresses")
        assert found.summary.old_threshold == 0.97


class TestAThresholdOfTheRunsSettings:
    """Judged again with the new model, the run's own threshold would still hold."""

    def test_is_told_and_counted_by(self):
        run, shared = crowd(3000, slope=1.0)
        own = replace(run, settings=VerdictSettings(threshold=0.99))
        summaries = [calibrate_scorecard(MODEL, r, labels(r, shared)).summary for r in (run, own)]
        assert [s.threshold == 0.99 for s in summaries] == [False, True]
        assert "[verdicts] threshold" in summaries[1].threshold_note
        assert 0 < summaries[1].flagged_after < summaries[0].flagged_after


class TestRefusals:
    @pytest.mark.parametrize(
        ("single", "shared"),
        [(0, 200), (200, 0), (MIN_EACH - 1, 200), (200, MIN_EACH - 1)],
    )
    def test_too_few_of_a_kind(self, single, shared):
        run, _ = crowd(single + shared)
        truth = np.arange(single + shared) >= single
        with pytest.raises(FewLabelsError, match=f"{single} single and {shared} shared"):
            calibrate_scorecard(MODEL, run, labels(run, truth))

    def test_labels_of_accounts_that_live_alone_do_not_count(self):
        run = judged([*[9] * 60, *[None] * 90], [None] * 150)
        with pytest.raises(FewLabelsError, match="90 more"):
            calibrate_scorecard(MODEL, run, labels(run, np.arange(150) < 60))

    def test_accounts_not_in_the_run(self):
        run, shared = crowd(200)
        strange = pl.concat(
            [
                labels(run, shared),
                pl.DataFrame(
                    {"account_id": ["zoe"], "label": ["single"]}, schema=labels(run, shared).schema
                ),
            ]
        )
        with pytest.raises(StrangeLabelsError, match="'zoe'"):
            calibrate_scorecard(MODEL, run, strange)

    def test_our_own_verdicts(self):
        run, _ = crowd(400)
        with pytest.raises(LeakedLabelsError, match="own verdicts"):
            calibrate_scorecard(MODEL, run, labels(run, run.accounts["flagged"]))

    def test_labels_that_were_confused(self):
        run, shared = crowd(400)
        with pytest.raises(OppositeLabelsError, match="less evidence"):
            calibrate_scorecard(MODEL, run, labels(run, ~shared))

    def test_another_model(self):
        run, shared = crowd(200)
        other = MODEL.model_copy(
            update={
                "alone_micro_bits": 0,
                "unknown": MODEL.known.model_copy(update={"prior_micro_bits": 7}),
            }
        )
        with pytest.raises(OtherModelError, match="weighs otherwise"):
            calibrate_scorecard(other, run, labels(run, shared))

    def test_the_packaged_model_did_not_make_this_run(self):
        run, shared = crowd(200)
        with pytest.raises(OtherModelError):
            calibrate_scorecard(load_scorecard(), run, labels(run, shared))


def test_probability_of_the_toy_is_the_detectors():
    run, _ = crowd(50)
    own = decide_again(MODEL, run)
    expected = pl.select(probability(pl.lit(own["micro_bits"]))).to_series()
    assert np.allclose(run.accounts["probability"], expected, atol=1e-6)
