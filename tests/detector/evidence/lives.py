"""Lives that every factor is asked about, and what no sentence about them may hold."""

import re

from tests.detector.builders import visits, weekday
from tests.detector.evidence.scenes import MOBILE

MONTH = range(28)
HOME = visits("ada", ["tv-home", "phone-home"], 0)
AWAY = visits("ada", "tv-away", 1)
TRIP = visits("ada", "phone-away", 1, range(10, 15))
WEEKENDS = [day for day in MONTH if not weekday(day)]

LIVES = {
    "another household": (HOME, AWAY),
    "a trip": (HOME, TRIP),
    "a single day": (visits("ada", "tv-home", 0, [0]), visits("ada", "tv-away", 1, [0])),
    "one event after home": (HOME, visits("ada", "phone-away", 1, [27])),
    "one day apart": (visits("ada", "tv-home", 0, [0]), visits("ada", "tv-away", 1, [1])),
    "before home": (visits("ada", "tv-home", 0, range(9, 28)), visits("ada", "tv-away", 1, [2])),
    "nowhere": (HOME, visits("ada", "phone-away", MOBILE, [4])),
    "home nowhere": (visits("ada", "phone-home", MOBILE), AWAY),
    "both nowhere": (visits("ada", "phone-home", MOBILE), visits("ada", "phone-away", MOBILE)),
    "visits": (HOME, AWAY, visits("ada", "phone-away", 0, [3]), visits("ada", "tv-home", 1, [4])),
}
HOLES = re.compile(r"null|none\b|nan\b|inf\b|\{|\}|  |^$", re.IGNORECASE)
ONE_OF_MANY = re.compile(r"\b1 (accounts|days|devices|events|groups|half-hours|households)\b")
