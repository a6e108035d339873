from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.events.accounts import AccountRecords
from detector.evidence.scorecard import MICRO
from detector.learning.reweigh import OtherModelError, decide_again, weigh_again
from detector.schemas import Accounts, Evidence
from detector.settings import VerdictSettings
from detector.verdicts.decide import decide_verdicts, score_groups
from tests.detector.builders import table
from tests.detector.labelled import MODEL, crowd, flagged_by, judged
from tests.detector.verdicts.test_decide import findings, group


def with_groups(*weeks, extra_members=None, settings=None):
    """Ada's account with groups that were seen for so many weeks, judged by the toy model."""
    settings = settings or VerdictSettings()
    bits = [MODEL.unknown.shapes["weeks"].micro_bits[n] for n in weeks]
    found = findings(*(group(each / MICRO) for each in bits))
    sums = found.observations.select("account_id", "group", micro_bits=pl.Series(bits))
    record = {"account_id": ["ada"], "extra_members": [extra_members]}
    missing = {key: [None] for key in set(AccountRecords.column_names()) - {*record}}
    records = AccountRecords.cast(pl.DataFrame(record | missing))
    scores = score_groups(sums, found.observations, settings)
    decided = decide_verdicts(replace(found, records=records), scores, MODEL, settings)
    number = dict(scores.select("group", "household").rows())
    terms = [
        {"account_id": "ada", "household": number[n], "factor": "weeks",
         "theme": "presence", "bits": each / MICRO, "value": float(week), "text": "said"}
        for n, (each, week) in enumerate(zip(bits, weeks, strict=True), start=1)
    ]  # fmt: skip
    told = ["flagged", "verdict", "external_households", "probability", "evidence_bits"]
    accounts = judged([None], [None]).accounts.with_columns(account_id=pl.lit("ada")).drop(*told)
    run = replace(
        judged([], []),
        accounts=Accounts.cast(
            accounts.with_columns(decided.select(*told))
            .with_columns(extra_members=pl.lit(extra_members, pl.UInt32))
            .select(Accounts.column_names())
        ),
        evidence=table(Evidence, terms),
        settings=settings,
    )
    return run, decided["flagged"].item()


class TestWeighAgain:
    def test_the_same_model_weighs_the_same(self):
        run, _ = crowd(60, alone=5)
        own = (run.accounts["evidence_bits"] * MICRO).round().cast(pl.Int64)
        assert decide_again(MODEL, run)["micro_bits"].equals(own, check_names=False)
        flags = flagged_by(MODEL, run)
        assert flags.equals(run.accounts["flagged"], check_names=False)

    def test_the_card_is_found_from_the_profiles(self):
        run = judged([3, 3, None], [None, 0.2, None])
        assert weigh_again(run.evidence, MODEL)["card"].to_list() == [
            "unknown",
            "known",
            "no_second_household",
        ]

    def test_a_factor_that_the_model_lacks(self):
        run = judged([3], [0.2])
        without = MODEL.known.model_copy(update={"shapes": {"weeks": MODEL.known.shapes["weeks"]}})
        with pytest.raises(OtherModelError, match="profiles"):
            weigh_again(run.evidence, MODEL.model_copy(update={"known": without}))

    def test_of_nothing(self):
        assert weigh_again(judged([], []).evidence, MODEL).is_empty()


class TestFlagAgain:
    def test_the_threshold_of_the_settings_comes_before_the_models(self):
        run = judged([9], [None])
        assert not flagged_by(MODEL, run).item()
        assert flagged_by(MODEL, replace(run, settings=VerdictSettings(threshold=0.6))).item()

    @pytest.mark.parametrize(
        ("second", "flagged"),
        [pytest.param(9, False, id="hardly likely"), pytest.param(15, True, id="sure by itself")],
    )
    def test_the_first_household_that_is_not_paid_for_decides(self, second, flagged):
        run, _ = with_groups(16, second, extra_members=1)
        assert flagged_by(MODEL, run).item() is flagged

    def test_what_is_paid_for_is_not_flagged(self):
        run, _ = with_groups(16, extra_members=1)
        assert not flagged_by(MODEL, run).item()

    @settings(max_examples=40)
    @given(
        st.lists(st.integers(0, 16), min_size=1, max_size=4),
        st.sampled_from([None, 0, 1, 2]),
        st.sampled_from([None, 0.5, 0.9]),
    )
    def test_the_same_model_decides_the_same(self, weeks, extra, threshold):
        settings = VerdictSettings(threshold=threshold)
        run, flagged = with_groups(*weeks, extra_members=extra, settings=settings)
        assert flagged_by(MODEL, run).item() == flagged
