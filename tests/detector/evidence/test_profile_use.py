"""What the profiles of an account tell of who its groups are."""

from tests.detector.builders import visits
from tests.detector.evidence.scenes import observed

CHILD = visits("ada", "tablet-home", 0, profiles=[2])


def test_a_lone_group_has_no_twin():
    away = visits("ada", "tv-away", 1, profiles=[1])
    assert observed(CHILD, away)["twin"].to_list() == [None]
