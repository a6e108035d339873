import pytest

from detector.measuring.metrics import Rate
from detector.selftest.figures import BesideFigures, ChangeFigures, PairFigures, SelfTest, Trials
from pipelines.terminal.selftest import CHANGES, STRATA, find_headline, find_warnings


def rate(hits, of=50):
    return Rate.from_counts(hits, of)


def pairs(stratum, flagged, of=50):
    return PairFigures(
        stratum=stratum,
        found=rate(of, of),
        exact=rate(of, of),
        flagged=rate(flagged, of),
        flagged_from=(),
        flagged_if_seldom=rate(1, of),
    )


def tried(*strata, profiles="none", changes=(), beside=()):
    return Trials(profiles=profiles, threshold=0.99, pairs=strata, changes=changes, beside=beside)


def found(*trials):
    return SelfTest.model_construct(trials=trials)


class TestFindHeadline:
    def test_homes_in_one_country_speak_first(self):
        some = tried(pairs("same_country", 10), pairs("other_country", 40))
        assert find_headline(found(some))[0].startswith("In your log, 20 of 100 certain pairs")

    def test_where_no_country_is_told_the_others_do(self):
        some = tried(
            pairs("same_country", 0, of=0),
            pairs("other_country", 0, of=0),
            pairs("unknown_country", 25),
        )
        assert find_headline(found(some))[0].startswith("In your log, 50 of 100 certain pairs")

    def test_with_profiles_and_without_are_told_apart(self):
        own = tried(pairs("same_country", 40), profiles="own")
        words = find_headline(found(own, tried(pairs("same_country", 10))))
        assert ["own profiles" in one for one in words] == [True, False]
        assert ["without profiles" in one for one in words] == [False, True]


class TestFindWarnings:
    @pytest.mark.parametrize("change", ["relabelled", "shifted_by_weeks", "thinned"])
    def test_what_must_never_happen_and_did(self, change):
        moved = ChangeFigures(change=change, broken=rate(1))
        [words] = find_warnings(found(tried(changes=(moved,))))
        assert CHANGES[change] in words

    def test_a_family_flagged_beside_itself(self):
        flagged = BesideFigures(spans="weeks", flagged=rate(2), found=rate(3), left_out=0)
        [words] = find_warnings(found(tried(beside=(flagged,))))
        assert words.startswith("2 of 50 accounts: own weeks side by side, flagged")

    @pytest.mark.parametrize(
        "innocent",
        [
            tried(changes=(ChangeFigures(change="shifted_by_days", broken=rate(1)),)),
            tried(
                beside=(BesideFigures(spans="days", flagged=rate(0), found=rate(3), left_out=0),)
            ),
        ],
        ids=["other days are weekends", "a doubt that flags nobody"],
    )
    def test_what_may_happen_is_no_alarm(self, innocent):
        assert find_warnings(found(innocent)) == ()


def test_all_strata_have_words():
    assert set(STRATA) == {"same_country", "other_country", "unknown_country"}
