import json

import polars as pl
import pytest

from detector.evidence.factors.account_in_one_piece import HOME_FACTORS
from detector.evidence.factors.catalogue import FACTORS
from detector.evidence.limits import ONE_WITNESS
from detector.evidence.weigh import CEILINGS
from detector.stories.say import Speaks, UnknownSentenceError, say
from detector.verdicts.claims import CLAIMS
from detector.verdicts.reasons import code_themes
from detector.verdicts.themes import TOLD, pick_themes
from tests.detector.evidence.lives import HOLES, LIVES
from tests.detector.evidence.scenes import observed
from tests.detector.verdicts.weights import weighed

SEEN = {name: observed(*life) for name, life in LIVES.items()}


def picked(*told):
    """The factors told, and what their themes weigh, of terms given as factor, bits, value."""
    found = pick_themes([weighed(*told)])
    return dict(zip(found["factor"], found["micro_bits"] / 1_000_000, strict=True))


class TestPickThemes:
    def test_nothing_is_told_of_no_groups(self):
        assert pick_themes([]).is_empty()

    def test_one_fact_is_told_once(self):
        people = (("profiles", 3.0, 0.02), ("new_profiles", 2.0, 1.0), ("profiles_back", 1.0, 0.0))
        assert picked(*people) == {"profiles": 6.0}

    def test_the_strongest_first(self):
        told = picked(("country", 1.0, 9.0), ("profiles", 3.0, 0.1), ("persistence", -2.0, 1.0))
        assert list(told) == ["profiles", "persistence", "country"]

    def test_a_theme_speaks_for_what_all_its_evidence_comes_to(self):
        both = (("profiles", 2.0, 0.1), ("profile_turns", -3.0, -1.0))
        assert picked(*both) == {"profile_turns": -1.0}

    def test_what_bounds_a_theme_counts(self):
        assert picked(("profiles", 5.0, 0.1), ("bound_people", -4.0, None)) == {"profiles": 1.0}

    @pytest.mark.parametrize("value", [-0.5, 0.0, 0.1])
    def test_what_chance_would_give_is_no_reason(self, value):
        assert picked(("simultaneity", 1.0, value), ("concurrency", 2.0, 40.0)) == {}

    def test_what_exceeds_chance_is_one(self):
        assert picked(("simultaneity", 1.0, 1.5), ("concurrency", 2.0, 40.0)) == {
            "concurrency": 3.0
        }

    def test_no_more_than_chance_may_excuse(self):
        assert picked(("simultaneity", -1.0, -0.5)) == {"simultaneity": -1.0}

    @pytest.mark.parametrize("factor", ["account_devices", "groups", "account_use"])
    def test_what_is_true_of_a_large_family_too_is_no_reason(self, factor):
        """Nor is it one against."""
        assert picked((factor, 2.0, 75.0)) == {}
        assert picked((factor, -2.0, 75.0)) == {}

    @pytest.mark.parametrize(
        ("factor", "value"),
        [("home_life", 0.95), ("home_profiles", 9.0), ("home_crew", 6.0), ("weekly", 2.0),
         ("profiles", 0.8), ("own_television", 1.0), ("distance", 0.0),
         ("common_televisions", 0.9)],
    )  # fmt: skip
    def test_a_weight_for_what_an_honest_life_shows_is_no_reason(self, factor, value):
        assert picked((factor, 2.0, value)) == {}

    def test_the_unknown_is_no_reason_whatever_it_weighs(self):
        assert picked(("profile_twice", 0.7, None)) == {}

    def test_what_hardly_weighs_is_not_told(self):
        assert picked(("country", 0.1, 9.0)) == {}

    def test_the_prior_is_nobodys_fault(self):
        assert picked(("prior", -3.0, None), ("no_second_household", -5.0, None)) == {}

    def test_no_more_than_a_listener_can_keep_in_mind(self):
        strong = [(name, 2.0, 0.3) for name in CLAIMS if "home" not in name]
        assert len(picked(*strong)) <= TOLD


class TestClaims:
    def test_each_factor_that_asks_one_thing_has_one(self):
        factors = {factor.name for factor in (*FACTORS, *HOME_FACTORS)}
        rules = {rule.name for rule in (ONE_WITNESS, *CEILINGS)}
        single = {name for name in factors if "_and_" not in name}
        assert set(CLAIMS) == single | rules


class TestCodeThemes:
    """A reason code with its parameters is all that a sentence is made from."""

    @pytest.mark.parametrize("life", SEEN)
    @pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
    def test_carry_what_sentences_count(self, factor, life):
        seen = SEEN[life].with_columns(devices_group="devices", account_id=pl.lit("bob"))
        value = seen.select(factor.value.cast(pl.Float64)).item()
        themes = pl.DataFrame(
            {"row": [0], "theme": [str(factor.theme)], "micro_bits": [1], "factor": [factor.name]}
        )  # fmt: skip
        [code] = code_themes(themes, seen).to_dicts()
        claim = CLAIMS.get(factor.name)
        if claim is None or value is None:
            return
        ranges = {Speaks.FOR: claim.speaks_for, Speaks.AGAINST: claim.speaks_against}
        for speaks, (least, most) in ranges.items():
            if least <= value <= most:
                text = say(code["code"], code["parameters"], speaks=speaks)
                assert text.endswith(".")
                assert not HOLES.search(text)

    def test_parameters_are_canonical(self):
        coded = pl.select(pl.struct(b=pl.lit(1), a=pl.lit("é")).struct.json_encode()).item()
        assert coded == json.dumps({"b": 1, "a": "é"}, separators=(",", ":"), ensure_ascii=False)

    def test_nothing_is_said_for_of_what_is_no_reason(self):
        with pytest.raises(UnknownSentenceError):
            say("home_life", {"h_days": 9, "account_span": 9}, speaks=Speaks.FOR)
