from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detect import decide, sketch
from detector.evidence.scorecard import MICRO, HomeCard, load_scorecard
from detector.measuring.homes import judge_homes
from detector.networks.survey import survey
from detector.settings import Settings
from detector.verdicts.home import MOST, trust_home, weigh_home
from detector.verdicts.sides import WITNESSES, Sides
from detector.verdicts.tables import number_households, place_devices
from fixtures.sighted import sight
from fixtures.town.build import build_town
from fixtures.town.settings import TownSettings
from tests.detector.builders import visits
from tests.detector.evidence.scenes import observed

DAY = date(2026, 5, 4)
SHIPPED = load_scorecard().home or HomeCard(prior_micro_bits=0, most_micro_bits=0, shapes={})
PLAIN = observed(visits("ada", "tv-home", 0), visits("ada", "tv-away", 1)).row(0, named=True)
SIDE = {
    **PLAIN,
    "external_households": 1,
    "other_countries": ["FR"],
    "others_first": DAY,
    "country_of_record": None,
    "signed_up": None,
}
SEEN = {"more_days": {"cuts": [1.0], "micro_bits": [0, 9 * MICRO]}}
TOLD = HomeCard.model_validate(
    {"prior_micro_bits": 0, "most_micro_bits": MICRO, "shapes": SEEN, "on_record":
        {"prior_micro_bits": 3 * MICRO, "most_micro_bits": 4 * MICRO, "shapes": SEEN}}
)  # fmt: skip
"""What is seen ends at one bit, with a record that tells at four."""
RECORD_TELLS = (
    {"country_of_record": "ES", "h_country": "ES"},
    {"signed_up": DAY, "h_first": DAY, "others_first": DAY + timedelta(days=9)},
    {"h_partner_micro_bits": 2 * MICRO, "partner_micro_bits": -MICRO},
)
counts = st.integers(0, 60)
lives = st.fixed_dictionaries(
    {name: counts for name in ("h_days", "own_days", "h_use", "own_use")}
    | {name: st.integers(1, 9) for name in ("devices", "h_devices")}
    | {name: st.integers(1, 6) for name in ("profiles", "h_profiles", "external_households")}
    | {name: counts for name in ("silent_days", "h_silent_days", "home_days", "company_days")}
)
BETTER = ("h_days", "h_use", "h_devices", "h_profiles", "silent_days")
WORSE = ("own_days", "own_use", "external_households", "h_silent_days", "company_days")


def sides(*facts):
    rows = [SIDE | {"account_id": f"a-{n:03}"} | each for n, each in enumerate(facts)]
    return Sides.cast(pl.DataFrame(rows, {n: c.dtype for n, c in Sides.columns().items()}))


def trust(*facts, card=SHIPPED):
    return trust_home(sides(*facts), card)["home_confidence"].to_list()


class TestTrustHome:
    @settings(max_examples=30)
    @given(st.lists(lives, min_size=1, max_size=20))
    def test_what_is_only_seen_never_tells_more_than_was_ever_seen(self, drawn):
        most = 1 / (1 + 2 ** (-SHIPPED.most_micro_bits / MICRO))
        assert all(0 < each <= most + 1e-6 for each in trust(*drawn))

    @settings(max_examples=50)
    @given(lives, st.sampled_from(BETTER), st.integers(1, 30))
    def test_more_life_at_home_never_lowers_it(self, life, name, more):
        life = SIDE | life
        before, after = trust(life, life | {name: life[name] + more})
        assert after >= before

    @settings(max_examples=50)
    @given(lives, st.sampled_from(WORSE), st.integers(1, 30))
    def test_more_life_elsewhere_never_raises_it(self, life, name, more):
        life = SIDE | life
        before, after = trust(life, life | {name: life[name] + more})
        assert after <= before

    @settings(max_examples=30)
    @given(st.lists(lives, min_size=2, max_size=20), st.randoms())
    def test_the_order_and_the_other_accounts_are_irrelevant(self, drawn, random):
        shuffled = random.sample(range(len(drawn)), len(drawn))
        alone = [trust(drawn[n])[0] for n in shuffled]
        assert trust(*(drawn[n] for n in shuffled)) == alone
        assert sorted(trust(*drawn)) == sorted(alone)

    def test_of_nobody(self):
        assert trust() == []

    def test_a_model_that_cannot_tell_does_not(self):
        assert trust({"country_of_record": "ES", "h_country": "ES"}, card=None) == [0.5]

    def test_no_record_and_one_that_fits_neither_side_tell_the_same(self):
        plain, *others = trust(
            {},
            {"country_of_record": "ES"},
            {"country_of_record": "PL", "h_country": "ES"},
            {"signed_up": date(2019, 1, 1)},
            {"country_of_record": "FR", "h_country": "FR"},
            {"h_partner_micro_bits": 2 * MICRO, "partner_micro_bits": None},
        )
        assert others == [plain] * 5

    @pytest.mark.parametrize("record", RECORD_TELLS)
    def test_a_record_speaks_for_the_side_that_it_fits(self, record):
        plain, home = trust({}, record, card=TOLD)
        assert home > plain

    @pytest.mark.parametrize("record", RECORD_TELLS)
    def test_what_is_seen_and_what_is_on_record_end_where_either_was_ever_right(self, record):
        life = {"h_days": 28, "own_days": 1, "h_use": 900, "own_use": 2, "h_devices": 9}
        assert trust(life, life | record, card=TOLD) == [0.666667, 0.941176]

    def test_lines_that_are_as_much_a_customers_as_the_others_tell_nothing(self):
        """Neighbours behind one operator's lines."""
        both = {"h_partner_micro_bits": 2 * MICRO, "partner_micro_bits": 2 * MICRO}
        assert len({*trust({}, both, card=TOLD)}) == 1


class TestWeighHome:
    def test_every_bit_has_a_name_and_words(self):
        sheet = weigh_home(sides({}, {"h_days": 3, "profiles": None}), SHIPPED)
        assert {*sheet.names} == {"usual_home", MOST, *SHIPPED.shapes}
        assert all(text for column in sheet.texts()[:1] for text in column)

    def test_the_packaged_card_weighs_only_witnesses_that_are_asked(self):
        assert {*SHIPPED.shapes} <= {witness.name for witness in WITNESSES}

    def test_the_packaged_card_is_monotone_where_a_sign_is_known(self):
        for witness in WITNESSES:
            if witness.name in SHIPPED.shapes:
                bits = SHIPPED.shapes[witness.name].micro_bits
                assert sorted(bits, reverse=witness.sign < 0) == [*bits]


@pytest.mark.slow
class TestAWorld:
    def test_what_is_promised_is_about_what_is_found(self):
        """A world that nothing was fitted on; four in ten of its accounts are shared."""
        chosen = TownSettings(accounts=450, seed=931, sharing_prior=0.4)
        days = chosen.first_day, chosen.first_day + timedelta(days=chosen.days - 1)
        world = build_town(chosen)
        seen = sight(world.events, world.truth_accounts, world.truth_devices, days)
        life = sketch(seen.sightings, survey([seen.sightings], Settings()), Settings())
        made = decide(life, Settings().verdicts, load_scorecard())
        living = place_devices(life, number_households(life, made.scores))
        right = judge_homes(living, world.truth_devices)
        shared = world.truth_accounts.filter(pl.col("label") == "shared")
        told = (
            made.verdicts.filter(pl.col("external_households") > 0)
            .join(shared, on="account_id", how="semi")
            .join(right, on="account_id")
        )
        assert told.height > 100
        assert abs(told["home_confidence"].mean() - told["is_right"].mean()) < 0.2
        assert told["home_confidence"].max() < 0.98
        alone = made.verdicts.filter(pl.col("external_households") == 0)
        assert (alone["home_confidence"] == 1).all()
