import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.schemas import Ties
from detector.settings import TieSettings
from detector.ties.build import build_ties
from tests.detector.builders import place, places_of, visit, visits, visits_of, weekday
from tests.detector.plain_stages import plain_ties

SETTINGS = TieSettings()
MONTH = range(28)
WEEKENDS = [day for day in MONTH if not weekday(day)]
WEEKDAYS = [day for day in MONTH if weekday(day)]


def ties(*parts, settings=SETTINGS, **kinds):
    """`kinds` of places by ``p1=...``; all others are home lines."""
    rows = {(r["device_id"], r["day"], r["place"]): r for part in parts for r in part}
    numbers = sorted({r["place"] for r in rows.values() if r["place"] >= 0})
    places = [place("ada", n, kinds.get(f"p{n}", "home_line")) for n in numbers]
    found = build_ties(visits_of(list(rows.values())), places_of(places), settings)
    return {(a, b): strength for a, b, strength in
            found.select("device_a", "device_b", "strength").iter_rows()}  # fmt: skip


def tie(*parts, **kinds):
    (strength,) = ties(*parts, **kinds).values()
    return strength


class TestBuildTies:
    def test_of_nothing(self):
        assert build_ties(visits_of([]), places_of([]), SETTINGS).equals(Ties.create_empty())

    def test_a_family_at_home(self):
        assert tie(visits("ada", ["phone", "tv"], 0)) == pytest.approx(1)

    def test_two_homes_have_no_tie(self):
        assert ties(visits("ada", "tv-a", 0), visits("ada", "tv-b", 1)) == {}

    def test_at_home_on_other_days_is_at_home(self):
        assert tie(visits("ada", "phone", 0, WEEKDAYS), visits("ada", "tv", 0, WEEKENDS)) > 0.9

    def test_the_television_in_the_second_home_is_tied_by_company(self):
        phone = visits("ada", "phone", 0, WEEKDAYS) + visits("ada", "phone", 1, WEEKENDS)
        assert tie(phone, visits("ada", "tv", 1, WEEKENDS)) > 0.9

    def test_few_days_are_like_themselves_in_part(self):
        """Seen once, both are at one place out of two: what else they do nobody knows."""
        once = (
            visits("ada", "phone", 0, [0]),
            visits("ada", "tv", 0, [1]) + visits("ada", "tv", 1, [2]),
        )
        found = [tie(*once, settings=TieSettings(sparse_share=share)) for share in (0.5, 1)]
        assert found == [pytest.approx(1), pytest.approx(0.7071)]

    def test_a_guest_is_not_tied(self):
        guest = visits("ada", "phone", 0, [5, 12])
        at_home = visits("ada", "phone", 1, [day for day in MONTH if day not in (5, 12)])
        assert tie(guest, at_home, visits("ada", "tv", 0)) < 0.2

    @pytest.mark.parametrize("kind", ["workplace", "campus", "venue"])
    def test_meeting_where_anybody_may_be_tells_little(self, kind):
        both = [visits("ada", d, 0, WEEKDAYS) for d in ("phone-a", "phone-b")]
        homes = [visits("ada", "phone-a", 1, MONTH), visits("ada", "phone-b", 2, MONTH)]
        assert tie(*both, *homes, p0=kind) < 0.25

    def test_meeting_on_a_private_line_tells_more_than_at_a_carriers(self):
        rows = [visits("ada", d, 0, WEEKDAYS) for d in ("phone-a", "phone-b")]
        homes = [visits("ada", "phone-a", 1, MONTH), visits("ada", "phone-b", 2, MONTH)]
        assert tie(*rows, *homes) > tie(*rows, *homes, p0="carrier_nat")

    def test_on_the_road_nobody_meets(self):
        assert ties(visits("ada", ["phone-a", "phone-b"], -1)) == {}

    def test_likeness_hardly_depends_on_how_many_days_were_seen(self):
        def share_out(days):
            halves = [visits("ada", d, p, days[p::2]) for d in ("a", "b") for p in (0, 1)]
            return tie(*halves, p0="unknown", p1="unknown")

        assert share_out(range(40)) == pytest.approx(share_out(range(12)), abs=0.1)

    def test_days_together_are_counted_over_places(self):
        rows = visits_of(
            [visit("ada", d, p, day) for d in ("a", "b") for p, day in [(0, 1), (1, 2)]]
        )
        found = build_ties(rows, places_of([place("ada", 0), place("ada", 1)]), SETTINGS)
        assert found["days_together"].to_list() == [2]

    def test_accounts_know_nothing_of_each_other(self):
        rows = visits_of(visits("ada", "tv", 0) + visits("bob", "phone", 0))
        found = build_ties(rows, places_of([place("ada", 0), place("bob", 0)]), SETTINGS)
        assert found.is_empty()

    def test_a_crowd_of_devices_is_cut_to_the_busiest(self):
        crowd = [visit("ada", f"phone-{n:03}", 0, day) for n in range(100) for day in range(2)]
        family = visits("ada", ["tv", "tablet"], 0, range(5))
        pairs = ties(crowd, family)
        assert ("tablet", "tv") in pairs
        assert len(pairs) == 64 * 63 / 2


DEVICES = ["a", "b", "c", "d"]
KINDS = ["home_line", "unknown", "carrier_nat", "workplace"]
ROWS = st.lists(
    st.builds(
        visit, st.just("ada"), st.sampled_from(DEVICES), st.integers(-1, 3), st.integers(0, 9)
    ),
    min_size=1,
    max_size=40,
)


class TestProperties:
    @settings(deadline=None, max_examples=100)
    @given(ROWS)
    def test_compiled_loops_find_what_the_definition_says(self, rows):
        told = SETTINGS.model_dump()
        expected = plain_ties(rows, {n: told[kind] for n, kind in enumerate(KINDS)})
        found = ties(rows, **{f"p{n}": kind for n, kind in enumerate(KINDS)})
        assert found == pytest.approx(expected, abs=6e-5)

    @settings(deadline=None, max_examples=60)
    @given(ROWS, st.permutations(DEVICES))
    def test_likeness_is_symmetric(self, rows, names):
        kinds = {f"p{n}": kind for n, kind in enumerate(KINDS)}
        new = dict(zip(DEVICES, names, strict=True))
        renamed = [row | {"device_id": new[row["device_id"]]} for row in rows]
        expected = {
            tuple(sorted((new[a], new[b]))): strength
            for (a, b), strength in ties(rows, **kinds).items()
        }
        assert ties(renamed, **kinds) == expected

    @settings(deadline=None, max_examples=60)
    @given(ROWS)
    def test_strengths_are_between_strangers_and_never_apart(self, rows):
        assert all(0 < strength <= 1 for strength in ties(rows).values())

    @settings(deadline=None, max_examples=60)
    @given(ROWS, st.randoms())
    def test_the_order_of_rows_is_irrelevant(self, rows, random):
        assert ties(rows) == ties(random.sample(rows, len(rows)))
