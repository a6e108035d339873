import polars as pl
import pytest

from detector.networks.survey import Surroundings
from detector.selftest.choose import (
    Candidate,
    describe_candidates,
    draw_accounts,
    match_pairs,
    turn_apart,
)
from tests.detector.builders import network, networks_of, sighting, sightings_of

NOBODY = pl.DataFrame(schema={"device_id": pl.String, "accounts": pl.UInt32})
NO_POOL = pl.DataFrame(schema={"pool": pl.String})


def candidate(name, country="FR", profiles=1, own=()):
    return Candidate(name, country, profiles, frozenset(own))


def around(**kinds):
    return Surroundings(networks_of([network(n, k) for n, k in kinds.items()]), NOBODY, NO_POOL)


def described(rows, **kinds):
    found = describe_candidates(sightings_of(rows), around(**kinds))
    return {each.account_id: each for each in found}


def paired(*candidates):
    return {frozenset((p.first, p.second)) for ps in match_pairs(candidates).values() for p in ps}


class TestDrawAccounts:
    def test_the_same_whatever_the_order(self):
        ids = pl.Series("account_id", [f"acc-{n}" for n in range(50)])
        drawn = draw_accounts(ids, 20)
        assert drawn.equals(draw_accounts(ids.shuffle(seed=3), 20))
        assert len(drawn) == 20

    def test_an_account_more_takes_the_place_of_one_at_most(self):
        ids = pl.Series("account_id", [f"acc-{n}" for n in range(50)])
        more = pl.concat([ids, pl.Series("account_id", ["late"])])
        assert len(set(draw_accounts(ids, 20)) - set(draw_accounts(more, 20))) <= 1


class TestDescribeCandidates:
    def test_country_of_most_days(self):
        rows = [sighting("ada", "tv", "n", day, country="FR") for day in range(3)]
        rows += [sighting("ada", "phone", "m", day, country="DE") for day in range(2)]
        assert described(rows, n="home_line", m="cellular")["ada"].country == "FR"

    def test_a_carriers_gateway_is_nobodys_own(self):
        rows = [sighting("ada", "tv", "home"), sighting("ada", "tv", "gateway", 1)]
        own = described(rows, home="home_line", gateway="carrier_nat")["ada"].own
        assert own == {"device tv", "line home"}


class TestMatchPairs:
    @pytest.mark.parametrize(
        ("ada", "bob"),
        [
            (candidate("ada", own={"device tv"}), candidate("bob", own={"device tv"})),
            (candidate("ada", own={"line home"}), candidate("bob", own={"line home"})),
            (candidate("ada", profiles=2**64 - 1), candidate("bob")),
        ],
        ids=["one device on both", "two accounts in one home", "no room for two sets of profiles"],
    )
    def test_what_is_not_surely_two_homes_is_left_out(self, ada, bob):
        assert paired(ada, bob) == set()

    def test_strangers_behind_one_gateway_are_two_homes(self):
        rows = [
            row
            for who in ("ada", "bob")
            for row in (
                sighting(who, f"tv-{who}", f"home-{who}"),
                sighting(who, f"tv-{who}", "gateway", 1),
            )
        ]
        kinds = {"home-ada": "home_line", "home-bob": "home_line", "gateway": "carrier_nat"}
        assert paired(*described(rows, **kinds).values()) == {frozenset(("ada", "bob"))}

    def test_each_account_is_in_one_pair_of_a_stratum(self):
        some = [candidate(f"acc-{n}", country="FR" if n % 3 else "DE") for n in range(31)]
        for pairs in match_pairs(some).values():
            names = [name for pair in pairs for name in (pair.first, pair.second)]
            assert len(names) == len(set(names))

    def test_countries_are_told_apart(self):
        some = [candidate(f"acc-{n}", country=("FR", "DE", None)[n % 3]) for n in range(30)]
        country = {each.account_id: each.country for each in some}
        found = match_pairs(some)
        both = {
            name: [{country[p.first], country[p.second]} for p in ps] for name, ps in found.items()
        }
        assert all(len(two) == 1 and None not in two for two in both["same_country"])
        assert all(two == {"FR", "DE"} for two in both["other_country"])
        assert all(two == {None} for two in both["unknown_country"])
        assert all(both.values())

    def test_no_more_than_are_wanted(self):
        some = [candidate(f"acc-{n}") for n in range(30)]
        assert len(match_pairs(some, most=4)["same_country"]) == 4


class TestTurnApart:
    @pytest.mark.parametrize("first", [1, 0b1011, 1 << 63, (1 << 40) - 1])
    def test_no_bit_is_in_both(self, first):
        second = 0b1011
        by = turn_apart(first, second)
        turned = ((second << by) | (second >> (64 - by))) % 2**64
        assert turned & first == 0
        assert turned.bit_count() == second.bit_count()
