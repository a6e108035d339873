"""Six colours for six households, in whoever's eyes."""

import re
from itertools import combinations

import numpy as np
import pytest

from detector.charts.colours import Palette, read_style
from detector.stories.tell import household_name

NAMES = [f"h{number}" for number in range(6)]
PAPERS = {"light": "#fbfaf7", "dark": "#131518"}
EYES = {
    "all": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
"""What is left of red, green and blue light: Machado, Oliveira and Fernandes 2009."""
TO_CONES = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
TO_OKLAB = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
APART = 0.1
"""In OKLab, where black and white are 1 apart."""


def light(colour):
    share = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def seen(colour, eyes):
    cones = np.array(TO_CONES) @ np.clip(np.array(eyes) @ light(colour), 0, 1)
    return np.array(TO_OKLAB) @ np.cbrt(cones)


def contrast(a, b):
    dark, bright = sorted(float(light(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (bright + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def schemes():
    found = [dict(re.findall(r"--(\w+): (#\w+)", block)) for block in _blocks(read_style())]
    return dict(zip(PAPERS, found, strict=True))


def _blocks(style):
    return re.findall(r":root \{(.*?)\}", style, re.DOTALL)


@pytest.mark.parametrize("scheme", PAPERS)
class TestStyle:
    @pytest.mark.parametrize("eyes", EYES)
    def test_no_two_households_look_alike(self, schemes, scheme, eyes):
        colours = [seen(schemes[scheme][name], EYES[eyes]) for name in NAMES]
        nearest = min(np.linalg.norm(a - b) for a, b in combinations(colours, 2))
        assert nearest >= APART

    def test_all_stand_out_from_the_page(self, schemes, scheme):
        shown = [schemes[scheme][name] for name in (*NAMES, "hm", "hx")]
        assert min(contrast(colour, PAPERS[scheme]) for colour in shown) >= 3


class TestPalette:
    def test_no_two_of_six_households_share_a_colour(self):
        palette = Palette({number: household_name(number) for number in (0, 2, 3, 7, 8, 11)})
        assert sorted(map(palette.style, palette.households)) == NAMES

    def test_from_the_seventh_on_they_share_a_grey_that_says_how_many_they_are(self):
        palette = Palette({number: household_name(number) for number in range(9)})
        assert {palette.style(number) for number in (6, 7, 8)} == {"hm"}
        assert ("hm", "3 more households") in palette.legend

    def test_home_is_called_so_only_where_it_is_sure(self):
        palette = Palette({0: household_name(0, home_sure=False)})
        assert palette.legend[0] == ("h0", "Household 0")
