"""A reading finds what is there, stops where it hurts, and is silent where nothing is."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from detector.errors import InputError, MissingColumnsError
from detector.rollout.pilots.assign import HOLD_OUT, TREATED, assign
from detector.rollout.pilots.given import check_accounts, check_regions
from detector.rollout.pilots.members import Members
from detector.rollout.pilots.read import read_accounts, read_regions
from detector.rollout.pilots.say import say_found, say_reading
from tests.detector.rollout.pilots.pilots import KEY, members, plan

SINCE = date(2026, 3, 1)
PLAN = plan(hold_out=0.3)


@pytest.fixture(scope="module")
def assigned():
    return assign(members({"a": 3_000, "b": 900}), PLAN, KEY)


def outcomes(assigned: pl.DataFrame, *, cancelled=0.0, contacts=0.0, seed=1) -> pl.DataFrame:
    """As a partner would tell them, with so much more among the treated."""
    rng = np.random.default_rng(seed)
    treated = (assigned["arm"] == TREATED).to_numpy()
    before = rng.poisson(1.0, len(treated))
    return assigned.select("account_id").with_columns(
        cancelled=pl.Series((rng.random(len(treated)) < 0.03 + cancelled * treated).astype(int)),
        converted=pl.Series((rng.random(len(treated)) < 0.1).astype(int)),
        contacts=pl.Series(before + rng.poisson(0.1 + contacts * treated)),
        contacts_before=pl.Series(before),
    )


def read(assigned, given, looks=(1.0,)):
    return read_accounts(check_accounts(given, assigned, PLAN), PLAN, looks)


class TestReadAccounts:
    def test_a_proven_harm_beyond_the_limit_stops_the_pilot(self, assigned):
        found = read(assigned, outcomes(assigned, cancelled=0.04))
        assert found.outcomes[0].guard == "stop"
        assert found.verdict == "stop"
        assert say_reading(found)[-1].startswith("Stop")

    def test_the_same_harm_is_only_watched_at_an_early_look(self, assigned):
        found = read(assigned, outcomes(assigned, cancelled=0.015), (0.2,))
        assert found.outcomes[0].guard == "watch"
        assert found.verdict == "go on"

    def test_no_effect_is_fine(self, assigned):
        found = read(assigned, outcomes(assigned))
        assert [each.guard for each in found.outcomes] == ["fine", None, "fine"]
        assert found.verdict == "ended"

    @pytest.mark.parametrize(("harm", "is_open"), [(0.0, True), (-0.025, False)])
    def test_says_if_chance_leaves_open_that_a_limit_is_reached(self, assigned, harm, is_open):
        found = read(assigned, outcomes(assigned, cancelled=harm)).outcomes[0]
        assert ("reaches beyond" in " ".join(say_found(found, is_first=True))) is is_open

    def test_what_was_before_narrows_the_interval(self, assigned):
        given = outcomes(assigned, contacts=0.05)
        narrow = read(assigned, given).outcomes[2]
        wide = read(assigned, given.drop("contacts_before")).outcomes[2]
        assert narrow.narrowed > 0.5
        assert narrow.estimate.standard_error < 0.5 * wide.estimate.standard_error
        assert narrow.estimate.low < 0.05 < narrow.estimate.high

    def test_the_p_of_other_outcomes_is_corrected_for_their_number(self, assigned):
        _, *others = read(assigned, outcomes(assigned)).outcomes
        least = min(others, key=lambda each: each.estimate.p_value)
        assert least.p_corrected == pytest.approx(min(1.0, 2 * least.estimate.p_value))

    def test_a_new_accounts_contacts_are_the_lenders(self, assigned):
        lender = assigned["account_id"][0]
        new = pl.DataFrame(
            {"account_id": ["new"], "cancelled": 1, "converted": 0, "contacts": 500,
             "contacts_before": 0}
        ).cast(pl.Int64, strict=False).with_columns(account_id=pl.lit("new"))  # fmt: skip
        given = pl.concat([outcomes(assigned), new], how="vertical_relaxed")
        links = pl.DataFrame({"account_id": ["new"], "lender": [lender]})
        found = check_accounts(given, assigned, PLAN, links)
        plain = check_accounts(given, assigned, PLAN)
        assert found.height == assigned.height
        assert found["contacts"][0] - plain["contacts"][0] == 500
        assert found["cancelled"].equals(plain["cancelled"])


class TestCheckAccounts:
    def refusal(self, assigned, given, error=InputError):
        with pytest.raises(error) as caught:
            check_accounts(given, assigned, PLAN)
        return str(caught.value)

    def test_refuses_to_leave_anybody_out(self, assigned):
        told = self.refusal(assigned, outcomes(assigned)[5:])
        assert "5 of 3900 accounts of the pilot have no outcome" in told

    def test_refuses_an_account_told_twice(self, assigned):
        given = outcomes(assigned)
        assert "twice" in self.refusal(assigned, pl.concat([given, given[:1]]))

    def test_refuses_a_share_that_is_a_count(self, assigned):
        given = outcomes(assigned).with_columns(cancelled=pl.col("contacts"))
        assert "0 or 1 of each account" in self.refusal(assigned, given)

    def test_refuses_what_is_no_number(self, assigned):
        given = outcomes(assigned).with_columns(contacts=pl.lit("many"))
        assert "'many' in contacts" in self.refusal(assigned, given)

    def test_refuses_outcomes_without_one_that_the_plan_names(self, assigned):
        given = outcomes(assigned).drop("converted")
        assert "['converted']" in self.refusal(assigned, given, MissingColumnsError)


REGIONS = plan(unit="cluster", hold_out=0.5, strata=())


@pytest.fixture(scope="module")
def drawn():
    names = pl.DataFrame({"account_id": [f"r{n:02d}" for n in range(16)]})
    given = names.with_columns(unit=pl.col("account_id"), stratum=pl.lit("all"))
    return assign(Members.validate(given), REGIONS, KEY)


def counted(drawn: pl.DataFrame, effect: float, seed=1) -> pl.DataFrame:
    """Regions that differ all the time, in days that differ for everybody."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "cluster": region, "day": str(SINCE + timedelta(days=day)), "accounts": 1_000,
            "cancelled": rng.poisson(1 + n / 4 + (day >= 0) * (1 + effect * (arm == TREATED))),
            "converted": 0, "contacts": rng.poisson(5),
        }
        for n, (region, arm) in enumerate(drawn.select("unit", "arm").iter_rows())
        for day in range(-20, 20)
    ]  # fmt: skip
    return pl.DataFrame(rows).cast(pl.String)


class TestReadRegions:
    def test_finds_the_change_beside_what_changes_everywhere(self, drawn):
        given = check_regions(counted(drawn, 1.0), drawn, REGIONS)
        estimate = read_regions(given, REGIONS, SINCE).outcomes[0].estimate
        assert estimate.low < 20 / 1_000 < estimate.high
        assert estimate.low > 0

    def test_finds_nothing_where_nothing_is(self, drawn):
        given = check_regions(counted(drawn, 0.0), drawn, REGIONS)
        estimate = read_regions(given, REGIONS, SINCE).outcomes[0].estimate
        assert estimate.low < 0 < estimate.high

    def test_refuses_a_region_without_days_before(self, drawn):
        given = counted(drawn, 0.0).filter(
            (pl.col("cluster") != "r00") | (pl.col("day") >= str(SINCE))
        )
        with pytest.raises(InputError, match="1 regions have no days before 2026-03-01"):
            read_regions(check_regions(given, drawn, REGIONS), REGIONS, SINCE)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            (pl.col("day").str.replace("2026-", "26/"), "the day '26/"),
            (pl.lit("2026-03-01").alias("day"), "twice on one day"),
            (pl.lit("0").alias("accounts"), "no accounts"),
        ],
        ids=["day", "twice", "nobody"],
    )
    def test_refuses_days_that_are_none(self, drawn, change, problem):
        with pytest.raises(InputError, match=problem):
            check_regions(counted(drawn, 0.0).with_columns(change), drawn, REGIONS)

    def test_refuses_a_pilot_whose_region_is_missing(self, drawn):
        given = counted(drawn, 0.0).filter(pl.col("cluster") != "r03")
        with pytest.raises(InputError, match="1 regions of the pilot have no outcomes, r03"):
            check_regions(given, drawn, REGIONS)


def test_arms_are_those_that_decide_knows():
    assert (TREATED, HOLD_OUT) == ("treated", "hold-out")
