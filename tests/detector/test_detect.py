import random
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from detector.detect import STAGES, Detection, find_flagged, judge, judge_log, sketch
from detector.events.accounts import AccountRecords, Known
from detector.evidence.scorecard import load_scorecard, probability
from detector.networks.survey import survey
from detector.settings import Settings
from fixtures.sighted import sight
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, WorldSettings
from tests.detector.builders import sighting, sightings_of, stays
from tests.detector.builders import table as table_of

pytestmark = pytest.mark.slow

SETTINGS = Settings()
TABLES = [field.name for field in fields(Detection)]
CARD = load_scorecard()


@pytest.fixture(scope="module")
def sightings():
    """Some of each kind of account, as the reader sees them."""
    made = WorldSettings(accounts=150, seed=5, mess=CLEAN)
    world = build_world(made)
    days = (made.first_day, made.first_day + timedelta(days=made.days - 1))
    return sight(world.events, world.truth_accounts, world.truth_devices, days).sightings


@pytest.fixture(scope="module")
def surroundings(sightings):
    return survey([sightings], SETTINGS)


@pytest.fixture(scope="module")
def whole(sightings, surroundings):
    return judge(sightings, surroundings, SETTINGS, CARD)


def judged(sightings):
    return judge(sightings, survey([sightings], SETTINGS), SETTINGS, CARD)


def shards(sightings, count):
    shard = pl.col("account_id").hash(seed=1) % count
    return [part for _, part in sightings.group_by(shard)]


def differences(one, two):
    return [name for name in TABLES if not getattr(one, name).equals(getattr(two, name))]


def account(detection, name="ada"):
    return detection.accounts.filter(pl.col("account_id") == name).row(0, named=True)


def with_other_names(around):
    """The same surroundings with pools called otherwise, in another order."""
    held = [around.networks["pool"], around.scatter["pool"], *around.bonds]
    pools = pl.concat(held).drop_nulls().unique().sort(descending=True)
    other = pl.DataFrame({"pool": pools, "name": [f"{n:05}" for n in range(len(pools))]})

    def renamed(table, *columns):
        names = (pl.col(c).replace_strict(other["pool"], other["name"]) for c in columns)
        return table.with_columns(names)

    return replace(
        around,
        networks=renamed(around.networks, "pool"),
        scatter=renamed(around.scatter, "pool"),
        bonds=renamed(around.bonds, *around.bonds.columns),
    )


class TestJudge:
    def test_shards_are_judged_as_the_whole(self, sightings, surroundings, whole):
        parts = [judge(s, surroundings, SETTINGS, CARD) for s in shards(sightings, 4)]
        for name in TABLES:
            table = getattr(whole, name)
            together = pl.concat([getattr(part, name) for part in parts])
            key = [c for c in ("account_id", "household", "device_id", "day", "place", "factor",
                               "device_a", "device_b", "network")
                   if c in together.columns]  # fmt: skip
            assert together.sort(key).equals(table.sort(key)), name

    def test_what_a_pool_is_called_decides_nothing(self, sightings):
        blind = sightings.with_columns(pl.lit(None).cast(sightings.schema[c]).alias(c)
                                       for c in ("asn", "as_org"))  # fmt: skip
        around = survey([blind], SETTINGS)
        found, other = (
            judge(blind, each, SETTINGS, CARD) for each in (around, with_other_names(around))
        )
        assert around.networks["pool"].n_unique() > len(around.bonds) > 0
        assert differences(found, other) == []

    def test_an_account_alone_is_judged_as_among_others(self, sightings, surroundings, whole):
        """Tables of one row take other ways through Polars than those of many."""
        for name in whole.accounts["account_id"].head(20):
            own = pl.col("account_id") == name
            alone = judge(sightings.filter(own), surroundings, SETTINGS, CARD)
            for table in TABLES:
                assert getattr(alone, table).equals(getattr(whole, table).filter(own)), table

    def test_shuffled_rows_give_equal_tables(self, sightings, surroundings, whole):
        shuffled = sightings.sample(fraction=1, shuffle=True, seed=8)
        assert differences(judge(shuffled, surroundings, SETTINGS, CARD), whole) == []

    def test_twice_is_equal(self, sightings, surroundings, whole):
        assert differences(judge(sightings, surroundings, SETTINGS, CARD), whole) == []

    def test_nobody_to_judge(self, sightings, surroundings):
        found = judge(sightings.clear(), surroundings, SETTINGS, CARD)
        assert {getattr(found, name).height for name in TABLES} == {0}

    def test_relabelled_accounts_keep_all_they_were_told(self, sightings, whole):
        names = sightings["account_id"].unique().sort().to_list()
        numbers = random.Random(2).sample(range(9999), len(names))
        masks = {name: f"x{n:04}" for name, n in zip(names, numbers, strict=True)}
        mask = pl.col("account_id").replace_strict(masks, return_dtype=pl.String)
        found = judged(sightings.with_columns(mask)).accounts
        assert found.equals(whole.accounts.with_columns(mask).sort("account_id"))

    def test_relabelled_devices_keep_the_verdict(self, sightings, whole):
        masked = sightings.with_columns(pl.col("device_id").str.reverse())
        kept = ["account_id", "verdict", "flagged", "external_households"]
        assert judged(masked).accounts.select(kept).equals(whole.accounts.select(kept))


class TestStages:
    def test_are_told_to_whoever_watches_in_their_order(self, sightings, surroundings):
        begun, ended = [], []

        @contextmanager
        def watch(stage):
            begun.append(stage)
            yield
            ended.append(stage)

        judge(sightings.head(100), surroundings, SETTINGS, CARD, watch=watch)
        assert tuple(begun) == tuple(ended) == STAGES


class TestTables:
    def test_every_account_has_one_verdict(self, sightings, whole):
        names = sightings["account_id"].unique().sort()
        assert whole.accounts["account_id"].equals(names)

    def test_every_device_is_listed(self, sightings, whole):
        assert whole.devices.height == sightings.select("account_id", "device_id").n_unique()

    def test_the_evidence_sums_to_the_log_odds(self, whole):
        sums = whole.evidence.group_by("account_id", "household").agg(pl.col("bits").sum())
        joined = sums.join(whole.households, on=["account_id", "household"])
        assert joined.height == sums.height
        assert (joined["bits"] - joined["evidence_bits"]).abs().max() < 1e-9

    def test_probabilities_are_the_logistic_of_the_log_odds(self, whole):
        micro = (pl.col("evidence_bits") * 1e6).round()
        wrong = whole.accounts.filter((probability(micro) - pl.col("probability")).abs() > 1e-6)
        assert wrong.is_empty()

    def test_flagged_accounts_are_at_or_above_the_threshold_of_the_kind_of_log(
        self, whole, surroundings
    ):
        flagged = whole.accounts.filter("flagged")
        assert flagged.height > 5
        assert flagged["probability"].min() >= CARD.in_regime(surroundings.regime).threshold

    def test_who_only_asks_for_flags_is_told_the_same(self, sightings, surroundings, whole):
        life, card = sketch(sightings, surroundings, SETTINGS), CARD.in_regime(surroundings.regime)
        found = find_flagged(life, SETTINGS.verdicts, card, Known())
        assert found.sort().to_list() == whole.accounts.filter("flagged")["account_id"].to_list()
        assert len(found)

    def test_flagged_is_shared_or_resold(self, whole):
        accused = pl.col("verdict").cast(pl.String).is_in(["shared", "resold"])
        assert whole.accounts.filter(accused != pl.col("flagged")).is_empty()

    def test_external_devices_are_counted_as_listed(self, whole):
        listed = whole.devices.filter(pl.col("household") > 0).group_by("account_id").len()
        found = whole.accounts.join(listed, on="account_id", how="left")
        assert found.filter(pl.col("len").fill_null(0) != pl.col("external_devices")).is_empty()

    def test_external_households_are_those_that_devices_live_in(self, whole):
        lived = (
            whole.devices.filter(pl.col("household") > 0)
            .group_by("account_id")
            .agg(pl.col("household").n_unique())
        )
        found = whole.accounts.join(lived, on="account_id", how="left")
        wrong = pl.col("household").fill_null(0) != pl.col("external_households")
        assert found.filter(wrong).is_empty()

    def test_flagged_accounts_are_told_why(self, whole):
        assert (whole.accounts.filter("flagged")["reasons"].list.len() > 0).all()

    def test_no_sentence_holds_an_address_a_place_or_an_id(self, sightings, whole):
        words = " ".join(
            [
                *whole.accounts["summary"],
                *whole.accounts["reasons"].explode().drop_nulls(),
                *whole.evidence["text"].unique(),
            ]
        )
        for column in ("network", "city", "as_org", "device_id", "account_id"):
            hidden = sightings[column].drop_nulls().unique()
            assert not [name for name in hidden if name in words]

    def test_verdicts_agree_with_the_truth_more_often_than_not(self, whole):
        shares = whole.accounts["verdict"].cast(pl.String).value_counts(normalize=True)
        assert dict(shares.rows())["one_household"] > 0.5


HOME = stays("ada", ["tv-a", "phone-a"], "81.2.69.142", range(42))
BACKGROUND = [
    row for n in range(12) for row in stays(f"home-{n}", ["tv", "phone"], f"81.2.{n}.9", range(42))
]


def ada(*parts):
    return account(judged(sightings_of([row for p in (BACKGROUND, *parts) for row in p])))


class TestLives:
    def test_a_family_at_home_is_one_household(self):
        assert ada(HOME)["verdict"] == "one_household"

    def test_an_account_of_one_event_is_not_known(self):
        found = ada([sighting("ada", "phone", "81.2.69.142", events=1)])
        assert found["verdict"] == "insufficient_evidence"

    @pytest.mark.parametrize("network", ["cell:40.71,-74.01", "country:FR"])
    def test_of_one_event_without_address_too(self, network):
        found = ada([sighting("ada", "phone", network, events=1)])
        assert found["verdict"] == "insufficient_evidence"

    @pytest.mark.parametrize(
        "life",
        [
            pytest.param(
                stays("ada", ["tv-a", "phone-a"], "81.2.69.142", range(20))
                + stays("ada", ["tv-a", "phone-a"], "90.6.1.7", range(20, 42)),
                id="moved house",
            ),
            pytest.param(
                HOME + stays("ada", "phone-a", "90.6.1.7", range(10, 17), hours=[9]),
                id="holiday",
            ),
            pytest.param(HOME + stays("ada", "phone-guest", "81.2.69.142", [5]), id="guest"),
            pytest.param(
                HOME + stays("ada", "laptop", "90.6.1.7", [3, 4], hours=[9]), id="business trip"
            ),
        ],
    )
    def test_innocent_lives_are_not_flagged(self, life):
        assert not ada(life)["flagged"]

    def test_of_boxes_that_many_accounts_have_nobody_knows(self):
        rows = [
            row
            for n in range(30)
            for box in range(3)
            for row in stays(f"acc-{n}", f"tv-{box}", f"90.{box}.{n}.9", range(42))
        ]
        accounts = judged(sightings_of(rows)).accounts
        assert set(accounts["verdict"].cast(pl.String)) == {"insufficient_evidence"}
        assert accounts["summary"].str.contains("on too many accounts to be anybody's").all()

    def test_of_two_televisions_that_bear_one_id_nobody_knows(self):
        evening = {"playing": (38, 39, 40, 41)}
        found = ada(
            stays("ada", ["tv", "phone-a"], "81.2.69.142", range(42), **evening),
            stays("ada", ["tv", "phone-b"], "90.6.1.7", range(42), **evening),
        )
        assert found["verdict"] in ("insufficient_evidence", "shared")
        assert found["flagged"] or "two devices bear one id" in found["summary"]

    def test_a_television_with_a_new_id_each_evening_is_one(self):
        rows = [sighting("ada", f"tv-{day:02}", "81.2.69.142", day) for day in range(42)]
        found = ada(stays("ada", ["phone-a", "laptop-a"], "81.2.69.142", range(42)), rows)
        assert (found["verdict"], found["devices"]) == ("one_household", 44)
        assert found["probability"] < 0.5

    def test_a_device_on_ten_thousand_accounts_ties_nobody(self):
        crowd = [sighting(f"acc-{n:05}", "phone-0", f"9.9.{n % 250}.1") for n in range(10_000)]
        lone = stays("ada", "phone-0", "90.6.1.7", range(42))
        found = judged(sightings_of([*BACKGROUND, *HOME, *lone, *crowd]))
        mine = found.devices.filter(pl.col("account_id") == "ada").sort("device_id")
        assert mine.select("device_id", "household").rows() == [
            ("phone-0", None),
            ("phone-a", 0),
            ("tv-a", 0),
        ]
        assert found.accounts.height == 10_013


def evenings(account, device, ip, days=range(42), **fields):
    """Rows of a log under the contract's names."""
    return [
        {"ts": datetime(2026, 5, 1, 20) + timedelta(days=day), "account_id": account,
         "device_id": device, "ip": ip, "device_type": device.split("-")[0], **fields}
        for day in days
    ]  # fmt: skip


LOG = pl.DataFrame(
    [row for n in range(3) for device in ("tv", "phone")
     for row in evenings(f"home-{n}", device, f"81.2.{n}.9", event_type="playback_start")]
)  # fmt: skip


class TestJudgeLog:
    def test_rows_delivered_twice_count_once(self):
        twice = judge_log(pl.concat([LOG, LOG.head(50)]), SETTINGS, CARD)
        assert differences(twice.detection, judge_log(LOG, SETTINGS, CARD).detection) == []

    def test_refused_rows_are_told_by_their_number(self):
        bad = LOG.with_columns(
            ip=pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("10.0.0.1")).otherwise("ip")
        )
        rejects = judge_log(bad, SETTINGS, CARD).rejects
        assert rejects.select("file", "row", "reason").rows() == [("log", 7, "private_address")]

    def test_a_stray_date_moves_no_window(self):
        stray = LOG.head(1).with_columns(ts=pl.lit(datetime(2099, 1, 1)))
        found = judge_log(pl.concat([LOG, stray]), SETTINGS, CARD)
        assert found.rejects["reason"].to_list() == ["future_date"]
        assert set(found.detection.accounts["active_days"]) == {42}


class TestPartners:
    """Orbita's customers live behind 81.2.0.0/16, all others behind 92.40.0.0/16."""

    @staticmethod
    def judged(*own, partner="Orbita"):
        crowd = [
            row
            for n in range(30)
            for row in (*stays(f"o-{n}", "tv", f"81.2.{n}.1", range(9)),
                        *stays(f"z-{n}", "tv", f"92.40.{n}.1", range(9)))
        ]  # fmt: skip
        sold = [{"account_id": f"o-{n}", "partner": "Orbita"} for n in range(30)]
        records = table_of(AccountRecords, [*sold, {"account_id": "ada", "partner": partner}])
        seen = sightings_of([*crowd, *own])
        around = survey([seen], SETTINGS, records)
        return judge(seen, around, SETTINGS, CARD, Known(records=records))

    BUSY = (*stays("ada", ["tv-b", "phone-b"], "92.40.99.1"),)
    QUIET = (*stays("ada", ["tv-a", "phone-a"], "81.2.99.1", range(0, 28, 2)),)

    @pytest.mark.parametrize(
        ("partner", "home"), [("Orbita", "tv-a"), (None, "tv-b"), ("Shop", "tv-b")]
    )
    def test_home_is_behind_the_line_of_who_sold_the_account(self, partner, home):
        devices = self.judged(*self.BUSY, *self.QUIET, partner=partner).devices
        mine = devices.filter(pl.col("account_id") == "ada", pl.col("household") == 0)
        assert home in mine["device_id"].to_list()

    def test_a_customer_behind_anothers_line_is_one_household(self):
        found = account(self.judged(*self.BUSY))
        assert (found["verdict"], found["external_devices"]) == ("one_household", 0)

    def test_no_device_is_called_borrowed_where_home_is_not_known(self):
        found = self.judged(*self.BUSY, *self.QUIET)
        sure = found.accounts.filter(
            pl.col("flagged") & (pl.col("home_confidence") >= SETTINGS.verdicts.min_home_confidence)
        )
        named = found.devices.filter("borrowed")
        assert named.join(sure, on="account_id", how="anti").is_empty()

    @pytest.mark.parametrize(("bound", "named"), [(0.0, True), (1.0, False)])
    def test_from_when_on_is_a_setting(self, sightings, surroundings, bound, named):
        chosen = SETTINGS.model_copy(update={
            "verdicts": SETTINGS.verdicts.model_copy(update={"min_home_confidence": bound})
        })  # fmt: skip
        found = judge(sightings, surroundings, chosen, CARD)
        flagged = found.accounts.filter("flagged").select("account_id")
        elsewhere = found.devices.filter(pl.col("household") > 0).join(flagged, on="account_id")
        assert elsewhere["borrowed"].to_list() == [named] * elsewhere.height
        assert elsewhere.height > 0
