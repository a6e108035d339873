"""What is counted is so, on small worlds of which every answer is known."""

import json

import polars as pl
import pytest
from jsonschema import Draft202012Validator

from detector.errors import NothingToDoError
from detector.evidence.scorecard import load_scorecard
from detector.networks.survey import survey
from detector.schemas import Sightings
from detector.selftest.beside import try_beside
from detector.selftest.changes import count_broken
from detector.selftest.figures import SelfTest, selftest_schema
from detector.selftest.outcomes import THRESHOLDS, Judge, ProofOutcomes
from detector.selftest.prove import Drawn, prove
from detector.settings import Settings, VerdictSettings
from tests.detector.builders import day_of, sightings_of, stays, table

pytestmark = pytest.mark.slow

WINDOW = (day_of(0), day_of(27))
SETTINGS = Settings(verdicts=VerdictSettings(threshold=0.9))
PLAYS = range(38, 44)


def home(name, number, profiles=0, **fields):
    """A family with a line of its own, at home every evening."""
    devices = [f"{kind}-{name}" for kind in ("tv", "phone", "tablet")]
    line = f"10.{number}.0.1"
    return stays(name, devices, line, range(28), playing=PLAYS, profiles=profiles, **fields)


def homes(count=24, **fields):
    return [row for n in range(count) for row in home(f"home-{n:02}", n, **fields)]


def judge_for(sightings, settings=SETTINGS):
    return Judge(survey([sightings], settings), settings, load_scorecard())


def proven(rows, settings=SETTINGS):
    sightings = sightings_of(rows).sort(Sightings.primary_key())
    accounts = sightings["account_id"].n_unique()
    drawn = Drawn(Sightings.cast(sightings), WINDOW, accounts, accounts)
    return prove(drawn, judge_for(sightings, settings))


@pytest.fixture(scope="module")
def found():
    return proven(homes(profiles=1))


class TestProve:
    def test_strangers_with_profiles_of_their_own_are_found(self, found):
        [of_no_country] = [p for p in found.trials[0].pairs if p.flagged.of]
        assert of_no_country.stratum == "unknown_country"
        assert (of_no_country.found.hits, of_no_country.exact.hits) == (12, 12)
        assert of_no_country.flagged.hits == 12

    def test_less_is_known_without_profiles(self, found):
        own, none = found.trials
        assert (own.profiles, none.profiles) == ("own", "none")
        level = {one.threshold: one.flagged.hits for one in none.main_pairs.flagged_from}
        assert level[0.95] <= own.main_pairs.flagged_from[-1].flagged.hits

    def test_a_log_without_profiles_is_tried_once(self):
        assert [tried.profiles for tried in proven(homes()).trials] == ["none"]

    def test_a_higher_threshold_never_finds_more(self, found):
        for tried in found.trials:
            hits = [one.flagged.hits for one in tried.main_pairs.flagged_from]
            assert hits == sorted(hits, reverse=True)
            assert len(hits) == len(THRESHOLDS)

    def test_nothing_that_must_not_happen_happens_to_plain_families(self, found):
        for tried in found.trials:
            assert [one.broken.hits for one in tried.changes] == [0, 0, 0, 0]
            assert all(one.broken.of >= 24 for one in tried.changes)
            assert [(one.spans, one.flagged.hits, one.flagged.of) for one in tried.beside] == [
                (spans, 0, 24) for spans in ("days", "weeks", "halves")
            ]

    def test_countries_are_told_apart(self):
        rows = [
            *(row for n in range(12) for row in home(f"fr-{n:02}", n, country="FR")),
            *(row for n in range(12, 24) for row in home(f"de-{n:02}", n, country="DE")),
        ]
        pairs = {p.stratum: p.flagged.of for p in proven(rows).trials[0].pairs}
        assert pairs == {"same_country": 12, "other_country": 12, "unknown_country": 0}

    def test_the_order_of_rows_does_not_matter(self, found):
        assert proven(homes(profiles=1)[::-1]) == found

    def test_who_shares_already_is_not_paired(self):
        guests = stays("home-00", ["tv-guest", "phone-guest"], "10.99.0.1", playing=PLAYS)
        assert proven(homes() + guests).usable == 23

    def test_too_few_accounts_say_what_is_missing(self):
        with pytest.raises(NothingToDoError, match=r"needs 20 accounts .* 19 look like one"):
            proven(homes(19))

    def test_accounts_with_one_device_are_not_paired_with_each_other(self):
        rows = [
            row | {"device_id": f"{row['device_type']}-{n % 2}"}
            for n in range(24)
            for row in home(f"home-{n:02}", n)
        ]
        settings = SETTINGS.model_copy(
            update={
                "households": SETTINGS.households.model_copy(update={"max_accounts_per_device": 24})
            }
        )
        found = proven(rows, settings)
        assert found.trials[0].main_pairs.flagged.of == 12


class Whimsical:
    """Judges by what must not matter."""

    settings = SETTINGS

    def __init__(self, flags):
        self.flags = flags

    def hear(self, sightings):
        flagged = self.flags.alias("flagged")
        rows = sightings.group_by("account_id").agg(flagged).sort("account_id")
        verdict = pl.when("flagged").then(pl.lit("shared")).otherwise(pl.lit("one_household"))
        return table(
            ProofOutcomes,
            rows.with_columns(
                verdict=verdict,
                probability=0.5,
                threshold=0.9,
                pattern=pl.lit("one_home"),
                external_households=pl.col("flagged").cast(pl.UInt32),
                micro_bits=0,
                flagged_from=pl.concat_list(*["flagged"] * len(THRESHOLDS)),
            ).to_dicts(),
        )


class TestCountBroken:
    @pytest.mark.parametrize(
        ("flags", "broken"),
        [
            (pl.col("device_id").max() == pl.lit("tv"), {"relabelled"}),
            (pl.col("day").max() > day_of(27), {"shifted_by_weeks", "shifted_by_days"}),
            (pl.col("day").n_unique() < 20, {"thinned"}),
            (pl.lit(value=False), set()),
        ],
        ids=["by the name of a device", "by the date", "by gaps", "by nothing"],
    )
    def test_a_judge_who_goes_by_it_is_found_out(self, flags, broken):
        groups = [sightings_of(stays("ada", ["phone", "tv"], "10.0.0.1"))]
        found = count_broken(groups, Whimsical(flags))
        moved = {one.change for one in found if one.broken.hits}
        assert broken <= moved
        assert moved <= broken | ({"relabelled"} if "relabelled" in broken else set())

    def test_accounts_of_one_id_in_two_groups_are_two(self):
        group = sightings_of(stays("ada", ["tv"], "10.0.0.1"))
        found = count_broken([group, group], Whimsical(pl.lit(value=False)))
        assert {one.broken.of for one in found} == {2}


class TestTryBeside:
    def test_a_judge_who_takes_two_sets_of_devices_for_two_homes_is_found_out(self):
        ada = sightings_of(stays("ada", ["tv"], "10.0.0.1"))
        found = try_beside(ada, WINDOW, Whimsical(pl.col("device_id").n_unique() > 1))
        assert [(one.flagged.hits, one.found.hits) for one in found] == [(1, 1)] * 3

    def test_a_line_that_is_another_each_week_is_left_out_of_weeks(self):
        rows = [
            r
            for n in range(4)
            for r in stays("ada", ["tv"], f"10.0.0.{n}", range(7 * n, 7 * n + 7))
        ]
        found = try_beside(sightings_of(rows), WINDOW, Whimsical(pl.lit(value=True)))
        assert {one.spans: one.left_out for one in found} == {"days": 0, "weeks": 1, "halves": 1}

    def test_a_window_of_a_week_has_no_weeks_to_compare(self):
        ada = sightings_of(stays("ada", ["tv"], "10.0.0.1", range(7)))
        found = try_beside(ada, (day_of(0), day_of(6)), Whimsical(pl.lit(value=False)))
        assert [one.spans for one in found] == ["days"]


class TestDocument:
    def test_is_read_back(self, found):
        assert SelfTest.from_json(found.to_json()) == found

    def test_keeps_to_its_schema(self, found):
        told = Draft202012Validator(selftest_schema())
        told.validate(json.loads(found.to_json()))
        assert list(told.iter_errors({}))
