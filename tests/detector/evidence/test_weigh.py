import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.scorecard import MICRO, Card, Scorecard, Shape, load_scorecard
from detector.evidence.terms import measure_factors
from detector.evidence.weigh import ALONE, CEILINGS, HOME_LINE, NO_PLACE, PRIOR, weigh_evidence
from detector.kinds import Theme
from detector.settings import VerdictSettings
from detector.verdicts.decide import score_groups
from tests.detector.builders import visit, visits
from tests.detector.evidence.scenes import homes, observed

HOME = visits("ada", ["tv-home", "phone-home"], 0)
AWAY = visits("ada", "tv-away", 1)
ADA = pl.DataFrame({"account_id": ["ada"]})
NAMES = [factor.name for factor in FACTORS]
KNOWN = Card(
    prior_micro_bits=-3 * MICRO,
    shapes={
        "persistence": Shape(cuts=(10.0,), micro_bits=(0, 2 * MICRO)),
        "profiles": Shape(cuts=(0.5,), micro_bits=(3 * MICRO, -MICRO)),
    },
)
UNKNOWN = Card(prior_micro_bits=-2 * MICRO, shapes={"persistence": KNOWN.shapes["persistence"]})
CARDS = Scorecard(version="test", known=KNOWN, unknown=UNKNOWN, alone_micro_bits=-5 * MICRO)


def weighed(*parts):
    """The terms of one account under the packaged model."""
    return weigh_evidence(observed(*parts), homes(*parts), load_scorecard()).tell()


def bits(*parts, card=CARDS, accounts=ADA):
    found = weigh_evidence(observed(*parts), accounts, card).tell()
    told = dict(found.select("factor", "bits").rows())
    rules = {ceiling.name for ceiling in CEILINGS}
    return {factor: bits for factor, bits in told.items() if factor not in rules or bits}


class TestWeighEvidence:
    def test_without_profiles_the_card_for_such_logs_is_used(self):
        assert bits(HOME, AWAY) == {PRIOR: -2, "persistence": 2}

    def test_with_profiles_the_other_card_is(self):
        home = visits("ada", "tv-home", 0, profiles=[1])
        away = visits("ada", "tv-away", 1, profiles=[2])
        assert bits(home, away) == {PRIOR: -3, "persistence": 2, "profiles": 3}

    def test_one_household_is_told_so(self):
        assert bits(HOME) == {ALONE: -5}

    def test_an_account_that_lives_nowhere_gets_a_row_as_well(self):
        assert bits() == {ALONE: -5}

    def test_nobody_to_weigh(self):
        assert bits(accounts=ADA.clear()) == {}

    def test_what_is_not_known_is_worth_what_the_card_says(self):
        shape = Shape(cuts=(1.0,), micro_bits=(0, 1), unknown_micro_bits=-7 * MICRO)
        card = Card(prior_micro_bits=0, shapes={"distance": shape})
        unsure = CARDS.model_copy(update={"unknown": card})
        assert bits(HOME, AWAY, card=unsure)["distance"] == -7

    def test_an_account_in_one_piece_is_asked_about_its_home(self):
        shape = Shape(cuts=(2.0,), micro_bits=(0, MICRO))
        curious = CARDS.model_copy(update={"alone_shapes": {"home_devices": shape}})
        found = weigh_evidence(observed(HOME), homes(HOME), curious).tell()
        assert dict(found.select("factor", "bits").rows()) == {ALONE: -5, "home_devices": 1}

    def test_numbers_are_told_of_the_groups_asked_for(self):
        terms = weigh_evidence(observed(HOME, AWAY), ADA, CARDS)
        others = pl.DataFrame(
            {"account_id": ["bob", "ada"], "group": pl.Series([1, 1], dtype=pl.Int32)}
        )
        (found,) = (some for some in terms.of_groups(others) if len(some.rows))
        assert found.rows.tolist() == [1]
        told = dict(zip(found.names, (found.micro_bits[:, 0] / MICRO).tolist(), strict=True))
        assert told == dict(terms.tell().select("factor", "bits").rows())

    @pytest.mark.parametrize("life", [[HOME], [HOME, AWAY]], ids=["one household", "two"])
    def test_every_term_is_in_words(self, life):
        assert (weighed(*life)["text"].str.len_chars() > 0).all()

    @pytest.mark.parametrize("life", [[HOME], [HOME, AWAY]], ids=["one household", "two"])
    def test_every_term_has_its_witness(self, life):
        themes = {term.name: term.theme for term in (*CEILINGS, *FACTORS, *HOME_FACTORS)}
        told = dict(weighed(*life).select("factor", "theme").rows())
        assert {name: themes.get(name, Theme.ACCOUNT) for name in told} == told

    def test_the_packaged_model_asks_homes_only_what_can_be_answered(self):
        assert set(load_scorecard().alone_shapes) <= {factor.name for factor in HOME_FACTORS}


class TestNoPlaceOfItsOwn:
    """Teenagers on mobile data look like people who never come: nobody can know."""

    SURE = CARDS.model_copy(update={"unknown": Card(prior_micro_bits=9 * MICRO, shapes={})})

    def test_takes_away_what_would_make_it_probable(self):
        kids = visits("ada", ["phone-kid", "tablet-kid"], -1, days=range(28))
        assert bits(HOME, kids, card=self.SURE) == {PRIOR: 9, NO_PLACE.name: -10}

    def test_takes_nothing_from_what_is_improbable_anyway(self):
        kids = visits("ada", ["phone-kid", "tablet-kid"], -1, days=range(28))
        assert bits(HOME, kids) == {PRIOR: -2, "persistence": 0}

    def test_a_place_of_its_own_is_one_however_much_it_is_on_the_move(self):
        away = visits("ada", "phone-away", 1, days=range(10))
        out = visits("ada", "phone-away", -1, days=range(28))
        assert bits(HOME, away, out, card=self.SURE) == {PRIOR: 9}

    def test_a_day_or_two_in_a_cafe_are_no_place(self):
        cafe = visits("ada", "phone-kid", 1, days=range(2))
        out = visits("ada", "phone-kid", -1, days=range(28))
        assert NO_PLACE.name in bits(HOME, cafe, out, card=self.SURE)

    def test_of_a_short_log_a_short_stay_is_all_that_can_be_seen(self):
        away = visits("ada", "phone-away", 1, days=range(2))
        assert bits(HOME, away, card=self.SURE) == {PRIOR: 9}


class TestMayBeHomeLine:
    """A television on IPv4 and telephones on IPv6 look like two homes: never a flag."""

    SURE = CARDS.model_copy(update={"unknown": Card(prior_micro_bits=9 * MICRO, shapes={})})

    @pytest.mark.parametrize(("grade", "taken"), [(0, 0), (1, 0), (2, -7), (3, -7)])
    def test_what_most_speaks_for_is_left_in_doubt(self, grade, taken):
        seen = observed(HOME, AWAY).with_columns(two_protocols=pl.lit(grade, pl.Int64))
        told = weigh_evidence(seen, ADA, self.SURE).tell()
        assert dict(told.select("factor", "bits").rows())[HOME_LINE.name] == taken


class TestMeasureFactors:
    def test_one_column_per_factor(self):
        found = measure_factors(observed(HOME, AWAY), FACTORS)
        assert found.columns == ["account_id", "group", *NAMES]


LIVES = st.lists(
    st.builds(
        visit,
        st.just("ada"),
        st.sampled_from(["tv-home", "phone-home", "tv-away", "phone-away"]),
        st.integers(-1, 2),
        st.integers(0, 9),
        playing=st.lists(st.integers(0, 47), max_size=3),
        profiles=st.lists(st.integers(0, 63), max_size=2),
    ),
    min_size=1,
    max_size=30,
)


class TestAdditivity:
    @settings(deadline=None, max_examples=20)
    @given(LIVES)
    def test_terms_sum_to_the_log_odds_and_these_to_the_probability(self, rows):
        observations = observed(rows)
        weights = weigh_evidence(observations, homes(rows), load_scorecard())
        terms, scores = (
            weights.tell(),
            score_groups(weights.sums(), observations, VerdictSettings()),
        )
        for score in scores.iter_rows(named=True):
            own = terms.filter(pl.col("household") == score["group"])["bits"]
            assert math.fsum(own) == pytest.approx(score["micro_bits"] / MICRO, abs=1e-9)
            logistic = 1 / (1 + 2 ** -math.fsum(own))
            assert score["probability"] == pytest.approx(logistic, abs=1e-6)

    @settings(deadline=None, max_examples=20)
    @given(LIVES, st.randoms())
    def test_the_order_of_observations_is_irrelevant(self, rows, random):
        rows = list({(r["device_id"], r["day"], r["place"]): r for r in rows}.values())
        assert weighed(rows).equals(weighed(random.sample(rows, len(rows))))
