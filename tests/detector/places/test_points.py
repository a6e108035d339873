import numpy as np
import polars as pl
import pytest

from detector.geo import to_spot
from detector.networks.lookup import Gazetteer
from detector.places.find import find_places
from detector.places.points import find_dense
from detector.settings import PlaceSettings
from tests.detector.builders import network, networks_of, sightings_of, stays
from tests.detector.places.test_lines import NOWHERE_SCATTERED

SETTINGS = PlaceSettings()


def cell(lat, lon, days=range(3)):
    """Days of a telephone at a position, in the cell that a log's reader would name."""
    name = f"cell:{lat:.2f},{lon:.2f}"
    spot = pl.select(to_spot(pl.lit(lat), pl.lit(lon))).item()
    return [{**row, "spot": spot} for row in stays("ada", "phone", name, days)]


def count_places(*parts, settings=SETTINGS):
    rows = [row for part in parts for row in part]
    sightings = sightings_of(rows)
    names = sightings["network"].unique().sort()
    networks = networks_of([network(name, kind="unknown", pool=name) for name in names])
    found = find_places(sightings, Gazetteer.of(networks, NOWHERE_SCATTERED), settings)
    return found.places.height


HOME, ACROSS_THE_EDGE = cell(45.7649, 4.8), cell(45.7651, 4.8, range(3, 6))
STADIUM, FAR = cell(45.79, 4.9), cell(43.3, 5.4, [9])


class TestPlaces:
    def test_a_home_on_the_edge_of_a_cell_is_one_place(self):
        assert count_places(HOME, ACROSS_THE_EDGE, STADIUM) == 2

    def test_cells_that_are_far_apart_are_places_of_their_own(self):
        assert count_places(HOME, STADIUM, FAR) == 3

    def test_how_near_is_asked_of_the_settings(self):
        near = PlaceSettings(max_point_gap_km=0.01)
        assert count_places(HOME, ACROSS_THE_EDGE, STADIUM, settings=near) == 3

    @pytest.mark.parametrize("points", range(4))
    def test_few_points_do_not_raise(self, points):
        assert len(find_dense(np.zeros((points, 3)), 0.15)) == points
