import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.measuring.evaluate import evaluate_verdicts
from detector.measuring.fairness import (
    DIMENSIONS,
    MIN_ACCOUNTS,
    call_out,
    compare_slices,
    list_facts,
)
from detector.measuring.figures import Evaluation
from detector.measuring.truth import Truth, TruthAccounts, TruthDevices
from detector.schemas import Accounts, Devices, Places
from tests.pipelines.tiny_run import account, lender, place, table


def facts_of(account_row, *places):
    return list_facts(table(Accounts, [account_row]), table(Places, list(places))).row(
        0, named=True
    )


def crowd(**slices):
    """Accounts by partner: how many of how many are flagged."""
    names = [name for name, (_, of) in slices.items() for _ in range(of)]
    flags = [n < hits for hits, of in slices.values() for n in range(of)]
    return pl.DataFrame({"partner": names, "flagged": flags})


def compared(facts):
    return {one.name: one for one in compare_slices(facts)}


class TestListFacts:
    def test_come_from_the_home_place(self):
        home = place("ada", 1, kind="carrier_nat", as_org="Orbex", country="ES")
        away = place("ada", 0, kind="venue", as_org="Telvia", country="IT")
        found = facts_of(account("ada", home_place=1), away, home)
        assert (found["home_network"], found["provider"], found["country"]) == (
            "carrier_nat",
            "Orbex",
            "ES",
        )

    def test_a_provider_without_a_name_has_its_number(self):
        assert facts_of(account("ada"), place("ada", 0, asn=3215))["provider"] == "AS3215"

    def test_the_country_of_record_comes_before_where_home_seems_to_be(self):
        row = account("ada", country_of_record="PT")
        assert facts_of(row, place("ada", 0, country="ES"))["country"] == "PT"

    @pytest.mark.parametrize(
        ("days", "word"),
        [(0, "none"), (1, "some"), (9, "some"), (10, "most"), (20, "most"), (None, "unknown")],
    )
    def test_ipv6_by_its_share_of_days(self, days, word):
        home = place("ada", 0, active_days=20, ipv6_days=days)
        assert facts_of(account("ada"), home)["ipv6"] == word

    @pytest.mark.parametrize(
        ("count", "band"),
        [
            (1, "1 device"),
            (2, "2 devices"),
            (3, "3 or 4 devices"),
            (4, "3 or 4 devices"),
            (5, "5 to 7 devices"),
            (7, "5 to 7 devices"),
            (8, "8 devices or more"),
        ],
    )
    def test_devices_in_bands(self, count, band):
        assert facts_of(account("ada", devices=count))["devices"] == band

    def test_an_account_without_a_home_or_a_record_is_kept(self):
        found = facts_of(account("ada", home_place=None))
        unknown = {name for name in DIMENSIONS if found[name] == "unknown"}
        assert unknown == set(DIMENSIONS) - {"devices"}


class TestCompareSlices:
    def test_a_slice_far_above_the_rest_is_worse(self):
        found = compared(crowd(Orbex=(12, 400), Telvia=(40, 4_000)))
        assert found["Orbex"].worse
        assert found["Orbex"].ratio == 3
        assert not found["Telvia"].worse

    def test_what_may_be_chance_is_not(self):
        assert not compared(crowd(Orbex=(2, 100), Telvia=(10, 1_000)))["Orbex"].worse

    def test_the_rest_are_all_other_accounts(self):
        found = compared(crowd(a=(1, 50), b=(2, 60), c=(3, 70)))
        assert (found["b"].rest.hits, found["b"].rest.of) == (4, 120)

    def test_more_slices_ask_for_more(self):
        """What is telling where two are compared is not where two hundred are."""
        two = compared(crowd(Orbex=(5, 100), Telvia=(10, 1_000)))
        more = {f"p{n:03}": (1, 100) for n in range(200)}
        many = compared(crowd(Orbex=(5, 100), **more))
        assert two["Orbex"].worse
        assert not many["Orbex"].worse
        assert two["Orbex"].p_value < many["Orbex"].p_value

    def test_small_slices_are_put_together(self):
        less = MIN_ACCOUNTS - 1
        found = compared(crowd(tiny=(1, less), small=(2, less), big=(0, 400)))
        assert set(found) == {"big", "other"}
        assert (found["other"].rate.hits, found["other"].rate.of) == (3, 2 * less)

    def test_what_is_too_small_even_so_is_not_tested(self):
        found = compared(crowd(tiny=(5, 5), big=(0, 400)))["other"]
        assert (found.p_value, found.worse) == (None, False)

    def test_a_dimension_that_tells_nobody_apart_is_left_out(self):
        assert compare_slices(crowd(unknown=(3, 300))) == ()

    def test_nobody_to_compare(self):
        assert compare_slices(crowd()) == ()

    def test_no_ratio_where_no_others_are_flagged(self):
        assert compared(crowd(Orbex=(9, 90), Telvia=(0, 900)))["Orbex"].ratio is None

    @given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 90), min_size=1), st.randoms())
    def test_order_of_accounts_is_irrelevant_and_none_is_lost(self, sizes, random):
        facts = crowd(**{name: (of // 3, of) for name, of in sizes.items()})
        rows = list(range(facts.height))
        random.shuffle(rows)
        found = compare_slices(facts)
        assert compare_slices(facts[rows]) == found
        assert sum(one.rate.of for one in found) in (0, facts.height)


class TestCallOut:
    def test_says_who_how_much_and_how_sure(self):
        one = compared(crowd(Orbex=(12, 400), Telvia=(40, 4_000)))["Orbex"]
        words = call_out(one, "Honest accounts")
        assert words.startswith(
            "Honest accounts of partner Orbex are flagged 3.0 times as often as others "
            "(12 of 400 against 40 of 4,000, p = 0.00"
        )

    @pytest.mark.parametrize(
        ("name", "words"),
        [("other", "in the smaller slices by partner"), ("unknown", "of unknown partner")],
    )
    def test_accounts_without_a_name_in_common(self, name, words):
        one = compared(crowd(**{name: (12, 400), "Telvia": (40, 4_000)}))[name]
        assert call_out(one, "Accounts").startswith(f"Accounts {words} are flagged 3.0 times")

    def test_no_chance_is_said_to_be_nought(self):
        one = compared(crowd(Orbex=(90, 90), Telvia=(1, 900)))["Orbex"]
        assert "p < 0.0001)" in call_out(one, "All")

    def test_where_no_others_are_flagged(self):
        one = compared(crowd(Orbex=(9, 90), Telvia=(0, 900)))["Orbex"]
        assert "are flagged while no others are (9 of 90 against 0 of 900" in call_out(one, "All")


class TestEvaluation:
    def evaluate(self, label):
        """A hundred accounts of two partners, half of Orbex's flagged."""
        ids = [f"acc-{n:03}" for n in range(100)]
        rows = [(lender if n < 20 else account)(one) for n, one in enumerate(ids)]
        sold = [row | {"partner": "Orbex" if n < 40 else "Telvia"} for n, row in enumerate(rows)]
        known = [
            {"account_id": one, "label": label, "situation": "any", "external_households": 0}
            for one in ids
        ]
        truth = Truth(table(TruthAccounts, known), table(TruthDevices, []))
        places = table(Places, [place(one, 0) for one in ids])
        return evaluate_verdicts(table(Accounts, sold), table(Devices, []), truth, places=places)

    def test_compares_the_honest(self):
        worse = [one for one in self.evaluate("single").fairness if one.worse]
        assert [(one.dimension, one.name, one.rate.hits) for one in worse] == [
            ("partner", "Orbex", 20)
        ]

    @pytest.mark.parametrize("label", ["shared", "ambiguous"])
    def test_leaves_all_others_out(self, label):
        assert self.evaluate(label).fairness == ()

    def test_can_be_written_and_read_back(self):
        found = self.evaluate("single")
        assert Evaluation.from_json(found.to_json()) == found
