"""A map that is small, coarse and legible."""

import re
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from detector.charts.colours import Palette
from detector.charts.map import APART, draw_map
from detector.stories.story import PlaceStory
from detector.stories.tell import tell_story
from pipelines.run_tables import load_tables
from tests.pipelines.tiny_run import BOB, write_run

PALETTE = Palette({0: "Home", 1: "Household 1"})
PARIS, LILLE, NEW_YORK, SUVA = (48.9, 2.4), (50.6, 3.1), (40.7, -74.0), (-18.1, 178.4)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return tell_story(load_tables(write_run(tmp_path_factory.mktemp("run"), BOB)), "bob")


@pytest.fixture
def at(story):
    """The account, with places at these spots."""

    def build(*spots):
        days = (date(2026, 5, 1), date(2026, 6, 1))
        places = tuple(
            PlaceStory(n, f"Place {n}", "home_line", n % 2, 1, 1, 1, 20 - n % 20, *days, *spot)
            for n, spot in enumerate(spots)
        )
        return replace(story, households=(), other_places=places)

    return build


def dots(picture):
    found = re.findall(r'<circle cx="([-\d.]+)" cy="([-\d.]+)"', picture)
    return [(float(x), float(y)) for x, y in found]


class TestDrawMap:
    def test_nothing_where_the_log_does_not_tell(self, at):
        assert draw_map(at((None, None)), {}, PALETTE) == ""

    def test_north_is_up_and_east_is_right(self, at):
        (paris_x, paris_y), (lille_x, lille_y) = dots(draw_map(at(PARIS, LILLE), {}, PALETTE))
        assert lille_y < paris_y
        assert lille_x > paris_x

    def test_places_at_one_spot_stand_side_by_side(self, at):
        spots = dots(draw_map(at(*[PARIS] * 20), {}, PALETTE))
        nearest = min(abs(a - c) + abs(b - d) for (a, b), (c, d) in combinations(spots, 2))
        assert nearest > 0.9 * APART

    def test_a_line_for_what_was_used_at_once_and_for_nothing_else(self, at):
        picture = draw_map(at(PARIS, LILLE, NEW_YORK), {(0, 1): 7}, PALETTE)
        assert picture.count('class="at-once"') == 1
        assert "Place 0 and Place 1: used at once in 7 hours" in picture

    def test_what_is_left_out_is_told(self, at):
        met = dict.fromkeys(combinations(range(10), 2), 3)
        assert "not shown: 21 lines" in draw_map(at(*[PARIS] * 10), met, PALETTE)
        assert "not shown: 10 places" in draw_map(at(*[PARIS] * 40), {}, PALETTE)

    @pytest.mark.parametrize(
        ("spots", "most"),
        [
            pytest.param((PARIS, LILLE), 12_000, id="one country"),
            pytest.param((PARIS, NEW_YORK), 40_000, id="two continents"),
            pytest.param((SUVA, NEW_YORK, PARIS), 40_000, id="the world"),
        ],
    )
    def test_it_stays_small_however_much_of_the_world_it_shows(self, at, spots, most):
        assert len(draw_map(at(*spots), {}, PALETTE)) < most

    def test_the_same_bytes_twice(self, at):
        first, second = (draw_map(at(PARIS, LILLE), {(0, 1): 2}, PALETTE) for _ in range(2))
        assert first == second
