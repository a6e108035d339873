"""What is proposed really clears, on a small world judged as a run judges it."""

from datetime import timedelta

import polars as pl
import pytest

from detector.clearing import retrials as trials
from detector.clearing.clear import clear_accounts
from detector.clearing.removals import MOST, REAL_USE_DAYS, TRIED, Removal, Thing
from detector.clearing.retrials import Court, Flagged, Law
from detector.clearing.words import HELD, NOTHING_CLEARS
from detector.detect import decide, judge, sketch_visits
from detector.events.accounts import AccountRecords, Known
from detector.evidence.scorecard import load_scorecard
from detector.networks.survey import survey
from detector.settings import Settings, VerdictSettings
from fixtures.sighted import sight
from pipelines.worlds.build import build_world
from pipelines.worlds.settings import CLEAN, WorldSettings
from tests.detector.builders import sightings_of, stays, table

pytestmark = pytest.mark.slow

# A threshold of its own: what is tried here does not hang on how sure the packaged one is.
SETTINGS = Settings(verdicts=VerdictSettings(threshold=0.9))
CARD = load_scorecard()
DEVICES, PLACES = "cleared_by_devices", "cleared_by_places"


@pytest.fixture(scope="module")
def sightings():
    made = WorldSettings(accounts=300, seed=31, mess=CLEAN, sharing_prior=0.4)
    world = build_world(made)
    days = (made.first_day, made.first_day + timedelta(days=made.days - 1))
    return sight(world.events, world.truth_accounts, world.truth_devices, days).sightings


@pytest.fixture(scope="module")
def law(sightings):
    return Law(survey([sightings], SETTINGS), SETTINGS, CARD)


@pytest.fixture(scope="module")
def detection(sightings, law):
    return judge(sightings, law.surroundings, SETTINGS, CARD)


@pytest.fixture(scope="module")
def flagged(sightings, detection):
    return pick(sightings, detection)


@pytest.fixture(scope="module")
def cleared(flagged, law):
    return clear_accounts(flagged, law)


def pick(sightings, detection):
    return Flagged.among({**vars(detection), "sightings": sightings})


def lender(account="bob", guests=("tv-guest",), days=range(28)):
    """A home, and guests on a line of their own that never come by."""
    home = stays(account, ["tv-home", "phone-home"], "10.0.0.1", playing=range(38, 44))
    return home + stays(account, guests, "10.0.9.1", days, playing=range(38, 44))


def judge_alone(rows, settings=SETTINGS, known=None):
    sightings = sightings_of(rows)
    law = Law(survey([sightings], settings), settings, CARD)
    return sightings, law, judge(sightings, law.surroundings, settings, CARD, known)


def probability_of(rows):
    return judge_alone(rows)[2].accounts["probability"].max()


def clear_alone(rows, threshold, before=None):
    verdicts = VerdictSettings(
        threshold=threshold, release_margin_bits=100, min_external_probability=0.1
    )
    settings = SETTINGS.model_copy(update={"verdicts": verdicts})
    known = None if before is None else Known(flagged_before=before)
    sightings, law, found = judge_alone(rows, settings, known)
    return clear_accounts(pick(sightings, found), law)


def without(sightings, cleared, place_networks):
    """The log as it would be had everybody done without what would clear them."""
    devices = cleared.select("account_id", device_id=DEVICES).explode("device_id")
    places = cleared.select("account_id", place=PLACES).explode("place")
    networks = place_networks.join(places, on=["account_id", "place"])
    return sightings.join(devices, on=["account_id", "device_id"], how="anti").join(
        networks, on=["account_id", "network"], how="anti"
    )


class TestWhatIsProposed:
    def test_clears_when_the_whole_log_is_judged_again(self, sightings, detection, cleared):
        left = without(sightings, cleared, detection.place_networks)
        again = judge(left, survey([left], SETTINGS), SETTINGS, CARD).accounts
        proposed = cleared.filter(pl.col("clearing") != NOTHING_CLEARS)
        still = again.filter("flagged").join(proposed, on="account_id", how="semi")
        assert proposed.height > 20
        assert still.is_empty()

    def test_no_single_device_does_where_a_larger_set_is_named(self, flagged, law, cleared):
        size = pl.col(DEVICES).list.len() + pl.col(PLACES).list.len()
        larger = cleared.filter((size > 1) | (size == 0))["account_id"]
        external = (
            flagged.devices.filter(pl.col("household") > 0)
            .filter(pl.len().over("account_id") <= TRIED)
            .filter(pl.col("account_id").is_in(larger.implode()))
            .filter(pl.col("active_days") >= REAL_USE_DAYS)
        )
        singles = [
            Removal(account, "devices", (Thing(device, 1, 1, 1, "tv"),))
            for account, device in external.select("account_id", "device_id").iter_rows()
        ]
        assert len(singles) > 2
        court = Court(flagged, law)
        quick = list(court.clearing(singles, sure=False))
        assert list(court.clearing(quick, sure=True)) == []

    def test_is_never_of_home(self, detection, cleared):
        devices = cleared.select("account_id", device_id=DEVICES).explode("device_id")
        places = cleared.select("account_id", place=PLACES).explode("place")
        homely = [
            detection.devices.join(devices, on=["account_id", "device_id"]),
            detection.places.join(places, on=["account_id", "place"]),
        ]
        assert all((table["household"] > 0).all() for table in homely)

    def test_is_devices_or_places_and_few(self, cleared):
        sizes = cleared.select(pl.col(DEVICES, PLACES).list.len())
        assert sizes.filter((pl.col(DEVICES) > 0) & (pl.col(PLACES) > 0)).is_empty()
        assert sizes.max_horizontal().max() <= MOST

    def test_is_said(self, cleared):
        proposed = (pl.col(DEVICES).list.len() + pl.col(PLACES).list.len()) > 0
        said = pl.col("clearing").str.ends_with("it would fall just below the threshold.")
        assert cleared.filter(proposed != said).is_empty()


class TestAnswers:
    def test_nothing_else_of_the_verdict_changes(self, flagged, cleared):
        told = [DEVICES, PLACES, "clearing"]
        assert cleared.drop(told).equals(flagged.accounts.drop(told).sort("account_id"))

    def test_shards_and_portions_do_not_matter(
        self, sightings, detection, law, flagged, cleared, monkeypatch
    ):
        monkeypatch.setattr(trials, "AT_ONCE", 5_000)
        shards = [part for _, part in sightings.group_by(pl.col("account_id").hash(seed=1) % 3)]
        found = [judge(part, law.surroundings, SETTINGS, CARD) for part in shards]
        parts = [pick(*pair) for pair in zip(shards, found, strict=True)]
        assert pl.concat([clear_accounts(p, law) for p in parts]).sort("account_id").equals(cleared)
        assert clear_accounts(Flagged.together(parts), law).equals(cleared)

    def test_names_of_accounts_do_not_matter(self, sightings, cleared):
        mask = pl.col("account_id").str.reverse()
        masked = sightings.with_columns(mask)
        law = Law(survey([masked], SETTINGS), SETTINGS, CARD)
        found = clear_accounts(pick(masked, judge(masked, law.surroundings, SETTINGS, CARD)), law)
        assert found.with_columns(mask).sort("account_id").equals(cleared)

    def test_names_of_devices_do_not_matter(self, sightings, cleared):
        masked = sightings.with_columns(pl.col("device_id").str.reverse())
        law = Law(survey([masked], SETTINGS), SETTINGS, CARD)
        found = clear_accounts(pick(masked, judge(masked, law.surroundings, SETTINGS, CARD)), law)
        back = pl.col(DEVICES).list.eval(pl.element().str.reverse()).list.sort()
        told = ["account_id", "evidence_bits", DEVICES, PLACES, "clearing"]
        one, other = cleared.select(told), found.with_columns(back).select(told)
        # Between equals in all, names decide who is with whom, and which of two is proposed.
        assert one.join(other, on=told, how="anti", nulls_equal=True).height <= 0.05 * one.height


class TestClearAccounts:
    def test_a_guest(self):
        answer = clear_alone(lender(), probability_of(lender())).row(0, named=True)
        assert (answer[DEVICES], answer[PLACES]) == (["tv-guest"], [])
        assert answer["clearing"] == (
            "Without the television of household 1 it would fall just below the threshold."
        )

    def test_nobody_is_flagged(self):
        rows = stays("ada", ["tv-home", "phone-home"], "10.0.0.1")
        assert clear_alone(rows, 0.5).is_empty()

    def test_a_business_with_too_many_customers(self):
        rows = lender()
        for number in range(2, 2 * MOST):
            rows += stays("bob", f"tv-{number}", f"10.0.{number}.1", playing=range(38, 44))
        assert clear_alone(rows, 0.5)["clearing"].to_list() == [NOTHING_CLEARS]

    def test_an_account_that_is_held_is_told_so(self):
        above = probability_of(lender()) + 0.001
        answer = clear_alone(lender(), above, before=pl.Series(["bob"]))
        assert answer["clearing"].to_list() == [HELD]
        assert answer[DEVICES].to_list() == [[]]

    def test_so_is_one_of_which_the_surest_household_is_paid_for(self):
        """The household that decides is held; that another one is sure does not count."""
        rows = lender() + stays(
            "bob", ["tv-b", "phone-b"], "10.0.8.1", range(8, 20), playing=range(38, 44)
        )
        chances = judge_alone(rows)[2].households.filter(pl.col("household") > 0)["probability"]
        records = table(AccountRecords, [{"account_id": "bob", "extra_members": 1}])
        known = Known(pl.Series(["bob"]), records)
        verdicts = {"threshold": chances.min() + 0.001, "release_margin_bits": 100}
        settings = Settings(verdicts=VerdictSettings(**verdicts, min_external_probability=0.1))
        sightings, law, found = judge_alone(rows, settings, known)
        assert chances.min() < settings.verdicts.threshold < chances.max()
        assert found.accounts["flagged"].to_list() == [True]
        answer = clear_accounts(pick(sightings, found), law)
        assert answer["clearing"].to_list() == [HELD]

    def test_a_copy_is_judged_as_its_account(self, flagged, law, detection):
        """With nothing thought away, a copy falls to the verdict of its account."""
        copies = trials.Copies(
            [Removal(name, "devices", ()) for name in flagged.accounts["account_id"]]
        )
        visits = copies.left_of(flagged.visits)
        devices = copies.left_of(flagged.devices.drop("household"))
        life = sketch_visits(visits, copies.left_of(flagged.places), devices, SETTINGS)
        verdicts = decide(life, SETTINGS.verdicts, law.weights).verdicts
        assert verdicts["evidence_bits"].equals(flagged.accounts["evidence_bits"])
