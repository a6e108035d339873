"""On which days the group comes and goes, and whether a rule makes it come."""

import polars as pl

from detector.evidence.factors.factor import (
    Factor,
    Sign,
    bits_ratio,
    counted,
    none_or,
    percent,
    share,
)
from detector.evidence.observations import Observations
from detector.kinds import Theme

G = Observations

RHYTHM = Factor(
    name="rhythm",
    theme=Theme.CALENDAR,
    asks="whether the group follows the week",
    innocent="weekend houses, week-day flats and offices follow the calendar",
    value=share(G.own_weekend_days.col, G.own_days.col),
    text=none_or(
        G.own_weekend_days.col,
        "not one of its days fell on a weekend",
        pl.format(
            "{} of its days fell on a weekend",
            percent(share(G.own_weekend_days.col, G.own_days.col)),
        ),
    ),
    sign=Sign.EITHER,
)

_SPAN, _DAYS = G.span_days.col, G.own_days.col.cast(pl.Int64)
_CHANCE = _DAYS * (_DAYS - 1) * (_SPAN - 7).clip(0) / (_SPAN * (_SPAN - 1)).clip(1)

WEEKLY = Factor(
    name="weekly",
    theme=Theme.CALENDAR,
    asks="whether the group comes on the same days of each week",
    innocent="weekend houses, training evenings and custody follow the week",
    value=pl.when(_DAYS > 1).then(bits_ratio(G.week_pairs.col, _CHANCE)),
    text=pl.format(
        "it came again on the same day of the next week {}; chance alone would give {}",
        counted(G.week_pairs.col, "time"),
        _CHANCE.round().cast(pl.Int64),
    ),
    sign=Sign.EITHER,
    beyond_chance="weekly",
)

FORTNIGHT = Factor(
    name="fortnight",
    theme=Theme.CALENDAR,
    asks="whether the group comes every other week",
    innocent="a child with two homes changes between them by the week",
    value=pl.when(G.own_days.col > 1).then(bits_ratio(G.fortnight_pairs.col, G.week_pairs.col)),
    text=pl.format(
        "it came again {} a week later, and {} two weeks later",
        counted(G.week_pairs.col, "time"),
        counted(G.fortnight_pairs.col, "time"),
    ),
    sign=Sign.EITHER,
)

CHECK_IN = Factor(
    name="check_in",
    theme=Theme.CALENDAR,
    asks="whether the group's days at home are lived or only shown",
    why=(
        "a borrower who is asked to sign in at the lender's home once a month plays for a "
        "moment there"
    ),
    innocent="a short visit at the parents', a phone that updates at breakfast",
    value=pl.when((G.home_days.col > 0) & (G.own_days.col > 0)).then(
        bits_ratio(G.home_use.col / G.home_days.col, G.own_use.col / G.own_days.col)
    ),
    text=pl.format(
        "{} on {} at home, {} on {} at its own place",
        counted(G.home_use.col, "half-hour"),
        counted(G.home_days.col, "day"),
        counted(G.own_use.col, "half-hour"),
        counted(G.own_days.col, "day"),
    ),
    sign=Sign.AGAINST,
)

CALENDAR = Factor(
    name="calendar",
    theme=Theme.CALENDAR,
    asks="whether the group comes home by the calendar",
    why="a rule that asks for a sign of life at home every month is answered every month",
    innocent="people who visit on one day of the week also come four weeks later",
    value=share(G.month_pairs.col, G.home_days.col),
    text=none_or(
        G.month_pairs.col,
        "not one of its days at home came again four weeks later",
        pl.format(
            "{} of its {} at home came again four weeks later",
            G.month_pairs.col,
            counted(G.home_days.col, "day"),
        ),
    ),
    sign=Sign.EITHER,
)

SIGNED_IN_AT_HOME = Factor(
    name="signed_in_at_home",
    theme=Theme.CALENDAR,
    asks="whether its new devices were first seen at home",
    why=(
        "a device that was reset or bought must be let in anew, and borrowers bring theirs to "
        "the lender's home for that"
    ),
    innocent="families unpack at home what they then take along",
    value=share(G.new_at_home.col, G.new_devices.col),
    text=pl.format(
        "{} came new, {} of them first seen at home",
        counted(G.new_devices.col, "device"),
        G.new_at_home.col,
    ),
    sign=Sign.EITHER,
)
