import re

import polars as pl
import pytest

from detector.events.accounts import AccountRecords
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.observations import Observations
from detector.evidence.weigh import ALONE, PRIOR
from detector.schemas import Evidence
from detector.settings import VerdictSettings
from detector.verdicts.words import put_into_words
from tests.detector.builders import table

SETTINGS = VerdictSettings()
REASONS = {"simultaneity": (3.0, "both places played at once in 40 half-hours"),
           "persistence": (2.0, "used on 28 days at a place of its own")}  # fmt: skip
EXCUSES = {"company": (-2.0, "a device of home was there on 90 % of its days")}
RECORDS = AccountRecords.create_empty().schema


def verdict(**fields):
    row = {
        "account_id": "ada",
        "verdict": "one_household",
        "flagged": False,
        "probability": 0.02,
        "threshold": 0.99,
        "home_confidence": 1.0,
        "signed_up": None,
        "group": 0,
        "evidence_bits": -5.6,
        "external_households": 0,
        "pattern": "one_home",
        "home_place": 0,
        "devices": 3,
        "external_devices": 0,
        "active_days": 28,
        "household": 0,
        "own_days": None,
        "common_devices": 0,
        "common_days": 0,
        "doubled_days": 0,
        "partner": None,
        "plan": None,
        "country_of_record": None,
        "extra_members": None,
    }
    return row | fields


def lender(**fields):
    sure = {"verdict": "shared", "flagged": True, "probability": 0.9999, "household": 1, "group": 1,
            "external_households": 1, "external_devices": 2, "own_days": 28}  # fmt: skip
    return verdict(**sure | fields)


def decided(row):
    """As `decide_verdicts` gives it: beside the observations of the group that decides."""
    frame = pl.DataFrame([row], schema_overrides={**RECORDS, "own_days": pl.UInt32})
    unseen = {n: c.dtype for n, c in Observations.columns().items() if n not in frame.columns}
    return frame.with_columns(pl.lit(None, t).alias(n) for n, t in unseen.items())


def told(row, settings=SETTINGS, **terms):
    factors = [(PRIOR, -3.0, "how often such a group is another household")]
    factors += [(ALONE, -5.0, "all devices that could be placed live together")]
    factors += [(name, bits, words) for name, (bits, words) in terms.items()]
    evidence = table(
        Evidence,
        [{"account_id": "ada", "household": row["household"], "factor": name, "theme": "presence",
          "bits": bits, "text": words, "value": None if words == "not known" else 1.0}
         for name, bits, words in factors],
    )  # fmt: skip
    return put_into_words(decided(row), evidence, settings).row(0, named=True)


def summary(row, **terms):
    return told(row, **terms)["summary"]


class TestReasons:
    def test_what_is_not_known_is_no_reason(self):
        words = told(lender(), separation=(2.0, "not known"), distance=(-2.0, "not known"))
        assert (words["reasons"], words["mitigations"]) == ([], [])

    def test_strongest_first(self):
        words = told(lender(), **REASONS, **EXCUSES)
        assert words["reasons"] == [REASONS["simultaneity"][1], REASONS["persistence"][1]]

    def test_what_speaks_against_is_a_mitigation(self):
        assert told(lender(), **REASONS, **EXCUSES)["mitigations"] == [EXCUSES["company"][1]]

    def test_the_prior_is_nobodys_fault(self):
        words = told(lender(), **REASONS)
        assert words["mitigations"] == []

    def test_what_hardly_weighs_is_not_told(self):
        assert told(lender(), rhythm=(0.01, "on weekends"))["reasons"] == []

    def test_no_more_than_a_listener_can_keep_in_mind(self):
        many = {factor.name: (2.0, factor.asks) for factor in FACTORS[:20]}
        assert len(told(lender(), **many)["reasons"]) <= 5

    def test_evidence_about_other_groups_is_not_told(self):
        row = lender(household=2)
        term = {"factor": "company", "theme": "beside home", "bits": 3.0, "text": "elsewhere"}
        evidence = table(Evidence, [{"account_id": "ada", "household": 1} | term])
        assert put_into_words(decided(row), evidence, SETTINGS)["reasons"].to_list() == [[]]


class TestExtraMembers:
    @pytest.mark.parametrize(
        ("count", "words"), [(1, "1 extra member is paid for"), (3, "3 extra members are paid for")]
    )
    def test_what_is_paid_for_comes_first(self, count, words):
        many = {factor.name: (-2.0, factor.asks) for factor in FACTORS[:20]}
        assert told(lender(extra_members=count), **many)["mitigations"][0] == words

    @pytest.mark.parametrize("count", [0, None])
    def test_nothing_paid_for_is_not_told(self, count):
        assert told(lender(extra_members=count))["mitigations"] == []

    def test_who_lives_alone_hears_nothing_of_it(self):
        assert told(verdict(extra_members=2))["mitigations"] == []

    def test_the_summary_of_households_that_are_paid_for(self):
        allowed = {"flagged": False, "verdict": "one_household", "pattern": "extra_members"}
        assert summary(lender(extra_members=1, **allowed)) == (
            "This account is used by 1 other household, and 1 extra member is paid for."
        )


class TestSummary:
    @pytest.mark.parametrize(
        ("counts", "words"),
        [
            ({"external_devices": 2}, "2 devices of this account live in 1 other household "),
            (
                {"external_devices": 5, "external_households": 3},
                "5 devices of this account live in 3 other households ",
            ),
        ],
    )
    def test_counts(self, counts, words):
        assert words in summary(lender(**counts), **REASONS)

    def test_names_the_strongest_reasons(self):
        assert REASONS["simultaneity"][1] in summary(lender(), **REASONS)

    def test_is_never_wholly_sure(self):
        assert "100 %" not in summary(lender(probability=1.0), **REASONS)

    def test_of_one_household(self):
        words = summary(verdict())
        assert words == "All devices of this account live in one household."

    def test_of_explained_devices(self):
        row = verdict(household=1, own_days=9)
        assert EXCUSES["company"][1] in summary(row, **EXCUSES)

    def test_of_doubt(self):
        row = verdict(verdict="insufficient_evidence", probability=0.7, household=1, own_days=9)
        words = summary(row, **REASONS)
        assert "signs of use elsewhere, but not enough to act" in words

    @pytest.mark.parametrize(
        ("seen", "said", "code"),
        [
            (
                {"common_devices": 3, "common_days": 9},
                "3 device ids of this account are on",
                "devices_of_many_accounts",
            ),
            (
                {"common_devices": 1, "common_days": 9},
                "1 device id of this account is on",
                "devices_of_many_accounts",
            ),
            ({"doubled_days": 9}, "at two places at once on 9 days", "one_id_at_two_places"),
        ],
    )
    def test_of_ids_that_name_no_device(self, seen, said, code):
        words = told(verdict(verdict="insufficient_evidence", **seen))
        assert said in words["summary"]
        assert words["reason_codes"][0]["code"] == code

    @pytest.mark.parametrize(("most", "said"), [(0.5, True), (0.8, False)])
    def test_doubts_are_told_from_the_probability_that_the_verdict_asks_for(self, most, said):
        row = verdict(verdict="insufficient_evidence", probability=0.7, household=1, own_days=9)
        words = told(row, VerdictSettings(max_single_probability=most))["summary"]
        assert ("signs of use elsewhere" in words) == said

    @pytest.mark.parametrize(
        ("days", "profiles", "would"),
        [(12, None, "more days"), (40, None, "whose profiles"), (40, 0.5, "some weeks more")],
    )
    def test_doubt_says_what_would_tell(self, days, profiles, would):
        row = verdict(
            verdict="insufficient_evidence",
            probability=0.7,
            household=1,
            own_days=9,
            active_days=days,
            profile_share=profiles,
        )
        assert would in told(row)["summary"]

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(verdict(), id="one household"),
            pytest.param(verdict(household=1, own_days=9), id="explained"),
            pytest.param(verdict(verdict="insufficient_evidence", active_days=1), id="thin"),
            pytest.param(lender(), id="shared"),
            pytest.param(lender(verdict="resold", external_households=9), id="resold"),
        ],
    )
    def test_is_one_sentence_without_a_hole(self, row):
        words = summary(row, **REASONS, **EXCUSES)
        assert re.fullmatch(r"[A-Z0-9].*\.", words)
        assert not re.search(r"null|None|nan|\{|\}|  |\.\.", words)


class TestHomeThatIsNotKnown:
    UNSURE = lender(home_confidence=0.7)

    def test_no_household_is_called_home(self):
        words = told(self.UNSURE, **REASONS, **EXCUSES)
        assert words["summary"].startswith(
            "This account is used by 2 households (99 % sure), of which any may be the owner's: "
        )
        said = [words["summary"], *words["reasons"], *words["mitigations"]]
        assert not [text for text in said if re.search(r"\bhome\b", text)]

    def test_whatever_a_factor_says(self):
        texts = {factor.name: (2.0, "home's television never came home") for factor in FACTORS[:4]}
        said = "; ".join(told(self.UNSURE, **texts)["reasons"])
        assert said
        assert not re.search(r"\bhome\b", said)

    def test_from_when_on_is_a_setting(self):
        words = told(self.UNSURE, VerdictSettings(min_home_confidence=0.7), **EXCUSES)
        assert "live in 1 other household" in words["summary"]
        assert words["mitigations"] == [EXCUSES["company"][1]]

    def test_who_is_not_flagged_is_spoken_to_as_ever(self):
        allowed = {"flagged": False, "verdict": "one_household", "home_confidence": 0.6}
        assert told(lender(**allowed), **EXCUSES)["mitigations"] == [EXCUSES["company"][1]]
