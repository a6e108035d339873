"""What stands in sentences, made from the parameters of reason codes."""

import math
from collections.abc import Callable, Mapping
from datetime import date

Parameters = Mapping[str, object]

_AREA_KM = 5.0
"""Nearer is the same area: coordinates are coarse."""


def number_of(name: str, parameters: Parameters) -> int | float | str:
    """A number or a day of a sentence: a parameter, or what is made of several.

    Examples:
        >>> number_of("company_percent", {"company_days": 3, "own_days": 12})
        25
        >>> number_of("own_days", {"own_days": 12})
        12
    """
    made = _MADE.get(name)
    if made is not None:
        return made(parameters)
    value = parameters[name]
    return value if isinstance(value, str) else int(_float(value))


def percent(part: float, whole: float = 1.0) -> int:
    """A share in whole percent: 0 only if there is none, 100 only if it is all.

    Examples:
        >>> percent(1, 1000), percent(0, 1000), percent(999, 1000), percent(0.5)
        (1, 0, 99, 50)
    """
    if part <= 0 or whole <= 0:
        return 0
    return 100 if part >= whole else min(max(round(100 * part / whole), 1), 99)


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _share(part: str, whole: str = "") -> Callable[[Parameters], int]:
    def share(given: Parameters) -> int:
        return percent(_float(given[part]), _float(given[whole]) if whole else 1.0)

    return share


def _ratio(given: Parameters, of: str, by: str) -> float:
    return _float(given[of]) / max(_float(given[by]), 1)


def _public(given: Parameters) -> int:
    stays = _float(given["office_stays"]) + _float(given["venue_stays"])
    return percent(stays, _float(given["stays"]))


def _apart_km(given: Parameters) -> int:
    """To ten kilometres; 0 where the addresses of one place are scattered as far."""
    apart = _float(given["apart_km"])
    if apart - _float(given["scatter_km"]) < _AREA_KM:
        return 0
    return max(10 * round(apart / 10), 10)


def _chance_both(given: Parameters) -> int:
    return round(_float(given["own_days"]) * _ratio(given, "h_days_within", "span_days"))


def _chance_weeks(given: Parameters) -> int:
    days, span = _float(given["own_days"]), _float(given["span_days"])
    return round(days * (days - 1) * max(span - 7, 0) / max(span * (span - 1), 1))


def _later_days(given: Parameters) -> int:
    first, home = (date.fromisoformat(str(given[name])) for name in ("first", "h_first"))
    return max((first - home).days, 0)


def _sure(given: Parameters) -> int:
    """Nobody is ever wholly sure."""
    return min(max(math.floor(100 * _float(given["probability"])), 0), 99)


def _tenths(name: str, to: Callable[[float], int], most: float) -> Callable[[Parameters], float]:
    def tenths(given: Parameters) -> float:
        # Past the noise of a float: 0.29 is 290 thousandths, not 289.
        return min(to(round(1000 * _float(given[name]), 6)) / 10, most)

    return tenths


_MADE: dict[str, Callable[[Parameters], int | float]] = {
    "shared_percent": _share("profile_share"),
    "new_percent": _share("new_share"),
    "back_percent": _share("profile_back"),
    "lent_percent": _share("lent"),
    "least_percent": _share("lent_least"),
    "tie_percent": _share("tie"),
    "circle_percent": _share("second_circle", "device_days"),
    "private_percent": _share("private_stays", "stays"),
    "public_percent": _public,
    "main_percent": _share("main_days", "all_days"),
    "span_percent": _share("span_days", "account_span"),
    "own_percent": _share("own_days", "span_days"),
    "company_percent": _share("company_days", "own_days"),
    "home_life_percent": _share("h_days", "account_span"),
    "weekend_percent": _share("own_weekend_days", "own_days"),
    "left_percent": _share("leave_parted", "leave_days"),
    "chance_profile": lambda given: round(_ratio(given, "profile_meetings", "account_span")),
    "chance_together": lambda given: round(_ratio(given, "meetings", "account_span")),
    "chance_both": _chance_both,
    "chance_weeks": _chance_weeks,
    "apart_km": _apart_km,
    "later_days": _later_days,
    "all_households": lambda given: int(_float(given["external_households"])) + 1,
    "sure_percent": _sure,
    "probability_percent": _tenths("probability", math.floor, 99.9),
    "threshold_percent": _tenths("threshold", math.ceil, 100.0),
}
