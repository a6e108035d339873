"""On which days the group comes and goes, and whether a rule makes it come."""

import polars as pl

from detector.evidence.factors.factor import Factor, Sign, bits_ratio, counted, percent, share
from detector.schemas import Theme

RHYTHM = Factor(
    name="rhythm",
    theme=Theme.CALENDAR,
    asks="whether the group follows the week",
    innocent="weekend houses, week-day flats and offices follow the calendar",
    value=share(pl.col("own_weekend_days"), pl.col("own_days")),
    text=pl.format(
        "{} of its days fell on a weekend",
        percent(share(pl.col("own_weekend_days"), pl.col("own_days"))),
    ),
    sign=Sign.EITHER,
)

_SPAN, _DAYS = pl.col("span_days"), pl.col("own_days").cast(pl.Int64)
_CHANCE = _DAYS * (_DAYS - 1) * (_SPAN - 7).clip(0) / (_SPAN * (_SPAN - 1)).clip(1)

WEEKLY = Factor(
    name="weekly",
    theme=Theme.CALENDAR,
    asks="whether the group comes on the same days of each week",
    innocent="weekend houses, training evenings and custody follow the week",
    value=pl.when(_DAYS > 1).then(bits_ratio(pl.col("week_pairs"), _CHANCE)),
    text=pl.format(
        "it came again on the same day of the next week {}; chance alone would give {}",
        counted(pl.col("week_pairs"), "time"),
        _CHANCE.round().cast(pl.Int64),
    ),
    sign=Sign.EITHER,
)

FORTNIGHT = Factor(
    name="fortnight",
    theme=Theme.CALENDAR,
    asks="whether the group comes every other week",
    innocent="a child with two homes changes between them by the week",
    value=pl.when(pl.col("own_days") > 1).then(
        bits_ratio(pl.col("fortnight_pairs"), pl.col("week_pairs"))
    ),
    text=pl.format(
        "it came again {} a week later, and {} two weeks later",
        counted(pl.col("week_pairs"), "time"),
        counted(pl.col("fortnight_pairs"), "time"),
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
    value=pl.when((pl.col("home_days") > 0) & (pl.col("own_days") > 0)).then(
        bits_ratio(
            pl.col("home_events") / pl.col("home_days"), pl.col("own_events") / pl.col("own_days")
        )
    ),
    text=pl.format(
        "{} on {} at home, {} on {} at its own place",
        counted(pl.col("home_events"), "event"),
        counted(pl.col("home_days"), "day"),
        counted(pl.col("own_events"), "event"),
        counted(pl.col("own_days"), "day"),
    ),
    sign=Sign.AGAINST,
)

CALENDAR = Factor(
    name="calendar",
    theme=Theme.CALENDAR,
    asks="whether the group comes home by the calendar",
    why="a rule that asks for a sign of life at home every month is answered every month",
    innocent="people who visit on one day of the week also come four weeks later",
    value=share(pl.col("month_pairs"), pl.col("home_days")),
    text=pl.format(
        "{} of its {} at home came again four weeks later",
        pl.col("month_pairs"),
        counted(pl.col("home_days"), "day"),
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
    value=share(pl.col("new_at_home"), pl.col("new_devices")),
    text=pl.format(
        "{} came new, {} of them first seen at home",
        counted(pl.col("new_devices"), "device"),
        "new_at_home",
    ),
    sign=Sign.EITHER,
)
