"""Outlines of countries: simplified without gaps, cut without bands."""

from itertools import combinations

import numpy as np
import pytest

from detector.charts.world import FINEST, FIRST_STEP, load_rings, simplify

DETAILS = (FINEST, FIRST_STEP, 4 * FIRST_STEP)


@pytest.mark.parametrize("detail", DETAILS)
def test_no_outline_runs_across_the_map_where_degrees_jump(detail):
    """Siberia goes on east of the 180th meridian; only the edge of Antarctica spans the world."""
    jumps = [ring for ring in load_rings(detail) if np.abs(np.diff(ring.points[:, 0])).max() > 180]
    assert all(ring.points[:, 1].min() < -80 for ring in jumps)


def test_what_lies_across_the_180th_meridian_is_at_both_ends_of_the_map():
    wide = [ring for ring in load_rings() if ring.bounds[2] > 180]
    twins = {ring.bounds for ring in load_rings() if ring.bounds[0] < -180}
    shifted = {(w - 360, s, e - 360, n) for w, s, e, n in (ring.bounds for ring in wide)}
    assert wide
    assert shifted <= twins


def test_coarser_outlines_have_fewer_points():
    sizes = [sum(len(ring.points) for ring in load_rings(detail)) for detail in DETAILS]
    assert sizes[0] > 3 * sizes[1] > 6 * sizes[2]


@pytest.mark.parametrize("most", [0.1, 1.0])
def test_no_point_that_is_left_out_lies_far_from_the_line(most):
    across = np.linspace(0, 10, 200)
    curve = np.stack([across, np.sin(across) * 3], axis=1)
    kept = simplify(curve, most)
    off = np.abs(np.interp(across, kept[:, 0], kept[:, 1]) - curve[:, 1])
    assert len(kept) < 40
    assert off.max() <= 4 * most


@pytest.mark.parametrize("detail", DETAILS[:2])
def test_neighbours_share_their_border(detail):
    """What stands once for two countries is simplified once: no sea between France and Spain."""
    rings = [{(x, y) for x, y in ring.points.tolist()} for ring in load_rings(detail)]
    pyrenees = [{(x, y) for x, y in ring if -1.7 < x < 1.4 and 42.4 < y < 43.4} for ring in rings]
    walked = [points for points in pyrenees if len(points) > 2]
    shared = set.union(*(a & b for a, b in combinations(walked, 2)))
    inland = {point for points in walked for point in points if point[0] > -1.5}
    assert len(walked) >= 2
    assert inland - shared == set()
