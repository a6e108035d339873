import numpy as np

from detector.evidence.scorecard import MICRO
from detector.kinds import Theme
from detector.learning.bounds import Stranger, choose_bounds

PEOPLE, PLACE = Theme.PEOPLE, Theme.PLACE


def stranger(loud_and_right):
    """Groups of which profiles say six bits and are right so often; of others, places say four."""
    right = np.arange(400) < 400 * loud_and_right
    placed = np.arange(400) % 2 == 0
    seventeen_in_eighteen = placed ^ (np.arange(400) % 18 == 0)
    bits = np.append(np.repeat(6.0, 400), np.zeros(400))
    place = np.append(np.zeros(400), np.where(placed, 4.0, -4.0))
    truth = np.append(right, seventeen_in_eighteen)
    return Stranger({PEOPLE: bits, PLACE: place}, np.zeros(800), truth)


def test_a_theme_that_cries_wolf_among_strangers_is_believed_less():
    assert choose_bounds([stranger(0.6)])[PEOPLE] < 4 * MICRO


def test_a_theme_that_is_right_is_believed_whole():
    assert PEOPLE not in choose_bounds([stranger(1.0)])


def test_a_small_family_counts_as_much_as_a_large_one():
    right = stranger(1.0)
    many = Stranger(
        {theme: np.tile(bits, 9) for theme, bits in right.themes.items()},
        np.tile(right.rest, 9),
        np.tile(right.is_external, 9),
    )
    wolf = stranger(0.5)
    assert choose_bounds([many, wolf]) == choose_bounds([right, wolf])
