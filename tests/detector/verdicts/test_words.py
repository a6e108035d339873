import re

import polars as pl
import pytest

from detector.events.accounts import AccountRecords
from detector.evidence.observations import Observations
from detector.evidence.weigh import ALONE, PRIOR
from detector.settings import VerdictSettings
from detector.stories.say import say_all
from detector.verdicts.words import put_into_words
from tests.detector.verdicts.weights import weighed

SETTINGS = VerdictSettings()
REASONS = {"simultaneity": (3.0, 2.0), "persistence": (2.0, 28.0)}
TOGETHER = (
    "Both places play at the same time more often than chance would have it: 40 half-hours, where "
    "chance would give 9."
)
LASTED = "The account was used there on 28 days."
EXCUSES = {"profiles_back": (-2.0, 0.9)}
BACK = "The profiles used there make up 90 % of the use at home."
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
        "together": 40,
        "meetings": 360,
        "account_span": 40,
        "profile_back": 0.9,
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


def doubtful(**fields):
    open_ = {"verdict": "insufficient_evidence", "probability": 0.7, "household": 1, "group": 1,
             "own_days": 28, "active_days": 40}  # fmt: skip
    return verdict(**open_ | fields)


def decided(row):
    """As `decide_verdicts` gives it: beside the observations of the group that decides."""
    frame = pl.DataFrame([row], schema_overrides={**RECORDS, "own_days": pl.UInt32})
    unseen = {n: c.dtype for n, c in Observations.columns().items() if n not in frame.columns}
    return frame.with_columns(pl.lit(None, t).alias(n) for n, t in unseen.items())


def told(row, settings=SETTINGS, **terms):
    """With terms given as bits and value."""
    factors = {PRIOR: (-3.0, None), ALONE: (-5.0, None)} | terms
    terms = [(name, *term) for name, term in factors.items()]
    return put_into_words(decided(row), [weighed(*terms)], settings).row(0, named=True)


def summary(row, **terms):
    return told(row, **terms)["summary"]


class TestReasons:
    def test_strongest_first(self):
        assert told(lender(), **REASONS, **EXCUSES)["reasons"] == [TOGETHER, LASTED]

    def test_what_speaks_against_is_a_mitigation(self):
        assert told(lender(), **REASONS, **EXCUSES)["mitigations"] == [BACK]

    def test_codes_say_what_reasons_say(self):
        words = told(lender(), **REASONS, **EXCUSES)
        assert say_all(words["reason_codes"]) == words["reasons"]

    def test_codes_of_who_is_not_flagged_say_why_not_and_what_excuses(self):
        words = told(verdict(household=1, group=1, own_days=9), **REASONS, **EXCUSES)
        codes = [one["code"] for one in words["reason_codes"]]
        assert codes == ["below_threshold", "profiles_back"]

    def test_themes_tell_both_sides(self):
        themes = told(lender(), **REASONS, **EXCUSES)["themes"]
        assert [(one["theme"], one["bits"]) for one in themes] == [
            ("beside home", 3.0),
            ("people", -2.0),
            ("presence", 2.0),
        ]

    def test_order_of_rows_is_irrelevant(self):
        terms = {**REASONS, **EXCUSES}
        turned = dict(reversed(terms.items()))
        assert told(lender(), **terms) == told(lender(), **turned)


class TestExtraMembers:
    @pytest.mark.parametrize(
        ("count", "words"),
        [(1, "1 extra member is paid for."), (3, "3 extra members are paid for.")],
    )
    def test_what_is_paid_for_comes_first(self, count, words):
        assert told(lender(extra_members=count), **EXCUSES)["mitigations"][0] == words

    @pytest.mark.parametrize("count", [0, None])
    def test_nothing_paid_for_is_not_told(self, count):
        assert told(lender(extra_members=count))["mitigations"] == []

    def test_who_lives_alone_hears_nothing_of_it(self):
        assert told(verdict(extra_members=2))["mitigations"] == []

    def test_the_summary_of_households_that_are_paid_for(self):
        allowed = {"flagged": False, "verdict": "one_household", "pattern": "extra_members"}
        assert summary(lender(extra_members=1, **allowed)) == (
            "This account is used by 1 other household too, and 1 extra member is paid for."
        )


class TestSummary:
    @pytest.mark.parametrize(
        ("counts", "words"),
        [
            ({}, "This account is also used in 1 other household (99 % sure)."),
            (
                {"external_devices": 5, "external_households": 3},
                "This account is also used in 3 other households (99 % sure). Of the surest of "
                "them:",
            ),
        ],
    )
    def test_counts(self, counts, words):
        assert summary(lender(**counts), **REASONS).startswith(words)

    def test_names_the_strongest_reasons(self):
        assert summary(lender(), **REASONS).endswith(f"{TOGETHER} {LASTED}")

    def test_is_never_wholly_sure(self):
        assert "100 %" not in summary(lender(probability=1.0), **REASONS)

    def test_of_one_household(self):
        words = summary(verdict())
        assert words == "All devices of this account are used in one household."

    def test_of_explained_devices(self):
        row = verdict(household=1, group=1, own_days=9)
        assert summary(row, **EXCUSES) == f"This account is used by one household. {BACK}"

    def test_of_doubt(self):
        row = doubtful()
        words = summary(row, **REASONS)
        assert words.startswith("We found signs of use elsewhere, but not enough to act.")

    def test_of_doubt_about_one_home(self):
        words = summary(doubtful(group=0, household=0, own_days=None))
        assert "elsewhere" not in words
        assert "another household" not in words
        assert "used in one place" in words

    def test_of_doubt_that_nobody_can_end(self):
        assert "on the move only" in summary(doubtful(placeless=True))
        assert "one line" in summary(doubtful(two_protocols=3))

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

    @pytest.mark.parametrize(
        ("days", "profiles", "would"),
        [(12, None, "More days"), (40, None, "Whose profiles"), (40, 0.5, "Some weeks more")],
    )
    def test_doubt_says_what_would_tell(self, days, profiles, would):
        row = doubtful(active_days=days, profile_share=profiles)
        assert would in told(row)["summary"]

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(verdict(), id="one household"),
            pytest.param(verdict(household=1, group=1, own_days=9), id="explained"),
            pytest.param(doubtful(), id="doubt"),
            pytest.param(verdict(verdict="insufficient_evidence", active_days=1), id="thin"),
            pytest.param(lender(), id="shared"),
            pytest.param(lender(verdict="resold", external_households=9), id="resold"),
        ],
    )
    def test_is_whole_and_tells_nothing_twice(self, row):
        words = summary(row, **REASONS, **EXCUSES)
        sentences = re.split(r"(?<=[.:]) ", words)
        assert len(sentences) == len(set(sentences))
        assert re.fullmatch(r"[A-Z0-9].*\.", words)
        assert not re.search(r"null|None|nan|\{|\}|  |\.\.", words)


class TestHomeThatIsNotKnown:
    UNSURE = lender(home_confidence=0.7)

    def test_no_household_is_called_home(self):
        words = told(self.UNSURE, **REASONS, **EXCUSES)
        assert words["summary"].startswith(
            "This account is used by 2 households (99 % sure), of which any may be the owner's. "
        )
        said = [words["summary"], *words["reasons"], *words["mitigations"]]
        assert not [text for text in said if re.search(r"\bhome\b", text)]

    def test_from_when_on_is_a_setting(self):
        words = told(self.UNSURE, VerdictSettings(min_home_confidence=0.7), **EXCUSES)
        assert "used in 1 other household" in words["summary"]
        assert words["mitigations"] == [BACK]

    def test_nor_where_the_account_is_not_flagged(self):
        open_ = doubtful(home_confidence=0.6)
        assert told(open_, **EXCUSES)["mitigations"] == [
            "The profiles used there make up 90 % of the use at the other place."
        ]
